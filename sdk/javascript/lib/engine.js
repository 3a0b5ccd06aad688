/**
 * Mends the engine of a component: what it lacks, and what in it would end a call without a word. Imported for its effect, by
 * components only.
 */

import { NO_CLOCK, said } from "./calls.js";
import { mend } from "./clock.js";
import { decode, encode } from "./utf8.js";

/** UTF-8 only. */
class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    return encode(String(text));
  }

  encodeInto(text, bytes) {
    let read = 0;
    let written = 0;
    for (const character of String(text)) {
      const piece = encode(character);
      if (written + piece.length > bytes.length) break;
      bytes.set(piece, written);
      read += character.length;
      written += piece.length;
    }
    return { read, written };
  }
}

/** UTF-8 only, whole texts only. */
class TextDecoder {
  #fatal;
  #ignoreBOM;

  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    if (!/^(utf-?8|unicode-1-1-utf-8)$/i.test(String(label).trim())) throw new RangeError(`${label} cannot be decoded here, only UTF-8`);
    this.#fatal = fatal;
    this.#ignoreBOM = ignoreBOM;
  }

  get encoding() {
    return "utf-8";
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = new Uint8Array(), { stream = false } = {}) {
    if (stream) throw new TypeError("texts cannot be decoded in pieces here");
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    const text = decode(bytes, () => {
      if (this.#fatal) throw new TypeError("the bytes are not UTF-8");
      return "\ufffd";
    });
    return !this.#ignoreBOM && text.startsWith("\ufeff") ? text.slice(1) : text;
  }
}

const console = {};
for (const [name, level] of Object.entries({ trace: "trace", debug: "debug", log: "info", info: "info", warn: "warn", error: "error" })) {
  console[name] = (...values) => said(level, values.map((value) => (typeof value === "string" ? value : shown(value))).join(" "), {});
}

function shown(value) {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

globalThis.console = console;
globalThis.TextEncoder ??= TextEncoder;
globalThis.TextDecoder ??= TextDecoder;

// The engine's own clock ends the call, because a component imports none; at the build it would be that of the build.
mend(() => {
  throw new Error(NO_CLOCK);
}, () => 0.5);
globalThis.performance = { now: Date.now, timeOrigin: 0 };

export { TextDecoder, TextEncoder };
