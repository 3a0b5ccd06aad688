/** What goes wrong in JavaScript, one thing for each `what` of the configuration. */

import { Buckets, Collector, Command, config, decode, label, log } from "redwasp-sdk";

import { faults } from "../../../../../sdk/javascript/tests/vectors.js";
import { OddFault, outer } from "./helper.js";

/** Of the instance: a fresh one has none of the calls before. */
let calls = 0;

const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** What `collect` does. */
const DEEDS = {
  throw: () => outer({}),
  "throw-class": () => {
    throw new OddFault("odd");
  },
  "throw-text": () => {
    throw "just a text";
  },
  "throw-surrogate": () => {
    throw new Error("half \ud800 a pair");
  },
  async: async () => {},
  clock: ({ gauge }, report, request) => {
    report.set(gauge, ["now"], Date.now() - request.unixMs);
    report.set(gauge, ["date"], new Date().getTime() - request.unixMs);
    report.set(gauge, ["performance"], performance.now() - request.unixMs);
    report.set(gauge, ["year"], new Date(0).getFullYear());
  },
  random: ({ gauge }, report) => {
    const numbers = Array.from({ length: 100 }, Math.random);
    report.set(gauge, ["inside"], numbers.filter((number) => number >= 0 && number < 1).length);
    report.set(gauge, ["different"], new Set(numbers).size);
  },
  surrogate: ({ gauge }, report) => {
    report.set(gauge, ["half \ud800 a pair"], 1);
    report.warn("half \udc00 a pair");
  },
  value: ({ gauge }, report) => report.set(gauge, ["a"], "5"),
  undefined: ({ gauge }, report) => report.set(gauge, ["a"], undefined),
  labels: ({ gauge }, report) => report.set(gauge, [], 1),
  label: ({ gauge }, report) => report.set(gauge, [5], 1),
  numbers: ({ gauge }, report) => {
    const large = decode(bytes(":9007199254740993\r\n"));
    report.set(gauge, [String(large.bigint())], large.bigint());
    report.set(gauge, ["nan"], NaN);
    report.set(gauge, ["inf"], decode(bytes(",-inf\r\n")).number());
  },
  integer: ({ gauge }, report) => report.set(gauge, [], decode(bytes(":9007199254740993\r\n")).integer()),
  count: ({ histogram }, report) => report.histogram(histogram, [], [[1, -5]], 1, 5),
  buckets: ({ histogram }, report) => {
    const buckets = new Buckets([1, 2]);
    [0.5, 1.5, 9].forEach((value) => buckets.observe(value));
    report.histogram(histogram, [], buckets);
    report.histogram(histogram, [], [[1, 5n]], 1n, 2n ** 60n);
  },
  console: (_, report) => {
    console.log("said", { a: 1n }, new Error("wrong"), "half \ud800");
    console.error("bad");
    console.debug("nobody sees it");
    log.info("with fields", { field: "value" });
  },
  "console-throw": () => {
    console.log("before it");
    throw new Error("after it");
  },
  text: ({ gauge, ping }, report, request) => {
    report.set(gauge, [request.reply(ping).bytes()], 1);
    report.set(gauge, [`${request.reply(ping).text()} as text`], 2);
    report.set(gauge, [new TextDecoder().decode(new TextEncoder().encode("schlüssel 😀"))], 3);
    report.set(gauge, [label.text(bytes("\xed\xa0\x80"))], 4);
  },
  vectors: ({ gauge, vectors }, report) => {
    const { values, malformed, accessors } = JSON.parse(vectors);
    const found = faults({ values, malformed, accessors });
    report.set(gauge, ["vectors"], values.length + malformed.length + accessors.length);
    report.set(gauge, ["faults"], found.length);
    found.slice(0, 5).forEach((fault) => report.warn(fault));
  },
  globals: ({ gauge }, report) => report.set(gauge, ["calls"], ++calls),
  prepared: ({ gauge, kept }, report) => {
    report.set(gauge, ["map"], kept.map.get("a"));
    report.set(gauge, ["set"], kept.set.size);
    report.set(gauge, ["bigint"], kept.bigint);
    report.set(gauge, ["infinity"], kept.infinity);
    report.set(gauge, ["bytes"], kept.bytes[0]);
    report.set(gauge, ["regexp"], Number(kept.regexp.test("B")));
  },
  keep: ({ gauge }, report, request) => {
    const before = request.saved() ?? { times: 0n };
    report.set(gauge, ["times"], before.times);
    report.keep({ times: before.times + 1n });
  },
  pipeline: (_, report, request) => request.pipeline([new Command("PING")]),
  deep: ({ gauge }, report) => report.set(gauge, ["deep"], depthOf(250)),
  endless: () => depthOf(Infinity),
  // As deep as allowed: the stack has room for it. Deeper, or longer, is what somebody may write to Redis.
  "deepest-json": ({ gauge }, report) => {
    report.keep(nested(64));
    report.set(gauge, ["depth"], depth(JSON.parse("[".repeat(64) + "]".repeat(64))));
  },
  "deep-json": () => JSON.parse("[".repeat(100_000)),
  "deep-keep": (_, report) => report.keep(nested(65)),
  "kept-depth": ({ gauge, kept }, report) => report.set(gauge, ["kept"], depth(kept)),
  digits: () => {
    const text = "1".repeat(100_000);
    return decode(bytes(`$${text.length + 1}\r\n${text}x\r\n`)).number();
  },
  loop: () => {
    for (;;);
  },
  regexp: () => /^(a*)*b$/.test("a".repeat(60)),
  memory: () => {
    const all = [];
    for (;;) all.push(new Uint8Array(1 << 20).fill(1));
  },
  many: ({ gauge }, report) => {
    for (let number = 0; number < 1000; number++) report.set(gauge, [`label ${number}`], number);
  },
};

