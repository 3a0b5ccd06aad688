/** Tests of a collector without a daemon: canned replies in, a page of metrics out. For Node, not for components. */

import { readFileSync } from "node:fs";

import { mend } from "./clock.js";
import { boundJson } from "./depth.js";
import { Budget } from "./testing/budget.js";
import { checkReport } from "./testing/check.js";
import { matches } from "./testing/glob.js";
import { Page } from "./testing/page.js";
import { denialOf } from "./testing/permit.js";
import { checkPlan } from "./testing/plan.js";
import { read as readRecording } from "./testing/recorded.js";
import { collect, configure, describe, Running } from "./component.js";
import { Denied, Failure, fromContract, Invalid, NotApplicable, Timeout, toContract } from "./errors.js";
import { bytes as bytesOf } from "./label.js";

export { Page };
export { MalformedReport } from "./testing/check.js";
export { MalformedPlan } from "./testing/plan.js";
export { array, boolean, bulk, double, error, integer, map, nil, set, simple } from "./testing/build.js";

const real = { now: Date.now, random: Math.random };
mend(() => real.now(), () => real.random());
boundJson();

/** Keys of a page of a sweep, unless the test says otherwise; few, so that tests have several pages. */
const KEYS_OF_A_PAGE = 3;
/** Where the server seems to be. */
const ADDRESS = "redis://localhost:6379";

/** A standalone master with 16 databases. Change what the test is about. */
export function server(product, version) {
  return { product, version, mode: "standalone", role: "master", databases: 16, extra: [] };
}

/**
 * A server with canned replies. A command without one is refused as if the operator had not granted it. A plan that the daemon
 * would refuse is refused, and a command of a pipeline that it would deny whatever is granted is denied, whatever its reply.
 * What is wrong with COUNT bounds, with patterns in commands and with keys after the first is not said here: of commands in the
 * plan `redwasp plugin build` says it, of those that `collect` or a walk sends `redwasp plugin run` and the daemon.
 */
export class Bench {
  #server;
  #answers = new Map();
  #keys = [];
  #keysOfAPage = KEYS_OF_A_PAGE;
  #mostSeries = 10_000;
  #isCutShort = false;
  #unixMs = 0;
  #state = null;
  #logs = [];
  #budget = new Budget();
  #nodes;
  #config = {};

  /** A server that knows no replies yet. */
  constructor(server) {
    this.#server = server;
    const { role } = server;
    this.#nodes = [{ id: ADDRESS, address: ADDRESS, role, shard: "", primary: "", slots: [], extra: [] }];
  }

  /** A server as `redwasp plugin record` wrote it to a file. */
  static recorded(file) {
    const recording = readRecording(readFileSync(file, "utf8"));
    const bench = new Bench(recording.server);
    bench.#unixMs = recording.unixMs;
    bench.#state = recording.state;
    for (const [command, answer] of recording.answers) bench.#answer(command, answer);
    bench.#keys = recording.keys;
    if (recording.nodes !== undefined) bench.#nodes = recording.nodes;
    bench.#config = recording.config;
    bench.#isCutShort = !recording.complete;
    return bench;
  }

  /** The configuration that a recording was made with; without one, `{}`. */
  config() {
    return this.#config;
  }

  /** When the scrape begins, Unix time in milliseconds; without it, 0. */
  at(unixMs) {
    this.#unixMs = unixMs;
    return this;
  }

  /** The collect after the one that gave this page: it gets what that one saved. */
  after(page) {
    const bytes = page.state();
    if (bytes !== null) this.#state = { pluginVersion: page.version, bytes };
    return this;
  }

  /**
   * The RESP3 bytes that answer a command, e.g. "INFO ALL". A command that a plan has several times is answered with the first
   * reply, then the second, and the last one from there on.
   */
  reply(command, bytes) {
    return this.#answer(command, { tag: "ok", val: bytesOf(bytes) });
  }

  /** A command that gets no reply, but this CallError. */
  error(command, error) {
    return this.#answer(command, { tag: "err", val: toContract(error) });
  }

  /** A command that the operator did not grant, though the plan asks for it. */
  denied(command) {
    return this.error(command, new Denied(`${command} is not granted`));
  }

  /** A command whose reply did not come in time. */
  timeout(command) {
    return this.error(command, new Timeout());
  }

  /** The nodes behind the target; without them, one, without slots. */
  nodes(nodes) {
    this.#nodes = nodes;
    return this;
  }

  /** A key that sweeps find. What is read of it is answered as other commands are: "HGET order:1 amount". */
  key(database, name, type) {
    this.#keys.push({ database, name: bytesOf(name), type });
    return this;
  }

  /** Shows sweeps so many keys at a time. */
  pageOf(keys) {
    this.#keysOfAPage = Math.max(1, keys);
    return this;
  }

  /** Takes reports of so many series: for a collector whose limits.samples is raised. */
  mostSeries(series) {
    this.#mostSeries = series;
    return this;
  }

  /** Lets a sweep's budget end before all keys were seen. */
  cutShort() {
    this.#isCutShort = true;
    return this;
  }

