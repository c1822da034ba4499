// Stories of attendees: from a link to a ticket, on a phone, without script, on a bad network, and when something goes wrong.

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";

import { BASE, DEMO_PASSWORD, assert, eventually, mailTo, newAddress, newEvent, ownServer, signIn, story } from "./lib.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** Fills the names of an order. */
async function fill(page, names, address) {
  for (const [index, name] of names.entries()) await page.locator(`#name-${index + 1}`).fill(name);
  await page.locator("#email-1").fill(address);
}

const get = (page) => page.locator("main form button.primary").click();

async function hasTickets(page, count) {
  await page.waitForURL("**/registrations/**");
  assert.equal(await page.locator(".ticket .qr svg").count(), count);
}

for (const javaScriptEnabled of [true, false]) {
  story(`from a link to two tickets on a phone, ${javaScriptEnabled ? "with" : "without"} script`, async (open) => {
    const slug = await newEvent(open);
    const page = await open({ ...PHONE, javaScriptEnabled });
    const address = newAddress("ananya");
    const start = Date.now();
    await page.goto(`/events/${slug}`);
    await page.getByRole("heading", { name: "Lantern night", exact: true }).waitFor();
    if (javaScriptEnabled) await page.getByRole("button", { name: "One more" }).click();
    else await page.getByLabel("How many?").fill("2");
    await page.locator("#tickets button.primary").click();
    await fill(page, ["Ananya Krishnamurthy", "佐藤 健"], address);
    await get(page);
    await hasTickets(page, 2);
    console.log(`from a link to two tickets: ${Date.now() - start} ms, two pages with six fields at most`);
    assert.ok(!page.url().includes("token"), "no token is in the address");
    await page.getByRole("heading", { name: "佐藤 健" }).waitFor();
    // The link of the mail opens the same page in another browser.
    const link = await mailTo(address, /(http:\/\/\S+\/registrations\/\S+\?token=[\w.~-]+)/);
    const other = await open(PHONE);
    await other.goto(link);
    await hasTickets(other, 2);
    assert.ok(!other.url().includes("token"));
    // Codes that are on the screen need no network.
    await page.context().setOffline(true);
    assert.equal(await page.locator(".ticket .qr svg").first().isVisible(), true);
  });
}

story("faults are listed, and nothing typed is lost by reloading or going back", async (open) => {
  const slug = await newEvent(open);
  const page = await open(PHONE);
  await page.goto(`/events/${slug}/register?ticketType=general&quantity=2`);
  await fill(page, ["Ananya", ""], "ananya@");
  await get(page);
  await page.locator("#errors").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "errors");
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.locator("#name-1").inputValue(), "Ananya");
  await page.locator("#name-2").fill("Joost");
  await page.goto(`/events/${slug}`);
  await page.goBack();
  await page.goto(`/events/${slug}/register?ticketType=general&quantity=2`);
  assert.deepEqual([await page.locator("#name-1").inputValue(), await page.locator("#name-2").inputValue()], ["Ananya", "Joost"]);
  await page.locator("#email-1").fill(newAddress("ananya"));
  await get(page);
  await hasTickets(page, 2);
});

story("two people want the last seat, and one is told so", async (open) => {
  const slug = await newEvent(open, { capacity: 1 });
  const [first, second] = [await open(), await open(PHONE)];
  for (const page of [first, second]) {
    await page.goto(`/events/${slug}/register`);
    await fill(page, ["Ada"], newAddress("ada"));
  }
  await Promise.all([get(first), get(second)]);
  const outcomes = await Promise.all(
    [first, second].map(async (page) => {
      await page.locator("#errors, .ticket").first().waitFor();
      return page.url().includes("/registrations/") ? "ticket" : await page.locator("#errors").textContent();
    }),
  );
  assert.equal(outcomes.filter((outcome) => outcome === "ticket").length, 1, outcomes.join(" | "));
  assert.ok(outcomes.some((outcome) => outcome.includes("Nothing was booked")), outcomes.join(" | "));
});