/** What `configure` does instead. */
const PLANS = {
  "configure-throw": () => outer({}),
  "configure-clock": () => Date.now(),
  "configure-function": (collector) => {
    collector.callback = () => 1;
  },
  "configure-class": (collector) => {
    collector.kept = { inner: new OddFault("x") };
  },
};

/** Maps, since each of them is two levels of what travels. */
function nested(levels) {
  let value = new Map();
  for (let level = 1; level < levels; level++) value = new Map([["inner", value]]);
  return value;
}

function depth(value) {
  let depth = 0;
  for (let inner = value; inner !== undefined; inner = inner instanceof Map ? inner.get("inner") : inner[0]) depth++;
  return depth;
}

function depthOf(left) {
  return left === 0 ? 0 : 1 + depthOf(left - 1);
}

export default class Pitfalls extends Collector {
  static description = { name: "js-pure", version: "1.0.0", summary: "What goes wrong in JavaScript." };

  static config = config.object({
    what: config.string({ oneOf: [...Object.keys(DEEDS), ...Object.keys(PLANS)], default: "globals" }),
    vectors: config.string({ default: "", description: "The text of sdk/resp-vectors.json." }),
  });

  configure({ what, vectors }, server, plan) {
    this.what = what;
    this.vectors = vectors;
    this.gauge = plan.gauge("js", "What came of it.", ["what"]);
    this.histogram = plan.histogram("js_sizes", "Sizes.");
    this.ping = plan.prefetch(new Command("PING").arg(bytes("a\xff\xc3z")));
    // One level less: it is in the collector.
    if (what === "kept-depth") this.kept = nested(63);
    if (what === "prepared") {
      this.kept = {
        map: new Map([["a", 5]]),
        set: new Set([1, 2]),
        bigint: 7n,
        infinity: Infinity,
        bytes: bytes("\xff"),
        regexp: /b/i,
      };
    }
    PLANS[what]?.(this);
  }

  collect(request, report) {
    return DEEDS[this.what](this, report, request);
  }
}
