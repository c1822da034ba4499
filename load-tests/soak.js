// Constant load for half an hour: no request may be refused or fail, and response times must stay short.
import { arrivals } from "./lib/config.js";
import { prepare, register } from "./lib/client.js";
import { report, trends } from "./lib/report.js";

export const options = {
  scenarios: { soak: arrivals(500, [{ target: 500, duration: 1800 }]) },
  thresholds: { bad: ["rate==0"], shed: ["count==0"], accepted_time: ["p(99)<100"], dropped_iterations: ["count<100"] },
  summaryTrendStats: trends,
};

export const setup = () => prepare(null);
export default ({ event }) => register(event);
export const handleSummary = (data) => report("soak", data);
