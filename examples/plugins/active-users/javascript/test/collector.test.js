import assert from "node:assert/strict";
import { test } from "node:test";

import { Invalid, ServerError } from "redwasp-sdk";
import { array, Bench, integer, server } from "redwasp-sdk/testing";

import ActiveUsers from "../src/collector.js";

const WRONGTYPE = new ServerError("WRONGTYPE", "Operation against a key holding the wrong kind of value");
const bench = () => new Bench(server("redis", "7.0.15"));

test("each set is one sample", () => {
  const page = bench().reply("SCARD users:human", integer(3)).reply("SCARD users:bot", integer(0)).collect(ActiveUsers);
  assert.equal(
    page.text("redis"),
    "# HELP redis_active_users Members of the set of active users.\n" +
      "# TYPE redis_active_users gauge\n" +
      'redis_active_users{user_type="human"} 3\n' +
      'redis_active_users{user_type="bot"} 0\n',
  );
  assert.deepEqual([page.warnings(), page.isPartial()], [[], false]);
});

test("a set that cannot be counted is left out, and that is told", () => {
  const page = bench().error("SCARD users:human", WRONGTYPE).reply("SCARD users:bot", integer(2)).collect(ActiveUsers);
  assert.equal(page.value("active_users", { user_type: "human" }), undefined);
  assert.equal(page.value("active_users", { user_type: "bot" }), 2);
  assert.deepEqual(page.warnings(), [
    "SCARD users:human: WRONGTYPE Operation against a key holding the wrong kind of value",
  ]);
  assert.ok(page.isPartial());
});

test("denials, timeouts and odd replies are told as well", () => {
  const config = { sets: ["a", "b", "c"].map((key) => ({ key, type: key })) };
  const page = bench().denied("SCARD a").timeout("SCARD b").reply("SCARD c", array()).collect(ActiveUsers, config);
  assert.deepEqual(page.warnings(), [
    "SCARD a: SCARD a is not granted",
    "SCARD b: no reply in time",
    "SCARD c: the reply holds an array where an integer was expected",
  ]);
  assert.equal(page.text("redis"), "");
});

test("two sets of one type: the second is not used", () => {
  const config = {
    sets: [
      { key: "a", type: "human" },
      { key: "b", type: "human" },
      { key: "c", type: "bot" },
    ],
  };
  const page = bench().reply("SCARD a", integer(1)).reply("SCARD c", integer(5)).collect(ActiveUsers, config);
  assert.deepEqual(page.problems(), [{ pointer: "/sets/1/type", message: '"human" is there twice' }]);
  assert.equal(page.value("active_users", { user_type: "human" }), 1);
  assert.equal(page.value("active_users", { user_type: "bot" }), 5);
});

test("a wrong configuration is refused with every problem", () => {
  const config = { sets: [{ key: 1, type: "human" }, { key: "b" }], set: [] };
  assert.throws(
    () => bench().collect(ActiveUsers, config),
    (error) => {
      assert.ok(error instanceof Invalid);
      assert.deepEqual(
        error.problems.map(({ pointer }) => pointer),
        ["/sets/0/key", "/sets/1", "/set"],
      );
      assert.equal(error.problems[0].message, "expected a string, found a number");
      assert.equal(error.problems[1].message, '"type" is missing');
      return true;
    },
  );
});
