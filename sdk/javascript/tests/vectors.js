/** What is wrong with replies as sdk/resp-vectors.json has them. It needs nothing of Node: components run it too. */

import { decode, Malformed, Mismatch } from "../lib/index.js";
import { fromLatin1, latin1 } from "../lib/utf8.js";

function number(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

function shown(reply) {
  switch (reply.kind) {
    case "null":
      return { null: true };
    case "boolean":
      return { boolean: reply.value };
    case "integer":
      return { integer: String(reply.value) };
    case "double":
      return { double: number(reply.value) };
    case "error":
      return { error: [reply.value.code, reply.value.message] };
    case "verbatim":
      return { verbatim: [reply.format, latin1(reply.value)] };
    case "array":
    case "set":
      return { [reply.kind]: reply.value.map(shown) };
    case "map":
      return { map: reply.value.map((pair) => pair.map(shown)) };
    default:
      return { [reply.kind]: latin1(reply.value) };
  }
}

const ACCESSORS = {
  "is-null": (reply) => reply.isNull,
  bytes: (reply) => latin1(reply.bytes()),
  text: (reply) => reply.text(),
  integer: (reply) => String(reply.bigint()),
  number: (reply) => number(reply.number()),
  elements: (reply) => reply.elements().map(shown),
  entries: (reply) => reply.entries().map((pair) => pair.map(shown)),
  get: (reply, key) => {
    const value = reply.get(fromLatin1(key));
    return value === undefined ? null : shown(value);
  },
};

/** A reply as it is, or how deeply a one is wrapped. */
function valueOf(reply, expected) {
  if (!("depth" in expected)) return shown(reply);
  let depth = 0;
  for (; reply.kind === "array"; depth++) [reply] = reply.value;
  return { depth: reply.value === 1 ? depth : -1 };
}

/** What running gives, or the message of an error of this class. */
function outcome(run, type) {
  try {
    return { gives: run() };
  } catch (error) {
    return error instanceof type ? { fails: error.message } : { fails: `${error.name}: ${error.message}` };
  }
}

/** One line for each vector that comes out differently. */
export function faults({ values, malformed, accessors }) {
  const found = [];
  const check = (what, { bytes }, actual, expected) => {
    const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (is !== wanted) found.push(`${what} of ${JSON.stringify(bytes)}: expected ${wanted}, found ${is}`);
  };
  for (const vector of values) {
    const { bytes, value } = vector;
    check(
      "value",
      vector,
      outcome(() => valueOf(decode(fromLatin1(bytes)), value), Malformed),
      { gives: value },
    );
  }
  for (const vector of malformed) {
    const { bytes, offset, reason } = vector;
    const text = `the reply is not RESP3: ${reason} at byte ${offset}`;
    check(
      "malformed",
      vector,
      outcome(() => decode(fromLatin1(bytes)), Malformed),
      { fails: text },
    );
  }
  for (const vector of accessors) {
    const { bytes, accessor, key, gives, fails } = vector;
    const expected = fails === undefined ? { gives } : { fails };
    const reply = decode(fromLatin1(bytes));
    check(
      accessor,
      vector,
      outcome(() => ACCESSORS[accessor](reply, key), Mismatch),
      expected,
    );
  }
  return found;
}
