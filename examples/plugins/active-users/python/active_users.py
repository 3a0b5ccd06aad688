"""Members of the sets of active users."""

from __future__ import annotations

from dataclasses import dataclass, field

from redwasp_sdk import Collector, Command, Failure, Plan, Prefetched, Report, Request, Server, export


@dataclass
class Set:
    """A set, and the value of the label `user_type` for its members."""

    key: str
    type: str


@dataclass
class Config:
    """Which sets are counted."""

    sets: list[Set] = field(default_factory=lambda: [Set("users:human", "human"), Set("users:bot", "bot")])


class ActiveUsers(Collector[Config]):
    """Counts the members of each set."""

    name = "active-users"
    version = "1.0.0"
    summary = "Members of the sets of active users."

    def configure(self, config: Config, server: Server, plan: Plan) -> None:
        self.active_users = plan.gauge("active_users", "Members of the set of active users.", ["user_type"])
        # By type: the key, and the handle of its reply.
        self.sets: dict[str, tuple[str, Prefetched]] = {}
        for place, each in enumerate(config.sets):
            if each.type in self.sets:
                plan.problem(f"/sets/{place}/type", f'"{each.type}" is there twice')
                continue
            self.sets[each.type] = (each.key, plan.prefetch(Command("SCARD").arg(each.key)))

    def collect(self, request: Request, report: Report) -> None:
        for user_type, (key, members) in self.sets.items():
            try:
                count = request.reply(members).integer()
            except Failure as why:
                # One set that cannot be read does not take the others with it.
                report.partial()
                report.warn(f"SCARD {key}: {why}")
            else:
                report.set(self.active_users, [user_type], count)


export(ActiveUsers)
