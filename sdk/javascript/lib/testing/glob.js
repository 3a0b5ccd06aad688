/** Patterns of keys, for the bench. */

const STAR = 0x2a;
const ONE = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const ESCAPE = 0x5c;
const NOT = 0x5e;
const TO = 0x2d;

/** Whether a key fits a pattern of SCAN MATCH. In the few keys of a test, trying again is cheap. */
export function matches(pattern, key) {
  if (pattern.length === 0) return key.length === 0;
  const rest = pattern.subarray(1);
  if (pattern[0] === STAR) {
    for (let skipped = 0; skipped <= key.length; skipped++) {
      if (matches(rest, key.subarray(skipped))) return true;
    }
    return false;
  }
  if (key.length === 0) return false;
  const others = key.subarray(1);
  if (pattern[0] === ONE) return matches(rest, others);
  if (pattern[0] === OPEN) {
    const [fits, after] = inClass(rest, key[0]);
    return fits && matches(after, others);
  }
  if (pattern[0] === ESCAPE && pattern.length > 1) return pattern[1] === key[0] && matches(pattern.subarray(2), others);
  return pattern[0] === key[0] && matches(rest, others);
}

/** Whether a byte is in the class that begins after its bracket, and what follows the class. */
function inClass(pattern, byte) {
  const isNot = pattern[0] === NOT;
  let rest = isNot ? pattern.subarray(1) : pattern;
  let isIn = false;
  while (rest.length > 0) {
    if (rest[0] === CLOSE) {
      rest = rest.subarray(1);
      break;
    }
    let [first, last, length] = [rest[0], rest[0], 1];
    if (rest[0] === ESCAPE && rest.length > 1) [first, last, length] = [rest[1], rest[1], 2];
    else if (rest[1] === TO && rest.length > 2) [last, length] = [rest[2], 3];
    isIn ||= byte >= Math.min(first, last) && byte <= Math.max(first, last);
    rest = rest.subarray(length);
  }
  return [isIn !== isNot, rest];
}
