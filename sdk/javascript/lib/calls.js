/** What is true while one call of the contract lasts: who hosts it, its clock, and what it said. */

import { kindOf, wellFormed } from "./values.js";

/** Lines that a collector without a log may say in one call. */
const MOST_LINES = 20;

export const NO_CLOCK = "there is no clock here; in collect, Date.now() is request.unixMs";

/** The call that is under way. `redis` and `log` are the contract's imports; null where the world has none. */
let call = null;

/**
 * Runs a call of the contract.
 * @param {{ redis: object | null, log: object | null }} host
 * @param {number | null} unixMs Its clock; null for calls that have none.
 * @param {() => T} run
 * @param {string[]} lines Gets what is said, where there is no log.
 * @returns {T}
 * @template T
 */
export function during(host, unixMs, run, lines) {
  const before = call;
  call = { host, unixMs, lines, random: seed(unixMs ?? 0) };
  try {
    return run();
  } finally {
    call = before;
  }
}

/** Whether a call is under way. */
export function isUnderWay() {
  return call !== null;
}

/** Says something in the daemon's log. */
export function said(level, message, fields) {
  const pairs = Object.entries(fields).map(([name, value]) => [wellFormed(name, "a field"), words(value)]);
  const text = words(message);
  if (call?.host.log) {
    call.host.log.write(level, text, pairs);
  } else if (call !== null && level !== "trace" && level !== "debug" && call.lines.length < MOST_LINES) {
    call.lines.push([`${level}: ${text}`, ...pairs.map((pair) => pair.join("="))].join(" "));
  }
}

/** When the scrape began; null while no call is under way. In a call without a clock an error, rather than another time. */
export function now() {
  if (call === null) return null;
  if (call.unixMs === null) throw new Error(NO_CLOCK);
  return call.unixMs;
}

/** A number from 0 to 1, in every call the same ones for the same request; null while no call is under way. */
export function random() {
  if (call === null) return null;
  // Mulberry32: short, and its whole state is one number.
  call.random = call.random + 0x6d2b79f5 | 0;
  let mixed = Math.imul(call.random ^ call.random >>> 15, 1 | call.random);
  mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
  return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
}

function seed(unixMs) {
  return unixMs % 2 ** 32 | 0;
}

/** A value of any type as a text for the log. */
export function words(value) {
  if (typeof value === "string") return wellFormed(value, "");
  if (value instanceof Error) return wellFormed(`${value.name}: ${value.message}`, "");
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return wellFormed(JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)), "");
  } catch {
    return kindOf(value);
  }
}
