import assert from "node:assert/strict";
import { test } from "node:test";

import { Collector, config, Invalid } from "../lib/index.js";
import { describe } from "../lib/component.js";
import { Bench, server } from "../lib/testing.js";

class Tried extends Collector {
  static description = { name: "tried", version: "1.0.0", summary: "" };

  static config = config.object({
    buckets: config.array(config.number({ minimum: 0 }), { default: [1, 2], minItems: 1 }),
    most: config.integer({ minimum: 1, maximum: 9, default: 5, description: "How many." }),
    "a/b~c": config.string({ oneOf: ["x", "y"], optional: true }),
    names: config.map(config.boolean(), { default: {} }),
    inner: config.object({ needed: config.string({ pattern: /^[a-z]+$/, maxLength: 3 }) }, { optional: true }),
  });

  configure(given) {
    this.given = given;
  }

  collect(request, report) {
    report.keep(this.given);
    report.warn(JSON.stringify(this.given));
  }
}

const bench = new Bench(server("redis", "7.0.15"));

function problems(given) {
  try {
    bench.collect(Tried, given);
  } catch (error) {
    assert.ok(error instanceof Invalid, error.stack);
    return error.problems.map(({ pointer, message }) => `${pointer}: ${message}`);
  }
  return [];
}

test("the schema is that of the type", () => {
  assert.deepEqual(JSON.parse(describe(Tried).configSchema), {
    type: "object",
    properties: {
      buckets: { type: "array", items: { type: "number", minimum: 0 }, minItems: 1, default: [1, 2] },
      most: { description: "How many.", type: "integer", minimum: 1, maximum: 9, default: 5 },
      "a/b~c": { type: "string", enum: ["x", "y"] },
      names: { type: "object", additionalProperties: { type: "boolean" }, default: {} },
      inner: {
        type: "object",
        properties: { needed: { type: "string", maxLength: 3, pattern: "^[a-z]+$" } },
        required: ["needed"],
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  });
});

test("defaults stand for what is missing", () => {
  assert.deepEqual(bench.collect(Tried).warnings(), ['{"buckets":[1,2],"most":5,"names":{}}']);
  assert.deepEqual(bench.collect(Tried, "").warnings(), ['{"buckets":[1,2],"most":5,"names":{}}']);
  assert.deepEqual(
    bench
      .collect(Tried, { most: 1, "a/b~c": "y", inner: { needed: "abc" }, names: { __proto__: null, a: true } })
      .warnings(),
    ['{"buckets":[1,2],"most":1,"a/b~c":"y","names":{"a":true},"inner":{"needed":"abc"}}'],
  );
});

test("every problem is told at once, with its place", () => {
  assert.deepEqual(
    problems({ buckets: [1, "x", "y", -1], most: 1.5, "a/b~c": "z", names: { "x/y": 1 }, inner: {}, more: 1 }),
    [
      "/buckets/1: expected a number, found a string",
      "/buckets/2: expected a number, found a string",
      "/buckets/3: expected a number of at least 0, found -1",
      "/most: expected an integer, found 1.5",
      '/a~1b~0c: expected one of "x", "y", found "z"',
      "/names/x~1y: expected a boolean, found a number",
      '/inner: "needed" is missing',
      "/more: there is no such key; there are buckets, most, a/b~c, names, inner",
    ],
  );
  assert.deepEqual(problems({ buckets: [], most: 10, inner: { needed: "ABCD" } }), [
    "/buckets: expected at least 1 items, found 0",
    "/most: expected an integer of at most 9, found 10",
    '/inner/needed: expected a string of at most 3 characters, found "ABCD"',
  ]);
  assert.deepEqual(problems({ most: 2 ** 60 }), [
    "/most: expected an integer of at most 53 bits, found 1152921504606847000",
  ]);
  assert.deepEqual(problems([]), [": expected an object, found an array"]);
  assert.deepEqual(problems({ buckets: null, names: [] }), [
    "/buckets: expected an array, found null",
    "/names: expected an object, found an array",
  ]);
});

test("what an author states is checked when the type is made", () => {
  const refused = (make, expected) => assert.throws(make, (error) => String(error) === expected);
  refused(
    () => config.integer({ min: 1 }),
    "TypeError: config.integer has no option min; there are minimum, maximum, description, default, optional",
  );
  for (const make of [
    () => config.boolean({ minimum: 1 }),
    () => config.number({ minItems: 1 }),
    () => config.string({ minimum: 1 }),
    () => config.array(config.number(), { minimum: 1 }),
    () => config.map(config.number(), { minItems: 1 }),
    () => config.object({}, { help: "" }),
  ])
    assert.throws(make, /^TypeError: config\.\w+ has no option /);
  for (const pattern of [/a/g, /a/y, /a/i, /a/m, /a/s, "a"])
    refused(
      () => config.string({ pattern }),
      `TypeError: config.string: pattern is to be a RegExp without flags other than u, found ${pattern}`,
    );
  config.string({ pattern: /^.$/u, default: "\u{1f600}" });
  refused(
    () => config.integer({ minimum: 1, default: 0 }),
    "RangeError: the default of config.integer does not fit: expected an integer of at least 1, found 0",
  );
  refused(
    () => config.array(config.object({ b: config.number() }), { default: [{ b: "x" }, {}] }),
    'RangeError: the default of config.array does not fit: /0/b: expected a number, found a string; /1: "b" is missing',
  );
  refused(
    () => config.string({ default: null }),
    "RangeError: the default of config.string does not fit: expected a string, found null",
  );
});

test("a collector without a configuration takes only {}", () => {
  class Plain extends Collector {
    static description = Tried.description;
  }
  assert.equal(describe(Plain).configSchema, "");
  bench.collect(Plain);
  assert.throws(() => bench.collect(Plain, { a: 1 }), /^Invalid: \/a: there is no such key; there are none$/);
});
