/** A bound for nesting: what is too deep would use up the stack of a component, which nothing can catch. */

import { isUnderWay } from "./calls.js";

/** How deep JSON and values that travel may be. */
export const DEEPEST = 64;

/** Brackets, and where strings begin. */
const MARK = /["[\]{}]/g;

/** JSON.parse without the bound, for what the SDK wrote itself. */
export const { parse } = JSON;

/** Whether more arrays and objects than DEEPEST are open somewhere in a text of JSON. It looks at each character once. */
export function isTooDeep(text) {
  if (opened(text) <= DEEPEST) return false;
  let depth = 0;
  MARK.lastIndex = 0;
  for (let mark = MARK.exec(text); mark !== null; mark = MARK.exec(text)) {
    if (mark[0] === '"') {
      MARK.lastIndex = endOfString(text, MARK.lastIndex);
    } else {
      depth += mark[0] === "[" || mark[0] === "{" ? 1 : -1;
      if (depth > DEEPEST) return true;
    }
  }
  return false;
}

/** Most texts have few brackets at all, which is quick to see. */
function opened(text) {
  return text.split("[", DEEPEST + 2).length + text.split("{", DEEPEST + 2).length - 2;
}

/** Behind the quote that ends a string; `at` is behind the one that begins it. */
function endOfString(text, at) {
  for (let end = text.indexOf('"', at); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (end - escapes > at && text[end - escapes - 1] === "\\") escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Has JSON.parse throw a SyntaxError for what is too deep, while a call of the contract lasts. */
export function boundJson() {
  JSON.parse = function (text, reviver) {
    const whole = String(text);
    if (isUnderWay() && isTooDeep(whole)) throw new SyntaxError(`JSON is nested deeper than ${DEEPEST}`);
    return parse(whole, reviver);
  };
}