  /**
   * Configures and collects once, through the same bytes that would cross the component's boundary. `config` is what the
   * configuration file would have, or its JSON. Throws the collector's refusal or failure; MalformedPlan before collect is
   * called, or MalformedReport after it, for what the daemon would not take.
   */
  collect(type, config = {}) {
    return this.#told(() => {
      const { plan, host } = this.#planned(type, config);
      const request = { ...this.#request(plan, this.#prefetched(plan)), state: this.#state };
      return this.#page(type, plan, collect(type, request, host));
    });
  }

  /** Configures and runs all sweeps of the plan once, as `collect` does with a collect. */
  sweep(type, config = {}) {
    return this.#told(() => {
      const { plan, host } = this.#planned(type, config);
      const running = new Running(type, host);
      running.begin(this.#request(plan, []));
      plan.sweeps.forEach((sweep, index) => {
        const found = this.#keys.map((key) => this.#found(key, sweep, index)).filter((key) => key !== null);
        for (let at = 0; at < found.length; at += this.#keysOfAPage) {
          this.#budget = new Budget();
          running.page(index, found.slice(at, at + this.#keysOfAPage));
        }
      });
      return this.#page(type, plan, running.end(!this.#isCutShort));
    });
  }

  #answer(command, answer) {
    const answers = this.#answers.get(command);
    if (answers === undefined) this.#answers.set(command, [answer]);
    else answers.push(answer);
    return this;
  }

  /** What the contract's functions throw as the errors of the SDK. */
  #told(run) {
    this.#logs = [];
    this.#budget = new Budget();
    try {
      return run();
    } catch (thrown) {
      switch (thrown?.tag) {
        case "not-applicable": throw new NotApplicable(thrown.val);
        case "invalid": throw new Invalid(thrown.val);
        case "redis": throw fromContract(thrown.val);
        case "other": throw new Failure(thrown.val);
        default: throw thrown;
      }
    }
  }

  /** A plan that the daemon would take, and the host of its calls. */
  #planned(type, config) {
    const plan = configure(type, json(config), this.#server, this.#host([]));
    checkPlan(plan);
    return { plan, host: this.#host(plan.asks) };
  }

  #page(type, plan, report) {
    checkReport(report, plan, this.#mostSeries);
    return new Page(plan, report, this.#logs, describe(type).version);
  }

  #request(plan, prefetched) {
    return {
      prepared: plan.prepared.slice(),
      target: { name: ADDRESS, labels: [], node: "", extra: [] },
      server: this.#server,
      prefetched,
      state: null,
      unixMs: this.#unixMs,
      extra: [],
    };
  }

  #prefetched(plan) {
    const before = new Map();
    return plan.prefetch.map((command) => {
      const words = wordsOf(command);
      const times = before.get(words) ?? 0;
      before.set(words, times + 1);
      return this.#answerTo(command, times);
    });
  }

  /** The answer to a command of a pipeline. */
  #asked(asks, command) {
    const denial = denialOf(asks, command);
    return denial === null ? this.#answerTo(command) : { tag: "err", val: { tag: "denied", val: denial } };
  }

  /** The answer to a command that has been answered so many times. */
  #answerTo(command, times = 0) {
    const words = wordsOf(command);
    const answers = this.#answers.get(words);
    if (answers !== undefined) return answers[Math.min(times, answers.length - 1)];
    return { tag: "err", val: { tag: "denied", val: `the bench has no reply to ${words}` } };
  }

  /** A key with what the sweep reads of it; null if it is not one of its keys. */
  #found(key, sweep, index) {
    if (key.sweep !== undefined) return key.sweep === index ? recorded(key, sweep) : null;
    const isOf = (types) => types.length === 0 || types.some((type) => type.toLowerCase() === key.type.toLowerCase());
    if (key.database !== sweep.database || !isOf(sweep.types) || !matches(sweep.pattern, key.name)) return null;
    const read = ({ before, after, types }) =>
      isOf(types) ? this.#answerTo({ database: sweep.database, args: [...before, key.name, ...after] }) : null;
    const namesTypes = sweep.types.length > 0 || sweep.reads.some(({ types }) => types.length > 0);
    return { key: key.name, kind: namesTypes ? key.type : "", reads: sweep.reads.map(read) };
  }

  #host(asks) {
    const redis = {
      pipeline: (_route, commands) => {
        this.#budget.admit(commands.length);
        const answers = commands.map((command) => this.#asked(asks, command));
        this.#budget.receive(answers);
        return answers;
      },
      nodes: () => {
        this.#budget.admit(0);
        return this.#nodes;
      },
      remaining: () => this.#budget.record(),
    };
    const log = {
      write: (level, message, fields) => void this.#logs.push({ level, message, fields: Object.fromEntries(fields) }),
    };
    return { redis, log };
  }
}

/** What was recorded of a key, with as many reads as the sweep has now. */
function recorded({ name, type, reads }, sweep) {
  const nothing = { tag: "err", val: { tag: "denied", val: "the recording has no such read" } };
  return { key: name, kind: type, reads: sweep.reads.map((_, place) => (place < reads.length ? reads[place] : nothing)) };
}

function json(config) {
  return typeof config === "string" ? config : JSON.stringify(config);
}

/** A command as tests write it. */
function wordsOf(command) {
  return command.args.map((arg) => new TextDecoder().decode(arg)).join(" ");
}
