import { CallError, Collector, Command, config, Malformed, Mismatch } from "redwasp-sdk";

export default class ActiveUsers extends Collector {
  static description = {
    name: "active-users",
    version: "1.0.0",
    summary: "Members of the sets of active users.",
  };

  static config = config.object({
    sets: config.array(
      config.object({
        key: config.string({ description: "Key of the set." }),
        type: config.string({ description: "Value of the label user_type." }),
      }),
      {
        description: "The sets to count.",
        default: [
          { key: "users:human", type: "human" },
          { key: "users:bot", type: "bot" },
        ],
      },
    ),
  });

  configure({ sets }, server, plan) {
    this.users = plan.gauge("active_users", "Members of the set of active users.", ["user_type"]);
    this.sets = [];
    const types = new Set();
    sets.forEach(({ key, type }, place) => {
      // Two samples with the same labels would be one too many.
      if (types.has(type)) {
        plan.problem(`/sets/${place}/type`, `"${type}" is there twice`);
        return;
      }
      types.add(type);
      this.sets.push({ key, type, members: plan.prefetch(new Command("SCARD").arg(key)) });
    });
  }

  collect(request, report) {
    for (const { key, type, members } of this.sets) {
      try {
        report.set(this.users, [type], request.reply(members).integer());
      } catch (error) {
        const isOfTheReply = [CallError, Malformed, Mismatch].some((type) => error instanceof type);
        if (!isOfTheReply) throw error;
        // The other sets are right all the same.
        report.warn(`SCARD ${key}: ${error.message}`);
        report.partial();
      }
    }
  }
}
