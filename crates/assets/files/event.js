// The page of an event: quantity and total, the countdown to the sale, and what is left. Everything works without it.
"use strict";

const sale = document.querySelector("[data-sale]");
const language_of_page = document.documentElement.lang;
/** Seconds between two looks at what is left; each browser waits a random time, so that they do not all ask at once. */
const OFTEN = [10, 25];
const SELDOM = [45, 90];
/** After the opening, browsers reload within this many seconds. */
const SPREAD = 2;

/** Difference of the server's clock to that of this device, in milliseconds. */
let ahead = 0;

const between = ([least, most]) => (least + Math.random() * (most - least)) * 1000;

// Times in the zone of the reader, where it is another one.
for (const note of document.querySelectorAll("[data-own-time]")) {
  const at = new Date(note.dataset.ownTime);
  const [, hours, minutes] = note.dataset.ownTime.match(/[+-](\d\d):(\d\d)$/) ?? [0, 0, 0];
  const sign = note.dataset.ownTime.at(-6) === "-" ? 1 : -1;
  if (at.getTimezoneOffset() === sign * (60 * hours + Number(minutes))) continue;
  const time = new Intl.DateTimeFormat(language_of_page, { weekday: "long", hour: "numeric", minute: "numeric" }).format(at);
  note.textContent = note.dataset.text.replace("{}", time);
  note.hidden = false;
}

if (sale.dataset.state === "open") prepareForm(sale);
const countdown = document.querySelector("[data-countdown]");
if (countdown) count(countdown);
if (["open", "not-yet", "sold-out"].includes(sale.dataset.state)) setTimeout(look, between([0, 3]));

function prepareForm(form) {
  const quantity = form.quantity;
  const total = form.querySelector("[data-total]");
  const chosen = () => form.querySelector("[name=ticketType]:checked");
  const show = () => {
    const type = chosen();
    quantity.max = type?.dataset.most ?? quantity.max;
    if (Number(quantity.value) > Number(quantity.max)) quantity.value = quantity.max;
    for (const step of form.querySelectorAll("[data-step]")) {
      const next = Number(quantity.value) + Number(step.dataset.step);
      step.disabled = next < 1 || next > Number(quantity.max);
    }
    const amount = Number(type?.dataset.amount ?? 0) * Number(quantity.value);
    total.hidden = !amount;
    if (!amount) return;
    const money = { style: "currency", currency: type.dataset.currency };
    const decimals = new Intl.NumberFormat(language_of_page, money).resolvedOptions().maximumFractionDigits;
    const whole = amount % 10 ** decimals === 0 ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
    total.querySelector("output").textContent =
      new Intl.NumberFormat(language_of_page, { ...money, ...whole }).format(amount / 10 ** decimals);
  };
  for (const step of form.querySelectorAll("[data-step]")) {
    step.hidden = false;
    step.addEventListener("click", () => {
      quantity.value = Number(quantity.value || 0) + Number(step.dataset.step);
      show();
    });
  }
  form.addEventListener("input", show);
  addEventListener("pageshow", show);
  show();
}

/** Counts down by the server's clock. */
function count(timer) {
  const at = new Date(timer.dataset.countdown).getTime();
  const units = [...timer.querySelectorAll("[data-unit]")];
  timer.hidden = false;
  const tick = () => {
    let seconds = Math.max(0, Math.ceil((at - Date.now() - ahead) / 1000));
    for (const unit of units) {
      const size = Number(unit.dataset.unit);
      const text = String(Math.floor(seconds / size));
      unit.textContent = size === 86400 ? text : text.padStart(2, "0");
      seconds %= size;
    }
    const left = at - Date.now() - ahead;
    if (left <= 0) setTimeout(reload, Math.random() * SPREAD * 1000);
    else setTimeout(tick, Math.min(1000, left % 1000 || 1000));
  };
  tick();
}

/** Shows the page again, once it has changed. */
async function reload() {
  const known = await ask();
  if (known && known.state === "not-yet") setTimeout(reload, between([1, 3]));
  else location.reload();
}

async function ask() {
  try {
    const answer = await fetch(`/api/events/${sale.dataset.sale}/availability`);
    if (!answer.ok) return undefined;
    const known = await answer.json();
    ahead = new Date(known.now).getTime() - Date.now();
    return known;
  } catch {
    return undefined;
  }
}

/** Looks at what is left again and again, while the page is seen. */
async function look() {
  const known = document.hidden ? undefined : await ask();
  let isTight = false;
  if (known) {
    // A form in use is not taken away: its cards say what is gone.
    if (known.state !== sale.dataset.state && !(sale.dataset.state === "open" && known.state === "sold-out")) {
      // A cache between may have the page as it was: not at once, and not all browsers together.
      setTimeout(() => location.reload(), between([2, 8]));
      return;
    }
    for (const type of known.ticketTypes) {
      isTight ||= type.left !== null || type.soldOut;
      const card = sale.querySelector(`[data-type="${CSS.escape(type.code)}"]`);
      if (card) showLeft(card, type);
    }
  }
  setTimeout(look, between(isTight || sale.dataset.state === "sold-out" ? OFTEN : SELDOM));
}

function showLeft(card, type) {
  const note = card.querySelector("[data-left]");
  const radio = card.querySelector("input");
  radio.disabled = type.soldOut;
  const number = new Intl.NumberFormat(language_of_page).format(type.left);
  note.classList.toggle("warn", !type.soldOut);
  note.classList.toggle("strong", !type.soldOut);
  if (type.soldOut) note.textContent = sale.dataset.none;
  else note.textContent = type.left === null ? "" : sale.dataset.few.replace("{}", number);
}
