/** What the daemon asks of every report, so that a test sees it first. */

import { seriesNames } from "../handles.js";

/** Families of a plan and a report together. */
const MOST_FAMILIES = 500;
/** Sweeps of a plan. */
const MOST_SWEEPS = 256;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The daemon would not take the whole report. */
export class MalformedReport extends Error {}
Object.defineProperty(MalformedReport.prototype, "name", { value: "MalformedReport" });

/** Throws the first thing that is wrong with a plan and its report. */
export function checkReport(report, { families, latePrefixes, sweeps }, mostSeries) {
  if (sweeps.length > MOST_SWEEPS) throw new MalformedReport(`${sweeps.length} sweeps, more than ${MOST_SWEEPS}`);
  const all = [...families, ...report.late];
  if (all.length > MOST_FAMILIES) throw new MalformedReport(`${all.length} families, more than ${MOST_FAMILIES}`);
  const taken = new Set();
  for (const family of all) {
    const { name } = family;
    if (!NAME.test(name) || name.endsWith("_bucket") || name.endsWith("_sum")) {
      throw new MalformedReport(`${JSON.stringify(name)} cannot be the name of a family`);
    }
    for (const series of seriesNames(family)) {
      if (taken.has(series)) throw new MalformedReport(`family "${name}": "${series}" is declared twice`);
      taken.add(series);
    }
  }
  for (const { name } of report.late) {
    if (!latePrefixes.some((prefix) => name.startsWith(prefix))) {
      throw new MalformedReport(`late family ${JSON.stringify(name)} begins with no reserved prefix`);
    }
  }
  checkSeries(report, all.length, mostSeries);
}

function checkSeries({ samples, histograms, summaries }, families, mostSeries) {
  for (const { family } of [...samples, ...histograms, ...summaries]) {
    if (family >= families) throw new MalformedReport(`a sample of family ${family}, of ${families}`);
  }
  const add = (sum, list, more) => list.reduce((before, item) => before + more(item), sum);
  let series = samples.length;
  series = add(series, histograms, ({ buckets }) => buckets.length + 3);
  series = add(series, summaries, ({ quantiles }) => quantiles.length + 2);
  if (series > mostSeries) throw new MalformedReport(`${series} samples, more than ${mostSeries}`);
}
