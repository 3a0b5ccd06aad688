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
 * The beginning of bytes that are too long for a label value; not half a character.
 * @param {Uint8Array} bytes
 * @param {number} most In bytes.
 * @returns {Uint8Array}
 */
export function begin(bytes, most) {
  if (bytes.length <= most) return bytes;
  const begun = bytes.subarray(0, most);
  const invalid = [];
  decode(begun, (piece) => {
    invalid.push(piece);
    return "";
  });
  const [piece] = invalid;
  const isLast = invalid.length === 1 && piece.byteOffset + piece.length === begun.byteOffset + most;
  return isLast && isHalf(piece) ? begun.subarray(0, most - piece.length) : begun;
}

/** Whether more bytes could make a character of these. */
function isHalf([first, ...more]) {
  const size = first < 0xc2 || first > 0xf4 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return size > 1 + more.length;
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
