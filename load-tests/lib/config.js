// Configuration from environment variables.

export const BASE_URL = (__ENV.BASE_URL || "http://127.0.0.1:8080").replace(/\/$/, "");
// An organizer's token: with it each run creates its own event and checks the event's statistics at the end.
export const TOKEN = __ENV.TOKEN || "";
// Slug of the event to register for if there is no token.
export const EVENT = __ENV.EVENT || "gardenia-2025";
// True if each answer is written to the console, one JSON object a line, for exactness.py.
export const HISTORY = Boolean(__ENV.HISTORY);
// Factors for all rates and durations: RATE=0.5 is half the load, LENGTH=0.1 a tenth of the time.
const RATE = Number(__ENV.RATE || 1);
const LENGTH = Number(__ENV.LENGTH || 1);

export const perSecond = (rate) => Math.max(1, Math.round(rate * RATE));
export const seconds = (length) => `${Math.max(1, Math.round(length * LENGTH))}s`;

/** Options of a closed model: `people` requests in total, sent as fast as 1,000 virtual users can. */
export function atOnce(people) {
  return { executor: "shared-iterations", vus: 1000, iterations: Math.max(1000, perSecond(people)), maxDuration: seconds(300) };
}

/** Options of an open model: arrivals at a given rate a second, independent of the server's answers. */
export function arrivals(startRate, stages) {
  const rates = stages.map((stage) => stage.target);
  const most = Math.max(startRate, ...rates);
  return {
    executor: "ramping-arrival-rate",
    timeUnit: "1s",
    startRate: perSecond(startRate),
    preAllocatedVUs: Math.min(2000, Math.max(20, Math.ceil(perSecond(most) / 10))),
    maxVUs: 4000,
    stages: stages.map((stage) => ({ target: perSecond(stage.target), duration: seconds(stage.duration) })),
  };
}
