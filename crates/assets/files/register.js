// The names of an order: what was typed is kept in this tab, and a refused order is sent again. Everything works without it.
"use strict";

const order = document.querySelector("form[data-draft]");
const place = `onsale-names-${order.dataset.draft}`;

/** What was typed and chosen, by the names of fields. */
function typed() {
  const values = {};
  for (const field of order.elements) {
    if (!field.name || field.type === "hidden") continue;
    if (field.type === "radio" || field.type === "checkbox") (values[field.name] ??= []).push(...(field.checked ? [field.value] : []));
    else values[field.name] = field.value;
  }
  return values;
}

// What was typed before a reload, or before another choice on the event's page. What the page brings along counts more.
const isFresh = !document.getElementById("errors");
try {
  const kept = JSON.parse(sessionStorage.getItem(place) ?? "{}");
  for (const field of isFresh ? order.elements : []) {
    const value = kept[field.name];
    if (value === undefined || field.type === "hidden") continue;
    if (field.type === "radio" || field.type === "checkbox") field.checked = value.includes(field.value);
    else if (!field.value) field.value = value;
  }
} catch {
  sessionStorage.removeItem(place);
}
order.addEventListener("input", () => sessionStorage.setItem(place, JSON.stringify({ ...JSON.parse(sessionStorage.getItem(place) ?? "{}"), ...typed() })));

// A question that depends on another answer is shown after it.
function showAsked() {
  const values = typed();
  for (const question of order.querySelectorAll("[data-only]")) {
    const answer = [values[question.dataset.only] ?? []].flat();
    const other = order.querySelector(`[data-question="${question.dataset.only.replace(/^answer-/, "")}"]`);
    question.hidden = other?.hidden || !answer.includes(question.dataset.answer);
    question.querySelector("[data-only-note]").hidden = true;
  }
}
order.addEventListener("change", showAsked);
showAsked();

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
