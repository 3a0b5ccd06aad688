/** TextEncoder and TextDecoder for an engine that has none. */

import { decode, encode } from "./utf8.js";

/** UTF-8 only. */
export class TextEncoder {
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
export class TextDecoder {
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
