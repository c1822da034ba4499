// 1 to 10 times the server's capacity, then half of it: accepted requests must stay fast, all other requests must be
// refused quickly with Retry-After. CAPACITY is the server's capacity in registrations a second.
import { arrivals } from "./lib/config.js";
import { prepare, register } from "./lib/client.js";
import { report, trends } from "./lib/report.js";

const capacity = Number(__ENV.CAPACITY || 500);
const steps = [1, 2, 3, 5, 10].flatMap((times) => [
  { target: capacity * times, duration: 1 },
  { target: capacity * times, duration: 9 },
]);

export const options = {
  scenarios: { overload: arrivals(capacity, [...steps, { target: capacity / 2, duration: 1 }, { target: capacity / 2, duration: 10 }]) },
  thresholds: { bad: ["rate<0.001"], accepted_time: ["p(95)<1000"], refused_time: ["p(95)<250"] },
  summaryTrendStats: trends,
};

export const setup = () => prepare(null);
export default ({ event }) => register(event);
export const handleSummary = (data) => report("overload", data);
