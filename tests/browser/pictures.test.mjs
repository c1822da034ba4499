// Pictures of the main pages, compared with those that are kept. KEEP_PICTURES=1 keeps the present ones.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { DEMO_PASSWORD, assert, path, root, signIn, story } from "./lib.mjs";

const KEPT = path.join(root, "tests/browser/pictures");
const LEFT = path.join(root, "target/browser");

const FORMS = {
  light: {},
  dark: { colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 } },
  arabic: { language: "ar" },
};

const PAGES = {
  welcome: "/",
  "sign-in": "/sign-in",
  "sign-up": "/sign-up",
  "find-tickets": "/my-tickets",
  "not-found": "/nothing",
};
const OWN_PAGES = {
  account: "/account",
  organizers: "/organizer?choose",
  team: "/organizer/team",
  tokens: "/organizer/tokens",
};

/** Replaces what differs between runs: times, references and addresses. */
function settle() {
  for (const time of document.querySelectorAll("time, [data-moment]")) time.textContent = "Nov 8, 2025, 2:30 PM";
  for (const code of document.querySelectorAll("main dd code")) code.textContent = "01JD6W2Q9R";
}

/** Returns the share of pixels that differ, compared in the browser itself. */
async function difference(page, kept, present) {
  const blank = await page.context().newPage();
  const share = await blank.evaluate(
    async ([first, second]) => {
      const pixels = async (png) => {
        const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
        const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
      };
      const [one, other] = [await pixels(first), await pixels(second)];
      if (one.width !== other.width || Math.abs(one.height - other.height) > 2) return 1;
      let different = 0;
      const length = Math.min(one.data.length, other.data.length);
      for (let at = 0; at < length; at += 4) {
        const apart = [0, 1, 2].some((channel) => Math.abs(one.data[at + channel] - other.data[at + channel]) > 48);
        if (apart) different += 1;
      }
      return (different * 4) / length;
    },
    [kept.toString("base64"), present.toString("base64")],
  );
  await blank.close();
  return share;
}

for (const [form, { language, ...options }] of Object.entries(FORMS)) {
  story(`pages look as they did (${form})`, async (open) => {
    const page = await open({ locale: language ?? "en", ...options });
    const look = async (name, address) => {
      await page.goto(address);
      await page.evaluate(settle);
      await page.evaluate(() => document.fonts.ready);
      const present = await page.screenshot({ fullPage: true, animations: "disabled" });
      const file = path.join(KEPT, `${name}-${form}.png`);
      if (process.env.KEEP_PICTURES || !existsSync(file)) {
        assert.ok(process.env.KEEP_PICTURES, `${file} is missing: KEEP_PICTURES=1 script/test-pages makes it`);
        mkdirSync(KEPT, { recursive: true });
        writeFileSync(file, present);
        return;
      }
      const share = await difference(page, readFileSync(file), present);
      if (share > 0.005) {
        mkdirSync(LEFT, { recursive: true });
        writeFileSync(path.join(LEFT, `${name}-${form}.png`), present);
        assert.fail(`${name} (${form}) differs in ${(share * 100).toFixed(1)} % of its pixels: see target/browser`);
      }
    };
    for (const [name, address] of Object.entries(PAGES)) await look(name, address);
    await signIn(page, "demo-pictures@example.com", DEMO_PASSWORD);
    await page.waitForURL("**/my-tickets");
    // The language of an account counts more than the browser's.
    const chosen = await page.evaluate(async (locale) => {
      const body = JSON.stringify({ locale });
      const answer = await fetch("/api/me", { method: "PATCH", headers: { "content-type": "application/json" }, body });
      return answer.status;
    }, language ?? "en");
    assert.equal(chosen, 200);
    for (const [name, address] of Object.entries(OWN_PAGES)) await look(name, address);
  });
}
