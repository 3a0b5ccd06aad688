"""How many lookups find their key."""

from dataclasses import dataclass

from redwasp_sdk import (
    Collector,
    Command,
    Info,
    NotApplicable,
    Plan,
    Report,
    Request,
    Server,
    export,
    number,
    option,
)


@dataclass
class Config:
    """What the operator may set: `config` of the collector in redwasp's configuration file."""

    minimum_lookups: int = option(1, minimum=1, help="With fewer lookups there is no sample.")


class {{Name}}(Collector[Config]):
    """What `configure` puts into the instance travels to every `collect`."""

    name = "{{name}}"
    version = "1.0.0"
    summary = "How many lookups find their key."

    def configure(self, config: Config, server: Server, plan: Plan) -> None:
        self.minimum = config.minimum_lookups
        # The same command as the built-in collectors ask for: it is sent once for all of them.
        self.info = plan.prefetch(Command.info())
        self.hit_ratio = plan.gauge(
            "{{name_snake}}_hit_ratio",
            "Part of the lookups that found their key since the server began, 0 to 1.",
        )

    def collect(self, request: Request, report: Report) -> None:
        info = Info(request.reply(self.info))
        hits = number.parse(info.get("keyspace_hits") or "")
        misses = number.parse(info.get("keyspace_misses") or "")
        if hits is None or misses is None:
            raise NotApplicable("INFO has no keyspace_hits")
        if hits + misses >= self.minimum:
            report.set(self.hit_ratio, [], hits / (hits + misses))


export({{Name}})
