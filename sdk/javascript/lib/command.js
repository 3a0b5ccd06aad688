/** Commands for Redis, and where in a cluster they run. */

import { bytes } from "./label.js";
import { kindOf } from "./values.js";

/** A command for Redis: name and arguments, binary safe. */
export class Command {
  #database = 0;
  #args;

  /** A command without arguments yet, on database 0. */
  constructor(name) {
    this.#args = [bytes(name)];
  }

  /** `INFO ALL`. Every collector that reads INFO should ask for exactly this, so that all of them share one reply. */
  static info() {
    return new Command("INFO").arg("ALL");
  }

  /** Adds arguments: strings, numbers or bytes. */
  arg(...values) {
    for (const value of values) this.#args.push(bytes(value));
    return this;
  }

  /** The database it reads; the host picks a connection for it. */
  database(number) {
    this.#database = count(number, "a database");
    return this;
  }

  /** As the contract has it. */
  record() {
    return { database: this.#database, args: [...this.#args] };
  }
}

/** A number that the contract counts with: an integer from 0 to 2^32 - 1. */
export function count(number, what) {
  if (!Number.isInteger(number) || number < 0 || number >= 2 ** 32) {
    const found = typeof number === "number" ? number : kindOf(number);
    throw new TypeError(`${what}: expected an integer from 0 to 4294967295, found ${found}`);
  }
  return number;
}

/** Where a pipeline runs in a cluster; outside a cluster every route leads to the one server. */
export const Route = Object.freeze({
  /** Each command goes to the owner of its key. */
  automatic: Object.freeze({ tag: "automatic" }),
  /** Any node. */
  any: Object.freeze({ tag: "any" }),
  /** The node with this id. */
  node: (id) => ({ tag: "node", val: String(id) }),
  /** The node that owns this key. */
  ownerOf: (key) => ({ tag: "owner-of", val: bytes(key) }),
  /** A replica of the node that owns this key. */
  replicaOf: (key) => ({ tag: "replica-of", val: bytes(key) }),
});
