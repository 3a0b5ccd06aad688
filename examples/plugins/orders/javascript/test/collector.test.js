import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Denied, Invalid, ServerError } from "redwasp-sdk";
import { array, Bench, bulk, error, nil, server } from "redwasp-sdk/testing";

import Orders from "../src/collector.js";

const string = (value) => (value === null ? nil() : bulk(value));

/** A bench with orders of [status, amount]; null is a field that is not there. */
function bench(orders) {
  const bench = new Bench(server("redis", "7.0.15"));
  orders.forEach(([status, amount], place) => {
    const key = `order:${place}`;
    bench.key(0, key, "hash").reply(`HMGET ${key} status amount`, array(string(status), string(amount)));
  });
  return bench;
}

test("orders are counted by status, and their amounts by bucket", () => {
  const orders = [
    ["paid", "9.5"],
    ["paid", "50"],
    ["open", "2000"],
    ["open", "10"],
  ];
  const page = bench(orders)
    .key(0, "order:list", "list")
    .key(0, "offer:1", "hash")
    .key(1, "order:9", "hash")
    .sweep(Orders);
  assert.equal(
    page.text("redis"),
    [
      "# HELP redis_order_amount Amounts of orders.",
      "# TYPE redis_order_amount histogram",
      'redis_order_amount_bucket{le="10"} 2',
      'redis_order_amount_bucket{le="50"} 3',
      'redis_order_amount_bucket{le="100"} 3',
      'redis_order_amount_bucket{le="500"} 3',
      'redis_order_amount_bucket{le="1000"} 3',
      'redis_order_amount_bucket{le="+Inf"} 4',
      "redis_order_amount_sum 2069.5",
      "redis_order_amount_count 4",
      "# HELP redis_orders Orders by their status.",
      "# TYPE redis_orders gauge",
      'redis_orders{status="open"} 2',
      'redis_orders{status="paid"} 2',
      "# HELP redis_orders_amount Sum of the amounts of orders by their status.",
      "# TYPE redis_orders_amount gauge",
      'redis_orders_amount{status="open"} 2010',
      'redis_orders_amount{status="paid"} 59.5',
      "# HELP redis_orders_unreadable Orders whose amount is missing or no number.",
      "# TYPE redis_orders_unreadable gauge",
      "redis_orders_unreadable 0",
      "",
    ].join("\n"),
  );
});

test("what is missing or no number is told apart", () => {
  const page = bench([
    [null, "1"],
    ["paid", null],
    ["paid", "much"],
    ["paid", "inf"],
    ["paid", "nan"],
    ["paid", "2"],
  ]).sweep(Orders);
  assert.equal(page.value("orders", { status: "unknown" }), 1);
  assert.equal(page.value("orders", { status: "paid" }), 5);
  assert.equal(page.value("orders_amount", { status: "paid" }), 2);
  assert.equal(page.value("orders_unreadable"), 4);
});

test("statuses beyond the bound are counted as other, first come first served", () => {
  const page = bench(["z", "a", "b", "z", "c"].map((status) => [status, "1"])).sweep(Orders, { max_statuses: 2 });
  const of = (status) => page.value("orders", { status });
  assert.deepEqual([of("z"), of("a"), of("other"), of("b")], [2, 1, 2, undefined]);
});

test("unknown takes a place, and other is one more", () => {
  const orders = [[null, "1"], ["a", "1"], ["b", "1"]];
  const page = bench(orders).sweep(Orders, { max_statuses: 2 });
  const of = (status) => page.value("orders", { status });
  assert.deepEqual([of("unknown"), of("a"), of("other")], [1, 1, 1]);
});

test("statuses are in the order of their bytes, and what is not UTF-8 is a label all the same", () => {
  const odd = Uint8Array.of(0x61, 0xff);
  const page = bench([
    ["\u{1f600}", "1"],
    ["\uff5e", "1"],
    [odd, "1"],
    ["a", "1"],
  ]).sweep(Orders);
  const lines = page
    .text("redis")
    .split("\n")
    .filter((line) => line.startsWith("redis_orders{"));
  assert.deepEqual(
    lines.map((line) => /"(.*)"/.exec(line)[1]),
    ["a", "a\\\\xff", "\uff5e", "\u{1f600}"],
  );
});

test("a walk that ended early says so", () => {
  const page = bench([
    ["paid", "1"],
    ["paid", "1"],
  ])
    .cutShort()
    .sweep(Orders);
  assert.deepEqual(page.warnings(), ["the walk ended early: 2 orders were seen"]);
});

test("without orders there are still a histogram and a count", () => {
  const page = bench([]).sweep(Orders, { buckets: [1] });
  assert.match(page.text("redis"), /redis_order_amount_bucket\{le="1"\} 0\n/);
  assert.equal(page.value("orders_unreadable"), 0);
});

test("bounds that do not ascend are refused", () => {
  assert.throws(
    () => bench([]).sweep(Orders, { buckets: [10, 100, 50, 50] }),
    (error) => {
      assert.ok(error instanceof Invalid);
      assert.deepEqual(error.problems, [
        { pointer: "/buckets/2", message: "50 is not larger than 100" },
        { pointer: "/buckets/3", message: "50 is not larger than 50" },
      ]);
      return true;
    },
  );
});

test("an order that cannot be read ends the walk", () => {
  const read = "HMGET order:1 status amount";
  const one = () => new Bench(server("redis", "7.0.15")).key(0, "order:1", "hash");
  assert.throws(() => one().denied(read).sweep(Orders), Denied);
  assert.throws(() => one().reply(read, error("WRONGTYPE not a hash")).sweep(Orders), ServerError);
});

// The recording is of a server with six keys; the same file is a test in the other languages.
test("what was recorded is counted", () => {
  const file = (name) => new URL(`../../${name}`, import.meta.url);
  const page = Bench.recorded(file("recording.json")).sweep(Orders);
  assert.equal(page.text("redis"), readFileSync(file("recording.prom"), "utf8"));
});

test("a collect reports nothing", () => {
  assert.equal(bench([]).collect(Orders).text("redis"), "");
});
