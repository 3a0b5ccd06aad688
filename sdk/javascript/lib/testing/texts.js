/** Bytes and names as the daemon's texts have them. */

import { begin } from "../label.js";
import { decode, encode, latin1 } from "../utf8.js";

const ESCAPES = { "\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\" };
const OF_BYTES = { ...ESCAPES, "'": "\\'" };
const OF_TEXTS = { ...ESCAPES, "\0": "\\0" };

/** Bytes as ASCII: what cannot be seen is escaped. */
export function escaped(bytes) {
  const hex = (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0");
  return latin1(bytes).replace(/[^ -~]|["'\\]/g, (byte) => OF_BYTES[byte] ?? `\\x${hex(byte)}`);
}

/** A text in quotes. */
export function quoted(text) {
  const hex = (character) => character.codePointAt(0).toString(16);
  return `"${text.replace(/["\\\p{Cc}]/gu, (character) => OF_TEXTS[character] ?? `\\u{${hex(character)}}`)}"`;
}

/** How many bytes a text has. */
export function sizeOf(text) {
  return encode(text).length;
}

/** The beginning of a text that is longer than so many bytes. */
export function cut(text, most) {
  return decode(begin(encode(text), most), () => "");
}
