import assert from "node:assert/strict";
import { test } from "node:test";

import { Denied, Invalid, NotApplicable } from "redwasp-sdk";
import { Bench, bulk, server } from "redwasp-sdk/testing";

import {{Name}} from "../src/collector.js";

const bench = () => new Bench(server("redis", "7.0.15"));
const stats = (hits, misses) => bulk(`# Stats\r\nkeyspace_hits:${hits}\r\nkeyspace_misses:${misses}\r\n`);

test("the ratio is hits of all lookups", () => {
  const page = bench().reply("INFO ALL", stats(3, 1)).collect({{Name}});
  assert.equal(page.value("{{name_snake}}_hit_ratio"), 0.75);
  assert.match(page.text("redis"), /^redis_{{name_snake}}_hit_ratio 0\.75$/m);
});

test("with few lookups there is no ratio", () => {
  const few = bench().reply("INFO ALL", stats(3, 1));
  assert.equal(few.collect({{Name}}, { minimum_lookups: 5 }).value("{{name_snake}}_hit_ratio"), undefined);
  assert.equal(few.collect({{Name}}, { minimum_lookups: 4 }).value("{{name_snake}}_hit_ratio"), 0.75);
  assert.equal(bench().reply("INFO ALL", stats(0, 0)).collect({{Name}}).text("redis"), "");
});

test("a server without these statistics is not measured", () => {
  for (const info of [bulk("# Server\r\nredis_version:7.0.15\r\n"), stats("many", ""), stats("0x10", 1)]) {
    assert.throws(() => bench().reply("INFO ALL", info).collect({{Name}}), (error) => {
      assert.ok(error instanceof NotApplicable);
      assert.equal(error.message, "INFO has no keyspace_hits");
      return true;
    });
  }
});

test("a denied command is a failure that says so", () => {
  assert.throws(() => bench().denied("INFO ALL").collect({{Name}}), Denied);
});

test("a wrong configuration is refused with its place", () => {
  assert.throws(() => bench().collect({{Name}}, { minimum_lookups: 0 }), (error) => {
    assert.ok(error instanceof Invalid);
    assert.equal(error.message, "/minimum_lookups: expected an integer of at least 1, found 0");
    return true;
  });
});
