import assert from "node:assert/strict";
import { test } from "node:test";

import { checkWorld } from "../lib/component.js";
import { Collector, Failure, Invalid, NotApplicable, Sweeper } from "../lib/index.js";
import { bench, collector, failure } from "./helpers.js";

test("what configure sets is there in collect, and nothing else", () => {
  const kept = {
    map: new Map([["a", [1n]]]),
    set: new Set(["x"]),
    bytes: Uint8Array.of(0, 255),
    $: 1,
    v: undefined,
    odd: [NaN, -0, -Infinity],
    text: "\u2028ß\ud83d\ude00",
  };
  const type = collector(
    function () {
      this.kept = kept;
    },
    function (report) {
      assert.deepEqual(this.kept, kept);
      assert.notEqual(this.kept, kept);
      this.more = 1;
      report.keep(kept);
    },
  );
  const page = bench().collect(type);
  const next = collector(
    () => {},
    (report, request) => assert.deepEqual(request.saved(), kept),
  );
  bench().after(page).collect(next);
});

test("what cannot travel is an error with its place", () => {
  for (const [value, text] of [
    [() => 1, "this.a.b[1]: a function cannot travel from call to call"],
    [Symbol("x"), "this.a.b[1]: a symbol cannot travel from call to call"],
    [new URL("http://a"), "this.a.b[1]: an object of the class URL cannot travel from call to call; plain data can"],
  ]) {
    const type = collector(
      function () {
        this.a = { b: [1, value] };
      },
      () => {},
    );
    assert.throws(
      () => bench().collect(type),
      (error) => error instanceof Failure && error.message.includes(text),
    );
  }
  const cyclic = {};
  cyclic.self = cyclic;
  assert.match(failure((report) => report.keep(cyclic)).message, /value\.self: an object in itself cannot travel/);
});

test("what is nested too deeply cannot travel, and JSON cannot be read", () => {
  const nested = (levels) => (levels === 0 ? 1 : [nested(levels - 1)]);
  const json = (levels) => "[".repeat(levels) + "]".repeat(levels);
  const tooDeep = /^TypeError: value\[0\].*: what is nested deeper than 64 cannot travel from call to call/;
  const type = collector(
    () => {},
    (report, request) => {
      const saved = request.saved();
      if (saved !== undefined) assert.deepEqual(saved, nested(64));
      report.keep(nested(64));
      JSON.parse(json(64));
      const strings = "[".repeat(100) + '\\"'.repeat(100) + "\\";
      assert.deepEqual(JSON.parse(JSON.stringify([strings, { [strings]: 1 }])), [strings, { [strings]: 1 }]);
      assert.deepEqual(JSON.parse(`[${"[],".repeat(1000)}1]`).length, 1001);
      assert.deepEqual(JSON.parse('{"a": 1}', (key, value) => (key === "a" ? 2 : value)), { a: 2 });
      for (const text of [json(65), "[".repeat(100_000), `["\\\\",${json(64)}]`, '{"a":'.repeat(65)])
        assert.throws(() => JSON.parse(text), /^SyntaxError: JSON is nested deeper than 64$/);
    },
  );
  const page = bench().collect(type);
  bench().after(page).collect(type);
  assert.match(failure((report) => report.keep(nested(65))).message, tooDeep);
  assert.equal(JSON.stringify(JSON.parse(json(65))), json(65), "outside of a call there is no bound");
});

test("objects without a prototype are so in the next call", () => {
  const bare = Object.assign(Object.create(null), { a: [Object.create(null)], $: 1 });
  bare.__proto__ = 5;
  const type = collector(
    function () {
      this.bare = bare;
    },
    function () {
      assert.deepEqual(this.bare, bare);
      assert.equal(this.bare.toString, undefined);
      assert.equal(Object.getPrototypeOf(this.bare.a[0]), null);
    },
  );
  bench().collect(type);
});

test("families, their units and series", () => {
  const type = collector(
    function (plan) {
      plan.gauge("memory_used_bytes", "");
      plan.counter("cpu_sys_seconds_total", "");
      plan.summary("megabytes", "", ["cmd"]);
      assert.deepEqual(plan.seriesNames(), [
        "memory_used_bytes",
        "cpu_sys_seconds_total",
        "megabytes",
        "megabytes_sum",
        "megabytes_count",
      ]);
      assert.deepEqual(
        plan.record(new Uint8Array()).families.map(({ unit }) => unit),
        ["bytes", "seconds", ""],
      );
      plan.scope("once");
      assert.equal(plan.record(new Uint8Array()).scope, "once");
      assert.throws(() => plan.scope("all"), TypeError);
      assert.throws(() => plan.family("gauges", "a", ""), TypeError);
    },
    () => {},
  );
  bench().collect(type);
});

test("a wrong number of label values is told at once, with the family", () => {
  const { message } = failure(function (report) {
    report.set(this.gauge, ["x"], 1);
  });
  assert.match(
    message,
    /^TypeError: sizes has the labels a, b: expected 2 label values, found 1\n  at .*calls\.test\.js:\d+:\d+/,
  );
});

