/** One clock and the same random numbers for every call of the contract, in a component and in a test. */

import { now, random } from "./calls.js";

let isMended = false;

/**
 * Gives Date and Math.random the clock and the numbers of the call that is under way.
 * @param {() => number} otherNow The clock outside of calls.
 * @param {() => number} otherRandom The random numbers outside of calls.
 */
export function mend(otherNow, otherRandom) {
  if (isMended) return;
  isMended = true;
  const EngineDate = globalThis.Date;
  const clock = () => now() ?? otherNow();

  function Date(...args) {
    if (new.target === undefined) return new EngineDate(clock()).toString();
    return Reflect.construct(EngineDate, args.length === 0 ? [clock()] : args, new.target);
  }
  Date.prototype = EngineDate.prototype;
  Date.prototype.constructor = Date;
  Object.setPrototypeOf(Date, EngineDate);
  Date.now = clock;
  globalThis.Date = Date;
  Math.random = () => random() ?? otherRandom();
}
