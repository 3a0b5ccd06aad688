/** INFO text: sections of `name:value` lines. */

import { float } from "./number.js";

const WORDS = new Map([["ok", 1], ["true", 1], ["err", 0], ["fail", 0], ["false", 0]]);

/** The text of an INFO reply. */
export class Info {
  #text;

  /** The text of a reply. Throws Mismatch when the reply is not a string. */
  constructor(reply) {
    this.#text = reply.text();
  }

  /** Every field `{ section, name, value }`, in the server's order. */
  *fields() {
    let section = "";
    for (const line of lines(this.#text)) {
      if (line.startsWith("# ")) {
        section = line.slice(2);
        continue;
      }
      const colon = line.indexOf(":");
      if (colon !== -1) yield { section, name: line.slice(0, colon), value: line.slice(colon + 1) };
    }
  }

  /** The fields of one section, in the server's order. */
  *section(title) {
    for (const field of this.fields()) {
      if (field.section === title) yield field;
    }
  }

  /** The value of the first field of that name, in whatever section; undefined when there is none. */
  get(name) {
    // No line has such a name.
    if (name.includes(":") || name.startsWith("# ")) return undefined;
    const text = this.#text;
    const wanted = `${name}:`;
    // Most lines are another field's: they are found without being taken apart.
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
      const begin = at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
      if (text.slice(begin, at).trim() !== "") continue;
      const end = text.indexOf("\n", at);
      return text.slice(at + wanted.length, end === -1 ? undefined : end).trimEnd();
    }
    return undefined;
  }

  /** The value of the first field of that name as a number; undefined when there is none, or it is no number. */
  number(name) {
    const value = this.get(name);
    return value === undefined ? undefined : Info.number(value);
  }

  /** A value as a number. Redis also writes words: ok and true are 1, err, fail and false are 0. undefined for the rest. */
  static number(value) {
    return WORDS.get(value) ?? float(value);
  }

  /** The parts of a value like `keys=1,expires=0`: pairs, in their order. A part without `=` has an empty value. */
  static parts(value) {
    return value.split(",").map((part) => {
      const place = part.indexOf("=");
      return place === -1 ? [part, ""] : [part.slice(0, place), part.slice(place + 1)];
    });
  }
}

function lines(text) {
  return text.split("\n").map((line) => line.trim());
}
