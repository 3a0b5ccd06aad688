import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Buckets, Collector, Command, Denied, Failure, Info, Invalid, KeyRead, Limit, log, NotApplicable, Route, ServerError, Sweep, Sweeper,
} from "../lib/index.js";
import { Bench, bulk, error, integer, MalformedReport, server } from "../lib/testing.js";

const bench = () => new Bench(server("redis", "7.0.15"));
const description = { name: "tried", version: "1.2.3", summary: "" };

/** A collector of two functions. */
function collector(configure, collect) {
  return class Tried extends Collector {
    static description = description;

    configure(config, server, plan) {
      configure.call(this, plan, server);
    }

    collect(request, report) {
      return collect.call(this, report, request);
    }
  };
}

function failure(collect, configure = function (plan) {
  this.gauge = plan.gauge("sizes", "", ["a", "b"]);
  this.sizes = plan.histogram("spread", "");
}) {
  try {
    bench().collect(collector(configure, collect));
  } catch (error) {
    return error;
  }
  return assert.fail("it did not fail");
}

test("what configure sets is there in collect, and nothing else", () => {
  const kept = { map: new Map([["a", [1n]]]), set: new Set(["x"]), bytes: Uint8Array.of(0, 255), $: 1, v: undefined, odd: [NaN, -0, -Infinity], text: "\u2028ß\ud83d\ude00" };
  const type = collector(
    function () {
      this.kept = kept;
    },
    function (report) {
      assert.deepEqual(this.kept, kept);
      assert.notEqual(this.kept, kept);
      this.more = 1;
      report.keep(kept);
    },
  );
  const page = bench().collect(type);
  const next = collector(() => {}, (report, request) => assert.deepEqual(request.saved(), kept));
  bench().after(page).collect(next);
});

test("what cannot travel is an error with its place", () => {
  for (const [value, text] of [
    [() => 1, "this.a.b[1]: a function cannot travel from call to call"],
    [Symbol("x"), "this.a.b[1]: a symbol cannot travel from call to call"],
    [new URL("http://a"), "this.a.b[1]: an object of the class URL cannot travel from call to call; plain data can"],
  ]) {
    const type = collector(function () {
      this.a = { b: [1, value] };
    }, () => {});
    assert.throws(() => bench().collect(type), (error) => error instanceof Invalid && error.problems[0].message.includes(text));
  }
  const cyclic = {};
  cyclic.self = cyclic;
  assert.match(failure((report) => report.keep(cyclic)).message, /value\.self: an object in itself cannot travel/);
});

test("families, their units and series", () => {
  const type = collector(
    function (plan) {
      plan.gauge("memory_used_bytes", "");
      plan.counter("cpu_sys_seconds_total", "");
      plan.summary("megabytes", "", ["cmd"]);
      assert.deepEqual(plan.seriesNames(), ["memory_used_bytes", "cpu_sys_seconds_total", "megabytes", "megabytes_sum", "megabytes_count"]);
      assert.deepEqual(plan.record(new Uint8Array()).families.map(({ unit }) => unit), ["bytes", "seconds", ""]);
      plan.scope("once");
      assert.equal(plan.record(new Uint8Array()).scope, "once");
      assert.throws(() => plan.scope("all"), TypeError);
      assert.throws(() => plan.family("gauges", "a", ""), TypeError);
    },
    () => {},
  );
  bench().collect(type);
});

test("a wrong number of label values is told at once, with the family", () => {
  const { message } = failure(function (report) {
    report.set(this.gauge, ["x"], 1);
  });
  assert.match(message, /^TypeError: sizes has the labels a, b: expected 2 label values, found 1\n  at .*collect\.test\.js:\d+:\d+/);
});

test("values and families that do not fit are told at once", () => {
  for (const [fill, text] of [
    [(report, { gauge }) => report.set(gauge, ["x", 5], 1), "the label b of sizes: expected a string, found a number"],
    [(report, { gauge }) => report.set(gauge, "xy", 1), "sizes: label values are an array, found a string"],
    [(report, { gauge }) => report.set(gauge, ["x", "y"], "5"), "a value of sizes: expected a number, found a string"],
    [(report, { gauge }) => report.set(gauge, ["x", "y"]), "a value of sizes: expected a number, found nothing"],
    [(report, { sizes }) => report.set(sizes, [], 1), "report.set takes a family of single values, found spread"],
    [(report, { gauge }) => report.histogram(gauge, [], [], 0, 0), "report.histogram takes a histogram, found sizes"],
    [(report, { sizes }) => report.histogram(sizes, [], [[1, 1.5]], 0, 2), "a count of spread: expected an integer from 0, found 1.5"],
    [(report, { sizes }) => report.histogram(sizes, [], [], 0, -1), "a count of spread: expected an integer from 0, found -1"],
    [(report) => report.warn(5), "a warning: expected a string, found a number"],
    [(report) => report.save("x"), "report.save takes a Uint8Array"],
  ]) {
    const { message } = failure(function (report) {
      fill(report, this);
    });
    assert.ok(message.startsWith(`TypeError: ${text}`), message);
  }
});

