import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Buckets,
  Command,
  Denied,
  Info,
  KeyRead,
  Limit,
  log,
  Route,
  ServerError,
  Sweep,
  Sweeper,
} from "../lib/index.js";
import { bulk, error, integer, MalformedReport } from "../lib/testing.js";
import { bench, collector, description } from "./helpers.js";

test("late families are counted after the plan's, and a name is one family", () => {
  const type = collector(
    (plan) => {
      plan.gauge("first", "");
      plan.latePrefix("late_");
    },
    (report) => {
      const one = report.late("gauge", "late_a", "One.", ["x"]);
      assert.equal(report.late("gauge", "late_a", "Two.", ["x"]), one);
      report.set(one, ["1"], 1);
      report.summary(report.late("summary", "late_s", "S."), [], [[0.5, 1]], 2, 3);
      assert.equal(report.series(), 4);
    },
  );
  const page = bench().collect(type);
  assert.equal(
    page.text("redis"),
    [
      "# HELP redis_late_a One.",
      "# TYPE redis_late_a gauge",
      'redis_late_a{x="1"} 1',
      "# HELP redis_late_s S.",
      "# TYPE redis_late_s summary",
      'redis_late_s{quantile="0.5"} 1',
      "redis_late_s_sum 2",
      "redis_late_s_count 3",
      "",
    ].join("\n"),
  );
});

test("buckets count what they are shown", () => {
  const buckets = new Buckets([1, 2.5, Infinity]);
  [0.5, 1, 2, 9, 1e300].forEach((value) => buckets.observe(value));
  assert.deepEqual(
    [buckets.cumulative(), buckets.count],
    [
      [
        [1, 2],
        [2.5, 3],
      ],
      5,
    ],
  );
  assert.throws(() => new Buckets([1, 1]), /bounds ascend: 1 is not larger than 1/);
  assert.throws(() => new Buckets([NaN]), RangeError);
});

test("the last bucket is written once", () => {
  const type = collector(
    function (plan) {
      this.sizes = plan.histogram("sizes", "");
    },
    function (report) {
      report.histogram(this.sizes, [], [[1, 1n], [Infinity, 2]], 3, 2);
      assert.equal(report.series(), 4);
    },
  );
  const lines = bench().collect(type).text("r").split("\n").slice(2, -1);
  assert.deepEqual(lines, ['r_sizes_bucket{le="1"} 1', 'r_sizes_bucket{le="+Inf"} 2', "r_sizes_sum 3", "r_sizes_count 2"]);
});

test("a page is checked as the daemon does it", () => {
  const fault = (plan, report) => {
    try {
      bench().collect(collector(plan, report));
      return "";
    } catch (error) {
      assert.ok(error instanceof MalformedReport, error.stack);
      return error.message;
    }
  };
  assert.equal(
    fault(
      () => {},
      (report) => report.late("gauge", "b", ""),
    ),
    'late family "b" begins with no reserved prefix',
  );
  const many = (report) => {
    const gauge = report.late("gauge", "late", "", ["n"]);
    for (let place = 0; place <= 10_000; place++) report.set(gauge, [String(place)], place);
  };
  assert.equal(
    fault((plan) => plan.latePrefix("late"), many),
    "10001 samples, more than the 10000 allowed (limits.samples)",
  );
});

