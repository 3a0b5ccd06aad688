import assert from "node:assert/strict";

import { Collector } from "../lib/index.js";
import { Bench, server } from "../lib/testing.js";

export const bench = () => new Bench(server("redis", "7.0.15"));
export const description = { name: "tried", version: "1.2.3", summary: "" };

/** A collector of two functions. */
export function collector(configure, collect) {
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

/** What a bench says of this collect, or of this configure. */
export function failure(
  collect,
  configure = function (plan) {
    this.gauge = plan.gauge("sizes", "", ["a", "b"]);
    this.sizes = plan.histogram("spread", "");
  },
) {
  try {
    bench().collect(collector(configure, collect));
  } catch (error) {
    return error;
  }
  return assert.fail("it did not fail");
}
