/** What the daemon asks of every report, so that a test sees it first. */

import { faultOfFamilies, qualified } from "./families.js";
import { labelsOf } from "./page.js";
import { quoted } from "./texts.js";

/** Bytes of a state, unless a manifest says otherwise. */
const MOST_STATE = 64 << 10;

/** Said of every family that a histogram or a summary is not for. */
const OF_SINGLES = "a histogram or a summary for a family of single values";

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
    if (!isHistogram(family)) throw fault(family, OF_SINGLES);
    if (!isCumulative(histogram)) throw fault(family, "buckets are not ascending and cumulative");
  }
  for (const summary of summaries) {
    const family = familyOf(families, summary);
    if (family.kind !== "summary") throw fault(family, OF_SINGLES);
    if (!everyPair(summary.quantiles, ([quantile], [next]) => quantile < next)) throw fault(family, "quantiles are not ascending");
  }
}

/** A last +Inf bucket that is the count was taken off by Report. One that is still there counts something else. */
function isCumulative({ buckets, count }) {
  const ascends = ([bound, below], [nextBound, nextBelow]) => bound < nextBound && below <= nextBelow;
  const [bound, below] = buckets.at(-1) ?? [0, 0];
  return everyPair(buckets, ascends) && bound < Infinity && below <= count;
}

/** Whether a series is given twice. The daemon would drop the second, and a test would not see it. */
function checkTwice({ samples, histograms, summaries }, families) {
  const given = new Set();
  for (const { family: index, labelValues } of [...samples, ...histograms, ...summaries]) {
    const series = JSON.stringify([index, ...labelValues]);
    if (given.has(series)) {
      const labels = labelsOf(families[index].labelNames, labelValues);
      const which = labels === "" ? "the series" : `the series ${labels}`;
      throw fault(families[index], `${which} is given twice; the daemon keeps the first`);
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
