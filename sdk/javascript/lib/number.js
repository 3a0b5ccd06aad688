/** Numbers in texts, as Redis writes them. */

const INTEGER = /^[+-]?[0-9]+$/;
const FLOAT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const WORD = /^([+-]?)(inf(?:inity)?|nan)$/i;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/**
 * A signed integer of 64 bits: a Number where that is exact, else a BigInt; null when it is none.
 * @param {string} text
 * @returns {number | bigint | null}
 */
export function integer(text) {
  if (!INTEGER.test(text)) return null;
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  const exact = BigInt(text[0] === "+" ? text.slice(1) : text);
  return exact >= LEAST && exact <= MOST ? exact : null;
}

/**
 * A number; also inf, infinity and nan in upper and lower case. null when it is none.
 * @param {string} text
 * @returns {number | null}
 */
export function float(text) {
  if (FLOAT.test(text)) return Number(text);
  const word = WORD.exec(text);
  if (word === null) return null;
  if (word[2].toLowerCase() === "nan") return NaN;
  return word[1] === "-" ? -Infinity : Infinity;
}
