import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decode } from "../lib/decode.js";
import { Mismatch } from "../lib/errors.js";
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
