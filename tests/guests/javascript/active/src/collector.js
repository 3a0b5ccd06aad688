/** What a collector may meet that asks Redis itself, one thing for each `what` of the configuration. */

import { CallError, Collector, Command, config, log } from "redwasp-sdk";

const kindOf = (run) => {
  try {
    run();
    return "none";
  } catch (error) {
    if (error instanceof CallError) return error.kind;
    throw error;
  }
};

const DEEDS = {
  asked: ({ gauge }, report, request) => {
    const replies = request.pipeline([
      new Command("GET").arg("js:granted"),
      new Command("GET").arg("js:other"),
      new Command("PING"),
    ]);
    report.set(gauge, [replies.reply(0).text()], replies.length);
    report.set(gauge, [kindOf(() => replies.reply(1))], 1);
    report.set(gauge, [replies.reply(2).text()], 1);
    report.set(gauge, [request.nodes()[0].role], 1);
    report.set(gauge, ["left"], request.remaining().commands);
  },
  denied: (_, report, request) => request.pipeline([new Command("GET").arg("js:other")]).reply(0),
  "wrong-type": (_, report, request) => request.pipeline([new Command("LLEN").arg("js:granted")]).reply(0),
  calls: ({ gauge }, report, request) => {
    let asked = 0;
    const kind = kindOf(() => {
      for (; ; asked++) request.pipeline([new Command("PING")]);
    });
    report.set(gauge, [kind], asked);
  },
  commands: (_, report, request) => request.pipeline(Array.from({ length: 2000 }, () => new Command("PING"))),
  log: () => {
    log.info("said", { field: "value", half: "\ud800", number: 5n });
    log.debug("nobody sees it");
    console.warn("warned", { a: [1] });
    console.error(new TypeError("half \ud800"));
  },
};

export default class Pitfalls extends Collector {
  static description = {
    name: "js-active",
    version: "1.0.0",
    summary: "What a collector may meet that asks Redis itself.",
  };

  static config = config.object({ what: config.string({ oneOf: Object.keys(DEEDS), default: "asked" }) });

  configure({ what }, server, plan) {
    this.what = what;
    this.gauge = plan.gauge("js", "What came of it.", ["what"]);
    plan.ask(["GET", "LLEN"], ["js:*"]);
  }

  collect(request, report) {
    return DEEDS[this.what](this, report, request);
  }
}
