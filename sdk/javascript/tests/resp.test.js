import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decode } from "../lib/decode.js";
import { Mismatch } from "../lib/errors.js";
import { number } from "../lib/index.js";
import { fromLatin1 } from "../lib/utf8.js";
import { faults } from "./vectors.js";

const vectors = JSON.parse(readFileSync(new URL("../../resp-vectors.json", import.meta.url), "utf8"));

test("replies are what every SDK makes of them", () => {
  assert.deepEqual(faults(vectors), []);
  const { values, malformed, accessors } = vectors;
  assert.ok(values.length > 30 && malformed.length > 20 && accessors.length > 80);
});

test("a vector that comes out differently is told", () => {
  const wrong = {
    values: [{ bytes: ":1\r\n", value: { integer: "2" } }],
    malformed: [{ bytes: ":1\r\n", offset: 1, reason: "not an integer" }],
    accessors: [{ bytes: ":1\r\n", accessor: "text", gives: "1" }],
  };
  assert.equal(faults(wrong).length, 3);
});

test("integer() is a Number, and refuses what a Number cannot hold", () => {
  const of = (text) => decode(fromLatin1(`:${text}\r\n`));
  assert.equal(of("9007199254740991").integer(), 9007199254740991);
  for (const text of ["9007199254740993", "-9007199254740993"]) {
    assert.throws(
      () => of(text).integer(),
      (error) =>
        error instanceof Mismatch &&
        error.message === "the reply holds a larger integer where an integer of at most 53 bits was expected",
    );
    assert.equal(of(text).bigint(), BigInt(text));
  }
  assert.ok(Object.is(of("-0").integer(), 0));
  assert.throws(() => decode(fromLatin1("$16\r\n9007199254740993\r\n")).integer(), Mismatch);
});

test("long texts are read, or refused, in no time", () => {
  const many = 100_000;
  const begun = performance.now();
  for (const text of [
    "1".repeat(many),
    "1".repeat(many) + "x",
    "0".repeat(many) + "x",
    "1." + "1".repeat(many) + "x",
    "1" + " ".repeat(many) + "x",
    " ".repeat(many) + "x",
  ]) {
    for (const read of ["integer", "bigint", "number"]) {
      const reply = decode(fromLatin1(`$${text.length}\r\n${text}\r\n`));
      assert.throws(() => reply[read](), Mismatch);
    }
  }
  assert.equal(decode(fromLatin1(`$${many + 1}\r\n7${" ".repeat(many)}\r\n`)).integer(), 7);
  assert.ok(performance.now() - begun < 1000);
});

test("texts are numbers or nothing", () => {
  for (const text of ["", " ", "0x10", "1_0", "1 ", "1e", ".", "x", "--1", "1".repeat(401)]) {
    assert.deepEqual([number.integer(text), number.float(text)], [undefined, undefined], text);
  }
  assert.deepEqual(["5", "-5", "+0", "1.5"].map(number.integer), [5, -5, 0, undefined]);
  assert.deepEqual(["1.", ".5", "-1.5e3", "INF", "-inf", "nan"].map(number.float), [1, 0.5, -1500, Infinity, -Infinity, NaN]);
  assert.equal(number.integer("-0009223372036854775808"), -(2n ** 63n));
  assert.equal(number.integer("+9223372036854775807"), 2n ** 63n - 1n);
  for (const text of ["9223372036854775808", "-9223372036854775809", "1".repeat(400)])
    assert.equal(number.integer(text), undefined);
  assert.equal(number.float("9".repeat(309)), Infinity);
});
