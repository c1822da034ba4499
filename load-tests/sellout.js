// 100,000 clients for 5,000 seats: exactly 5,000 are sold, and each client gets an answer quickly.
import { check } from "k6";
import { atOnce } from "./lib/config.js";
import { prepare, register, stats } from "./lib/client.js";
import { report, trends } from "./lib/report.js";

const SEATS = 5000;

export const options = {
  scenarios: { sellout: atOnce(100000) },
  thresholds: { bad: ["rate==0"], checks: ["rate==1"], sold: [`count<=${SEATS}`], accepted_time: ["p(99)<1000"], refused_time: ["p(99)<1000"] },
  summaryTrendStats: trends,
};

export const setup = () => prepare(SEATS);
export default ({ event }) => register(event);

export function teardown({ event, own }) {
  if (own) check(stats(event), { "exactly 5,000 are sold": (s) => s.sold === SEATS });
}

export const handleSummary = (data) => report("sellout", data);
