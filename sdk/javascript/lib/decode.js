/** Bytes to a Reply. Trusts nothing: lengths are checked against what is there, nesting is bounded. */

import { Malformed } from "./errors.js";
import { text } from "./label.js";
import { float, integer } from "./number.js";
import { Reply } from "./resp.js";
import { latin1 } from "./utf8.js";

/** The deepest nesting that is read. Redis's own replies stay below ten. */
const MAX_DEPTH = 32;
const CR = 13;
const LF = 10;
const ZERO = 48;
/** So many digits are exact in a Number, whichever they are. */
const MOST_DIGITS = 15;

/**
 * Reads exactly one value.
 * @param {Uint8Array} bytes
 * @returns {Reply}
 * @throws {Malformed} When the bytes are something else, less or more than one value.
 */
export function decode(bytes) {
  const decoder = new Decoder(bytes);
  const reply = decoder.value(MAX_DEPTH);
  if (decoder.offset !== bytes.length) throw decoder.malformed("more bytes follow the value");
  return reply;
}

class Decoder {
  constructor(bytes) {
    this.bytes = bytes;
    this.offset = 0;
  }

  value(depth) {
    if (depth === 0) throw this.malformed("nested too deeply");
    if (this.offset >= this.bytes.length) throw this.malformed("the value ends early");
    const kind = this.bytes[this.offset++];
    switch (kind) {
      case 0x24: return this.string("bulk"); // $
      case 0x3a: return new Reply("integer", this.integer()); // :
      case 0x2b: return new Reply("simple", this.line()); // +
      case 0x2d: return new Reply("error", serverError(this.line())); // -
      case 0x2c: return new Reply("double", this.number(float, "not a double")); // ,
      case 0x28: return new Reply("big-number", this.line()); // (
      case 0x5f: this.line(); return new Reply("null", null); // _
      case 0x23: return this.boolean(); // #
      case 0x3d: return this.verbatim(); // =
      case 0x21: return this.string("error"); // !
      // A push cannot be an answer; inside of one it reads like the array it is.
      case 0x2a: case 0x3e: return this.elements(depth, "array"); // * >
      case 0x7e: return this.elements(depth, "set"); // ~
      case 0x25: return this.pairs(depth); // %
      case 0x7c: this.pairs(depth); return this.value(depth - 1); // |
      default: throw this.malformed("no type begins with this byte");
    }
  }

  line() {
    let end = this.bytes.indexOf(CR, this.offset);
    while (end !== -1 && this.bytes[end + 1] !== LF) end = this.bytes.indexOf(CR, end + 1);
    if (end === -1) throw this.malformed("the line has no end");
    const line = this.bytes.subarray(this.offset, end);
    this.offset = end + 2;
    return line;
  }

  number(parse, reason) {
    const start = this.offset;
    const number = parse(latin1(this.line()));
    if (number === undefined) throw new Malformed(start, reason);
    return number;
  }

  boolean() {
    const start = this.offset;
    const line = latin1(this.line());
    if (line !== "t" && line !== "f") throw new Malformed(start, "not a boolean");
    return new Reply("boolean", line === "t");
  }

  integer() {
    const short = this.digits();
    return short === -1 ? this.number(integer, "not an integer") : short;
  }

  /** A line of few digits, as most are, without making a string of it; -1, and nothing is read, when it is another one. */
  digits() {
    const { bytes, offset } = this;
    let at = offset;
    let number = 0;
    for (let digit = bytes[at] - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at] - ZERO) number = number * 10 + digit;
    if (at === offset || at - offset > MOST_DIGITS || bytes[at] !== CR || bytes[at + 1] !== LF) return -1;
    this.offset = at + 2;
    return number;
  }

  /** A length of -1 is RESP2's null: here it is null too. A BigInt is longer than everything. */
  length() {
    const short = this.digits();
    if (short !== -1) return short;
    const start = this.offset;
    const length = this.number(integer, "not a length");
    if (length === -1) return null;
    if (length < 0) throw new Malformed(start, "not a length");
    return Number(length);
  }

  bytesOfLength() {
    const length = this.length();
    if (length === null) return null;
    const end = this.offset + length;
    if (end + 2 > this.bytes.length) throw this.malformed("the string ends early");
    if (this.bytes[end] !== CR || this.bytes[end + 1] !== LF) {
      throw this.malformed("the string is longer than its length");
    }
    const string = this.bytes.subarray(this.offset, end);
    this.offset = end + 2;
    return string;
  }

  string(kind) {
    const string = this.bytesOfLength();
    if (string === null) return new Reply("null", null);
    return new Reply(kind, kind === "error" ? serverError(string) : string);
  }

  verbatim() {
    const start = this.offset;
    const string = this.bytesOfLength();
    if (string === null) return new Reply("null", null);
    if (string.length < 4 || string[3] !== 0x3a) throw new Malformed(start, "not a verbatim string");
    return new Reply("verbatim", string.subarray(4), latin1(string.subarray(0, 3)));
  }

  /** null for a null array. */
  values(depth, each) {
    const length = this.length();
    if (length === null) return null;
    const count = length * each;
    // The shortest value has three bytes: a length that cannot be true must not become an allocation.
    if (count > Math.floor((this.bytes.length - this.offset) / 3)) throw this.malformed("fewer elements than announced");
    const values = new Array(count);
    for (let place = 0; place < count; place++) values[place] = this.value(depth - 1);
    return values;
  }

  elements(depth, kind) {
    const values = this.values(depth, 1);
    return values === null ? new Reply("null", null) : new Reply(kind, values);
  }

  pairs(depth) {
    const flat = this.values(depth, 2);
    if (flat === null) return new Reply("null", null);
    const pairs = [];
    for (let place = 0; place < flat.length; place += 2) pairs.push([flat[place], flat[place + 1]]);
    return new Reply("map", pairs);
  }

  malformed(reason) {
    return new Malformed(this.offset, reason);
  }
}

/** The first word of an error line is its code. */
function serverError(line) {
  const message = text(line);
  const space = message.indexOf(" ");
  return space === -1 ? { code: message, message: "" } : { code: message.slice(0, space), message: message.slice(space + 1) };
}
