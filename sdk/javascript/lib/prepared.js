/**
 * A collector's own values as bytes: what `configure` prepared, and what a collect keeps. It is JSON, with tags for what JSON
 * cannot say; what cannot travel is an error that tells its place, instead of being lost.
 */

import { DEEPEST, parse } from "./depth.js";
import { HANDLES } from "./handles.js";
import { decode, encode, fromLatin1, latin1 } from "./utf8.js";
import { kindOf } from "./values.js";

const TAG = "$";

/**
 * @param {unknown} value
 * @param {string} name What it is called in errors.
 * @returns {Uint8Array}
 */
export function pack(value, name) {
  return encode(JSON.stringify(tagged(value, name, [])));
}

/** The value that was packed. Throws an Error when the bytes are something else. */
export function unpack(bytes) {
  return untagged(parse(decode(bytes, () => "\ufffd")));
}

/**
 * What `configure` prepared, with the number of the plan's families: late ones are counted from there.
 * @returns {Uint8Array}
 */
export function packCollector(families, collector) {
  return encode(JSON.stringify([families, tagged({ ...collector }, "this", [])]));
}

/** Both of them again. Throws an Error when the bytes are something else. */
export function unpackCollector(bytes) {
  const [families, fields] = parse(decode(bytes, () => "\ufffd"));
  return { families, fields: untagged(fields) };
}

/** `above` is what the value is in. */
function tagged(value, path, above) {
  switch (typeof value) {
    case "string": case "boolean": return value;
    case "number": return Number.isFinite(value) && !Object.is(value, -0) ? value : tag("number", oddNumber(value));
    case "bigint": return tag("bigint", String(value));
    case "undefined": return tag("undefined", 0);
    case "object": break;
    default: throw new TypeError(`${path}: ${kindOf(value)} cannot travel from call to call`);
  }
  if (value === null) return null;
  if (above.includes(value)) throw new TypeError(`${path}: an object in itself cannot travel from call to call`);
  if (above.length === DEEPEST) throw new TypeError(`${path}: what is nested deeper than ${DEEPEST} cannot travel from call to call`);
  above.push(value);
  const travels = taggedObject(value, path, above);
  above.pop();
  return travels;
}

function taggedObject(value, path, above) {
  if (Array.isArray(value)) return taggedList(value, path, above);
  if (value instanceof Uint8Array) return tag("bytes", latin1(value));
  if (value instanceof Map) return tag("map", taggedList([...value].flat(), path, above));
  if (value instanceof Set) return tag("set", taggedList([...value], path, above));
  if (value instanceof RegExp) return tag("regexp", [value.source, value.flags]);
  const prototype = Object.getPrototypeOf(value);
  const type = prototype?.constructor;
  const isHandle = type !== undefined && HANDLES[type.name] === type;
  if (!isHandle && type !== undefined && type !== Object) {
    throw new TypeError(`${path}: an object of the class ${type.name} cannot travel from call to call; plain data can`);
  }
  const entries = Object.entries(value);
  for (const entry of entries) entry[1] = tagged(entry[1], `${path}.${entry[0]}`, above);
  if (prototype === null) return tag("bare", entries);
  const plain = Object.fromEntries(entries);
  if (isHandle) return tag(type.name, plain);
  return Object.hasOwn(plain, TAG) ? tag("object", entries) : plain;
}

// Loops: a callback for each level would take the stack of a component.
function taggedList(values, path, above) {
  const list = [];
  for (let place = 0; place < values.length; place++) list.push(tagged(values[place], `${path}[${place}]`, above));
  return list;
}

function oddNumber(value) {
  return value === 0 ? "-0" : String(value);
}

function tag(kind, value) {
  return { [TAG]: kind, v: value };
}

function untagged(value) {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return untaggedList(value);
  const inner = value.v;
  switch (value[TAG]) {
    case undefined: return Object.fromEntries(untaggedEntries(Object.entries(value)));
    case "number": return Number(inner);
    case "bigint": return BigInt(inner);
    case "undefined": return undefined;
    case "bytes": return fromLatin1(inner);
    case "map": return new Map(pairs(untaggedList(inner)));
    case "set": return new Set(untaggedList(inner));
    case "regexp": return new RegExp(...inner);
    case "object": return Object.fromEntries(untaggedEntries(inner));
    case "bare": return Object.setPrototypeOf(Object.fromEntries(untaggedEntries(inner)), null);
    default: return Object.assign(Object.create(HANDLES[value[TAG]].prototype), inner);
  }
}

function untaggedList(values) {
  for (let place = 0; place < values.length; place++) values[place] = untagged(values[place]);
  return values;
}

function untaggedEntries(entries) {
  for (const entry of entries) entry[1] = untagged(entry[1]);
  return entries;
}

function pairs(flat) {
  const pairs = [];
  for (let place = 0; place < flat.length; place += 2) pairs.push([flat[place], flat[place + 1]]);
  return pairs;
}
