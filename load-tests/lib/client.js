// Requests of a front end, and metrics of their answers.

import http from "k6/http";
import { check, fail } from "k6";
import { Counter, Rate, Trend } from "k6/metrics";
import { BASE_URL, EVENT, HISTORY, TOKEN } from "./config.js";

export const sold = new Counter("sold");
export const soldOut = new Counter("sold_out");
export const shed = new Counter("shed");
// Rate of answers that no client should get: unexpected status codes, and 429 or 503 without Retry-After.
export const bad = new Rate("bad");
export const acceptedTime = new Trend("accepted_time", true);
export const refusedTime = new Trend("refused_time", true);

const organizer = { headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" } };

/** Creates an event for this run. Without a token, returns the event of the configuration. */
export function prepare(capacity) {
  if (!TOKEN) return { event: EVENT, own: false };
  const unique = `${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  const type = { code: "general", name: "General Admission", price: { amount: 0, currency: "EUR" }, capacity };
  const event = {
    slug: `load-${unique}`,
    code: `L${unique.toUpperCase().slice(-11)}`,
    title: "Load test",
    startsAt: "2030-06-01T18:00:00Z",
    endsAt: "2030-06-01T23:00:00Z",
    timezone: "Europe/Berlin",
    venue: { name: "The usual place" },
    status: "published",
    capacity,
    ticketTypes: [type],
  };
  const answer = http.post(`${BASE_URL}/api/events`, JSON.stringify(event), organizer);
  if (answer.status !== 201) fail(`the event could not be created: ${answer.status} ${answer.body}`);
  return { event: event.slug, own: true };
}

/** Returns the organizer's statistics of the event, or null without a token. */
export function stats(event) {
  if (!TOKEN) return null;
  return http.get(`${BASE_URL}/api/events/${event}/stats`, organizer).json();
}

/** Registers one person. Returns the answer. */
export function register(event, options = {}) {
  const key = options.key || `${__VU}-${__ITER}-${event}`;
  const attendees = [{ name: options.name || `Buyer ${key}`, email: `buyer-${key}@example.com` }];
  const keepBody = options.keepBody || HISTORY;
  const answer = http.post(`${BASE_URL}/api/register`, JSON.stringify({ event, attendees }), {
    headers: { "content-type": "application/json", "idempotency-key": key, prefer: "return=minimal" },
    tags: { name: "POST /api/register" },
    timeout: "10s",
    responseCallback: http.expectedStatuses(201, 409, 429, 503),
    responseType: keepBody ? "text" : "none",
  });
  count(answer);
  if (HISTORY) writeHistory(event, key, answer);
  return answer;
}

// Writes one line of the client's history for exactness.py.
function writeHistory(event, key, answer) {
  let body = {};
  try {
    body = answer.json();
  } catch (_) {
    // No answer or no JSON: the status is enough.
  }
  const id = body && body.data ? body.data.registrationId : null;
  console.log(JSON.stringify({ event, key, seats: 1, status: answer.status, id, code: (body && body.code) || null }));
}

function count(answer) {
  const time = answer.timings.duration;
  const refused = answer.status === 429 || answer.status === 503;
  bad.add(!(answer.status === 201 || answer.status === 409 || (refused && answer.headers["Retry-After"])));
  if (answer.status === 201) {
    if (!answer.headers["Idempotent-Replayed"]) sold.add(1);
    acceptedTime.add(time);
  } else if (answer.status === 409) {
    soldOut.add(1);
    refusedTime.add(time);
  } else if (refused) {
    shed.add(1);
    refusedTime.add(time);
  }
}

export { check };
