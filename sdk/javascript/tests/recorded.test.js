import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Command, KeyRead, Sweep, Sweeper, Timeout } from "../lib/index.js";
import { matches } from "../lib/testing/glob.js";
import { Bench } from "../lib/testing.js";
import { encode } from "../lib/utf8.js";

const recording = {
  redwasp: "recording/1",
  plugin: "tried",
  version: "1.0.0",
  digest: "sha256:0",
  config: { a: 1 },
  server: {
    product: "valkey",
    version: "9.1.2",
    mode: "cluster",
    role: "slave",
    databases: 1,
    extra: [["keys", "node"]],
  },
  target: { name: "redis://a", labels: [], node: "", extra: [] },
  unix_ms: 1763800000000,
  state: { plugin_version: "1.0.0", bytes: "\u00ff" },
  prepared: "",
  prefetched: [
    { command: { database: 0, args: ["GET", "k\u00c3\u00bc"] }, reply: "$1\r\n\u00ff\r\n" },
    { command: { database: 0, args: ["GET", "b"] }, error: { timeout: true } },
  ],
  calls: [
    {
      pipeline: {
        route: "automatic",
        answers: [{ command: { database: 0, args: ["LLEN", "l"] }, error: { denied: "no" } }],
        failed: false,
      },
    },
    { nodes: { error: { timeout: true } } },
    { nodes: [{ id: "n", address: "a:1", role: "master", shard: "s", primary: "", slots: [[0, 5]], newer: 1 }] },
  ],
  sweep: {
    pages: [
      {
        sweep: 1,
        keys: [
          { key: "k\u00ff", kind: "hash", reads: [null, { reply: ":5\r\n" }, { error: { server: ["ERR", "x"] } }] },
        ],
      },
    ],
    complete: false,
  },
};

class Tried extends Sweeper {
  static description = { name: "tried", version: "1.0.0", summary: "" };

  configure(config, server, plan) {
    assert.equal(server.product, "valkey");
    this.first = plan.prefetch(new Command("GET").arg("kü"));
    this.second = plan.prefetch(new Command("GET").arg("b"));
    plan.sweep(new Sweep("other:*"));
    const sweep = new Sweep("no:*");
    this.reads = [1, 2, 3, 4].map(() => sweep.read(new KeyRead("GET")));
    plan.sweep(sweep);
    plan.ask(["LLEN"], ["l"]);
  }

  collect(request, report) {
    assert.deepEqual(request.reply(this.first).bytes(), Uint8Array.of(255));
    assert.throws(() => request.reply(this.second), Timeout);
    assert.throws(() => request.pipeline([new Command("LLEN").arg("l")]).reply(0), /^Denied: no$/);
    const [node] = request.nodes();
    assert.deepEqual([node.address, node.slots, node.extra], ["a:1", [[0, 5]], []]);
    assert.deepEqual(request.state, { pluginVersion: "1.0.0", bytes: Uint8Array.of(255) });
    assert.equal(request.saved(), undefined, "a state of another form is none");
    report.warn(String(request.unixMs));
  }

  begin() {
    return [];
  }

  page(run, request, page) {
    for (const key of page.keys) {
      assert.equal(key.reply(this.reads[0]), null);
      run.push(page.sweep, key.text, key.reply(this.reads[1]).integer());
      assert.throws(() => key.reply(this.reads[2]), /^ServerError: ERR x$/);
      assert.throws(() => key.reply(this.reads[3]), /^Denied: the recording has no such read$/);
    }
  }

  end(run, complete, report) {
    report.warn(`${run} ${complete}`);
  }
}

test("a recording is a server with its replies, its state and its keys", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "recorded-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "a.json");
  writeFileSync(file, JSON.stringify(recording));
  assert.deepEqual(Bench.recorded(file).collect(Tried).warnings(), ["1763800000000"]);
  assert.deepEqual(Bench.recorded(file).sweep(Tried).warnings(), ["1,k\\xff,5 false"]);
  assert.deepEqual(Bench.recorded(file).config(), { a: 1 });
  const none = { ...recording, config: null, calls: recording.calls.slice(0, 2) };
  writeFileSync(file, JSON.stringify(none));
  assert.deepEqual(Bench.recorded(file).config(), {});
  assert.deepEqual(Bench.recorded(file).sweep(Tried).warnings(), ["1,k\\xff,5 false"], "nodes that failed are none");
  writeFileSync(file, '{"redwasp": "recording/2"}');
  assert.throws(() => Bench.recorded(file), /expected a recording\/1, found "recording\/2"/);
});

test("patterns are those of the servers", () => {
  for (const [pattern, key, fits] of [
    ["*", "", true],
    ["a*c", "abc", true],
    ["a*c", "abd", false],
    ["a?c", "abc", true],
    ["a?", "a", false],
    ["[a-c]x", "bx", true],
    ["[c-a]x", "bx", true],
    ["[^a-c]x", "bx", false],
    ["[^a-c]x", "dx", true],
    ["[\\]]x", "]x", true],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["a", "ab", false],
    ["*:[0-9]*", "order:7", true],
  ]) {
    assert.equal(matches(encode(pattern), encode(key)), fits, `${pattern} ${key}`);
  }
});
