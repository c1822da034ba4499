// Pictures of the main pages, compared with those that are kept. KEEP_PICTURES=1 keeps the present ones.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { DEMO_PASSWORD, assert, newAddress, newEvent, path, root, signIn, story } from "./lib.mjs";

const KEPT = path.join(root, "tests/browser/pictures");
const LEFT = path.join(root, "target/browser");

const FORMS = {
  light: {},
  dark: { colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 } },
  arabic: { language: "ar" },
};

const PAGES = {
  events: "/?category=pictures",
  event: "/events/night-of-lanterns",
  register: "/events/night-of-lanterns/register?ticketType=front&quantity=2",
  tickets: "/registrations",
  preferences: "/preferences",
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
async function settle() {
  // The picture of an event follows from its id.
  const patterns = [...document.querySelectorAll("img[src^='/patterns/']")];
  for (const image of patterns) image.src = "/patterns/1f6f4a-0123abcd.svg";
  await Promise.all(patterns.map((image) => image.decode()));
  for (const code of document.querySelectorAll(".qr path:last-child")) code.setAttribute("d", "M4 4h21v21h-21z");
  for (const id of document.querySelectorAll("main .id")) id.textContent = "PIC-0001";
  for (const item of document.querySelectorAll(".timeline li")) item.remove();
  for (const time of document.querySelectorAll("time, [data-moment]")) time.textContent = "Nov 8, 2025, 2:30 PM";
  for (const code of document.querySelectorAll("main dd code")) code.textContent = "01JD6W2Q9R";
}

/** Takes two tickets, and returns their address. */
async function order(page) {
  await page.goto(PAGES.register);
  for (const [index, name] of ["Ananya Krishnamurthy", "佐藤 健"].entries()) await page.locator(`#name-${index + 1}`).fill(name);
  await page.locator("#email-1").fill(newAddress("ananya"));
  await page.locator("input[value=vegan]").check();
  await page.locator("#answer-terms").check();
  await page.locator("main form button.primary").click();
  await page.locator(".ticket").first().waitFor();
  return new URL(page.url()).pathname;
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

/** The event of the pictures, made once. */
const EVENT = {
  slug: "night-of-lanterns", code: "PICTURES", title: "Night of lanterns", category: "pictures", timezone: "Asia/Kolkata",
  description: "Lanterns over the lake, and a brass band in the boats.\n\n## Before you come\n\nBring a **coat**:\n\n* the lake is cold\n* the boats are open",
  startsAt: "2098-02-13T12:30:00Z", endsAt: "2098-02-13T17:00:00Z", venue: { name: "Glass house", address: "Lalbagh, Bengaluru" },
  questions: [
    { code: "meal", label: "Supper on the lawn", hint: "It is included. We cook what you choose.", kind: "choice", required: true,
      options: [{ code: "vegetarian", label: "Vegetarian" }, { code: "vegan", label: "Vegan" }, { code: "none", label: "Nothing" }] },
    { code: "note", label: "Anything we should know?", kind: "text" },
    { code: "terms", label: "I have read the rules of the garden", kind: "consent", required: true },
  ],
  ticketTypes: [
    { code: "lawn", name: "Lawn", description: "All four stages.", price: { amount: 120_000, currency: "INR" } },
    { code: "front", name: "Front lawn", description: "Close to the lake.", price: { amount: 0, currency: "INR" } },
    { code: "supper", name: "Supper", price: { amount: 600_000, currency: "INR" }, capacity: 0 },
  ],
};
let made;

for (const [form, { language, ...options }] of Object.entries(FORMS)) {
  story(`pages look as they did (${form})`, async (open) => {
    made ??= newEvent(open, EVENT);
    await made;
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
    for (const [name, address] of Object.entries(PAGES)) await look(name, name === "tickets" ? await order(page) : address);
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