test("an exception is told with its class and its place in the author's file", () => {
  class OddFault extends Error {}
  const { message } = failure(function named() {
    throw new OddFault("odd");
  });
  assert.match(message, /^OddFault: odd\n  at .*named.*tests\/collect\.test\.js:\d+:\d+\)/);
  assert.doesNotMatch(message, /lib\//);
  assert.equal(failure(() => {
    throw "text";
  }).message, "an exception that is no Error: text");
  assert.equal(failure(() => {
    throw new Failure("just this");
  }).message, "just this");
});

test("nothing can be waited for", () => {
  assert.match(failure(async () => {}).message, /^TypeError: collect gave a promise; a call cannot wait/);
});

test("an exception in configure refuses the configuration", () => {
  const refusal = failure(() => {}, () => {
    null.x;
  });
  assert.ok(refusal instanceof Invalid);
  assert.equal(refusal.problems[0].pointer, "");
  assert.match(refusal.problems[0].message, /^TypeError: .*\n  at .*collect\.test\.js/);
  const none = failure(() => {}, () => {
    throw new NotApplicable("no such server");
  });
  assert.ok(none instanceof NotApplicable && none.message === "no such server");
});

test("the clock and random numbers of a call are those of its request", () => {
  const times = [];
  const type = collector(() => {}, (report, request) => {
    times.push([Date.now(), new Date().getTime(), request.unixMs, Math.random(), Math.random()]);
    assert.ok(new Date() instanceof Date);
    assert.equal(new Date(5).getTime(), 5);
  });
  for (const unixMs of [5000, 5000, 6000]) bench().at(unixMs).collect(type);
  assert.deepEqual(times[0].slice(0, 3), [5000, 5000, 5000]);
  assert.deepEqual(times[0], times[1]);
  assert.notEqual(times[0][3], times[2][3]);
  assert.notEqual(times[0][3], times[0][4]);
  assert.ok(Date.now() > 1e12, "outside of a call it is the clock of the machine");
  assert.match(failure(() => {}, () => Date.now()).message, /there is no clock here; in collect, Date\.now\(\) is request\.unixMs/);
});

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
  assert.equal(page.text("redis"), [
    "# HELP redis_late_a One.", "# TYPE redis_late_a gauge", 'redis_late_a{x="1"} 1', "# HELP redis_late_s S.",
    "# TYPE redis_late_s summary", 'redis_late_s{quantile="0.5"} 1', "redis_late_s_sum 2", "redis_late_s_count 3", "",
  ].join("\n"));
});

test("buckets count what they are shown", () => {
  const buckets = new Buckets([1, 2.5, Infinity]);
  [0.5, 1, 2, 9, 1e300].forEach((value) => buckets.observe(value));
  assert.deepEqual([buckets.cumulative(), buckets.count], [[[1, 2], [2.5, 3]], 5]);
  assert.throws(() => new Buckets([1, 1]), /bounds ascend: 1 is not larger than 1/);
  assert.throws(() => new Buckets([NaN]), RangeError);
});

test("a page is checked as the daemon does it", () => {
  const fault = (plan, report = () => {}) => {
    try {
      bench().collect(collector(plan, report));
      return "";
    } catch (error) {
      assert.ok(error instanceof MalformedReport, error.stack);
      return error.message;
    }
  };
  assert.equal(fault((plan) => plan.gauge("a-b", "")), '"a-b" cannot be the name of a family');
  assert.equal(fault((plan) => ["a", "a"].forEach((name) => plan.gauge(name, ""))), 'family "a": "a" is declared twice');
  assert.equal(fault(() => {}, (report) => report.late("gauge", "b", "")), 'late family "b" begins with no reserved prefix');
  assert.equal(
    fault((plan) => Array.from({ length: 501 }, (_, place) => plan.gauge(`a${place}`, ""))), "501 families, more than 500");
  const many = (report) => {
    const gauge = report.late("gauge", "late", "", ["n"]);
    for (let place = 0; place <= 10_000; place++) report.set(gauge, [String(place)], place);
  };
  assert.equal(fault((plan) => plan.latePrefix("late"), many), "10001 samples, more than 10000");
});

