import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Command, Denied, KeyRead, Sweep, Sweeper, Timeout } from "../lib/index.js";
import { denialOf } from "../lib/testing/permit.js";
import { checkPlan } from "../lib/testing/plan.js";
import { integer, MalformedPlan } from "../lib/testing.js";
import { encode } from "../lib/utf8.js";
import { bench, collector, description } from "./helpers.js";

const { plans, pipelines } = JSON.parse(readFileSync(new URL("../../plan-vectors.json", import.meta.url), "utf8"));

const ask = ({ commands, keys = [], databases = [] }) => ({ commands, keys, databases });
const command = (args, database = 0) => ({ database, args: args.map(encode) });
const family = ({ name, kind, labels = [] }) => ({ name, help: "", unit: "", kind, labelNames: labels });
const read = ({ before, after, types = [] }) => ({ before: before.map(encode), after: after.map(encode), types });
const sweep = ({ pattern, reads }) => ({ database: 0, pattern: encode(pattern), types: [], reads: reads.map(read) });

/** What is said of a plan as the vectors have it; "" when it is taken. */
function refused({ families = [], latePrefixes = [], asks = [], prefetch = [], sweeps = [] }) {
  try {
    checkPlan({
      families: families.map(family),
      latePrefixes,
      asks: asks.map(ask),
      prefetch: prefetch.map((args) => command(args)),
      sweeps: sweeps.map(sweep),
    });
    return "";
  } catch (error) {
    assert.ok(error instanceof MalformedPlan, error.stack);
    return error.message;
  }
}

test("plans are taken and refused as the daemon does it", () => {
  assert.ok(plans.length > 30);
  for (const { plan, refused: text } of plans) assert.equal(refused(plan), text, JSON.stringify(plan));
});

test("commands of pipelines are denied as the daemon does it", () => {
  assert.ok(pipelines.length > 10);
  for (const { asks = [], database, command: args, denied } of pipelines) {
    assert.equal(denialOf(asks.map(ask), command(args, database)) ?? "", denied, args.join(" "));
  }
});

test("denials tell keys escaped and cut, and only reads of keys are of a database", () => {
  const denied = (args, database, ...asks) => denialOf(asks.map(ask), command(args, database));
  const wanted = (what, read) => `${what} is not among what the plugin asks for: let its plan ask for ${read}`;
  const [key, of] = [`a\n"'\0${"x".repeat(60)}`, ", with patterns that its keys fit"];
  assert.equal(denied(["GET", key], 0), wanted(`GET a\\n\\"\\'\\x00${"x".repeat(59)}…`, `GET${of}`));
  assert.equal(denied(["GET", "x".repeat(64)], 0), wanted(`GET ${"x".repeat(64)}`, `GET${of}`));
  const scan = (database) => denied(["SCAN", "0", "MATCH", "a"], 2, { commands: ["SCAN"], keys: ["*"], databases: [database] });
  assert.deepEqual([scan(2), scan(0) === null], [null, false]);
  assert.equal(denied(["CONFIG", "GET", "port"], 1), wanted("CONFIG GET in database 1", "CONFIG GET"));
  assert.equal(denied(["CONFIG", "GET", "port"], 1, { commands: [" config  get "], databases: [0] }), null);
  assert.equal(denied(["MEMORY", "USAGE", "a"], 0, { commands: ["MEMORY"], keys: ["[a-c]"] }), null);
});

