// @ts-check
import { Collector, Command, config, Info, NotApplicable } from "redwasp-sdk";

export default class {{Name}} extends Collector {
  static description = {
    name: "{{name}}",
    version: "1.0.0",
    summary: "How many lookups find their key.",
  };

  // What may be configured. The JSON Schema that the daemon checks with is made of it.
  static config = config.object({
    minimum_lookups: config.integer({
      minimum: 1,
      default: 1,
      description: "With fewer lookups there is no ratio.",
    }),
  });

  /**
   * Once for each configuration and kind of server. What is set on `this` is there in collect.
   * @param {config.Of<typeof {{Name}}.config>} config
   * @param {import("redwasp-sdk").Server} server
   * @param {import("redwasp-sdk").Plan} plan
   */
  configure({ minimum_lookups }, server, plan) {
    this.minimum = minimum_lookups;
    this.info = plan.prefetch(Command.info());
    this.ratio = plan.gauge(
      "{{name_snake}}_hit_ratio",
      "Part of the lookups that found their key since the server began, 0 to 1.",
    );
  }

  /**
   * On each scrape. The replies are there already.
   * @param {import("redwasp-sdk").Request} request
   * @param {import("redwasp-sdk").Report} report
   */
  collect(request, report) {
    const info = new Info(request.reply(this.info));
    const hits = info.number("keyspace_hits");
    const misses = info.number("keyspace_misses");
    if (hits === undefined || misses === undefined) {
      throw new NotApplicable("INFO has no keyspace_hits");
    }
    const lookups = hits + misses;
    if (lookups >= this.minimum) report.set(this.ratio, [], hits / lookups);
  }
}
