/** The contract's functions for any collector. */

import { during } from "./calls.js";
import { Sweeper } from "./collector.js";
import { object } from "./config.js";
import { CallError, Failure, Invalid, Malformed, Mismatch, NotApplicable, toContract } from "./errors.js";
import { frames, told } from "./frames.js";
import { Plan } from "./plan.js";
import { packCollector, unpackCollector } from "./prepared.js";
import { Report } from "./report.js";
import { Request } from "./request.js";
import { Page } from "./sweep.js";
import { wellFormed } from "./values.js";

/** What a walk calls. */
const WALK = ["begin", "page", "end"];

/**
 * `describe` of the contract.
 * @param {Function} type The collector's class.
 */
export function describe(type) {
  const { name, version, summary } = type.description ?? {};
  const of = (text, what) => wellFormed(text, `static description of ${type.name}: its ${what}`);
  return {
    name: of(name, "name"),
    version: of(version, "version"),
    summary: of(summary, "summary"),
    configSchema: type.config === undefined ? "" : JSON.stringify(type.config.schema),
    extra: [],
  };
}

/** Throws a TypeError when a collector's class is none, or does not fit the world of plugin.toml. */
export function checkWorld(type, world) {
  if (typeof type !== "function") throw new TypeError("the main file exports no class as default");
  const isSweeper = type.prototype instanceof Sweeper;
  if (isSweeper && world !== "sweeping") {
    throw new TypeError(`${type.name} is a Sweeper: say world = "sweeping" in plugin.toml`);
  }
  if (!isSweeper && world === "sweeping") {
    throw new TypeError(`${type.name} is no Sweeper: say world = "active" or "pure" in plugin.toml`);
  }
}

/** `configure` of the contract. Throws the contract's `refusal`. */
export function configure(type, config, server, host) {
  const lines = [];
  try {
    return during(host, null, () => planOf(type, config, server), lines);
  } catch (thrown) {
    throw refusal(thrown, lines);
  }
}

function planOf(type, text, server) {
  const problems = [];
  const config = (type.config ?? object({})).read(JSON.parse(text === "" ? "{}" : text), "", problems);
  if (problems.length > 0) throw new Invalid(problems);
  const plan = new Plan();
  const collector = new type();
  atOnce(collector.configure(config, server, plan), "configure");
  const record = plan.record(packCollector(plan.families, collector));
  if (record.sweeps.length > 0) checkWalks(type);
  return record;
}

/**
 * Throws a Failure when a collector lacks what a walk calls. The functions of Sweeper do nothing: with one that is misspelt a walk
 * would report nothing, without a word.
 */
function checkWalks(type) {
  if (!(type.prototype instanceof Sweeper)) throw new Failure(`the plan has sweeps: let ${type.name} extend Sweeper`);
  const missing = WALK.filter((name) => type.prototype[name] === Sweeper.prototype[name]);
  if (missing.length > 0) {
    throw new Failure(`the plan has sweeps, and ${type.name} has no ${missing.join(", no ")}: a walk calls ${WALK.join(", ")}`);
  }
}

/** `collect` of the contract. Throws the contract's `failure`. */
export function collect(type, record, host) {
  return reporting(host, record.unixMs, () => {
    const { collector, families } = restore(type, record);
    const report = new Report(families);
    atOnce(collector.collect(new Request(record, host), report), "collect");
    return report;
  });
}

/** One run of a sweep: `begin`, `page` and `end` of the contract, for one instance. */
export class Running {
  #type;
  #host;
  #run = null;

  constructor(type, host) {
    this.#type = type;
    this.#host = host;
  }

  /** `begin` of the contract. Throws the contract's `failure`. */
  begin(record) {
    failing(this.#host, record.unixMs, () => {
      const { collector, families } = restore(this.#type, record);
      const request = new Request(record, this.#host);
      const run = atOnce(collector.begin(request), "begin");
      this.#run = { collector, families, request, run };
    });
  }

  /** `page` of the contract. Throws the contract's `failure`. */
  page(sweep, keys) {
    const { collector, run, request } = this.#begun();
    failing(this.#host, request.unixMs, () => void atOnce(collector.page(run, request, new Page(sweep, keys)), "page"));
  }

  /** `end` of the contract. Throws the contract's `failure`. */
  end(complete) {
    const { collector, run, request, families } = this.#begun();
    return reporting(this.#host, request.unixMs, () => {
      const report = new Report(families, { keepsState: false });
      atOnce(collector.end(run, complete, report), "end");
      return report;
    });
  }

  #begun() {
    if (this.#run === null) throw { tag: "other", val: "the run has not begun" };
    return this.#run;
  }
}

function restore(type, record) {
  let prepared;
  try {
    prepared = unpackCollector(record.prepared);
  } catch (error) {
    throw new Failure(`prepared bytes of another version: ${error.message}`);
  }
  return { collector: Object.assign(new type(), prepared.fields), families: prepared.families };
}

/** Nothing goes on after a call: what is promised would never come, and an error in it would be lost. */
function atOnce(value, name) {
  if (typeof value?.then === "function") {
    throw new TypeError(`${name} gave a promise; a call cannot wait: ${name} must not be async`);
  }
  return value;
}

function reporting(host, unixMs, run) {
  return failing(host, unixMs, (lines) => {
    const report = run();
    lines.forEach((line) => report.warn(line));
    return report.record();
  });
}

function failing(host, unixMs, run) {
  const lines = [];
  try {
    return during(host, unixMs, () => run(lines), lines);
  } catch (thrown) {
    throw failure(thrown, lines);
  }
}

function failure(thrown, lines) {
  const text = wellFormed(thrown instanceof Error ? thrown.message : "", "a failure");
  if (thrown instanceof NotApplicable) return { tag: "not-applicable", val: text };
  if (thrown instanceof CallError) return { tag: "redis", val: toContract(thrown) };
  if (thrown instanceof Failure) return { tag: "other", val: text };
  // Of a reply with another shape the line that read it is of use, and the way there is not.
  const isOfReply = thrown instanceof Mismatch || thrown instanceof Malformed;
  const all = isOfReply ? [text, ...frames(thrown, 1), ...lines] : [told(thrown), ...lines];
  return { tag: "other", val: wellFormed(all.join("\n"), "a failure") };
}

function refusal(thrown, lines) {
  if (thrown instanceof NotApplicable) return { tag: "not-applicable", val: wellFormed(thrown.message, "a refusal") };
  if (thrown instanceof Invalid) {
    const val = thrown.problems.map(({ pointer, message }) => {
      return { pointer: wellFormed(pointer, "a pointer"), message: wellFormed(message, "a problem") };
    });
    return { tag: "invalid", val };
  }
  const message = thrown instanceof Failure ? thrown.message : told(thrown);
  return { tag: "other", val: wellFormed([message, ...lines].join("\n"), "a refusal") };
}
