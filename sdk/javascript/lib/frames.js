/** What is told of an exception that nobody expected: its type, its message, and where in the author's source. */

import { kindOf } from "./values.js";

const MOST_FRAMES = 5;
const MOST_CAUSES = 3;
const FRAME = /^\s*at (?:(.*?) \()?(?:file:\/\/)?([^()]*?):(\d+):(\d+)\)?$/;

/** The folder that this file is in, as the engine's own frames name it. */
const SDK = framesOf(new Error("").stack)[0]?.file.replace(/[^/]*$/, "");

let root = globalThis.process?.cwd ? `${globalThis.process.cwd()}/` : "/";

/** The author's project: frames are told relative to it. A component learns it when it is built. */
export function setRoot(path) {
  root = path;
}

/**
 * An exception in a few lines, and what it says was its cause.
 * @param {unknown} thrown
 * @returns {string}
 */
export function told(thrown) {
  if (!(thrown instanceof Error)) return `an exception that is no Error: ${shown(thrown)}`;
  const lines = [`${nameOf(thrown)}: ${thrown.message}`, ...frames(thrown, MOST_FRAMES)];
  let { cause } = thrown;
  for (let causes = 0; cause !== undefined && causes < MOST_CAUSES; causes++) {
    const isError = cause instanceof Error;
    lines.push(`  because of ${isError ? `${nameOf(cause)}: ${cause.message}` : shown(cause)}`);
    if (isError) lines.push(...frames(cause, 1));
    cause = isError ? cause.cause : undefined;
  }
  return lines.join("\n");
}

/**
 * Where an Error was thrown: lines "  at …" of the author's frames, the innermost first.
 * @param {Error} error
 * @param {number} most
 */
export function frames(error, most) {
  const lines = [];
  for (const { name, file, line, column } of framesOf(error.stack)) {
    const isOurs = (SDK !== undefined && file.startsWith(SDK)) || file.startsWith("node:");
    // A class of errors has a constructor: it is not where the fault is.
    const isOfError = lines.length === 0 && name !== undefined && name.replace(/^new /, "") === error.constructor?.name;
    if (isOurs || isOfError) continue;
    const place = `${file.startsWith(root) ? file.slice(root.length) : file}:${line}:${column}`;
    lines.push(name ? `  at ${name} (${place})` : `  at ${place}`);
    if (lines.length === most) break;
  }
  return lines;
}

/** A class of the author's has its own name here, though its instances say "Error". */
function nameOf(error) {
  return error.name === "Error" ? error.constructor?.name || "Error" : error.name;
}

function shown(value) {
  try {
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  } catch {
    return kindOf(value);
  }
}

function framesOf(stack) {
  const frames = [];
  for (const line of String(stack ?? "").split("\n")) {
    const match = FRAME.exec(line);
    if (match !== null) frames.push({ name: match[1], file: match[2], line: match[3], column: match[4] });
  }
  return frames;
}
