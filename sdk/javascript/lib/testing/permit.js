/** What a collect or a page may send: what the plan asks for, by the daemon's table of commands. */

import { encode } from "../utf8.js";
import { matches } from "./glob.js";
import { containerOf, Forbidden, readOf, wordsOf } from "./rules.js";
import { escaped } from "./texts.js";

/** Bytes of a key that a text repeats. */
const LONG = 64;

/**
 * Why the daemon denies a command of a pipeline, whatever is granted; null when it does not. Statistics need no ask. Of a command
 * with several keys the first is looked at.
 */
export function denialOf(asks, { database, args }) {
  let read;
  try {
    read = readOf(args);
  } catch (error) {
    if (error instanceof Forbidden) return `${error.message}; no grant allows it`;
    throw error;
  }
  const key = read.key > 0 ? args[read.key] : null;
  if (read.reads === "statistics" || asks.some((ask) => covers(ask, read, database, key))) return null;
  const what = [read.name, ...(key === null ? [] : [shown(key)]), ...(database === 0 ? [] : [`in database ${database}`])];
  const patterns = read.reads === "keys" ? ", with patterns that its keys fit" : "";
  return `${what.join(" ")} is not among what the plugin asks for: let its plan ask for ${read.name}${patterns}`;
}

/** Whether an ask has this read in it. Only reads of keys are of a database. */
function covers({ commands, keys, databases }, { name, reads }, database, key) {
  const asked = commands.map((command) => wordsOf(command).join(" ").toUpperCase());
  if (!asked.includes(name) && !asked.includes(containerOf(name))) return false;
  if (reads === "keys" && !(databases.length === 0 ? [0] : databases).includes(database)) return false;
  return key === null || keys.some((pattern) => matches(encode(pattern), key));
}

function shown(key) {
  return `${escaped(key.subarray(0, LONG))}${key.length > LONG ? "…" : ""}`;
}
