// People in browsers: they read the list and an event, wait for the opening while their pages ask what is left, and order on
// the pages as browsers do, with styles and pictures the first time. Needs an organizer's token.
import http from "k6/http";
import { check, fail, sleep } from "k6";
import { Counter, Trend } from "k6/metrics";
import { BASE_URL, TOKEN, perSecond, seconds } from "./lib/config.js";
import { report, trends } from "./lib/report.js";

const pageTime = new Trend("page_time", true);
const orderTime = new Trend("accepted_time", true);
const tickets = new Counter("sold");
const again = new Counter("shed");

/** Seconds from the start of the test until sales open. */
const OPENING = 20;

const people = perSecond(1000);
export const options = {
  scenarios: { people: { executor: "per-vu-iterations", vus: people, iterations: 1, maxDuration: seconds(300) } },
  thresholds: { checks: ["rate>0.999"], page_time: ["p(99)<1000"] },
  summaryTrendStats: trends,
};

const html = { headers: { accept: "text/html", "accept-encoding": "gzip" } };

export function setup() {
  if (!TOKEN) fail("give an organizer's token in TOKEN: the test makes an event of its own");
  const unique = Date.now().toString(36);
  const event = {
    slug: `browse-${unique}`, code: `B${unique.toUpperCase().slice(-11)}`, title: "The opening", status: "published",
    startsAt: "2090-06-01T18:00:00Z", endsAt: "2090-06-01T23:00:00Z", timezone: "Europe/Berlin", venue: { name: "The usual place" },
    salesOpenAt: new Date(Date.now() + OPENING * 1000).toISOString(),
    ticketTypes: [{ code: "general", name: "General Admission", price: { amount: 0, currency: "EUR" }, capacity: people }],
  };
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const made = http.post(`${BASE_URL}/api/events`, JSON.stringify(event), { headers });
  if (made.status !== 201) fail(`the event could not be made: ${made.status} ${made.body}`);
  return { slug: event.slug, opensAt: Date.now() + OPENING * 1000 };
}

/** Sends a request, and again after some seconds if the server is away or has no room, as people and pages do. */
function patiently(send) {
  for (let time = 0; time < 30; time += 1) {
    const answer = send();
    if (answer.status !== 0 && answer.status !== 503) return answer;
    again.add(1);
    sleep(1 + 2 * Math.random());
  }
  return send();
}

function show(path, name) {
  const page = patiently(() => http.get(`${BASE_URL}${path}`, { ...html, tags: { name } }));
  pageTime.add(page.timings.duration);
  check(page, { "a page is shown": (r) => r.status === 200 });
  return page;
}

/** Loads what a page names, as a browser does that was never here. */
function loadParts(page) {
  const addresses = [...page.body.matchAll(/(?:href|src)="(\/(?:assets|accents|patterns)\/[^"#]+)/g)].map((found) => found[1]);
  const requests = [...new Set(addresses)].map((address) => ["GET", `${BASE_URL}${address}`, null, { tags: { name: "part of a page" } }]);
  const loaded = http.batch(requests);
  check(loaded, { "all parts are there": (all) => all.every((part) => part.status === 200) });
}

export default function ({ slug, opensAt }) {
  sleep(Math.random() * (OPENING / 2));
  loadParts(show("/", "GET /"));
  sleep(1 + Math.random() * 2);
  loadParts(show(`/events/${slug}`, "GET /events/{event}"));
  // The page asks what is left, each browser at a time of its own, and opens by the server's clock.
  for (;;) {
    const known = patiently(() => http.get(`${BASE_URL}/api/events/${slug}/availability`, { tags: { name: "GET availability" } }));
    check(known, { "what is left is told": (r) => r.status === 200 });
    if (known.json("state") !== "not-yet") break;
    const left = (opensAt - Date.now()) / 1000;
    sleep(Math.max(0.5, Math.min(left, 8 + Math.random() * 8)) + Math.random() * 2);
  }
  show(`/events/${slug}`, "GET /events/{event}");
  sleep(1 + Math.random() * 3);
  const form = show(`/events/${slug}/register?ticketType=general&quantity=1`, "GET register");
  sleep(2 + Math.random() * 6);
  const fields = { "name-1": `Buyer ${__VU}`, "email-1": `buyer-${__VU}@example.com` };
  for (const [, name, value] of form.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)) fields[name] = value;
  const headers = { accept: "text/html", "sec-fetch-site": "same-origin" };
  const expected = { responseCallback: http.expectedStatuses(200, 303, 409, 503) };
  const order = () => http.post(`${BASE_URL}/events/${slug}/register`, fields, { headers, redirects: 1, tags: { name: "POST register" }, ...expected });
  const page = patiently(order);
  orderTime.add(page.timings.duration);
  const isTicket = check(page, { "the ticket is on the screen": (r) => r.status === 200 && r.body.includes('class="qr"') });
  if (isTicket) tickets.add(1);
}

export const handleSummary = (data) => report("browse", data);
