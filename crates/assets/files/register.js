// The names of an order: what was typed is kept in this tab, and a refused order is sent again. Everything works without it.
"use strict";

const order = document.querySelector("form[data-draft]");
const place = `onsale-names-${order.dataset.draft}`;
const typed = () => [...order.querySelectorAll("input[type=text], input[type=email], input:not([type]), textarea")];

// What was typed before a reload, or before another choice on the event's page.
try {
  const kept = JSON.parse(sessionStorage.getItem(place) ?? "{}");
  for (const input of typed()) if (!input.value && kept[input.name]) input.value = kept[input.name];
} catch {
  sessionStorage.removeItem(place);
}
order.addEventListener("input", () => {
  const values = JSON.parse(sessionStorage.getItem(place) ?? "{}");
  for (const input of typed()) values[input.name] = input.value;
  sessionStorage.setItem(place, JSON.stringify(values));
});

// Nothing was taken because many came at once: the same order is sent again, at a random time.
if (order.dataset.again) {
  const note = order.querySelector("[data-again-note]");
  note.hidden = false;
  const wait = Number(order.dataset.again) * 1000 * (1 + Math.random());
  const timer = setTimeout(() => order.requestSubmit(), wait);
  // Not while somebody corrects a name.
  order.addEventListener("input", () => {
    clearTimeout(timer);
    note.hidden = true;
  });
}