test("numbers on a page are written without exponents, labels with escapes", () => {
  const page = bench().collect(
    collector(
      function (plan) {
        this.gauge = plan.gauge("n", "", ["l"]);
      },
      function (report) {
        for (const value of [1e21, 1.5e-7, -2.5e22, -0, Infinity, NaN, 5n])
          report.set(this.gauge, [`${value}\n"\\`], value);
      },
    ),
  );
  assert.deepEqual(
    page
      .text("r")
      .split("\n")
      .slice(2, -1)
      .map((line) => line.split("} ")[1]),
    ["1000000000000000000000", "0.00000015", "-25000000000000000000000", "-0", "+Inf", "NaN", "5"],
  );
  assert.match(page.text("r"), /r_n\{l="Infinity\\n\\"\\\\"\} \+Inf/);
  assert.equal(page.value("n", { l: '5\n"\\' }), 5);
  assert.equal(page.value("n", {}), undefined);
});

test("prefetched replies come in order, and errors by their type", () => {
  const type = collector(
    function (plan) {
      this.all = [1, 2, 3].map(() => plan.prefetch(new Command("GET").arg("a")));
      this.none = plan.prefetch(new Command("GET").arg("b"));
      this.wrong = plan.prefetch(new Command("GET").arg("c"));
    },
    function (report, request) {
      assert.deepEqual(
        this.all.map((one) => request.reply(one).text()),
        ["1", "2", "2"],
      );
      assert.throws(
        () => request.reply(this.none),
        (error) => error instanceof Denied && error.message === "the bench has no reply to GET b",
      );
      assert.throws(
        () => request.reply(this.wrong),
        (error) =>
          error instanceof ServerError && error.code === "ERR" && error.detail === "no" && error.message === "ERR no",
      );
      assert.equal(request.server.version, "7.0.15");
    },
  );
  bench().reply("GET a", bulk("1")).reply("GET a", bulk("2")).reply("GET c", error("ERR no")).collect(type);
});

test("a collect may ask, within its budgets", () => {
  const type = collector(
    (plan) => plan.ask(["LLEN"], ["?"]),
    (report, request) => {
      const replies = request.pipeline(
        [new Command("LLEN").arg("a"), new Command("LLEN").arg("b")],
        Route.ownerOf("a"),
      );
      assert.equal(replies.reply(0).integer(), 7);
      assert.throws(() => replies.reply(1), Denied);
      assert.equal(request.remaining().commands, 1022);
      assert.equal(request.nodes().length, 1);
      assert.equal(request.remaining().calls, 62);
      assert.equal(request.remaining().bytes, (16 << 20) - integer(7).length);
      const many = Array.from({ length: 1023 }, () => new Command("LLEN"));
      const isLimit = (text) => (error) => error instanceof Limit && error.message === text;
      assert.throws(() => request.pipeline(many), isLimit("more than 1024 commands in one collect (limits.commands)"));
      for (let calls = 3; calls < 64; calls++) request.pipeline([]);
      assert.equal(request.remaining().calls, 0);
      assert.throws(() => request.pipeline([]), isLimit("more than 64 calls (limits.calls)"));
      assert.throws(() => request.nodes(), isLimit("more than 64 calls (limits.calls)"));
      throw new Denied("in the end");
    },
  );
  const asked = bench().reply("LLEN a", integer(7));
  assert.throws(
    () => asked.collect(type),
    (error) => error instanceof Denied && error.message === "in the end",
  );
});

test("nodes are one, or those of the test", () => {
  let seen;
  const type = collector(
    () => {},
    (report, request) => {
      seen = request.nodes();
    },
  );
  bench().collect(type);
  assert.deepEqual([seen.length, seen[0].role, seen[0].slots, seen[0].extra], [1, "master", [], []]);
  const node = { id: "n", address: "a:1", role: "slave", shard: "s", primary: "m", slots: [[0, 5]], extra: [["zone", "a"]] };
  bench().nodes([node]).collect(type);
  assert.deepEqual(seen, [node]);
});

test("a sweep is shown the keys of its database, pattern and types, page by page", () => {
  class Walk extends Sweeper {
    static description = description;

    configure(config, server, plan) {
      const sweep = new Sweep("k:*").database(1).types("hash");
      this.read = sweep.read(new KeyRead("HGET").after("n").only("hash"));
      this.list = sweep.read(new KeyRead("LLEN").only("list"));
      this.hashes = plan.sweep(sweep);
      this.others = plan.sweep(new Sweep("*"));
      this.sum = plan.gauge("total", "");
      this.pages = plan.gauge("pages", "");
    }

    begin(request) {
      return { sum: 0, pages: 0, from: request.unixMs };
    }

    page(run, request, page) {
      if (!page.is(this.hashes)) return;
      run.pages++;
      for (const key of page.keys) {
        assert.equal(key.kind, "hash");
        assert.equal(key.reply(this.list), null);
        run.sum += key.reply(this.read).number();
      }
    }

    end(run, complete, report) {
      report.set(this.sum, [], run.sum);
      report.set(this.pages, [], run.pages);
      if (!complete) report.partial();
    }
  }
  const walked = bench().key(1, "k:list", "list").key(1, "x", "hash").key(0, "k:0", "hash");
  for (let number = 1; number <= 4; number++)
    walked.key(1, `k:${number}`, "hash").reply(`HGET k:${number} n`, bulk(String(number)));
  const page = walked.sweep(Walk);
  assert.deepEqual([page.value("total"), page.value("pages"), page.isPartial()], [10, 2, false]);
  assert.equal(walked.pageOf(1).cutShort().sweep(Walk).value("pages"), 4);
  assert.ok(walked.sweep(Walk).isPartial());
});

test("what is said goes to the log", () => {
  const page = bench().collect(
    collector(
      () => {},
      () => {
        log.info("said", { key: "value", number: 5, half: "\ud800" });
        log.error(new TypeError("wrong"));
      },
    ),
  );
  assert.deepEqual(page.logs(), [
    { level: "info", message: "said", fields: { key: "value", number: "5", half: "\ufffd" } },
    { level: "error", message: "TypeError: wrong", fields: {} },
  ]);
});

test("values of INFO are numbers, words and parts", () => {
  assert.deepEqual(["ok", "true", "fail", "0.10", "up", "", "0x10"].map(Info.number), [1, 1, 0, 0.1, ...Array(3).fill(undefined)]);
  assert.deepEqual(Info.parts("keys=2,expires=1=,avg_ttl"), [
    ["keys", "2"],
    ["expires", "1="],
    ["avg_ttl", ""],
  ]);
});

test("INFO is read by field and by section", () => {
  const type = collector(
    function (plan) {
      this.info = plan.prefetch(Command.info());
    },
    function (report, request) {
      const info = new Info(request.reply(this.info));
      assert.deepEqual(
        [...info.fields()].map(({ section, name, value }) => `${section}/${name}/${value}`),
        ["/before/0", "A/a_b/1", "B/b/# A", "B/path/c:d", "A/e/"],
      );
      assert.deepEqual(
        [...info.section("A")].map(({ name }) => name),
        ["a_b", "e"],
      );
      assert.deepEqual(
        ["b", "path", "e", "c", "A", "nothing"].map((name) => info.get(name)),
        ["# A", "c:d", "", undefined, undefined, undefined],
      );
      assert.deepEqual(
        ["", "path:c", "# A", "a_b:", ":"].map((name) => info.get(name)),
        Array(5).fill(undefined),
      );
      assert.deepEqual(
        ["a_b", "before", "e", "path", "nothing"].map((name) => info.number(name)),
        [1, 0, undefined, undefined, undefined],
      );
    },
  );
  bench()
    .reply("INFO ALL", bulk("before:0\r\n# A\r\na_b:1\r\nnonsense\r\n\r\n# B\r\nb:# A\r\npath:c:d\n# A\r\n e:\r\n"))
    .collect(type);
});
