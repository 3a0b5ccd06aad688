/** Walks over keys of which one thing goes wrong for each `what` of the configuration. */

import { config, Failure, KeyRead, Sweep, Sweeper } from "redwasp-sdk";

const WRONG = ["nothing", "begin", "page", "page-async", "page-loop", "end", "failure"];

export default class Pitfalls extends Sweeper {
  static description = { name: "js-sweeping", version: "1.0.0", summary: "What goes wrong in walks in JavaScript." };

  static config = config.object({ what: config.string({ oneOf: WRONG, default: "nothing" }) });

  configure({ what }, server, plan) {
    this.what = what;
    plan.latePrefix("js_late");
    this.keys = plan.gauge("js_keys", "Keys that were seen.", ["what"]);
    this.pages = plan.gauge("js_pages", "Pages that were shown.", ["what"]);
    const sweep = new Sweep("js:walk:*").types("string");
    this.read = sweep.read(new KeyRead("GET"));
    this.none = sweep.read(new KeyRead("LLEN").only("list"));
    this.walk = plan.sweep(sweep);
  }

  begin() {
    if (this.what === "begin") throw new TypeError("wrong in begin");
    // Of the instance, which lives as long as the run.
    return { keys: 0, pages: 0, sum: 0 };
  }

  page(run, request, page) {
    if (this.what === "page") throw new TypeError("wrong in page");
    if (this.what === "page-async") return Promise.resolve();
    if (this.what === "page-loop") for (;;);
    if (!page.is(this.walk)) throw new Failure("a page of another sweep");
    run.pages++;
    for (const key of page.keys) {
      run.keys++;
      if (key.reply(this.none) !== null) throw new Failure("a read of another type");
      run.sum += key.reply(this.read).integer();
    }
  }

  end(run, complete, report) {
    if (this.what === "end") throw new TypeError("wrong in end");
    if (this.what === "failure") throw new Failure("there is nothing to report");
    report.set(this.keys, [this.what], run.keys);
    report.set(this.pages, [this.what], Number(run.pages > 0));
    report.set(report.late("gauge", "js_late_values", "Sum of the values."), [], run.sum);
  }
}
