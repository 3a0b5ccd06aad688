/** Values of the author, checked before they cross the boundary. */

/** A value in words, for messages. */
export function kindOf(value) {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  const kind = typeof value;
  return kind === "object" ? "an object" : kind === "bigint" ? "a BigInt" : `a ${kind}`;
}

/**
 * A string as the contract takes it: half of a surrogate pair becomes U+FFFD, because it has no UTF-8.
 * @param {string} value
 * @param {string} what What it is, for the error.
 */
export function wellFormed(value, what) {
  if (typeof value !== "string") throw new TypeError(`${what}: expected a string, found ${kindOf(value)}`);
  // Node 18 has no isWellFormed; the engine of components has, and it is faster.
  return value.isWellFormed?.() ? value : value.replace(/[\ud800-\udfff]/gu, "\ufffd");
}
