/**
 * Mends the engine of a component: what it lacks, and what in it would end a call without a word. Imported for its effect, by
 * components only.
 */

import { NO_CLOCK, said, words } from "./calls.js";
import { mend } from "./clock.js";
import { boundJson } from "./depth.js";
import { TextDecoder, TextEncoder } from "./text.js";

const console = {};
const LEVELS = { trace: "trace", debug: "debug", log: "info", info: "info", warn: "warn", error: "error" };
for (const [name, level] of Object.entries(LEVELS)) {
  console[name] = (...values) => said(level, values.map(words).join(" "), {});
}

globalThis.console = console;
globalThis.TextEncoder ??= TextEncoder;
globalThis.TextDecoder ??= TextDecoder;

// The engine's own clock ends the call, because a component imports none; at the build it would be that of the build.
mend(() => {
  throw new Error(NO_CLOCK);
}, () => 0.5);
boundJson();
globalThis.performance = { now: Date.now, timeOrigin: 0 };
