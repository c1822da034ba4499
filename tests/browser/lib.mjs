// What the stories share: the server that is tested, its mail, browsers, and what is left of a story that fails.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

const root = path.resolve(import.meta.dirname, "../..");
const require = createRequire(path.join(root, "target/tools/node/"));
const { chromium } = require("playwright-core");

/** Folder for the pictures and traces of stories that fail. */
const LEFT = path.join(root, "target/browser");
/** Longest wait for anything: reached only if something hangs. */
const PATIENCE = 30_000;

export const BASE = need("SERVER_URL");
/** Password of the accounts of the demo. */
export const DEMO_PASSWORD = need("SERVER_PASSWORD");
const MAIL = path.join(need("SERVER_DATA"), "mail");

function need(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run script/test-pages`);
  return value;
}

let browser;

/** Runs a story in browsers of its own. One that fails leaves a picture of each page, and a trace. */
export function story(name, tell) {
  test(name, async () => {
    browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
    const contexts = [];
    const open = async (options = {}) => {
      const context = await browser.newContext({ baseURL: BASE, viewport: { width: 1280, height: 900 }, ...options });
      context.setDefaultTimeout(PATIENCE);
      await context.tracing.start({ screenshots: true, snapshots: true });
      contexts.push(context);
      return context.newPage();
    };
    try {
      await tell(open);
    } catch (error) {
      mkdirSync(LEFT, { recursive: true });
      const file = path.join(LEFT, name.replaceAll(/\W+/g, "-"));
      for (const [index, context] of contexts.entries()) {
        for (const page of context.pages()) await page.screenshot({ path: `${file}-${index}.png`, fullPage: true }).catch(() => {});
        await context.tracing.stop({ path: `${file}-${index}.zip` }).catch(() => {});
      }
      error.message += `\nPicture and trace: ${file}-*`;
      throw error;
    } finally {
      for (const context of contexts) await context.close();
    }
  });
}

test.after(() => browser?.close());

/** Starts a server that a story may kill; the disk is its own. */
export async function ownServer() {
  const program = need("SERVER_PROGRAM");
  const data = mkdtempSync(path.join(tmpdir(), "onsale-story-"));
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
  let running;
  const server = {
    base: `http://127.0.0.1:${port}`,
    async start() {
      const settings = [`server.bind=127.0.0.1:${port}`, "server.ops_bind=127.0.0.1:0"];
      const flags = settings.flatMap((setting) => ["--set", setting]);
      running = spawn(program, ["serve", "--dev", "--no-shelf", ...flags], { env: { ...process.env, DATA_DIR: data }, stdio: "ignore" });
      await eventually("the server is ready", () => fetch(`${server.base}/readyz`).then((answer) => answer.ok, () => false));
    },
    async end(signal) {
      const ended = once(running, "exit");
      running.kill(signal);
      await ended;
    },
    kill: () => server.end("SIGKILL"),
    async stop() {
      await server.end("SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

let events = 0;

/** Creates a published event as the organizer of the demo, and returns its slug. */
export async function newEvent(open, fields = {}) {
  const page = await open();
  await signIn(page, "meera@example.com", DEMO_PASSWORD);
  await page.waitForURL("**/my-tickets");
  events += 1;
  const slug = `story-${process.pid}-${events}`;
  const event = {
    slug, code: `S${process.pid}X${events}`, title: "Lantern night", status: "published", timezone: "Asia/Kolkata",
    description: "Lanterns over the lake.\n\n## Before you come\n\nBring a **coat**.",
    startsAt: "2098-02-13T12:30:00Z", endsAt: "2098-02-13T17:00:00Z", venue: { name: "Lake", address: "Lalbagh, Bengaluru" },
    ticketTypes: [{ code: "general", name: "Lawn", price: { amount: 0, currency: "INR" } }],
    ...fields,
  };
  const made = await page.request.post("/api/events", { data: event, headers: { origin: BASE } });
  assert.equal(made.status(), 201, await made.text());
  await page.context().close();
  return slug;
}

let people = 0;

/** Returns an address that nobody has yet. */
export function newAddress(name) {
  people += 1;
  return `${name}.${process.pid}.${people}@example.com`;
}

/** Waits until `find` returns something. */
export async function eventually(what, find) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > until) assert.fail(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Returns the newest message to an address whose text matches: the first group of the pattern. */
export function mailTo(address, pattern) {
  return eventually(`a message to ${address} with ${pattern}`, () => {
    const files = readdirSync(MAIL).filter((name) => name.endsWith(".eml")).sort().reverse();
    for (const file of files) {
      const text = readable(readFileSync(path.join(MAIL, file), "utf8"));
      const found = text.includes(address) && text.match(pattern);
      if (found) return found[1];
    }
  });
}

/** Undoes the quoted-printable of a message. */
function readable(message) {
  return message.replaceAll(/=\r?\n/g, "").replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

export const PASSWORD = "Blue-Heron7";

/** Makes an account as a newcomer does, and returns its address. */
export async function signUp(page, name, address = newAddress(name.split(" ")[0].toLowerCase())) {
  await page.goto("/sign-up");
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Mail address").fill(address);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Make account" }).click();
  const code = await mailTo(address, /Subject: (\d{6})/);
  await page.getByLabel("Code of six digits").fill(code);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.waitForURL("**/my-tickets*");
  return address;
}

/** Signs in, in any language. */
export async function signIn(page, address, password = PASSWORD) {
  await page.goto("/sign-in");
  await page.locator("#email").fill(address);
  await page.locator("#password").fill(password);
  await page.locator("main form button.primary").click();
}

/** Opens an organizer, and returns its slug. */
export async function openOrganizer(page, name) {
  await page.goto("/organizer?choose");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await page.waitForURL("**/organizer?organizer=*");
  return new URL(page.url()).searchParams.get("organizer");
}

export { assert, path, require, root };
