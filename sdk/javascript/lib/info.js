/** INFO text: sections of `name:value` lines. */
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
    // Most lines are another field's: they are found without being taken apart.
    let at = this.#text.indexOf(name);
    while (at !== -1) {
      const begin = this.#text.lastIndexOf("\n", at) + 1;
      const end = this.#text.indexOf("\n", at);
      const line = this.#text.slice(begin, end === -1 ? undefined : end).trim();
      if (line.startsWith(`${name}:`) && !line.startsWith("# ")) return line.slice(name.length + 1);
      at = this.#text.indexOf(name, at + 1);
    }
    return undefined;
  }
}

function lines(text) {
  return text.split("\n").map((line) => line.trim());
}