test("numbers on a page are written without exponents, labels with escapes", () => {
  const page = bench().collect(collector(
    function (plan) {
      this.gauge = plan.gauge("n", "", ["l"]);
    },
    function (report) {
      for (const value of [1e21, 1.5e-7, -2.5e22, -0, Infinity, NaN, 5n]) report.set(this.gauge, [`${value}\n"\\`], value);
    },
  ));
  assert.deepEqual(page.text("r").split("\n").slice(2, -1).map((line) => line.split("} ")[1]),
    ["1000000000000000000000", "0.00000015", "-25000000000000000000000", "-0", "+Inf", "NaN", "5"]);
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
      assert.deepEqual(this.all.map((one) => request.reply(one).text()), ["1", "2", "2"]);
      assert.throws(() => request.reply(this.none), (error) => error instanceof Denied && error.message === "the bench has no reply to GET b");
      assert.throws(() => request.reply(this.wrong), (error) =>
        error instanceof ServerError && error.code === "ERR" && error.detail === "no" && error.message === "ERR no");
      assert.equal(request.server.version, "7.0.15");
    },
  );
  bench().reply("GET a", bulk("1")).reply("GET a", bulk("2")).reply("GET c", error("ERR no")).collect(type);
});

test("a collect may ask, within its budgets", () => {
  const type = collector(() => {}, (report, request) => {
    const replies = request.pipeline([new Command("LLEN").arg("a"), new Command("LLEN").arg("b")], Route.ownerOf("a"));
    assert.equal(replies.reply(0).integer(), 7);
    assert.throws(() => replies.reply(1), Denied);
    assert.equal(request.remaining().commands, 1022);
    assert.equal(request.nodes().length, 1);
    for (let calls = 1; calls < 64; calls++) request.pipeline([]);
    assert.throws(() => request.pipeline([]), (error) => error instanceof Limit && /more than 64 pipelines/.test(error.message));
    throw new Denied("in the end");
  });
  const asked = bench().reply("LLEN a", integer(7));
  assert.throws(() => asked.collect(type), (error) => error instanceof Denied && error.message === "in the end");
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
      this.sum = plan.gauge("sum", "");
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
  for (let number = 1; number <= 4; number++) walked.key(1, `k:${number}`, "hash").reply(`HGET k:${number} n`, bulk(String(number)));
  const page = walked.sweep(Walk);
  assert.deepEqual([page.value("sum"), page.value("pages"), page.isPartial()], [10, 2, false]);
  assert.equal(walked.pageOf(1).cutShort().sweep(Walk).value("pages"), 4);
  assert.ok(walked.sweep(Walk).isPartial());
});

test("what is said goes to the log", () => {
  const page = bench().collect(collector(() => {}, () => {
    log.info("said", { key: "value", number: 5, half: "\ud800" });
    log.error(new TypeError("wrong"));
  }));
  assert.deepEqual(page.logs(), [
    { level: "info", message: "said", fields: { key: "value", number: "5", half: "\ufffd" } },
    { level: "error", message: "TypeError: wrong", fields: {} },
  ]);
});

test("INFO is read by field and by section", () => {
  const type = collector(
    function (plan) {
      this.info = plan.prefetch(Command.info());
    },
    function (report, request) {
      const info = new Info(request.reply(this.info));
      assert.deepEqual([...info.fields()].map(({ section, name, value }) => `${section}/${name}/${value}`),
        ["/before/0", "A/a_b/1", "B/b/# A", "B/path/c:d", "A/e/"]);
      assert.deepEqual([...info.section("A")].map(({ name }) => name), ["a_b", "e"]);
      assert.deepEqual(["b", "path", "e", "c", "A", "nothing"].map((name) => info.get(name)), ["# A", "c:d", "", undefined, undefined, undefined]);
    },
  );
  bench().reply("INFO ALL", bulk("before:0\r\n# A\r\na_b:1\r\nnonsense\r\n\r\n# B\r\nb:# A\r\npath:c:d\n# A\r\n e:\r\n")).collect(type);
});
