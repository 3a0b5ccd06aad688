import assert from "node:assert/strict";
import { test } from "node:test";

import { Failure, Sweep, Sweeper } from "../lib/index.js";
import { bench, collector, description } from "./helpers.js";

test("a walk keeps no state, and says so", () => {
  for (const [name, value] of [["keep", 1], ["save", new Uint8Array()]]) {
    class Walk extends Sweeper {
      static description = description;
      configure(config, server, plan) {
        plan.sweep(new Sweep("*"));
      }
      begin() {}
      page() {}
      end(run, complete, report) {
        report[name](value);
      }
    }
    const text = `TypeError: a walk keeps no state: report.${name} is for collect\n  at `;
    assert.throws(() => bench().sweep(Walk), (error) => error instanceof Failure && error.message.startsWith(text));
  }
});

test("a collector that lacks what a walk calls has no plan", () => {
  class Whole extends Sweeper {
    static description = description;
    configure(config, server, plan) {
      plan.sweep(new Sweep("*"));
    }
    begin() {}
    page() {}
    end() {}
  }
  bench().sweep(class extends Whole {});
  const lacking = (...names) => {
    class Lacking extends Whole {}
    for (const name of names) Lacking.prototype[name] = Sweeper.prototype[name];
    return Lacking;
  };
  const says = (type, text) => {
    for (const run of ["collect", "sweep"]) {
      assert.throws(() => bench()[run](type), (error) => error instanceof Failure && error.message === text);
    }
  };
  for (const name of ["begin", "page", "end"]) {
    says(lacking(name), `the plan has sweeps, and Lacking has no ${name}: a walk calls begin, page, end`);
  }
  says(lacking("page", "end"), "the plan has sweeps, and Lacking has no page, no end: a walk calls begin, page, end");
  says(
    collector((plan) => plan.sweep(new Sweep("*")), () => {}),
    "the plan has sweeps: let Tried extend Sweeper",
  );
});