test("bounds of plans are those of the daemon", () => {
  const gauge = (name, labels) => ({ families: [{ name, kind: "gauge", labels }] });
  const times = (count, of) => Array.from({ length: count }, (_, place) => of(place));
  const walk = (pattern, reads = [], types = []) => {
    return { pattern, reads: reads.map((before) => ({ before: [before], after: [], types })) };
  };
  const long = "x".repeat(1025);
  const mebibyte = "x".repeat(1 << 20);
  for (const [plan, text] of [
    [
      { families: times(501, (place) => ({ name: `a${place}`, kind: "gauge" })) },
      "501 families, more than the 500 allowed (limits.families)",
    ],
    [gauge("a".repeat(251)), `family "redis_${"a".repeat(251)}": a name of 257 bytes, more than the 256 allowed`],
    [gauge("a".repeat(999)), `family "redis_${"a".repeat(254)}": a name of 260 bytes, more than the 256 allowed`],
    [gauge("a", ["b".repeat(257)]), 'family "redis_a": a name of 257 bytes, more than the 256 allowed'],
    [gauge("a\n", []), 'family "redis_a\\n": not a metric name: letters, digits and _ are, and no digit first'],
    [{ latePrefixes: times(501, String) }, "501 late prefixes, more than the 500 families allowed"],
    [{ latePrefixes: ["a".repeat(257)] }, "a late prefix of 257 bytes, more than the 256 allowed"],
    [{ prefetch: [["PING", mebibyte]] }, "1048676 bytes of commands to prefetch, more than the 1048576 allowed"],
    [
      { prefetch: [["MGET", ...times(10_000, String)]] },
      "MGET has more than 10000 arguments: send it in parts; no grant allows it",
    ],
    [{ prefetch: [["g\xe9t\x00"]] }, "g\\xc3\\xa9t\\x00 is not in redwasp's table of reads; no grant allows it"],
    [{ prefetch: [["x".repeat(65)]] }, `${"x".repeat(64)} is not in redwasp's table of reads; no grant allows it`],
    [
      { asks: [{ commands: ["GET"], keys: ["k".repeat(17_000)] }] },
      "asks: 17009 bytes of commands, keys and databases, more than the 16384 allowed",
    ],
    [{ asks: [{ commands: ["GET"], keys: [long] }] }, "asks[0].keys: a pattern of 1025 bytes matches nothing: 1024 are taken"],
    [{ asks: [{ commands: ["XGROUP"] }] }, "asks[0].commands: XGROUP has no reads"],
    [{ asks: [{ commands: times(20, () => "SET") }] }, times(16, () => "asks[0].commands: SET writes").join("; ")],
    [{ sweeps: times(257, () => walk("*")) }, "257 sweeps, more than the 256 allowed"],
    [{ sweeps: [walk("*", times(17, () => "GET"))] }, "17 reads in a sweep, more than the 16 allowed"],
    [{ sweeps: [walk(long)] }, "a pattern of a sweep with 1025 bytes: 1024 are taken"],
    [{ sweeps: [walk("*", ["GET"], [mebibyte])] }, "1048676 bytes of sweeps, more than the 1048576 allowed"],
  ]) {
    assert.equal(refused(plan), text);
  }
  const raised = { ...gauge("a", times(40, (place) => `l${place}`)), prefetch: times(1025, () => ["PING"]) };
  assert.equal(refused(raised), "", "operators may raise limits.labels and limits.commands");
});

test("a plan that the daemon refuses ends the test before collect and begin", () => {
  const never = () => assert.fail("it was called");
  const isRefused = (error) =>
    error instanceof MalformedPlan && error.name === "MalformedPlan" && error.message === "SET writes; no grant allows it";
  const type = collector((plan) => plan.prefetch(new Command("SET").arg("a", 1)), never);
  assert.throws(() => bench().reply("SET a 1", integer(1)).collect(type), isRefused);
  class Walk extends Sweeper {
    static description = description;
    configure(config, server, plan) {
      const sweep = new Sweep("*");
      sweep.read(new KeyRead("SET").after(1));
      plan.sweep(sweep);
    }
    begin() {
      never();
    }
    page() {}
    end() {}
  }
  assert.throws(() => bench().sweep(Walk), isRefused);
});

const ASKED = ["LLEN a", "LLEN b", "SET a 1", "DBSIZE"];
const TOLD = [
  "the reply holds 1",
  "LLEN b is not among what the plugin asks for: let its plan ask for LLEN, with patterns that its keys fit",
  "SET writes; no grant allows it",
  "no reply in time",
];

const canned = () =>
  bench().reply("LLEN a", integer(1)).reply("LLEN b", integer(2)).reply("SET a 1", integer(3)).timeout("DBSIZE");

/** What comes of each of these commands in a pipeline. */
function asked(request, commands = ASKED) {
  const words = commands.map((command) => command.split(" "));
  const replies = request.pipeline(words.map(([name, ...args]) => new Command(name).arg(...args)));
  return commands.map((_, place) => {
    try {
      return `the reply holds ${replies.reply(place).integer()}`;
    } catch (error) {
      assert.ok(error instanceof Denied || error instanceof Timeout, error.stack);
      return error.message;
    }
  });
}

test("what a collect asks for and its plan does not is denied, whatever its reply", () => {
  let told;
  const collect = (report, request) => {
    told = asked(request);
  };
  canned().collect(collector((plan) => plan.ask(["llen"], ["a"]), collect));
  assert.deepEqual(told, TOLD);
  const few = collector(
    (plan) => plan.ask(["LLEN"], ["a"]),
    (report, request) => {
      told = asked(request, ["LLEN a", "LLEN b", "PING"]);
    },
  );
  bench().denied("LLEN a").denied("LLEN b").collect(few);
  assert.deepEqual(told, ["LLEN a is not granted", TOLD[1], "the bench has no reply to PING"]);
});

test("so it is in every function of a walk", () => {
  const told = {};
  class Walk extends Sweeper {
    static description = description;
    configure(config, server, plan) {
      plan.ask(["LLEN"], ["a"]);
      const sweep = new Sweep("*");
      this.length = sweep.read(new KeyRead("LLEN"));
      plan.sweep(sweep);
    }
    begin(request) {
      told.begin = asked(request);
      return { request };
    }
    page(run, request, page) {
      told.page = asked(request);
      told.read = page.keys[0].reply(this.length).integer();
    }
    end({ request }) {
      told.end = asked(request);
    }
  }
  canned().key(0, "b", "list").sweep(Walk);
  assert.deepEqual(told, { begin: TOLD, page: TOLD, end: TOLD, read: 2 });
});
