// Makes pages quicker to use. Everything works without it.
"use strict";

const language = document.documentElement.lang;
const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** Prepares the page, or a part of it that has come later. */
function prepare(part) {
  const all = (selector) => part.querySelectorAll(selector);

  // A refused form: the list of faults is read first.
  part.querySelector("[data-focus]")?.focus();

  // Show and hide a password.
  for (const button of all("[data-reveal]")) {
    const input = document.getElementById(button.dataset.reveal);
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.setAttribute("aria-pressed", String(!shown));
    });
  }

  // Copy what is shown once.
  for (const button of all("[data-copy]")) {
    const input = document.getElementById(button.dataset.copy);
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(input.value);
      button.textContent = button.dataset.copied;
    });
  }

  // A moment in the zone of the reader.
  for (const time of all("[data-moment]")) time.textContent = moment.format(new Date(time.dateTime));

  // A form is sent once.
  for (const form of all("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.ariaBusy === "true") event.preventDefault();
      form.ariaBusy = "true";
    });
  }

  // What was done is shown for six seconds, and longer while it is pointed at.
  for (const toast of all("[data-toast]")) {
    const hide = () => (toast.matches(":hover") ? setTimeout(hide, 1000) : toast.remove());
    setTimeout(hide, 6000);
  }
}

/** A page that comes back from memory, or a form that did not arrive, can be sent again. */
function release() {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.ariaBusy = null;
}

prepare(document);
addEventListener("pageshow", release);
document.addEventListener("htmx:error", release);

// A form of the desk or the account brings the new content of the page.
document.addEventListener("htmx:after:swap", () => {
  const main = document.getElementById("main");
  prepare(main);
  if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
});
