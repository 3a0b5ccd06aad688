/** Goes wrong in a file of its own, so that its name is in the frames. */
export function outer(value) {
  return inner(value);
}

function inner(value) {
  return value.missing.property;
}

export class OddFault extends Error {}
