/** What the daemon asks of every report, so that a test sees it first. */

import { seriesNames } from "../handles.js";

/** Families of a plan and a report together. */
const MOST_FAMILIES = 500;
/** Sweeps of a plan. */
const MOST_SWEEPS = 256;
/** Bytes of a state, unless a manifest says otherwise. */
const MOST_STATE = 64 << 10;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The daemon would not take the whole report. */
export class MalformedReport extends Error {}
Object.defineProperty(MalformedReport.prototype, "name", { value: "MalformedReport" });

/** Throws the first thing that is wrong with a plan and its report. */
export function checkReport(report, { families, latePrefixes, sweeps }, mostSeries) {
  if (sweeps.length > MOST_SWEEPS) throw new MalformedReport(`${sweeps.length} sweeps, more than ${MOST_SWEEPS}`);
  const all = [...families, ...report.late];
  checkFamilies(all);
  for (const { name } of report.late) {
    if (!latePrefixes.some((prefix) => name.startsWith(prefix))) {
      throw new MalformedReport(`late family ${JSON.stringify(name)} begins with no reserved prefix`);
    }
  }
  const series = seriesOf(report);
  if (series > mostSeries) throw new MalformedReport(`${series} samples, more than ${mostSeries}`);
  checkSamples(report, all);
  const size = report.state?.length ?? 0;
  if (size > MOST_STATE) throw new MalformedReport(`a state of ${size} bytes, more than the ${MOST_STATE} allowed (limits.state)`);
}

function checkFamilies(families) {
  if (families.length > MOST_FAMILIES) throw new MalformedReport(`${families.length} families, more than ${MOST_FAMILIES}`);
  const taken = new Set();
  for (const family of families) {
    const { name } = family;
    if (!NAME.test(name) || name.endsWith("_bucket") || name.endsWith("_sum")) {
      throw new MalformedReport(`${JSON.stringify(name)} cannot be the name of a family`);
    }
    for (const series of seriesNames(family)) {
      if (taken.has(series)) throw new MalformedReport(`family "${name}": "${series}" is declared twice`);
      taken.add(series);
    }
  }
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
  return new MalformedReport(`family ${JSON.stringify(name)}: ${text}`);
}
