import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decode } from "../lib/decode.js";
import { Malformed, Mismatch } from "../lib/errors.js";
import { fromLatin1, latin1 } from "../lib/utf8.js";

const vectors = JSON.parse(readFileSync(new URL("../../resp-vectors.json", import.meta.url), "utf8"));

function number(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

function shown(reply) {
  switch (reply.kind) {
    case "null": return { null: true };
    case "boolean": return { boolean: reply.value };
    case "integer": return { integer: String(reply.value) };
    case "double": return { double: number(reply.value) };
    case "error": return { error: [reply.value.code, reply.value.message] };
    case "verbatim": return { verbatim: [reply.format, latin1(reply.value)] };
    case "array": case "set": return { [reply.kind]: reply.value.map(shown) };
    case "map": return { map: reply.value.map((pair) => pair.map(shown)) };
    default: return { [reply.kind]: latin1(reply.value) };
  }
}

function nested(depth) {
  return depth === 0 ? { integer: "1" } : { array: [nested(depth - 1)] };
}

test("every value is read", () => {
  for (const { bytes, value } of vectors.values) {
    const expected = "depth" in value ? nested(value.depth) : value;
    assert.deepEqual(shown(decode(fromLatin1(bytes))), expected, JSON.stringify(bytes));
  }
});

test("what is malformed is refused with its place", () => {
  for (const { bytes, offset, reason } of vectors.malformed) {
    assert.throws(() => decode(fromLatin1(bytes)), (error) => {
      assert.ok(error instanceof Malformed, `${JSON.stringify(bytes)}: ${error.stack}`);
      assert.deepEqual([error.offset, error.reason], [offset, reason], JSON.stringify(bytes));
      assert.equal(error.message, `the reply is not RESP3: ${reason} at byte ${offset}`);
      return true;
    });
  }
});

const ACCESSORS = {
  "is-null": (reply) => reply.isNull,
  bytes: (reply) => latin1(reply.bytes()),
  text: (reply) => reply.text(),
  integer: (reply) => String(reply.bigint()),
  number: (reply) => number(reply.number()),
  elements: (reply) => reply.elements().map(shown),
  entries: (reply) => reply.entries().map((pair) => pair.map(shown)),
  get: (reply, key) => {
    const value = reply.get(fromLatin1(key));
    return value === undefined ? null : shown(value);
  },
};

test("accessors give what is there or say what is not", () => {
  for (const { bytes, accessor, key, gives, fails } of vectors.accessors) {
    const access = () => ACCESSORS[accessor](decode(fromLatin1(bytes)), key);
    const about = `${accessor} of ${JSON.stringify(bytes)}`;
    if (fails === undefined) {
      assert.deepEqual(access(), gives, about);
    } else {
      assert.throws(access, (error) => error instanceof Mismatch && error.message === fails, about);
    }
  }
});

test("integer() is a Number, and refuses what a Number cannot hold", () => {
  const of = (text) => decode(fromLatin1(`:${text}\r\n`));
  assert.equal(of("9007199254740991").integer(), 9007199254740991);
  for (const text of ["9007199254740993", "-9007199254740993"]) {
    assert.throws(() => of(text).integer(), (error) =>
      error instanceof Mismatch &&
      error.message === "the reply holds a larger integer where an integer of at most 53 bits was expected");
    assert.equal(of(text).bigint(), BigInt(text));
  }
  assert.ok(Object.is(of("-0").integer(), 0));
  assert.throws(() => decode(fromLatin1("$16\r\n9007199254740993\r\n")).integer(), Mismatch);
});
