"""Write a redwasp collector in Python.

A collector is a function of replies: `Collector.configure` says once which commands it needs and which metric families it
fills, the host asks Redis (one round trip for all collectors together), and `Collector.collect` turns the replies into
samples. It runs in a fresh WebAssembly instance for every call, so it keeps nothing between calls but what `configure` put
into the instance.

    from dataclasses import dataclass

    from redwasp_sdk import Collector, Command, Plan, Report, Request, Server, export


    @dataclass
    class Config:
        channel: str


    class Subscribers(Collector[Config]):
        name = "subscribers"
        version = "1.0.0"
        summary = "How many clients listen to a channel."

        def configure(self, config: Config, server: Server, plan: Plan) -> None:
            self.channel = config.channel
            self.subscribers = plan.gauge("channel_subscribers", "Clients subscribed to the channel.")
            self.numsub = plan.prefetch(Command("PUBSUB").arg("NUMSUB").arg(config.channel))

        def collect(self, request: Request, report: Report) -> None:
            count = request.reply(self.numsub).get(self.channel)
            if count is not None:
                report.set(self.subscribers, [], count.integer())


    export(Subscribers)

What depends on a reply can be asked for in `collect` itself: `Request.pipeline`. What depends on all keys is a `Sweeper`.
Build with componentize-py and the entry module `redwasp_entry`; test natively with `redwasp_sdk.testing`.
"""

from . import info, label, log, number, resp
from .collector import Collector, Sweeper
from .config import option
from .contract import Kind, Problem, Server, Target
from .errors import (
    CallError,
    Denied,
    Failed,
    Failure,
    Invalid,
    Limit,
    Malformed,
    Mismatch,
    NotApplicable,
    OtherError,
    ServerError,
    Timeout,
    Unreachable,
)
from .exported import export
from .family import Family, Histogram, Summary
from .info import Info
from .plan import Command, Plan, Prefetched, Scope
from .report import Buckets, Report
from .request import Replies, Request, Route, State
from .resp import Reply
from .sweep import Key, KeyRead, Page, Read, Sweep, Swept

__version__ = "0.1.0"

__all__ = [
    "Buckets",
    "CallError",
    "Collector",
    "Command",
    "Denied",
    "Failed",
    "Failure",
    "Family",
    "Histogram",
    "Info",
    "Invalid",
    "Key",
    "KeyRead",
    "Kind",
    "Limit",
    "Malformed",
    "Mismatch",
    "NotApplicable",
    "OtherError",
    "Page",
    "Plan",
    "Prefetched",
    "Problem",
    "Read",
    "Replies",
    "Reply",
    "Report",
    "Request",
    "Route",
    "Scope",
    "Server",
    "ServerError",
    "State",
    "Summary",
    "Sweep",
    "Sweeper",
    "Swept",
    "Target",
    "Timeout",
    "Unreachable",
    "export",
    "info",
    "label",
    "log",
    "number",
    "option",
    "resp",
]
