"""What an author writes: a class."""

from __future__ import annotations

import typing
from typing import Any, ClassVar, Generic, TypeVar

from .contract import Server
from .plan import Plan
from .report import Report
from .request import Request
from .sweep import Page

C = TypeVar("C")
R = TypeVar("R")


class Collector(Generic[C]):
    """A collector. Its configuration is a dataclass: `class Hits(Collector[Config])`; without one, `Collector[None]`.

    Every call runs in a fresh instance of the component. What `configure` puts into the instance (handles of families,
    parsed configuration) travels to every `collect`: it is pickled, kept by the host and given back.
    """

    name: ClassVar[str]
    """Lower case letters, digits and dashes; the same as the plugin's file and folder."""
    version: ClassVar[str]
    """Semantic version."""
    summary: ClassVar[str] = ""
    """One sentence for people."""

    def configure(self, config: C, server: Server, plan: Plan) -> None:
        """Declares families and prefetch for one configuration on one kind of server. Never on the scrape path.

        Raise `NotApplicable` when there is nothing to measure on this kind of server, `Invalid` with every problem of the
        configuration at once. Anything else is told as a fault of the plugin's own.
        """
        raise NotImplementedError(f"{type(self).__name__} has no configure")

    def collect(self, request: Request, report: Report) -> None:
        """Turns replies into samples. The same request must give the same report.

        Raise a `Failure` when there is nothing to report or something indispensable is missing. What was set before is
        then not used: for a part that is missing, prefer `Report.partial`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no collect")

    @classmethod
    def config_type(cls) -> Any:
        """The dataclass of the configuration; None when there is none."""
        for kind in cls.__mro__:
            for base in getattr(kind, "__orig_bases__", ()):
                origin, arguments = typing.get_origin(base), typing.get_args(base)
                is_ours = isinstance(origin, type) and issubclass(origin, Collector)
                if is_ours and arguments and not isinstance(arguments[0], TypeVar):
                    return None if arguments[0] is type(None) else arguments[0]
        return None


class Sweeper(Collector[C], Generic[C, R]):
    """A collector that walks keys: its plan has sweeps (`Plan.sweep`). `class Orders(Sweeper[Config, Run])`, with `begin`,
    `page` and `end`.

    The host walks, by itself and not with scrapes, and shows the keys page by page to one instance that lives for one run.
    What `end` reports is on every page of metrics until the next run has ended, together with what `collect` reports.
    """

    def collect(self, request: Request, report: Report) -> None:
        """Reports nothing, unless it is overridden."""

    def begin(self, request: Request) -> R:
        """Begins a run, and gives what it keeps from page to page: sums, not keys. Nothing was prefetched for it.

        Raise a `Failure` when there is nothing to walk or something indispensable is missing.
        """
        raise NotImplementedError(f"{type(self).__name__} has no begin")

    def page(self, run: R, request: Request, page: Page) -> None:
        """Takes some keys of one sweep. `request` is that of the beginning, to ask more.

        A `Failure` ends the run without a report: for keys that cannot be read, prefer `Report.partial` at the end.
        """
        raise NotImplementedError(f"{type(self).__name__} has no page")

    def end(self, run: R, complete: bool, report: Report) -> None:
        """Reports what was seen. `complete` is false when the run's budget ended before the keys did: the host marks the
        report as partial. A walk keeps no state: `Report.keep` and `Report.save` are for `collect`."""
        raise NotImplementedError(f"{type(self).__name__} has no end")
