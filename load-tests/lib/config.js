// Where the server is and who we are: everything from the environment.

export const BASE_URL = (__ENV.BASE_URL || "http://127.0.0.1:8080").replace(/\/$/, "");
// An organizer's token: with it each run makes an event of its own, and looks at the figures afterwards.
export const TOKEN = __ENV.TOKEN || "";
// The event to register for where there is no token.
export const EVENT = __ENV.EVENT || "gardenia-2025";
// Whether each answer is written to the console, one JSON object a line, for exactness.py.
export const HISTORY = Boolean(__ENV.HISTORY);
// Scales every rate and length, to fit the machine at hand: RATE=0.5 is half the load, LENGTH=0.1 a tenth of the time.
const RATE = Number(__ENV.RATE || 1);
const LENGTH = Number(__ENV.LENGTH || 1);

export const perSecond = (rate) => Math.max(1, Math.round(rate * RATE));
export const seconds = (length) => `${Math.max(1, Math.round(length * LENGTH))}s`;

/** Options of a crowd: so many people, all there already, each asking once. */
export function atOnce(people) {
  return { executor: "shared-iterations", vus: 1000, iterations: Math.max(1000, perSecond(people)), maxDuration: seconds(300) };
}

/** Options of an open model: so many arrivals a second, whatever the server does. */
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
