// The first minute of a sale: the load rises to its peak within five seconds, later it falls.
import { arrivals } from "./lib/config.js";
import { prepare, register } from "./lib/client.js";
import { report, trends } from "./lib/report.js";

export const options = {
  scenarios: {
    surge: arrivals(10, [
      { target: 4000, duration: 5 },
      { target: 4000, duration: 30 },
      { target: 1000, duration: 25 },
    ]),
  },
  thresholds: { bad: ["rate==0"], accepted_time: ["p(99)<250"], dropped_iterations: ["count<1000"] },
  summaryTrendStats: trends,
};

export const setup = () => prepare(null);
export default ({ event }) => register(event);
export const handleSummary = (data) => report("surge", data);
