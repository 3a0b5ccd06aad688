/** What the daemon asks of families, those of a plan and those of a report. */

import { seriesNames } from "../handles.js";
import { OWN_FAMILIES, OWN_PREFIX } from "./rules.js";
import { cut, quoted, sizeOf } from "./texts.js";

/** Families of a plan and a report together. */
export const MOST_FAMILIES = 500;
/** Bytes of the name of a family or a label. */
export const LONGEST_NAME = 256;
/** Of names that are too long so much is kept that they are still seen to be. */
const LONGEST_KEPT = LONGEST_NAME + 4;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A name as it is on the page of a daemon that has the usual namespace. */
export function qualified(name) {
  return `redis_${name}`;
}

/** The first thing that is wrong with families; null when they are right. */
export function faultOfFamilies(families) {
  const count = families.length;
  if (count > MOST_FAMILIES) return `${count} families, more than the ${MOST_FAMILIES} allowed (limits.families)`;
  const taken = new Set();
  const named = families.map((family) => ({ ...family, name: cut(qualified(family.name), LONGEST_KEPT) }));
  for (const family of named) {
    const twice = seriesNames(family).find((series) => taken.has(series));
    const fault = twice === undefined ? faultOf(family) : `${quoted(twice)} is declared twice`;
    if (fault !== null) return `family ${quoted(family.name)}: ${fault}`;
    seriesNames(family).forEach((series) => taken.add(series));
  }
  const own = named.find(({ name }) => OWN_FAMILIES.map(qualified).includes(name) || name.startsWith(qualified(OWN_PREFIX)));
  return own === undefined ? null : `family ${quoted(own.name)}: the name is the exporter's own`;
}

function faultOf({ name, kind, labelNames }) {
  const labels = labelNames.map((label) => cut(label, LONGEST_KEPT));
  const long = [name, ...labels].map(sizeOf).find((size) => size > LONGEST_NAME);
  if (long !== undefined) return `a name of ${long} bytes, more than the ${LONGEST_NAME} allowed`;
  if (!NAME.test(name)) return "not a metric name: letters, digits and _ are, and no digit first";
  const suffix = ["_bucket", "_sum"].find((suffix) => name.endsWith(suffix));
  if (suffix !== undefined) return `only a histogram or a summary may own the suffix ${suffix}`;
  for (const [place, label] of labels.entries()) {
    if (!NAME.test(label) || label.startsWith("__")) return `${quoted(label)} is not a label name`;
    if (label === labelOfType(kind)) return `the label ${label} belongs to the type`;
    if (labels.indexOf(label) < place) return `label ${quoted(label)} twice`;
  }
  return null;
}

/** The label that is written of each series of a kind. */
function labelOfType(kind) {
  switch (kind) {
    case "histogram": case "gauge-histogram": return "le";
    case "summary": return "quantile";
    default: return null;
  }
}
