/**
 * RESP3 replies. A server that speaks RESP2 gives RESP2 shapes for the same command: numbers as strings, maps as flat
 * arrays. The methods of Reply take both, so that a collector reads one way.
 */

import { Mismatch } from "./errors.js";
import { bytes as bytesOf, text as textOf } from "./label.js";
import { float, integer } from "./number.js";
import { latin1 } from "./utf8.js";

const NAMES = {
  null: "null", boolean: "a boolean", integer: "an integer", double: "a double", "big-number": "a big number",
  simple: "a string", bulk: "a string", verbatim: "a string", error: "an error", array: "an array", set: "a set", map: "a map",
};

/**
 * One reply. `kind` is null, boolean, integer, double, big-number, simple, bulk, verbatim, error, array, set or map; `value`
 * is what is in it, as it was decoded: bytes, a Number (a BigInt beyond 2^53), `{ code, message }`, Replies, or pairs of them.
 */
export class Reply {
  constructor(kind, value, format = undefined) {
    this.kind = kind;
    this.value = value;
    /** Of verbatim strings: txt, mkd. */
    this.format = format;
  }

  /** Whether there is nothing. */
  get isNull() {
    return this.kind === "null";
  }

  /** The bytes of a string of any kind. Throws Mismatch for everything else. */
  bytes() {
    if (!isString(this)) throw not(this, "a string");
    return this.value;
  }

  /** A string of any kind as text; bytes that are not UTF-8 are written `\xNN`. Throws Mismatch for everything else. */
  text() {
    return textOf(this.bytes());
  }

  /**
   * An integer as a Number, also one written as a string. Throws Mismatch for everything else, also for one beyond
   * 2^53 - 1, which a Number cannot hold: see bigint().
   */
  integer() {
    const value = integerOf(this);
    if (typeof value === "bigint") throw new Mismatch("an integer of at most 53 bits", "a larger integer");
    return value;
  }

  /** An integer of up to 64 bits as a BigInt, also one written as a string. Throws Mismatch for everything else. */
  bigint() {
    return BigInt(integerOf(this));
  }

  /** A number, also one written as a string. Beyond 2^53 it is the nearest one. Throws Mismatch for everything else. */
  number() {
    switch (this.kind) {
      case "integer": case "double": case "boolean": return Number(this.value);
    }
    const number = parsed(this, float);
    if (number === undefined) throw not(this, "a number");
    return number;
  }

  /** The elements of an array or a set. Throws Mismatch for everything else. */
  elements() {
    if (this.kind !== "array" && this.kind !== "set") throw not(this, "an array");
    return this.value;
  }

  /** The pairs of a map, or of the flat array that RESP2 has instead. Throws Mismatch for everything else. */
  entries() {
    if (this.kind === "map") return this.value;
    if (this.kind !== "array" || this.value.length % 2 !== 0) throw not(this, "a map");
    const pairs = [];
    for (let place = 0; place < this.value.length; place += 2) pairs.push([this.value[place], this.value[place + 1]]);
    return pairs;
  }

  /** The value of a key in a map; undefined when it is not there or this is no map. */
  get(key) {
    const isMap = this.kind === "map" || (this.kind === "array" && this.value.length % 2 === 0);
    if (!isMap) return undefined;
    const wanted = latin1(bytesOf(key));
    return this.entries().find(([name]) => isString(name) && latin1(name.value) === wanted)?.[1];
  }
}

// Private methods would cost at each of the many replies that are made.

function isString({ kind }) {
  return kind === "bulk" || kind === "simple" || kind === "verbatim";
}

function integerOf(reply) {
  if (reply.kind === "integer") return reply.value;
  if (reply.kind === "boolean") return Number(reply.value);
  const value = parsed(reply, integer);
  if (value === undefined) throw not(reply, "an integer");
  return value;
}

function parsed(reply, parse) {
  if (reply.kind !== "big-number" && !isString(reply)) return undefined;
  return parse(latin1(trimmed(reply.value)));
}

/** Without the spaces around it. A pattern that ends with `$` would begin again at each of them. */
function trimmed(bytes) {
  let begin = 0;
  let end = bytes.length;
  while (begin < end && isSpace(bytes[begin])) begin++;
  while (end > begin && isSpace(bytes[end - 1])) end--;
  return end - begin === bytes.length ? bytes : bytes.subarray(begin, end);
}

function isSpace(byte) {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function not({ kind }, expected) {
  return new Mismatch(expected, NAMES[kind]);
}
