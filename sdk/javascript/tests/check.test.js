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
  assert.equal(faultOf("latency_count"), 'family "redis_latency_count": "redis_latency_count" is declared twice');
  assert.equal(
    faultOf("late_a-b"),
    'family "redis_late_a-b": not a metric name: letters, digits and _ are, and no digit first',
  );
  for (const suffix of ["_sum", "_bucket"]) {
    const text = `only a histogram or a summary may own the suffix ${suffix}`;
    assert.equal(faultOf(`late${suffix}`), `family "redis_late${suffix}": ${text}`);
  }
  for (const name of ["other", ""]) assert.equal(faultOf(name), `late family "${name}" begins with no reserved prefix`);
});

test("bounds are checked", () => {
  const families = (report) => {
    for (let number = 0; number < 500; number++) report.late("gauge", `late_${number}`, "");
  };
  assert.equal(fault(families), "501 families, more than the 500 allowed (limits.families)");
  const samples = (report) => {
    const gauge = report.late("gauge", "late_a", "");
    for (let number = 0; number < 10_001; number++) report.set(gauge, [], 1);
  };
  assert.equal(fault(samples), "10001 samples, more than the 10000 allowed (limits.samples)");
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
  assert.equal(any(0, ["x"]), 'family "redis_latency": 1 label values for 0 label names');
  assert.equal(any(0, []), 'family "redis_latency": a single value for a histogram or a summary');
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
    [[NaN, 1]],
    [[1, 1], [NaN, 2]],
    [[Infinity, 1]],
    [[1, 1], [Infinity, 1]],
    [[1, 1], [Infinity, 3]],
    [[1, 3], [Infinity, 2]],
  ]) {
    assert.equal(histogram(...buckets), 'family "redis_late_sizes": buckets are not ascending and cumulative');
  }
  const quantiles = (...given) => fault((report) => report.summary(report.late("summary", "late_s", ""), [], given, 1, 2));
  assert.equal(quantiles([0.5, 2], [0.9, 1]), "");
  assert.equal(quantiles([0.9, 1], [0.5, 2]), 'family "redis_late_s": quantiles are not ascending');
  const ofSingles = "a histogram or a summary for a family of single values";
  const record = { family: 0, labelValues: [], buckets: [], quantiles: [], sum: 0, count: 0 };
  assert.equal(
    fault((_, { histograms }) => histograms.push(record)),
    `family "redis_latency": ${ofSingles}`,
  );
  const summary = (report, { summaries }) => {
    report.late("gauge", "late_a", "");
    summaries.push({ ...record, family: 1 });
  };
  assert.equal(fault(summary), `family "redis_late_a": ${ofSingles}`);
});

test("a series is given once", () => {
  const twice = (kind, labels, give) =>
    fault((report) => {
      const family = report.late(kind, "late_a", "", labels);
      for (const values of [["new", 'a"b'], ["old", 'a"b'], ["new", 'a"b']]) give(report, family, values.slice(0, labels.length));
    });
  const set = (report, family, values) => report.set(family, values, 1);
  const histogram = (report, family, values) => report.histogram(family, values, [], 1, 1);
  const summary = (report, family, values) => report.summary(family, values, [], 1, 1);
  const told = (series) => `family "redis_late_a": the series ${series}is given twice; the daemon keeps the first`;
  assert.equal(twice("gauge", ["status", "what"], set), told('{status="new",what="a\\"b"} '));
  assert.equal(twice("gauge", ["l1", "l"], set), told('{l="a\\"b",l1="new"} '), "labels as on a page");
  assert.equal(twice("gauge", [], set), told(""));
  assert.equal(twice("histogram", ["status"], histogram), told('{status="new"} '));
  assert.equal(twice("summary", ["status"], summary), told('{status="new"} '));
  const apart = (report) => {
    for (const name of ["late_a", "late_b"]) report.set(report.late("gauge", name, "", ["l"]), ["x"], 1);
  };
  assert.equal(fault(apart), "", "series of two families");
  const long = (report) => {
    const family = report.late("gauge", "late_a", "", ["l"]);
    for (const end of ["x", "y"]) report.set(family, ["v".repeat(1024) + end], 1);
  };
  assert.equal(fault(long), "", "series that differ in the end of a long value");
});
