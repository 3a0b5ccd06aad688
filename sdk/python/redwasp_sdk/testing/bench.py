"""A server with canned replies."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import clock, component, contract, host, place, printed
from .._native import Node, Swept
from ..collector import Collector, Sweeper
from ..contract import Err, Ok, SavedState, Server, Target
from ..errors import CallError, Denied, Timeout, record
from . import check, recorded
from .answers import Answers
from .answers import recorded as recorded_key
from .page import Page
from .plan import check as check_plan

# Keys of a page of a sweep, unless the test says otherwise; few, so that tests have several pages.
_KEYS_OF_A_PAGE = 3


class Bench:
    """A server with canned replies. A command without one is refused as if the operator had not granted it.

    A plan that the daemon refuses is refused before anything is collected: for the names of its families, for commands that
    are no reads, for its asks. What a collect or a page asks for without an ask of its plan (`Plan.ask`) is denied, whatever
    reply there is. Bounds inside of a command (COUNT, indices) and the keys after its first one are not looked at: of the
    plan's commands `redwasp plugin build` tells them, of those that a collect or a walk sends `redwasp plugin run` and the
    daemon.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._host = Answers(server.role)
        self._config: Any = {}
        self._keys: list[tuple[int, bytes, str]] = []
        self._swept: list[tuple[int, Swept]] = []
        self._keys_of_a_page = _KEYS_OF_A_PAGE
        self._most_series = check.MOST_SERIES
        self._is_cut_short = False
        self._unix_ms = 0
        self._state: SavedState | None = None

    @staticmethod
    def recorded(file: str | Path) -> Bench:
        """A server as `redwasp plugin record` found it: its kind, the time, the state, the answers to commands, the nodes,
        the keys of sweeps, and the configuration (`config`).

        Raises `ValueError` when it is no recording.
        """
        bench: Bench = recorded.bench(json.loads(Path(file).read_text(encoding="utf-8")), Bench)
        return bench

    def config(self) -> Any:
        """The configuration that a recording was made with; without one, `{}`."""
        return self._config

    def at(self, unix_ms: int) -> Bench:
        """When the scrape begins, Unix time in milliseconds; without it, 0."""
        self._unix_ms = unix_ms
        return self

    def after(self, page: Page) -> Bench:
        """The collect after the one that gave this page: it gets what that one saved."""
        state = page.state()
        return self if state is None else self.state(state)

    def state(self, bytes: bytes, plugin_version: str = "") -> Bench:
        """Gives a collect this state."""
        self._state = SavedState(plugin_version, bytes)
        return self

    def reply(self, command: str | bytes, bytes: bytes) -> Bench:
        """The RESP3 bytes that answer a command, e.g. `"INFO ALL"`. A command that a plan has several times is answered with
        the first reply, then the second, and the last one from there on."""
        self._host.replies.append((_words(command), Ok(bytes)))
        return self

    def error(self, command: str | bytes, error: CallError) -> Bench:
        """A command that gets no reply, if the plan may ask for it."""
        self._host.replies.append((_words(command), Err(record(error))))
        return self

    def denied(self, command: str | bytes, text: str = "") -> Bench:
        """A command that the plan may ask for and the operator does not grant."""
        words = _words(command).decode("utf-8", "replace")
        return self.error(command, Denied(text or f"{words} is not granted"))

    def timeout(self, command: str | bytes) -> Bench:
        """A command that is not answered in time."""
        return self.error(command, Timeout())

    def key(self, database: int, name: str | bytes, type: str) -> Bench:
        """A key that sweeps find. What is read of it is answered as other commands are: `"HGET order:1 amount"`."""
        self._keys.append((database, _words(name), type))
        return self

    def recorded_config(self, config: Any) -> Bench:
        """Has `config` give this."""
        self._config = config
        return self

    def swept(self, sweep: int, name: bytes, type: str, reads: list[bytes | CallError | None]) -> Bench:
        """A key as a recording has it: of the plan's sweep at this place, with what was read of it."""
        answers = [Err(record(read)) if isinstance(read, CallError) else read and Ok(read) for read in reads]
        self._swept.append((sweep, Swept(name, type, answers)))
        return self

    def nodes(self, nodes: Iterable[Node]) -> Bench:
        """The nodes behind the target; without them, one, without slots."""
        self._host.known_nodes = list(nodes)
        return self

    def page_of(self, keys: int) -> Bench:
        """Shows sweeps so many keys at a time."""
        self._keys_of_a_page = max(keys, 1)
        return self

    def most_series(self, series: int) -> Bench:
        """Takes reports of so many series: for a collector that the operator gives that limit."""
        self._most_series = series
        return self

    def cut_short(self) -> Bench:
        """Lets a sweep's budget end before all keys were seen."""
        self._is_cut_short = True
        return self

    def collect(self, kind: type[Collector[Any]], config: Any = None) -> Page:
        """Configures and collects once. `config` is JSON, a dict or the collector's own dataclass.

        Raises what the collector raises, `MalformedPlan` for a plan that the daemon would refuse, `MalformedReport` for a
        report that it would not take as it is.
        """
        plan = self._plan(kind, config)
        seen: list[Any] = []
        prefetched = []
        for command in plan.prefetch:
            prefetched.append(self._host.answer(command, seen.count(command.args)))
            seen.append(command.args)
        with self._call(self._unix_ms):
            report = component.collect(self._request(plan, prefetched, self._state))
        return self._page(plan, report)

    def sweep(self, kind: type[Sweeper[Any, Any]], config: Any = None) -> Page:
        """Configures and runs all sweeps of the plan once, as `collect` does with a collect."""
        plan = self._plan(kind, config)
        with self._call(self._unix_ms):
            running = component.Running(self._request(plan, [], None))
            for index, sweep in enumerate(plan.sweeps):
                found = [recorded_key(swept, sweep) for place, swept in self._swept if place == index]
                found += [swept for key in self._keys if (swept := self._host.found(key, sweep)) is not None]
                for begin in range(0, len(found), self._keys_of_a_page):
                    self._host.begin_call()
                    running.page(index, found[begin : begin + self._keys_of_a_page])
            report = running.end(not self._is_cut_short)
        return self._page(plan, report)

    @contextmanager
    def _call(self, unix_ms: int | None) -> Iterator[None]:
        """While it lasts the bench is the host, as for a component: it has the time of the request and logs what is printed."""
        before = host.current, place.now_ms
        host.current, place.now_ms = self._host, unix_ms
        self._host.begin_call()
        try:
            with printed.Logged(), clock.Told():
                yield
        finally:
            host.current, place.now_ms = before

    def _plan(self, kind: type[Collector[Any]], config: Any) -> Any:
        component.describe(kind)
        self._host.logs = []
        with self._call(None):
            plan = component.configure(kind, _json(config), self._server)
        check_plan(plan)
        self._host.asks = plan.asks
        return plan

    def _page(self, plan: Any, report: Any) -> Page:
        check.report(report, plan, self._most_series)
        return Page(plan, report, self._host.logs)

    def _request(self, plan: Any, prefetched: list[Any], state: SavedState | None) -> Any:
        target = Target("redis://localhost:6379", [], "", [])
        return contract.Request(plan.prepared, target, self._server, prefetched, state, self._unix_ms, [])


def _words(command: str | bytes) -> bytes:
    return command.encode("utf-8", "surrogateescape") if isinstance(command, str) else command


def _json(config: Any) -> str:
    if config is None:
        return "{}"
    if isinstance(config, str):
        return config
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        config = dataclasses.asdict(config)
    return json.dumps(config)
