// Attacks that need a real browser: a page of another origin, and a frame.

import { createServer } from "node:http";

import { BASE, assert, eventually, signUp, story } from "./lib.mjs";

/** Serves a page at another origin of the same machine: browsers send it the same cookies. */
async function elsewhere(html) {
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

story("a form of another origin is refused although the browser sends the cookie", async (open) => {
  const page = await open();
  await signUp(page, "Ada Lovelace");
  await page.goto("/account");
  const token = await page.locator("input[name=form_token]").first().inputValue();
  // Even with the right token.
  const evil = await elsewhere(
    `<form method=post action="${BASE}/account/profile"><input name=name value=Mallory><input name=form_token value="${token}"></form>` +
      `<script>document.forms[0].submit()</script>`,
  );
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await page.goto(evil.url);
  const headers = await (await sent).allHeaders();
  assert.match(headers.cookie ?? "", /onsale=/, "the cookie was sent along: the attack was real");
  await page.getByRole("heading", { name: "Not from here" }).waitFor();
  await page.goto("/account");
  assert.equal(await page.getByLabel("Your name").inputValue(), "Ada Lovelace");
  evil.close();
});

story("a script of another origin neither changes nor reads anything", async (open) => {
  const page = await open();
  await signUp(page, "Ada Lovelace");
  const evil = await elsewhere("<p>other</p>");
  await page.goto(evil.url);
  const outcome = await page.evaluate(async (base) => {
    const attempt = (path, options) => fetch(base + path, { credentials: "include", ...options }).then((r) => r.text(), () => "blocked");
    return {
      read: await attempt("/api/me", {}),
      json: await attempt("/api/me", { method: "PATCH", headers: { "content-type": "application/json" }, body: '{"name":"Mallory"}' }),
      plain: await attempt("/api/me", { method: "DELETE", headers: { "content-type": "text/plain" }, body: "{}" }),
    };
  }, BASE);
  assert.equal(outcome.read, "blocked", "cookies are never allowed across origins");
  const me = await page.request.get("/api/me");
  assert.equal((await me.json()).name, "Ada Lovelace");
  evil.close();
});

story("a page is shown in no frame", async (open) => {
  const page = await open();
  await signUp(page, "Ada Lovelace");
  const evil = await elsewhere(`<iframe src="${BASE}/account/erase" width=800 height=600></iframe>`);
  const refused = [];
  page.on("console", (message) => refused.push(message.text()));
  await page.goto(evil.url);
  await eventually("the browser refuses the frame", () => refused.some((text) => text.includes("frame-ancestors")));
  assert.equal(await page.frameLocator("iframe").getByText("Erase the account?").count(), 0);
  evil.close();
});
