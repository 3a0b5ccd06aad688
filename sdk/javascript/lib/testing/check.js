/** What the daemon asks of every report, so that a test sees it first. */

import { faultOfFamilies, qualified } from "./families.js";
import { cut, quoted } from "./texts.js";

/** Bytes of a state, unless a manifest says otherwise. */
const MOST_STATE = 64 << 10;
/** Bytes of a label value; what is longer is cut. */
const LONGEST_VALUE = 1024;

/** The daemon would not take the report as it is. */
export class MalformedReport extends Error {}
Object.defineProperty(MalformedReport.prototype, "name", { value: "MalformedReport" });

/** Throws the first thing that is wrong with a report on a plan that was checked. */
export function checkReport(report, { families, latePrefixes }, mostSeries) {
  for (const { name } of report.late) {
    if (!latePrefixes.some((prefix) => name.startsWith(prefix))) {
      throw new MalformedReport(`late family ${quoted(name)} begins with no reserved prefix`);
    }
  }
  const all = [...families, ...report.late];
  const wrong = faultOfFamilies(all);
  if (wrong !== null) throw new MalformedReport(wrong);
  const series = seriesOf(report);
  if (series > mostSeries) throw new MalformedReport(`${series} samples, more than the ${mostSeries} allowed (limits.samples)`);
  checkSamples(report, all);
  checkTwice(report, all);
  const size = report.state?.length ?? 0;
  if (size > MOST_STATE) throw new MalformedReport(`a state of ${size} bytes, more than the ${MOST_STATE} allowed (limits.state)`);
}

function seriesOf({ samples, histograms, summaries }) {
  const add = (sum, list, more) => list.reduce((before, item) => before + more(item), sum);
  const bucketed = add(samples.length, histograms, ({ buckets }) => buckets.length + 3);
  return add(bucketed, summaries, ({ quantiles }) => quantiles.length + 2);
}

/** Whether each sample fits the family that it is of. */
function checkSamples({ samples, histograms, summaries }, families) {
  for (const sample of samples) {
    const family = familyOf(families, sample);
    if (isHistogram(family) || family.kind === "summary") throw fault(family, "a single value for a histogram or a summary");
  }
  for (const histogram of histograms) {
    const family = familyOf(families, histogram);
    if (!isHistogram(family)) throw fault(family, "a histogram for a family of another kind");
    const { buckets, count } = histogram;
    const ascends = ([bound, below], [nextBound, nextBelow]) => bound < nextBound && below <= nextBelow;
    if (!everyPair(buckets, ascends) || (buckets.length > 0 && buckets.at(-1)[1] > count)) {
      throw fault(family, "buckets are not ascending and cumulative");
    }
  }
  for (const summary of summaries) {
    const family = familyOf(families, summary);
    if (family.kind !== "summary") throw fault(family, "a summary for a family of another kind");
    if (!everyPair(summary.quantiles, ([quantile], [next]) => quantile < next)) throw fault(family, "quantiles are not ascending");
  }
}

/** Whether a series is given twice. The daemon would drop the second, and a test would not see it. */
function checkTwice({ samples, histograms, summaries }, families) {
  const given = new Set();
  for (const { family: index, labelValues } of [...samples, ...histograms, ...summaries]) {
    const values = labelValues.map((value) => cut(value, LONGEST_VALUE));
    const series = JSON.stringify([index, ...values]);
    if (given.has(series)) {
      const pairs = families[index].labelNames.map((name, place) => `${name}=${quoted(values[place])}`);
      const labels = pairs.length === 0 ? "" : ` {${pairs.join(",")}}`;
      throw fault(families[index], `the series${labels} is given twice; the daemon keeps the first`);
    }
    given.add(series);
  }
}

/** The family of a sample, whose labels are as many as its names. */
function familyOf(families, { family: index, labelValues }) {
  const family = families[index];
  if (family === undefined) throw new MalformedReport(`a sample of family ${index}, of ${families.length}`);
  const [values, names] = [labelValues.length, family.labelNames.length];
  if (values !== names) throw fault(family, `${values} label values for ${names} label names`);
  return family;
}

function isHistogram({ kind }) {
  return kind === "histogram" || kind === "gauge-histogram";
}

function everyPair(list, fits) {
  return list.slice(1).every((item, place) => fits(list[place], item));
}

function fault({ name }, text) {
  return new MalformedReport(`family ${quoted(qualified(name))}: ${text}`);
}
