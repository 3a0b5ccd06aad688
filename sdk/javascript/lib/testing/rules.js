/** The daemon's table of commands: which are reads, how they are written, and where their first key is. */

import { readFileSync } from "node:fs";

import { encode, latin1 } from "../utf8.js";
import { escaped } from "./texts.js";

/** Written by the daemon's own tests. It is read here, and not imported, as Node 18 imports no JSON. */
const RULES = JSON.parse(readFileSync(new URL("rules.json", import.meta.url), "utf8"));
const COMMANDS = new Map(Object.entries(RULES.commands));
/** Commands that have subcommands. */
const CONTAINERS = new Set([...COMMANDS.keys()].filter((name) => name.includes(" ")).map(containerOf));

/** Bytes of a name, more than any command's. */
const LONGEST_NAME = 64;
/** Arguments of one command, name included. */
const MOST_ARGUMENTS = 10_000;

/** Names of families that are the exporter's own, and how others of them begin; without the namespace. */
export const { own_families: OWN_FAMILIES, own_prefix: OWN_PREFIX } = RULES;

/** A command that is not sent, whoever grants it; the message says why. */
export class Forbidden extends Error {}

/** The words of a name that somebody wrote. */
export function wordsOf(name) {
  return name.split(/\p{White_Space}+/u).filter((word) => word !== "");
}

/** The command that a subcommand belongs to. */
export function containerOf(name) {
  return name.split(" ", 1)[0];
}

/**
 * What a command reads, by its words: `{ name, reads, key }`, `reads` being "keys", "statistics" or "server", and `key` the place
 * of its first key, 0 where there is none at a fixed place. Throws Forbidden.
 */
export function readOf(args) {
  const [name, rule] = entryOf(args);
  if (rule.refused !== undefined) throw new Forbidden(`${name} ${rule.refused}`);
  if (args.length > MOST_ARGUMENTS) throw new Forbidden(`${name} has more than ${MOST_ARGUMENTS} arguments: send it in parts`);
  const { usage, least, most, reads, key } = rule;
  const given = args.length - lengthOf(name);
  if (given < least || (most !== -1 && given > most)) throw new Forbidden(`${name} is written otherwise: ${usage}`);
  return { name, reads, key };
}

/**
 * What an ask for this name allows to read: "keys", "statistics", "server"; for a command with subcommands once for each of its
 * reads. Throws Forbidden.
 */
export function readsNamed(name) {
  const words = wordsOf(name).map(encode);
  const container = words.length === 1 ? upper(words[0]) : null;
  if (CONTAINERS.has(container)) {
    const under = [...COMMANDS].filter(([known]) => containerOf(known) === container).map(([, rule]) => rule);
    const reads = under.flatMap((rule) => rule.reads ?? []);
    if (reads.length === 0) throw new Forbidden(`${container} has no reads`);
    return reads;
  }
  const [found, { refused, reads }] = entryOf(words);
  if (words.length > lengthOf(found)) throw unknown(words);
  if (refused !== undefined) throw new Forbidden(`${found} ${refused}`);
  return [reads];
}

/** Name and rule of a command. A subcommand is a word of its own. Throws Forbidden. */
function entryOf(args) {
  const name = args.length > 0 ? upper(args[0]) : null;
  if (!CONTAINERS.has(name)) return found(name) ?? fail(unknown(args.slice(0, 1)));
  if (args.length > 1) return found(`${name} ${upper(args[1])}`) ?? fail(unknown(args.slice(0, 2)));
  return found(name) ?? fail(new Forbidden(`${name} needs a subcommand`));
}

function found(name) {
  const rule = COMMANDS.get(name);
  return rule === undefined ? undefined : [name, rule];
}

function fail(error) {
  throw error;
}

/** For what is not in the table. */
function unknown(words) {
  const [first = "", ...others] = words.map((word) => escaped(word.subarray(0, LONGEST_NAME)));
  if (first.includes(" ")) {
    return new Forbidden(`"${first}" is one word: give the name and each argument as a word of its own`);
  }
  const name = [first, ...others].join(" ");
  return new Forbidden(`${name === "" ? "a command without a name" : name} is not in redwasp's table of reads`);
}

/** A word as the table has it; null for one that is in no name. */
function upper(word) {
  const text = word.length <= LONGEST_NAME ? latin1(word) : "";
  return /^[!-~]+$/.test(text) ? text.toUpperCase() : null;
}

function lengthOf(name) {
  return name.split(" ").length;
}
