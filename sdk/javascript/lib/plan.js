/** What a collector declares: families, prefetch, sweeps, scope. */

import { Command, count } from "./command.js";
import { familyRecord, handleOf, Prefetched, seriesNames, Swept } from "./handles.js";
import { Sweep } from "./sweep.js";
import { wellFormed } from "./values.js";

const SCOPES = ["node", "primary", "once"];

/** Collects what a collector declares. */
export class Plan {
  #families = [];
  #latePrefixes = [];
  #asks = [];
  #prefetch = [];
  #sweeps = [];
  #scope = "node";
  #problems = [];

  /** Declares a gauge: a value that can go down. The host puts its namespace before the name. */
  gauge(name, help, labels = []) {
    return this.family("gauge", name, help, labels);
  }

  /** Declares a counter. The name is written as it stands: end it with `_total`. */
  counter(name, help, labels = []) {
    return this.family("counter", name, help, labels);
  }

  /** Declares an info family: facts in labels, its value is 1. */
  info(name, help, labels = []) {
    return this.family("info", name, help, labels);
  }

  /** Declares a histogram. */
  histogram(name, help, labels = []) {
    return this.family("histogram", name, help, labels);
  }

  /** Declares a summary. */
  summary(name, help, labels = []) {
    return this.family("summary", name, help, labels);
  }

  /** Declares a family of any kind of the contract. */
  family(kind, name, help, labels = []) {
    this.#families.push(familyRecord(kind, name, help, labels));
    return handleOf(kind, this.#families.length - 1, name, labels);
  }

  /** The names of all series declared so far, without namespace. A late family must have none of them. */
  seriesNames() {
    return this.#families.flatMap(seriesNames);
  }

  /** Reserves a prefix for families that only a collect can know. */
  latePrefix(prefix) {
    this.#latePrefixes.push(wellFormed(prefix, "a late prefix"));
  }

  /** Asks the host to run a command before each collect. */
  prefetch(command) {
    if (!(command instanceof Command)) throw new TypeError("plan.prefetch takes a Command");
    this.#prefetch.push(command.record());
    return new Prefetched(this.#prefetch.length - 1);
  }

  /** Asks the host to walk keys, for a Sweeper that has begin, page and end. */
  sweep(sweep) {
    if (!(sweep instanceof Sweep)) throw new TypeError("plan.sweep takes a Sweep");
    this.#sweeps.push(sweep.record());
    return new Swept(this.#sweeps.length - 1);
  }

  /**
   * Asks the operator for reads that a collect or a page asks for while it runs: names of commands, patterns of the keys
   * and the databases that they read. Keyless statistics need no ask.
   */
  ask(commands, keys = [], databases = [0]) {
    this.#asks.push({
      commands: commands.map((name) => wellFormed(name, "a command to ask for")),
      keys: keys.map((pattern) => wellFormed(pattern, "a pattern of keys to ask for")),
      databases: databases.map((number) => count(number, "a database")),
    });
  }

  /** Says on which nodes of a cluster the collector runs: "node" (every one), "primary" (every owner) or "once". */
  scope(scope) {
    if (!SCOPES.includes(scope)) throw new TypeError(`${scope} is no scope; there are ${SCOPES.join(", ")}`);
    this.#scope = scope;
  }

  /**
   * Says that a part of the configuration is not used; the rest is. `pointer` is a JSON Pointer (RFC 6901) to it. A
   * configuration that is wrong as a whole is refused instead: throw Invalid.
   */
  problem(pointer, message) {
    this.#problems.push({
      pointer: wellFormed(pointer, "the pointer of a problem"),
      message: wellFormed(message, "a problem"),
    });
  }

  /** How many families there are so far. */
  get families() {
    return this.#families.length;
  }

  /** As the contract has it. */
  record(prepared) {
    return {
      families: this.#families,
      latePrefixes: this.#latePrefixes,
      asks: this.#asks,
      prefetch: this.#prefetch,
      sweeps: this.#sweeps,
      scope: this.#scope,
      problems: this.#problems,
      prepared,
      extra: [],
    };
  }
}
