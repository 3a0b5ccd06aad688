/** What the daemon asks of every plan, so that a test sees it first. */

import { encode } from "../utf8.js";
import { faultOfFamilies, LONGEST_NAME, MOST_FAMILIES } from "./families.js";
import { Forbidden, readOf, readsNamed } from "./rules.js";
import { sizeOf } from "./texts.js";

/** Sweeps of a plan, and reads of one. */
const MOST_SWEEPS = 256;
const MOST_READS = 16;
/** Bytes of a prefetch and of all sweeps, and what each part costs besides its own. */
const MOST_BYTES = 1 << 20;
const OVERHEAD = 32;
/** Bytes of all asks, and of a pattern. */
const MOST_ASKED = 16 << 10;
const LONGEST_PATTERN = 1024;
/** Problems of asks that are told. */
const MOST_PROBLEMS = 16;

/** The daemon would not take the plan; the message is the daemon's. */
export class MalformedPlan extends Error {}
Object.defineProperty(MalformedPlan.prototype, "name", { value: "MalformedPlan" });

/** Throws the first thing that is wrong with a plan, and of its asks all that is. */
export function checkPlan({ families, latePrefixes, asks, prefetch, sweeps }) {
  const fault = faultOfFamilies(families);
  if (fault !== null) throw new MalformedPlan(fault);
  checkAsks(asks);
  checkPrefetch(prefetch);
  checkSweeps(sweeps);
  checkLatePrefixes(latePrefixes);
}

function checkAsks(asks) {
  const size = sum(asks, ({ commands, keys, databases }) =>
    sum([...commands, ...keys], (text) => sizeOf(text) + 1) + 4 * (databases.length + 1));
  const problems = size > MOST_ASKED
    ? [`asks: ${size} bytes of commands, keys and databases, more than the ${MOST_ASKED} allowed`]
    : asks.flatMap((ask, place) => problemsOf(ask, `asks[${place}]`));
  if (problems.length > 0) throw new MalformedPlan(problems.slice(0, MOST_PROBLEMS).join("; "));
}

function problemsOf({ commands, keys }, at) {
  const problems = [];
  let readsKeys = false;
  for (const name of commands) {
    const reads = orForbidden(() => readsNamed(name), (text) => void problems.push(`${at}.commands: ${text}`)) ?? [];
    readsKeys ||= reads.includes("keys");
    if (keys.length === 0 && reads.length > 0 && reads.every((read) => read === "keys")) {
      problems.push(`${at}.keys: ${name} reads keys, and no pattern says which`);
    }
  }
  if (keys.length > 0 && !readsKeys) {
    problems.push(`${at}.commands: none of them reads keys, and there are patterns of keys`);
  }
  const long = keys.map(sizeOf).filter((size) => size > LONGEST_PATTERN);
  const tooLong = (size) => `${at}.keys: a pattern of ${size} bytes matches nothing: ${LONGEST_PATTERN} are taken`;
  return [...problems, ...long.map(tooLong)];
}

function checkPrefetch(commands) {
  const size = sum(commands, ({ args }) => OVERHEAD + sizeOfWords(args));
  if (size > MOST_BYTES) throw new MalformedPlan(`${size} bytes of commands to prefetch, more than the ${MOST_BYTES} allowed`);
  commands.forEach(({ args }) => void readable(args));
}

function checkSweeps(sweeps) {
  if (sweeps.length > MOST_SWEEPS) throw new MalformedPlan(`${sweeps.length} sweeps, more than the ${MOST_SWEEPS} allowed`);
  const ofTypes = (types) => sizeOfWords(types.map(encode));
  const ofRead = ({ before, after, types }) => sizeOfWords(before) + sizeOfWords(after) + ofTypes(types);
  const size = sum(sweeps, ({ pattern, types, reads }) => OVERHEAD + pattern.length + ofTypes(types) + sum(reads, ofRead));
  if (size > MOST_BYTES) throw new MalformedPlan(`${size} bytes of sweeps, more than the ${MOST_BYTES} allowed`);
  for (const { pattern, reads } of sweeps) {
    if (reads.length > MOST_READS) {
      throw new MalformedPlan(`${reads.length} reads in a sweep, more than the ${MOST_READS} allowed`);
    }
    if (pattern.length > LONGEST_PATTERN) {
      throw new MalformedPlan(`a pattern of a sweep with ${pattern.length} bytes: ${LONGEST_PATTERN} are taken`);
    }
    reads.forEach(checkKeyRead);
  }
}

/** The key has to be where the command has its first. Where that is at no fixed place, `redwasp plugin build` says it. */
function checkKeyRead({ before, after }) {
  const { name, reads, key } = readable([...before, encode("key"), ...after]);
  if (reads !== "keys" || (key !== 0 && key !== before.length)) {
    throw new MalformedPlan(`${name} as a read of a sweep has to read the key that it is about, and no other`);
  }
}

function checkLatePrefixes(prefixes) {
  if (prefixes.length > MOST_FAMILIES) {
    throw new MalformedPlan(`${prefixes.length} late prefixes, more than the ${MOST_FAMILIES} families allowed`);
  }
  const longest = Math.max(0, ...prefixes.map(sizeOf));
  if (longest > LONGEST_NAME) {
    throw new MalformedPlan(`a late prefix of ${longest} bytes, more than the ${LONGEST_NAME} allowed`);
  }
}

/** What a command of a plan reads; that it stands there is asking for it. */
function readable(args) {
  return orForbidden(() => readOf(args), (text) => {
    throw new MalformedPlan(`${text}; no grant allows it`);
  });
}

/** What is found, or what is made of the text that says why it is forbidden. */
function orForbidden(find, told) {
  try {
    return find();
  } catch (error) {
    if (error instanceof Forbidden) return told(error.message);
    throw error;
  }
}

function sizeOfWords(words) {
  return sum(words, (word) => OVERHEAD + word.length);
}

function sum(list, of) {
  return list.reduce((before, item) => before + of(item), 0);
}