story("sold out between page and click: another kind is chosen in the same form", async (open) => {
  const type = (code, name, capacity) => ({ code, name, price: { amount: 0, currency: "INR" }, capacity });
  const slug = await newEvent(open, { ticketTypes: [type("lawn", "Lawn", 1), type("tent", "Tent", 9)] });
  const page = await open(PHONE);
  await page.goto(`/events/${slug}`);
  await page.getByRole("radio", { name: /Lawn/ }).check();
  await page.locator("#tickets button.primary").click();
  await fill(page, ["Ananya"], newAddress("ananya"));
  const taken = await page.request.post("/api/register", { data: { event: slug, ticketType: "lawn", attendees: [{ name: "Eve", email: "eve@example.com" }] } });
  assert.equal(taken.status(), 201);
  await get(page);
  await page.locator("#errors").waitFor();
  assert.equal(await page.locator("#name-1").inputValue(), "Ananya");
  await page.getByLabel("Kind of ticket").selectOption("tent");
  await get(page);
  await hasTickets(page, 1);
  await page.getByText("Tent", { exact: true }).waitFor();
});

story("a double click and two tabs take one place", async (open) => {
  const slug = await newEvent(open);
  const page = await open();
  const tab = await page.context().newPage();
  const address = newAddress("ada");
  for (const each of [page, tab]) {
    await each.goto(`/events/${slug}/register`);
    await fill(each, ["Ada"], address);
  }
  await page.locator("main form button.primary").dblclick();
  await hasTickets(page, 1);
  await get(tab);
  await hasTickets(tab, 1);
  assert.equal(tab.url(), page.url());
});

