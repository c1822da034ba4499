// Puts the sale of an event into a page: <script src="https://tickets.example.com/widget.js" data-event="SLUG" async></script>.
// The page hears of it by events: element.addEventListener("onsale", (event) => event.detail), or on the document.
"use strict";

(() => {
  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const frame = document.createElement("iframe");
  frame.src = `${origin}/events/${encodeURIComponent(script.dataset.event)}/widget`;
  frame.title = script.dataset.title ?? "Tickets";
  frame.loading = "lazy";
  frame.style.width = "100%";
  frame.style.border = "0";
  frame.style.height = "30rem";
  script.after(frame);
  addEventListener("message", (message) => {
    // Only from this frame, and only what it is known to say.
    if (message.origin !== origin || message.source !== frame.contentWindow || message.data?.source !== "onsale") return;
    const { kind, height } = message.data;
    if (kind === "size" && height > 0) frame.style.height = `${Math.ceil(height)}px`;
    else frame.dispatchEvent(new CustomEvent("onsale", { bubbles: true, detail: message.data }));
  });
})();
