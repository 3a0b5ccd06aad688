/** Numbers in texts, as Redis writes them, and nothing else: no spaces, no empty text, no hexadecimal digits. */

const INTEGER = /^[+-]?[0-9]+$/;
const FLOAT = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const WORD = /^([+-]?)(inf(?:inity)?|nan)$/i;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
/** Digits of an integer of 64 bits. */
const MOST_DIGITS = 19;
/** Who writes to Redis chooses the text. The longest number that a server writes has some 330 characters. */
const LONGEST = 400;

/**
 * A signed integer of 64 bits: a Number where that is exact, else a BigInt; undefined when it is none.
 * @param {string} text
 * @returns {number | bigint | undefined}
 */
export function integer(text) {
  if (text.length > LONGEST || !INTEGER.test(text)) return undefined;
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  const digits = text.replace(/^[+-]?0*/, "");
  if (digits.length > MOST_DIGITS) return undefined;
  const exact = BigInt(text[0] === "-" ? `-${digits}` : digits);
  return exact >= LEAST && exact <= MOST ? exact : undefined;
}

/**
 * A number; also inf, infinity and nan in upper and lower case. undefined when it is none.
 * @param {string} text
 * @returns {number | undefined}
 */
export function float(text) {
  if (text.length > LONGEST) return undefined;
  if (FLOAT.test(text)) return Number(text);
  const word = WORD.exec(text);
  if (word === null) return undefined;
  if (word[2].toLowerCase() === "nan") return NaN;
  return word[1] === "-" ? -Infinity : Infinity;
}
