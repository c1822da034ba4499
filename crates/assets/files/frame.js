// The sale in a frame of another site: tells the site how high it is, how the sale is, and when somebody begins an order.
"use strict";

const card = document.querySelector("[data-sale]");
const tell = (message) => parent.postMessage({ source: "onsale", event: card.dataset.sale, ...message }, "*");

new ResizeObserver(() => tell({ kind: "size", height: document.documentElement.offsetHeight })).observe(document.body);
tell({ kind: "state", state: card.dataset.state });
card.addEventListener("submit", () => {
  const { ticketType, quantity } = Object.fromEntries(new FormData(card));
  tell({ kind: "order", ticketType, quantity: Number(quantity) });
});
