// Repeated downloads of the same tickets: redirects from the warm URL cache, and files that are not stored yet.
import http from "k6/http";
import { check } from "k6";
import { arrivals, BASE_URL } from "./lib/config.js";
import { prepare, register } from "./lib/client.js";
import { report, trends } from "./lib/report.js";
import { Trend } from "k6/metrics";

const redirect = new Trend("redirect_time", true);
const PEOPLE = 200;

export const options = {
  scenarios: { download: arrivals(50, [{ target: 2000, duration: 5 }, { target: 2000, duration: 20 }]) },
  thresholds: { checks: ["rate>0.999"], redirect_time: ["p(99)<100"] },
  summaryTrendStats: trends,
};

export function setup() {
  const { event } = prepare(null);
  const links = [];
  for (let person = 0; person < PEOPLE; person++) {
    const answer = register(event, { key: `download-${person}-${event}`, keepBody: true });
    links.push(answer.json("data.pdfUrl").replace(/^https?:\/\/[^/]+/, BASE_URL));
  }
  return { links };
}

export default function ({ links }) {
  const link = links[Math.floor(Math.random() * links.length)];
  const answer = http.get(link, { redirects: 0, responseType: "none", tags: { name: "GET pdf" } });
  redirect.add(answer.timings.duration);
  check(answer, { "a ticket is delivered": (r) => r.status === 302 || r.status === 200 });
}

export const handleSummary = (data) => report("download", data);
