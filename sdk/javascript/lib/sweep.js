/** Walks over keys: what a plan asks for, and the keys as they come. */

import { count } from "./command.js";
import { Read } from "./handles.js";
import { bytes, text } from "./label.js";
import { replyOf } from "./request.js";
import { wellFormed } from "./values.js";

/** A command with the key somewhere in it: `HGET <key> amount` is `new KeyRead("HGET").after("amount")`. */
export class KeyRead {
  #before;
  #after = [];
  #types = [];

  /** A command whose next word is the key. */
  constructor(name) {
    this.#before = [bytes(name)];
  }

  /** Adds words before the key: the subcommand of `XINFO STREAM <key>`. */
  before(...words) {
    this.#before.push(...words.map(bytes));
    return this;
  }

  /** Adds words after the key. */
  after(...words) {
    this.#after.push(...words.map(bytes));
    return this;
  }

  /** Makes it a read of keys of these types only, as TYPE names them. One that does not fit a key's type would be an error. */
  only(...types) {
    this.#types.push(...types.map((type) => wellFormed(type, "a type of keys")));
    return this;
  }

  /** As the contract has it. */
  record() {
    return { before: this.#before, after: this.#after, types: this.#types };
  }
}

/** Keys that the host shall walk. One paced SCAN serves all collectors; it runs by itself, not with scrapes. */
export class Sweep {
  #database = 0;
  #pattern;
  #types = [];
  #reads = [];

  /** The keys of database 0 that match a pattern, as in SCAN MATCH. */
  constructor(pattern) {
    this.#pattern = bytes(pattern);
  }

  /** The database to walk. */
  database(number) {
    this.#database = count(number, "a database");
    return this;
  }

  /** Leaves out keys of other types than these, as TYPE names them. */
  types(...types) {
    this.#types.push(...types.map((type) => wellFormed(type, "a type of keys")));
    return this;
  }

  /** Reads something of every key. Gives the handle for `key.reply`. */
  read(read) {
    if (!(read instanceof KeyRead)) throw new TypeError("sweep.read takes a KeyRead");
    this.#reads.push(read.record());
    return new Read(this.#reads.length - 1);
  }

  /** As the contract has it. */
  record() {
    return { database: this.#database, pattern: this.#pattern, types: this.#types, reads: this.#reads };
  }
}

/** Some keys of one sweep, with what was read of them. In a run each key comes once. */
export class Page {
  constructor(sweep, keys) {
    /** Which of the plan's sweeps it is of, counted from 0. */
    this.sweep = sweep;
    /** The keys. */
    this.keys = keys.map((key) => new Key(key));
  }

  /** Whether it is of this sweep. */
  is(swept) {
    return swept.index === this.sweep;
  }
}

/** One key. */
export class Key {
  constructor(record) {
    this.record = record;
  }

  /** Its name as bytes. */
  get name() {
    return this.record.key;
  }

  /** Its name as a label value; bytes that are not UTF-8 are written `\xNN`. */
  get text() {
    return text(this.record.key);
  }

  /** Its type, as TYPE names it; "" when neither the sweep nor its reads name types. */
  get kind() {
    return this.record.kind;
  }

  /**
   * What was read; null when the read is not for keys of this type. Throws the CallError when there is no reply or the reply
   * is an error, and Malformed when it is not RESP.
   */
  reply(read) {
    const answer = this.record.reads[read.index];
    return answer === null || answer === undefined ? null : replyOf(answer);
  }
}
