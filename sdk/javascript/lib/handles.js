/** What `configure` gets from the plan and `collect` gives back: small values that travel in the prepared bytes. */

import { wellFormed } from "./values.js";

/** A family of single values. */
export class Family {
  constructor(index, name, labels) {
    this.index = index;
    this.name = name;
    this.labels = labels;
  }
}

/** A family of histograms. */
export class Histogram extends Family {}

/** A family of summaries. */
export class Summary extends Family {}

/** A command of the plan; `request.reply` gives its reply. */
export class Prefetched {
  constructor(index) {
    this.index = index;
  }
}

/** A sweep of the plan; `page.is` tells whether a page is of it. */
export class Swept {
  constructor(index) {
    this.index = index;
  }
}

/** A read of a sweep; `key.reply` gives its reply. */
export class Read {
  constructor(index) {
    this.index = index;
  }
}

export const HANDLES = { Family, Histogram, Summary, Prefetched, Swept, Read };

/** Kinds of families, as the contract names them. */
export const KINDS = ["counter", "gauge", "histogram", "gauge-histogram", "summary", "info", "state-set", "unknown"];

const UNITS = ["seconds", "bytes", "ratio", "celsius"];

/** A family as the contract carries it. The unit is the name's suffix. */
export function familyRecord(kind, name, help, labels) {
  if (!KINDS.includes(kind)) throw new TypeError(`${kind} is no kind of a family; there are ${KINDS.join(", ")}`);
  name = wellFormed(name, "the name of a family");
  if (!Array.isArray(labels)) throw new TypeError(`the family ${name}: label names are an array`);
  const base = name.endsWith("_total") ? name.slice(0, -"_total".length) : name;
  const labelNames = labels.map((label) => wellFormed(label, `a label name of ${name}`));
  const unit = UNITS.find((unit) => base.endsWith(`_${unit}`)) ?? "";
  return { name, help: wellFormed(help, `the help of ${name}`), unit, kind, labelNames };
}

/** The handle that is right for a family of this kind. */
export function handleOf(kind, index, name, labels) {
  switch (kind) {
    case "histogram": case "gauge-histogram": return new Histogram(index, name, [...labels]);
    case "summary": return new Summary(index, name, [...labels]);
    default: return new Family(index, name, [...labels]);
  }
}

/** The names of the series that a family is written as, and its own. */
export function seriesNames({ kind, name }) {
  switch (kind) {
    case "histogram": case "gauge-histogram": return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
    case "summary": return [name, `${name}_sum`, `${name}_count`];
    default: return [name];
  }
}
