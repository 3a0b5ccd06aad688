/** Bytes of Redis as label values. */

import { decode, encode } from "./utf8.js";
import { kindOf } from "./values.js";

/**
 * Bytes of Redis as text. What is not UTF-8 is written `\xNN`, so that two different keys stay different.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function text(bytes) {
  return decode(bytes, (piece) => Array.from(piece, (byte) => "\\x" + byte.toString(16).padStart(2, "0")).join(""));
}

/**
 * A string, a number or bytes as the bytes that Redis is sent.
 * @param {string | number | bigint | Uint8Array} value
 * @returns {Uint8Array}
 */
export function bytes(value) {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encode(value);
  if (typeof value === "number" || typeof value === "bigint") return encode(String(value));
  throw new TypeError(`expected a string, a number or bytes, found ${kindOf(value)}`);
}