/** A network between browser and server that loses the answers to forms until it is mended; browsers repeat some by themselves. */
async function losingNetwork() {
  const network = { lost: 0, isMended: false };
  const server = createServer((browser) => {
    const upstream = connect(Number(new URL(BASE).port), "127.0.0.1");
    let isForm = false;
    browser.on("data", (bytes) => {
      isForm = !network.isMended && bytes.toString("latin1").startsWith("POST ");
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (!isForm) return browser.write(bytes);
      network.lost += 1;
      return browser.destroy();
    });
    for (const [one, other] of [[browser, upstream], [upstream, browser]]) one.on("error", () => {}).on("close", () => other.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  network.base = `http://127.0.0.1:${server.address().port}`;
  network.close = () => server.close();
  return network;
}

story("an answer that is lost on the way is had by sending again", async (open) => {
  const slug = await newEvent(open, { capacity: 1 });
  const network = await losingNetwork();
  try {
    const page = await open({ ...PHONE, baseURL: network.base });
    await page.goto(`/events/${slug}/register`);
    await fill(page, ["Ananya"], newAddress("ananya"));
    await get(page).catch(() => {});
    await eventually("the answer is lost", () => network.lost);
    await page.waitForURL("chrome-error://**");
    network.isMended = true;
    await page.goto(`/events/${slug}/register`);
    assert.equal(await page.locator("#name-1").inputValue(), "Ananya", "the names are still there");
    // The only seat is taken, by this order.
    await get(page);
    await hasTickets(page, 1);
  } finally {
    network.close();
  }
});

story("the server is killed in the middle of a sale, and everybody gets one ticket", async (open) => {
  const server = await ownServer();
  try {
    const page = await open({ ...PHONE, baseURL: server.base });
    await page.goto("/events/gardenia-2025/register");
    await fill(page, ["Ananya"], "ananya@example.com");
    await server.kill();
    await get(page).catch(() => {});
    await server.start();
    await page.goto("/events/gardenia-2025/register");
    assert.equal(await page.locator("#name-1").inputValue(), "Ananya", "the names are still there");
    await get(page);
    await hasTickets(page, 1);
    const tickets = page.url();
    await server.kill();
    await server.start();
    await page.goto(tickets);
    await hasTickets(page, 1);
  } finally {
    await server.stop();
  }
});

story("a page that waits for the opening becomes the form by itself", async (open) => {
  const opens = new Date(Date.now() + 15_000).toISOString();
  const slug = await newEvent(open, { salesOpenAt: opens });
  const page = await open(PHONE);
  await page.goto(`/events/${slug}`);
  await page.getByRole("timer").waitFor();
  await page.getByRole("heading", { name: "Sales open in" }).waitFor();
  await page.getByRole("button", { name: "Get tickets" }).waitFor();
  assert.ok(Date.now() >= new Date(opens).getTime(), "not before its time, by the server's clock");
});

story("a form on a slow and lossy network", async (open) => {
  const slug = await newEvent(open);
  const page = await open(PHONE);
  const network = await page.context().newCDPSession(page);
  await network.send("Network.enable");
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 600, downloadThroughput: 30_000, uploadThroughput: 15_000 });
  // A third of what is not a page is lost.
  let count = 0;
  await page.route(/\/(patterns|assets\/.*\.(js|woff2)|api)/, (route) => ((count += 1) % 3 ? route.continue() : route.abort()));
  const start = Date.now();
  await page.goto(`/events/${slug}`);
  await page.locator("#tickets button.primary").click();
  await fill(page, ["Ananya"], newAddress("ananya"));
  await get(page);
  await hasTickets(page, 1);
  console.log(`from a link to a ticket with 600 ms and 240 kbit/s: ${Date.now() - start} ms`);
  assert.ok(Date.now() - start < 60_000);
});

story("a holder changes a name, needs more time, and gives tickets back", async (open) => {
  const type = (code, name, amount) => ({ code, name, price: { amount, currency: "INR" } });
  const slug = await newEvent(open, { ticketTypes: [type("free", "Lawn", 0), type("paid", "Front lawn", 250_000)] });
  const page = await open();
  await page.goto(`/events/${slug}/register?ticketType=free`);
  await fill(page, ["Ananya"], newAddress("ananya"));
  await get(page);
  await hasTickets(page, 1);
  const code = () => page.locator(".ticket .qr svg").innerHTML();
  const before = await code();
  await page.getByRole("link", { name: "Change names" }).click();
  await page.getByLabel("Full name").fill("Yuki");
  await get(page);
  await page.getByRole("heading", { name: "Yuki" }).waitFor();
  assert.notEqual(await code(), before, "the ticket has a new code");
  await page.getByRole("button", { name: "Send the mail again" }).click();
  await page.getByText("The mail is on its way again.").waitFor();
  await page.getByRole("link", { name: "Give the tickets back" }).click();
  await page.getByRole("button", { name: "Give the tickets back" }).click();
  await page.getByRole("heading", { name: "Given back" }).waitFor();
  assert.equal(await page.locator(".ticket .qr").count(), 0);

  await page.goto(`/events/${slug}`);
  await page.getByRole("radio", { name: /Front lawn/ }).check();
  assert.equal(await page.locator("[data-total] output").textContent(), "₹2,500");
  await page.locator("#tickets button.primary").click();
  await fill(page, ["Ananya"], newAddress("ananya"));
  await get(page);
  await page.getByRole("heading", { name: "Your seats are held" }).waitFor();
  await page.locator("[data-hold]").getByText(/1[45]:\d\d left/).waitFor();
  await page.getByRole("button", { name: "I need more time" }).click();
  await page.getByText("Your seats are held longer.").waitFor();
});

story("what is known of a person is not asked again", async (open) => {
  const slug = await newEvent(open);
  const page = await open();
  await signIn(page, "ada@example.com", DEMO_PASSWORD);
  await page.waitForURL("**/my-tickets");
  await page.goto(`/events/${slug}/register`);
  assert.deepEqual([await page.locator("#name-1").inputValue(), await page.locator("#email-1").inputValue()], ["Ada Lovelace", "ada@example.com"]);
});

story("events are found without script, and the address says how", async (open) => {
  const slug = await newEvent(open, { title: `Moonrise ${process.pid}` });
  const page = await open({ javaScriptEnabled: false });
  await page.goto("/");
  await page.getByLabel("Search").fill(`moonrise ${process.pid}`);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: `Moonrise ${process.pid}` }).click();
  await page.waitForURL(`**/events/${slug}`);
  await page.goto("/?q=nothing-like-it");
  await page.getByRole("heading", { name: "Nothing found" }).waitFor();
});

