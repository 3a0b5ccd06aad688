import assert from "node:assert/strict";
import { test } from "node:test";

import { Plan } from "../lib/plan.js";
import { Report } from "../lib/report.js";
import { checkReport, MalformedReport } from "../lib/testing/check.js";

/** What is wrong with a report on a plan with the summary `latency` and the late prefixes `late_` and `latency`. */
function fault(fill) {
  const plan = new Plan();
  plan.summary("latency", "");
  const report = new Report(plan.families);
  const records = { report: report.record(), plan: plan.record(new Uint8Array()) };
  ["late_", "latency"].forEach((prefix) => plan.latePrefix(prefix));
  fill(report, records.report);
  Object.assign(records.report, { partial: report.record().partial, state: report.record().state });
  try {
    checkReport(records.report, records.plan, 10_000);
    return "";
  } catch (error) {
    assert.ok(error instanceof MalformedReport, error.stack);
    return error.message;
  }
}

const faultOf = (name) => fault((report) => report.late("gauge", name, ""));

test("names are checked", () => {
  assert.equal(faultOf("late_a"), "");
  assert.equal(faultOf("latency_count"), 'family "latency_count": "latency_count" is declared twice');
  for (const name of ["late_a-b", "late_sum", "late_bucket", "", "0late"]) {
    assert.equal(faultOf(name), `"${name}" cannot be the name of a family`);
  }
  assert.equal(faultOf("other"), 'late family "other" begins with no reserved prefix');
});

test("bounds are checked", () => {
  const families = (report) => {
    for (let number = 0; number < 500; number++) report.late("gauge", `late_${number}`, "");
  };
  assert.equal(fault(families), "501 families, more than 500");
  const samples = (report) => {
    const gauge = report.late("gauge", "late_a", "");
    for (let number = 0; number < 10_001; number++) report.set(gauge, [], 1);
  };
  assert.equal(fault(samples), "10001 samples, more than 10000");
  assert.equal(
    fault((report) => report.save(new Uint8Array(65_536))),
    "",
  );
  assert.equal(
    fault((report) => report.save(new Uint8Array(65_537))),
    "a state of 65537 bytes, more than the 65536 allowed (limits.state)",
  );
});

test("samples fit their families", () => {
  const any = (family, labelValues) => fault((_, { samples }) => samples.push({ family, labelValues, value: 1 }));
  assert.equal(any(1, []), "a sample of family 1, of 1");
  assert.equal(any(0, ["x"]), 'family "latency": 1 label values for 0 label names');
  assert.equal(any(0, []), 'family "latency": a single value for a histogram or a summary');
  const histogram = (...buckets) =>
    fault((report) => report.histogram(report.late("histogram", "late_sizes", ""), [], buckets, 1, 2));
  assert.equal(histogram(), "");
  assert.equal(histogram([1, 1], [2, 2]), "");
  assert.equal(histogram([1, 1], [Infinity, 2]), "");
  for (const buckets of [
    [[1, 1], [1, 2]],
    [[1, 2], [2, 1]],
    [[1, 1], [2, 3]],
    [[NaN, 1], [2, 1]],
  ]) {
    assert.equal(histogram(...buckets), 'family "late_sizes": buckets are not ascending and cumulative');
  }
  const quantiles = (...given) => fault((report) => report.summary(report.late("summary", "late_s", ""), [], given, 1, 2));
  assert.equal(quantiles([0.5, 2], [0.9, 1]), "");
  assert.equal(quantiles([0.9, 1], [0.5, 2]), 'family "late_s": quantiles are not ascending');
  const record = { family: 0, labelValues: [], buckets: [], quantiles: [], sum: 0, count: 0 };
  assert.equal(
    fault((_, { histograms }) => histograms.push(record)),
    'family "latency": a histogram for a family of another kind',
  );
  const summary = (report, { summaries }) => {
    report.late("gauge", "late_a", "");
    summaries.push({ ...record, family: 1 });
  };
  assert.equal(fault(summary), 'family "late_a": a summary for a family of another kind');
});
