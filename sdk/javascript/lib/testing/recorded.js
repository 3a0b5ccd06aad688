/** What `redwasp plugin record` wrote. */

import { fromLatin1 } from "../utf8.js";

/** A recording's server, time, state, configuration, answers by command, nodes, and keys. */
export function read(text) {
  const recording = JSON.parse(text);
  if (recording.redwasp !== "recording/1") {
    throw new Error(`expected a recording/1, found ${JSON.stringify(recording.redwasp)}`);
  }
  const { server, unix_ms: unixMs, state, prefetched, calls, sweep, config } = recording;
  const asked = calls.flatMap((call) => call.pipeline?.answers ?? []);
  return {
    server,
    unixMs,
    state: state === null ? null : { pluginVersion: state.plugin_version, bytes: fromLatin1(state.bytes) },
    answers: [...prefetched, ...asked].map(({ command, ...answer }) => [wordsOf(command), answerOf(answer)]),
    // Instead of nodes there may be an error: then they are those that a bench has.
    nodes: calls.findLast(({ nodes }) => Array.isArray(nodes))?.nodes.map((node) => ({ extra: [], ...node })),
    keys: (sweep?.pages ?? []).flatMap((page) => page.keys.map((key) => keyOf(page.sweep, key))),
    config: config ?? {},
    complete: sweep?.complete ?? true,
  };
}

function keyOf(sweep, { key, kind, reads }) {
  return { sweep, name: fromLatin1(key), type: kind, reads: reads.map((read) => (read === null ? null : answerOf(read))) };
}

function wordsOf({ args }) {
  return args.map((arg) => new TextDecoder().decode(fromLatin1(arg))).join(" ");
}

function answerOf(answer) {
  if (answer.reply !== undefined) return { tag: "ok", val: fromLatin1(answer.reply) };
  const [[tag, val]] = Object.entries(answer.error);
  switch (tag) {
    case "timeout": return { tag: "err", val: { tag } };
    case "server": return { tag: "err", val: { tag, val: { code: val[0], message: val[1] } } };
    default: return { tag: "err", val: { tag, val } };
  }
}
