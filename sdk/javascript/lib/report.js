/** What a collect returns: samples for the families of the plan. */

import { Buckets } from "./buckets.js";
import { Family, familyRecord, handleOf, Histogram, Summary } from "./handles.js";
import { text } from "./label.js";
import { pack } from "./prepared.js";
import { kindOf, wellFormed } from "./values.js";

/** Collects the samples of one collect. */
export class Report {
  #samples = [];
  #histograms = [];
  #summaries = [];
  #late = [];
  #handles = new Map();
  #firstLate;
  #keepsState;
  #warnings = [];
  #partial = false;
  #state = null;
  #bucketed = 0;

  /**
   * `firstLate` is the number of the plan's families: the index of the first late one. `keepsState` is false for a walk, whose
   * state the host would drop without a word.
   */
  constructor(firstLate, { keepsState = true } = {}) {
    this.#firstLate = firstLate;
    this.#keepsState = keepsState;
  }

  /** Sets one sample. Label values are strings, or bytes of Redis; as many as the family has label names, in their order. */
  set(family, labels, value) {
    if (!(family instanceof Family) || family instanceof Histogram || family instanceof Summary) {
      throw new TypeError(`report.set takes a family of single values, found ${nameOf(family)}`);
    }
    this.#samples.push({ family: family.index, labelValues: labelValues(family, labels), value: number(family, value) });
  }

  /**
   * Sets one histogram: either Buckets, or pairs of upper bound and cumulative count, ascending (+Inf may be left out), with
   * sum and count.
   */
  histogram(family, labels, buckets, sum, count) {
    if (!(family instanceof Histogram)) throw new TypeError(`report.histogram takes a histogram, found ${nameOf(family)}`);
    const given = buckets instanceof Buckets ? buckets.cumulative() : buckets;
    if (buckets instanceof Buckets) ({ sum, count } = buckets);
    const pairs = given.map(([bound, below]) => [number(family, bound), whole(family, below)]);
    const all = whole(family, count);
    // It is written of every histogram.
    if (pairs.length > 0 && pairs.at(-1)[0] === Infinity && pairs.at(-1)[1] === all) pairs.pop();
    const record = {
      family: family.index,
      labelValues: labelValues(family, labels),
      buckets: pairs,
      sum: number(family, sum),
      count: all,
    };
    this.#bucketed += pairs.length + 3;
    this.#histograms.push(record);
  }

  /** Sets one summary: pairs of quantile, as it is written in the label, and value; with sum and count. */
  summary(family, labels, quantiles, sum, count) {
    if (!(family instanceof Summary)) throw new TypeError(`report.summary takes a summary, found ${nameOf(family)}`);
    const record = {
      family: family.index,
      labelValues: labelValues(family, labels),
      quantiles: quantiles.map(([quantile, value]) => [number(family, quantile), number(family, value)]),
      sum: number(family, sum),
      count: whole(family, count),
    };
    this.#bucketed += quantiles.length + 2;
    this.#summaries.push(record);
  }

  /**
   * Declares a family that only this collect knows. Its name begins with a prefix that the plan reserved and is not one that
   * the plan declared. A name declared again with the same kind and labels is the same family, with the first one's help.
   */
  late(kind, name, help, labels = []) {
    const record = familyRecord(kind, name, help, labels);
    const known = this.#handles.get(name);
    if (known?.kind === kind && JSON.stringify(known.handle.labels) === JSON.stringify(record.labelNames)) return known.handle;
    this.#late.push(record);
    const handle = handleOf(kind, this.#firstLate + this.#late.length - 1, name, labels);
    this.#handles.set(name, { kind, handle });
    return handle;
  }

  /** How many series the report is written as so far, buckets and quantiles included. The host refuses more than 10,000. */
  series() {
    return this.#samples.length + this.#bucketed;
  }

  /** Tells the operator something, in the host's log: once, as long as each report has it. */
  warn(message) {
    this.#warnings.push(wellFormed(message, "a warning"));
  }

  /** Says that not everything could be read. */
  partial() {
    this.#partial = true;
  }

  /** Bytes that the next collect gets back in `request.state`, if this one succeeds. At most 64 KiB. Throws in `end`. */
  save(bytes) {
    this.#checkState("save");
    if (!(bytes instanceof Uint8Array)) throw new TypeError("report.save takes a Uint8Array; report.keep takes any value");
    this.#state = bytes;
  }

  /** As `save`, for a value: `request.saved()` of the next collect gives it back. */
  keep(value) {
    this.#checkState("keep");
    this.#state = pack(value, "value");
  }

  #checkState(name) {
    if (!this.#keepsState) throw new TypeError(`a walk keeps no state: report.${name} is for collect`);
  }

  /** As the contract has it. */
  record() {
    return {
      samples: this.#samples,
      histograms: this.#histograms,
      summaries: this.#summaries,
      late: this.#late,
      warnings: this.#warnings,
      partial: this.#partial,
      state: this.#state,
      extra: [],
    };
  }
}

function nameOf(family) {
  return family instanceof Family ? family.name : kindOf(family);
}

/** What does not fit would be dropped by the host, or end the call without a word. */
function labelValues(family, labels) {
  const { labels: names, name } = family;
  if (!Array.isArray(labels)) throw new TypeError(`${name}: label values are an array, found ${kindOf(labels)}`);
  if (labels.length !== names.length) {
    const has = names.length === 0 ? "no labels" : `the labels ${names.join(", ")}`;
    throw new TypeError(`${name} has ${has}: expected ${names.length} label values, found ${labels.length}`);
  }
  return labels.map((value, place) =>
    value instanceof Uint8Array ? text(value) : wellFormed(value, `the label ${names[place]} of ${name}`));
}

function number(family, value) {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  throw new TypeError(`a value of ${family.name}: expected a number, found ${kindOf(value)}`);
}

function whole(family, value) {
  const count = number(family, value);
  if (!Number.isInteger(count) || count < 0 || count >= 2 ** 64) {
    throw new TypeError(`a count of ${family.name}: expected an integer from 0, found ${count}`);
  }
  return count;
}