story("questions appear when they are asked, and answers survive a refusal", async (open) => {
  const option = (code, label) => ({ code, label });
  const slug = await newEvent(open, {
    questions: [
      { code: "meal", label: "Supper?", kind: "choice", required: true, options: [option("vegan", "Vegan"), option("other", "Other")] },
      { code: "which", label: "Which?", kind: "text", required: true, onlyIf: { question: "meal", answer: "other" } },
      { code: "terms", label: "I accept the terms", kind: "consent", required: true },
    ],
  });
  for (const javaScriptEnabled of [true, false]) {
    const page = await open({ ...PHONE, javaScriptEnabled });
    await page.goto(`/events/${slug}/register`);
    await fill(page, ["Ananya"], newAddress("ananya"));
    assert.equal(await page.getByLabel("Which?").isVisible(), !javaScriptEnabled);
    await page.getByRole("radio", { name: "Other" }).check();
    assert.ok(await page.getByLabel("Which?").isVisible());
    await get(page);
    await page.getByRole("link", { name: "Which?: is required" }).waitFor();
    await page.getByRole("link", { name: "I accept the terms: is required" }).click();
    assert.ok(await page.getByRole("radio", { name: "Other" }).isChecked());
    await page.getByLabel("Which?").fill("Fish");
    await page.getByRole("checkbox", { name: "I accept the terms" }).check();
    await get(page);
    await hasTickets(page, 1);
  }
});

/** A site of an organizer with a strict policy, and the sale of an event in it. */
async function otherSite(slug, asFrame) {
  const policy = `default-src 'none'; script-src ${BASE} 'nonce-own'; frame-src ${BASE}; style-src 'none'`;
  const part = asFrame ? `<iframe src="${BASE}/events/${slug}/widget" title="Tickets"></iframe>` : `<script src="${BASE}/widget.js" data-event="${slug}"></script>`;
  const told = `<script nonce="own">window.told = []; addEventListener("onsale", (event) => told.push(event.detail)); addEventListener("message", (event) => told.push(event.data));</script>`;
  const server = createHttpServer((_, answer) => {
    answer.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy });
    answer.end(`<!doctype html><html lang="en"><title>Our site</title>${told}<h1>Our site</h1>${part}</html>`);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { address: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

for (const asFrame of [false, true]) {
  story(`the sale stands in the organizer's own site, as ${asFrame ? "a frame" : "a script"}`, async (open) => {
    const slug = await newEvent(open);
    const site = await otherSite(slug, asFrame);
    try {
      const page = await open();
      const problems = [];
      page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
      await page.goto(site.address);
      const sale = page.frameLocator("iframe");
      await sale.getByRole("heading", { name: "Lantern night" }).waitFor();
      const told = (kind) => eventually(`the site is told of ${kind}`, () => page.evaluate((kind) => globalThis.told.find((message) => message.kind === kind), kind));
      assert.equal((await told("state")).state, "open");
      if (!asFrame) {
        const [outer, inner] = [await page.locator("iframe").boundingBox(), await sale.locator("html").evaluate((html) => html.offsetHeight)];
        assert.ok(Math.abs(outer.height - inner) <= 1, `${outer.height} is the height of ${inner}`);
      }
      await sale.getByRole("button", { name: "One more" }).click();
      const [order] = await Promise.all([page.context().waitForEvent("page"), sale.locator("#tickets button.primary").click()]);
      assert.equal((await told("order")).quantity, 2);
      await fill(order, ["Ananya", "Joost"], newAddress("ananya"));
      await get(order);
      await hasTickets(order, 2);
      assert.deepEqual(problems, []);
    } finally {
      site.close();
    }
  });
}