test("values and families that do not fit are told at once", () => {
  for (const [fill, text] of [
    [(report, { gauge }) => report.set(gauge, ["x", 5], 1), "the label b of sizes: expected a string, found a number"],
    [(report, { gauge }) => report.set(gauge, "xy", 1), "sizes: label values are an array, found a string"],
    [(report, { gauge }) => report.set(gauge, ["x", "y"], "5"), "a value of sizes: expected a number, found a string"],
    [(report, { gauge }) => report.set(gauge, ["x", "y"]), "a value of sizes: expected a number, found nothing"],
    [(report, { sizes }) => report.set(sizes, [], 1), "report.set takes a family of single values, found spread"],
    [(report, { gauge }) => report.histogram(gauge, [], [], 0, 0), "report.histogram takes a histogram, found sizes"],
    [
      (report, { sizes }) => report.histogram(sizes, [], [[1, 1.5]], 0, 2),
      "a count of spread: expected an integer from 0, found 1.5",
    ],
    [
      (report, { sizes }) => report.histogram(sizes, [], [], 0, -1),
      "a count of spread: expected an integer from 0, found -1",
    ],
    [(report) => report.warn(5), "a warning: expected a string, found a number"],
    [(report) => report.save("x"), "report.save takes a Uint8Array"],
  ]) {
    const { message } = failure(function (report) {
      fill(report, this);
    });
    assert.ok(message.startsWith(`TypeError: ${text}`), message);
  }
});

test("an exception is told with its class and its place in the author's file", () => {
  class OddFault extends Error {}
  const { message } = failure(function named() {
    throw new OddFault("odd");
  });
  assert.match(message, /^OddFault: odd\n  at .*named.*tests\/calls\.test\.js:\d+:\d+\)/);
  assert.doesNotMatch(message, /lib\//);
  assert.equal(
    failure(() => {
      throw "text";
    }).message,
    "an exception that is no Error: text",
  );
  assert.equal(
    failure(() => {
      throw new Failure("just this");
    }).message,
    "just this",
  );
});

test("what an exception says of its cause is told", () => {
  const { message } = failure(() => {
    try {
      null.x;
    } catch (cause) {
      throw new Error("outer", { cause });
    }
  });
  assert.match(message, /^Error: outer\n(?:  at .*\n)+  because of TypeError: .*\n  at .*tests\/calls\.test\.js:\d+:\d+\)?$/);
  const endless = new Error("endless");
  endless.cause = endless;
  const told = failure(() => {
    throw endless;
  }).message;
  assert.equal(told.split("because of Error: endless").length - 1, 3);
  const text = failure(() => {
    throw new Error("outer", { cause: "text" });
  }).message;
  assert.match(text, /\n  because of text$/);
});

test("a class and the world of its component fit", () => {
  class Walk extends Sweeper {}
  class Plain extends Collector {}
  assert.throws(() => checkWorld(undefined, "pure"), /^TypeError: the main file exports no class as default$/);
  assert.throws(() => checkWorld(Walk, "pure"), /^TypeError: Walk is a Sweeper: say world = "sweeping" in plugin\.toml$/);
  assert.throws(() => checkWorld(Walk, "active"), /is a Sweeper/);
  assert.throws(
    () => checkWorld(Plain, "sweeping"),
    /^TypeError: Plain is no Sweeper: say world = "active" or "pure" in plugin\.toml$/,
  );
  checkWorld(Walk, "sweeping");
  checkWorld(Plain, "pure");
  checkWorld(Plain, "active");
});

test("nothing can be waited for", () => {
  assert.match(failure(async () => {}).message, /^TypeError: collect gave a promise; a call cannot wait/);
});

test("an exception in configure refuses the configuration", () => {
  const refusal = failure(
    () => {},
    () => {
      null.x;
    },
  );
  assert.ok(refusal instanceof Failure && !(refusal instanceof Invalid));
  assert.match(refusal.message, /^TypeError: .*\n  at .*calls\.test\.js/);
  const none = failure(
    () => {},
    () => {
      throw new NotApplicable("no such server");
    },
  );
  assert.ok(none instanceof NotApplicable && none.message === "no such server");
});

test("the clock and random numbers of a call are those of its request", () => {
  const times = [];
  const type = collector(
    () => {},
    (report, request) => {
      times.push([Date.now(), new Date().getTime(), request.unixMs, Math.random(), Math.random()]);
      assert.ok(new Date() instanceof Date);
      assert.equal(new Date(5).getTime(), 5);
    },
  );
  for (const unixMs of [5000, 5000, 6000]) bench().at(unixMs).collect(type);
  assert.deepEqual(times[0].slice(0, 3), [5000, 5000, 5000]);
  assert.deepEqual(times[0], times[1]);
  assert.notEqual(times[0][3], times[2][3]);
  assert.notEqual(times[0][3], times[0][4]);
  assert.ok(Date.now() > 1e12, "outside of a call it is the clock of the machine");
  assert.match(
    failure(
      () => {},
      () => Date.now(),
    ).message,
    /there is no clock here; in collect, Date\.now\(\) is request\.unixMs/,
  );
});
