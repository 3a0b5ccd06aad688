/**
 * Types of configurations, stated once: they give the JSON Schema of the description, and check what `configure` is given.
 *
 * Every type takes options: `description`, `default` (makes a field of an object optional), `optional: true` (a field that may
 * be missing, and is then undefined), and those of its kind. Other options are a TypeError, a default that does not fit is a
 * RangeError: both end the build.
 */

import { kindOf } from "./values.js";

/** What every type takes. */
const COMMON = ["description", "default", "optional"];

class Type {
  /** `kind` is the function's name, `own` are the options that only it takes. */
  constructor(kind, own, options, schema, read) {
    checkOptions(kind, [...own, ...COMMON], options);
    this.options = options;
    const { description, default: value } = options;
    this.schema = {
      ...(description === undefined ? {} : { description }),
      ...schema,
      ...(value === undefined ? {} : { default: value }),
    };
    this.read = read;
    if (value !== undefined) this.#checkDefault(kind, value);
  }

  /** What does not fit is a fault of the author's: it shall not be the operator who is told. */
  #checkDefault(kind, value) {
    const problems = [];
    this.read(copy(value), "", problems);
    if (problems.length > 0) {
      const told = problems.map(({ pointer, message }) => (pointer === "" ? message : `${pointer}: ${message}`));
      throw new RangeError(`the default of config.${kind} does not fit: ${told.join("; ")}`);
    }
  }
}

function checkOptions(kind, known, options) {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`config.${kind} has no option ${unknown}; there are ${known.join(", ")}`);
  }
  const { pattern } = options;
  if (pattern !== undefined && !(pattern instanceof RegExp && /^u?$/.test(pattern.flags))) {
    throw new TypeError(`config.${kind}: pattern is to be a RegExp without flags other than u, found ${pattern}`);
  }
}

/** Values are shown where their type is right and they are not. */
const MOST_SHOWN = 60;

function mismatch(expected, value, pointer, problems, isShown = false) {
  const found = isShown ? JSON.stringify(value).slice(0, MOST_SHOWN) : kindOf(value);
  problems.push({ pointer, message: `expected ${expected}, found ${found}` });
}

function simple(kind, own, options, schema, fault) {
  const expected = kind === "integer" ? "an integer" : `a ${kind}`;
  return new Type(kind, own, options, schema, (value, pointer, problems) => {
    const isOfKind = typeof value === (kind === "integer" ? "number" : kind);
    const wanted = isOfKind ? fault(value) : expected;
    if (wanted !== undefined) mismatch(wanted, value, pointer, problems, isOfKind);
    return value;
  });
}

const BOUNDS = ["minimum", "maximum"];
const bounds = ({ minimum, maximum }) => ({
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
});

function outside(what, { minimum, maximum }, value) {
  if (minimum !== undefined && value < minimum) return `${what} of at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `${what} of at most ${maximum}`;
  return undefined;
}

/** true or false. */
export function boolean(options = {}) {
  return simple("boolean", [], options, { type: "boolean" }, () => undefined);
}

/** A number; options `minimum` and `maximum`. */
export function number(options = {}) {
  const schema = { type: "number", ...bounds(options) };
  return simple("number", BOUNDS, options, schema, (value) => outside("a number", options, value));
}

/** An integer of at most 53 bits; options `minimum` and `maximum`. */
export function integer(options = {}) {
  return simple("integer", BOUNDS, options, { type: "integer", ...bounds(options) }, (value) => {
    if (!Number.isInteger(value)) return "an integer";
    if (!Number.isSafeInteger(value)) return "an integer of at most 53 bits";
    return outside("an integer", options, value);
  });
}

/**
 * A string; options `oneOf` (a list of strings), `minLength`, `maxLength` (in characters) and `pattern` (a RegExp without flags
 * other than `u`: a JSON Schema cannot say them).
 */
export function string(options = {}) {
  const { oneOf, minLength, maxLength, pattern } = options;
  const schema = {
    type: "string",
    ...(oneOf === undefined ? {} : { enum: oneOf }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
  };
  return simple("string", ["oneOf", "minLength", "maxLength", "pattern"], options, schema, (value) => {
    const length = [...value].length;
    if (oneOf !== undefined && !oneOf.includes(value)) return `one of ${oneOf.map((word) => JSON.stringify(word)).join(", ")}`;
    if (minLength !== undefined && length < minLength) return `a string of at least ${minLength} characters`;
    if (maxLength !== undefined && length > maxLength) return `a string of at most ${maxLength} characters`;
    return pattern === undefined || pattern.test(value) ? undefined : `a string of the pattern ${pattern.source}`;
  });
}

/** An array of items of one type; options `minItems` and `maxItems`. */
export function array(items, options = {}) {
  const { minItems, maxItems } = options;
  const schema = {
    type: "array",
    items: items.schema,
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
  };
  return new Type("array", ["minItems", "maxItems"], options, schema, (value, pointer, problems) => {
    if (!Array.isArray(value)) return mismatch("an array", value, pointer, problems);
    const fault = (text) => problems.push({ pointer, message: `expected ${text}, found ${value.length}` });
    if (minItems !== undefined && value.length < minItems) fault(`at least ${minItems} items`);
    if (maxItems !== undefined && value.length > maxItems) fault(`at most ${maxItems} items`);
    return value.map((item, place) => items.read(item, `${pointer}/${place}`, problems));
  });
}

/** An object with keys of the author's choice and values of one type. It is read as an object without a prototype. */
export function map(values, options = {}) {
  const schema = { type: "object", additionalProperties: values.schema };
  return new Type("map", [], options, schema, (value, pointer, problems) => {
    if (!isObject(value)) return mismatch("an object", value, pointer, problems);
    const read = Object.create(null);
    for (const [key, item] of Object.entries(value)) read[key] = values.read(item, `${pointer}/${escaped(key)}`, problems);
    return read;
  });
}

/** An object with these fields and no others: names and types. */
export function object(fields, options = {}) {
  const names = Object.keys(fields);
  const required = names.filter((name) => fields[name].options.default === undefined && !fields[name].options.optional);
  const schema = {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, fields[name].schema])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
  return new Type("object", [], options, schema, (value, pointer, problems) => {
    if (!isObject(value)) return mismatch("an object", value, pointer, problems);
    const read = {};
    for (const name of names) {
      const place = `${pointer}/${escaped(name)}`;
      const { options } = fields[name];
      if (Object.hasOwn(value, name)) read[name] = fields[name].read(value[name], place, problems);
      else if (options.default !== undefined) read[name] = fields[name].read(copy(options.default), place, problems);
      else if (!options.optional) problems.push({ pointer, message: `${JSON.stringify(name)} is missing` });
    }
    for (const name of Object.keys(value).filter((name) => !Object.hasOwn(fields, name))) {
      const known = names.length === 0 ? "there are none" : `there are ${names.join(", ")}`;
      problems.push({ pointer: `${pointer}/${escaped(name)}`, message: `there is no such key; ${known}` });
    }
    return read;
  });
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function copy(value) {
  return JSON.parse(JSON.stringify(value));
}

/** A key as a part of a JSON Pointer. */
export function escaped(key) {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
