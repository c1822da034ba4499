// Low load, forty times the load for ten seconds, and low load again: the server must recover without errors.
import { arrivals } from "./lib/config.js";
import { prepare, register } from "./lib/client.js";
import { report, trends } from "./lib/report.js";

export const options = {
  scenarios: {
    spike: arrivals(100, [
      { target: 100, duration: 10 },
      { target: 4000, duration: 2 },
      { target: 4000, duration: 10 },
      { target: 100, duration: 2 },
      { target: 100, duration: 15 },
    ]),
  },
  thresholds: { bad: ["rate==0"], accepted_time: ["p(95)<500"] },
  summaryTrendStats: trends,
};

export const setup = () => prepare(null);
export default ({ event }) => register(event);
export const handleSummary = (data) => report("spike", data);
