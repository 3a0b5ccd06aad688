/** Replies as RESP3 bytes. */

import { bytes as bytesOf } from "../label.js";

function joined(pieces) {
  const parts = pieces.map(bytesOf);
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A string of bytes. */
export function bulk(value) {
  const bytes = bytesOf(value);
  return joined([`$${bytes.length}\r\n`, bytes, "\r\n"]);
}

/** `+OK` */
export function simple(text) {
  return joined(["+", text, "\r\n"]);
}

/** An error: its first word is the code. */
export function error(text) {
  return joined(["-", text, "\r\n"]);
}

/** An integer: a Number, or a BigInt beyond 2^53. */
export function integer(value) {
  return joined([":", value, "\r\n"]);
}

/** A double. */
export function double(value) {
  const text = Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  return joined([",", text, "\r\n"]);
}

/** true or false. */
export function boolean(value) {
  return joined([value ? "#t\r\n" : "#f\r\n"]);
}

/** Nothing. */
export function nil() {
  return joined(["_\r\n"]);
}

/** An array of replies. */
export function array(...elements) {
  return joined([`*${elements.length}\r\n`, ...elements]);
}

/** A set of replies. */
export function set(...elements) {
  return joined([`~${elements.length}\r\n`, ...elements]);
}

/** A map: pairs of replies. */
export function map(...pairs) {
  return joined([`%${pairs.length}\r\n`, ...pairs.flat()]);
}
