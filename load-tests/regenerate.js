// An organizer has every ticket made anew, again and again, while people go on buying: a quiet stretch first, then the same with a
// regeneration beside it. The objectives are the buyers'.
import http from "k6/http";
import { check, fail, sleep } from "k6";
import exec from "k6/execution";
import { Counter, Trend } from "k6/metrics";
import { arrivals, BASE_URL, perSecond, seconds, TOKEN } from "./lib/config.js";
import { prepare, register, stats } from "./lib/client.js";
import { report, trends } from "./lib/report.js";

const quiet = new Trend("quiet_time", true);
const beside = new Trend("beside_time", true);
const made = new Counter("tickets_made_anew");

// Tickets there are before anybody begins.
const STOCK = perSecond(5000);
const RATE = 300;
const organizer = { headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" } };
const stretch = (startTime, phase) => ({
  ...arrivals(RATE, [{ target: RATE, duration: 20 }]),
  exec: "buy",
  startTime,
  env: { PHASE: phase },
});
const second = seconds(22);

export const options = {
  setupTimeout: "5m",
  scenarios: {
    quiet: stretch("0s", "quiet"),
    beside: stretch(second, "beside"),
    organizer: { executor: "per-vu-iterations", vus: 1, iterations: 1, exec: "regenerate", startTime: second, maxDuration: "10m" },
  },
  thresholds: { bad: ["rate==0"], checks: ["rate==1"], quiet_time: ["p(99)<250"], beside_time: ["p(99)<250"] },
  summaryTrendStats: trends,
};

export function setup() {
  if (!TOKEN) fail("an organizer's token is needed: TOKEN=onsale_…");
  const { event } = prepare(null);
  const people = Array.from({ length: 10 }, (_, n) => ({ name: `Guest ${n}`, email: `guest-${n}@example.com` }));
  const answers = [];
  for (let first = 0; first < STOCK / 10; first += 50) {
    const some = Array.from({ length: Math.min(50, STOCK / 10 - first) }, () => ({
      method: "POST",
      url: `${BASE_URL}/api/register`,
      body: JSON.stringify({ event, attendees: people }),
      params: { headers: { "content-type": "application/json", prefer: "return=minimal" } },
    }));
    answers.push(...http.batch(some));
  }
  if (answers.some((answer) => answer.status !== 201)) fail("not everybody got a seat before it began");
  return { event };
}

export function buy({ event }) {
  const phase = __ENV.PHASE;
  const answer = register(event, { key: `${phase}-${exec.scenario.iterationInTest}-${event}` });
  if (answer.status === 201) (phase === "quiet" ? quiet : beside).add(answer.timings.duration);
}

/** Once after the other until the sale is over: each time everything, not only what is stale. */
export function regenerate({ event }) {
  const ends = Date.now() + parseInt(second, 10) * 1000;
  while (Date.now() < ends) {
    const begun = http.post(`${BASE_URL}/api/events/${event}/regenerations`, JSON.stringify({ onlyStale: false }), organizer);
    check(begun, { "a regeneration begins": (r) => r.status === 202 });
    let job = begun.json();
    while (job.status === "queued" || job.status === "running") {
      sleep(0.25);
      const now = http.get(`${BASE_URL}/api/jobs/${job.jobId}`, { ...organizer, tags: { name: "GET /api/jobs/{id}" } }).json();
      const seen = (j) => j.done + j.skipped + j.failed;
      check(now, { "progress only grows": (j) => seen(j) >= seen(job) && seen(j) <= j.total });
      job = now;
    }
    check(job, { "it completes, and all adds up": (j) => j.status === "completed" && j.done + j.skipped === j.total && j.failed === 0 });
    made.add(job.done);
  }
}

export function teardown({ event }) {
  const figures = stats(event);
  check(figures, { "nothing was set aside": (f) => Boolean(f.documents) && f.documents.failed === 0 });
}

export function handleSummary(data) {
  const outputs = report("regenerate", data);
  const value = (name, part) => ((data.metrics[name] || { values: {} }).values[part] || 0).toFixed(1);
  outputs.stdout += [
    `  quiet      p50 ${value("quiet_time", "med")} ms   p99 ${value("quiet_time", "p(99)")} ms`,
    `  beside     p50 ${value("beside_time", "med")} ms   p99 ${value("beside_time", "p(99)")} ms`,
    `  made anew  ${value("tickets_made_anew", "count")} tickets (${value("tickets_made_anew", "rate")}/s over the whole run)`,
    "",
    "",
  ].join("\n");
  return outputs;
}
