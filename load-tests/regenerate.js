// A sale alone (phase "quiet"), then the same sale while an organizer regenerates all tickets repeatedly (phase "beside").
// The objectives are response times of registrations.
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

// Tickets that exist before the first phase.
const STOCK = perSecond(5000);
const RATE = 300;
const organizer = { headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" } };
const sale = (startTime, phase) => ({
  ...arrivals(RATE, [{ target: RATE, duration: 20 }]),
  exec: "buy",
  startTime,
  env: { PHASE: phase },
});
const second = seconds(22);

export const options = {
  setupTimeout: "5m",
  scenarios: {
    quiet: sale("0s", "quiet"),
    beside: sale(second, "beside"),
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
    const batch = Array.from({ length: Math.min(50, STOCK / 10 - first) }, () => ({
      method: "POST",
      url: `${BASE_URL}/api/register`,
      body: JSON.stringify({ event, attendees: people }),
      params: { headers: { "content-type": "application/json", prefer: "return=minimal" } },
    }));
    answers.push(...http.batch(batch));
  }
  if (answers.some((answer) => answer.status !== 201)) fail("not all tickets could be created before the first phase");
  return { event };
}

export function buy({ event }) {
  const phase = __ENV.PHASE;
  const answer = register(event, { key: `${phase}-${exec.scenario.iterationInTest}-${event}` });
  if (answer.status === 201) (phase === "quiet" ? quiet : beside).add(answer.timings.duration);
}

/** Runs one regeneration after another until the sale ends. Each regenerates all tickets, not only stale ones. */
export function regenerate({ event }) {
  const ends = Date.now() + parseInt(second, 10) * 1000;
  while (Date.now() < ends) {
    const started = http.post(`${BASE_URL}/api/events/${event}/regenerations`, JSON.stringify({ onlyStale: false }), organizer);
    check(started, { "a regeneration begins": (r) => r.status === 202 });
    let job = started.json();
    while (job.status === "queued" || job.status === "running") {
      sleep(0.25);
      const now = http.get(`${BASE_URL}/api/jobs/${job.jobId}`, { ...organizer, tags: { name: "GET /api/jobs/{id}" } }).json();
      const progress = (j) => j.done + j.skipped + j.failed;
      check(now, { "progress only grows": (j) => progress(j) >= progress(job) && progress(j) <= j.total });
      job = now;
    }
    check(job, { "the job completes, and its counts add up": (j) => j.status === "completed" && j.done + j.skipped === j.total && j.failed === 0 });
    made.add(job.done);
  }
}

export function teardown({ event }) {
  check(stats(event), { "no document failed": (s) => Boolean(s.documents) && s.documents.failed === 0 });
}

export function handleSummary(data) {
  const outputs = report("regenerate", data);
  const value = (name, part) => ((data.metrics[name] || { values: {} }).values[part] || 0).toFixed(1);
  outputs.stdout += [
    `  quiet      p50 ${value("quiet_time", "med")} ms   p99 ${value("quiet_time", "p(99)")} ms`,
    `  beside     p50 ${value("beside_time", "med")} ms   p99 ${value("beside_time", "p(99)")} ms`,
    `  tickets    ${value("tickets_made_anew", "count")} regenerated (${value("tickets_made_anew", "rate")}/s over the whole run)`,
    "",
    "",
  ].join("\n");
  return outputs;
}
