// Summary as text; also as JSON if RESULTS names a folder.

const format = (value, unit = "") => (value === undefined ? "–" : `${Number(value).toFixed(value < 10 ? 2 : 0)}${unit}`);

/** Returns the outputs of one scenario for `handleSummary`. */
export function report(name, data) {
  const metric = (metricName) => (data.metrics[metricName] || { values: {} }).values;
  const times = (metricName) => {
    const values = metric(metricName);
    return `p50 ${format(values.med, " ms")}   p95 ${format(values["p(95)"], " ms")}   p99 ${format(values["p(99)"], " ms")}`;
  };
  const failed = Object.entries(data.metrics).flatMap(([metricName, { thresholds }]) =>
    Object.entries(thresholds || {}).filter(([, { ok }]) => !ok).map(([rule]) => `${metricName}: ${rule}`));
  const lines = [
    "",
    `${name}`,
    `  sold       ${format(metric("sold").count || 0)}   (${format(metric("sold").rate || 0)}/s)`,
    `  sold out   ${format(metric("sold_out").count || 0)}`,
    `  shed       ${format(metric("shed").count || 0)}`,
    `  bad        ${format((metric("bad").rate || 0) * 100, " %")}`,
    `  accepted   ${times("accepted_time")}`,
    `  refused    ${times("refused_time")}`,
    ...(data.metrics.redirect_time ? [`  delivered  ${format(metric("redirect_time").count || metric("http_reqs").count)}   ${times("redirect_time")}`] : []),
    ...(data.metrics.page_time ? [`  pages      ${times("page_time")}`] : []),
    `  dropped    ${format(metric("dropped_iterations").count || 0)} arrivals that k6 could not make`,
    failed.length ? `  MISSED     ${failed.join("; ")}` : "  all objectives met",
    "",
  ];
  const outputs = { stdout: lines.join("\n") + "\n" };
  if (__ENV.RESULTS) outputs[`${__ENV.RESULTS}/${name}.json`] = JSON.stringify(data, null, 2);
  return outputs;
}

export const trends = ["avg", "min", "med", "p(95)", "p(99)", "max"];
