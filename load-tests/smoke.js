// Two clients do every step ten times: show the event, register, repeat the registration, download. Takes seconds.
import http from "k6/http";
import { check } from "k6";
import { BASE_URL } from "./lib/config.js";
import { prepare, register, stats } from "./lib/client.js";
import { report, trends } from "./lib/report.js";

export const options = {
  scenarios: { smoke: { executor: "per-vu-iterations", vus: 2, iterations: 10, maxDuration: "60s" } },
  thresholds: { checks: ["rate==1"], bad: ["rate==0"], accepted_time: ["p(99)<1000"] },
  summaryTrendStats: trends,
};

export const setup = () => prepare(1000);

export default function ({ event }) {
  const page = http.get(`${BASE_URL}/api/events/${event}`, { tags: { name: "GET /api/events/{event}" } });
  check(page, { "the event is shown": (r) => r.status === 200 && r.json("soldOut") === false });

  const answer = register(event, { keepBody: true });
  check(answer, { "a seat is taken": (r) => r.status === 201 });
  const data = answer.json("data");

  const again = register(event, { keepBody: true });
  check(again, { "the same key gets the same registration": (r) => r.json("data.registrationId") === data.registrationId });

  const link = data.pdfUrl.replace(/^https?:\/\/[^/]+/, BASE_URL);
  const pdf = http.get(link, { tags: { name: "GET pdf" }, responseType: "binary" });
  const head = new Uint8Array(pdf.body.slice(0, 5));
  check(pdf, { "the ticket is a PDF": (r) => r.status === 200 && String.fromCharCode(...head) === "%PDF-" });
}

export function teardown({ event, own }) {
  if (own) check(stats(event), { "the statistics count all registrations": (s) => s.sold === 20 });
}

export const handleSummary = (data) => report("smoke", data);
