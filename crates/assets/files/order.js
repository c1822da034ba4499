// The tickets of a registration: how long unpaid seats are held. Everything works without it.
"use strict";

// The names have arrived: what was typed is not needed any more.
for (const name of Object.keys(sessionStorage)) if (name.startsWith("onsale-names-")) sessionStorage.removeItem(name);

const hold = document.querySelector("[data-hold]");
if (hold) {
  // By the server's clock: that of this device may be wrong.
  const ahead = new Date(hold.dataset.now).getTime() - Date.now();
  const end = new Date(hold.dataset.hold).getTime() - ahead;
  const news = document.querySelector("[data-hold-news]");
  const announced = new Set();
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
    hold.hidden = false;
    hold.textContent = seconds
      ? hold.dataset.text.replace("{}", `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`)
      : hold.dataset.over;
    // Those who do not see the time hear of it twice.
    for (const [minutes, words] of [[5, news.dataset.five], [1, news.dataset.one]]) {
      if (seconds > 60 * minutes || seconds <= 60 * (minutes - 1) || announced.has(minutes)) continue;
      announced.add(minutes);
      news.textContent = words;
    }
    if (seconds) setTimeout(tick, 1000);
    else setTimeout(() => location.reload(), 15_000);
  };
  tick();
}
