"""A server with canned replies."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from .. import component, contract, host
from .._native import Budget, Node, Swept
from ..collector import Collector, Sweeper
from ..contract import Command, Err, Ok, SavedState, Server, Target
from ..errors import CallError, Denied, Limit, Timeout, record
from . import check, recorded
from .glob import matches
from .page import Page

# Keys of a page of a sweep, unless the test says otherwise; few, so that tests have several pages.
_KEYS_OF_A_PAGE = 3
# What a collect has when it begins, and a page.
_MILLISECONDS, _CALLS, _COMMANDS, _BYTES = 2000, 64, 1024, 16 << 20


class Bench:
    """A server with canned replies. A command without one is refused as if the operator had not granted it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._replies: list[tuple[bytes, Any]] = []
        self._keys: list[tuple[int, bytes, str]] = []
        self._swept: list[tuple[int, Swept]] = []
        self._nodes: list[Any] | None = None
        self._keys_of_a_page = _KEYS_OF_A_PAGE
        self._most_series = check.MOST_SERIES
        self._is_cut_short = False
        self._unix_ms = 0
        self._state: SavedState | None = None
        # Of the call that is under way.
        self._begin_call()
        self._logs: list[tuple[str, str, dict[str, str]]] = []

    @staticmethod
    def recorded(file: str | Path) -> Bench:
        """A server as `redwasp plugin record` found it: its kind, the time, the state, the answers to commands, the nodes
        and the keys of sweeps."""
        bench: Bench = recorded.bench(json.loads(Path(file).read_text(encoding="utf-8")), Bench)
        return bench

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
        self._replies.append((_words(command), Ok(bytes)))
        return self

    def error(self, command: str | bytes, error: CallError) -> Bench:
        """A command that gets no reply."""
        self._replies.append((_words(command), Err(record(error))))
        return self

    def denied(self, command: str | bytes, text: str = "") -> Bench:
        """A command that is not granted."""
        words = _words(command).decode("utf-8", "replace")
        return self.error(command, Denied(text or f"{words} is not granted"))

    def timeout(self, command: str | bytes) -> Bench:
        """A command that is not answered in time."""
        return self.error(command, Timeout())

    def key(self, database: int, name: str | bytes, type: str) -> Bench:
        """A key that sweeps find. What is read of it is answered as other commands are: `"HGET order:1 amount"`."""
        self._keys.append((database, _words(name), type))
        return self

    def swept(self, sweep: int, name: bytes, type: str, reads: list[bytes | CallError | None]) -> Bench:
        """A key as a recording has it: of the plan's sweep at this place, with what was read of it."""
        answers = [Err(record(read)) if isinstance(read, CallError) else read and Ok(read) for read in reads]
        self._swept.append((sweep, Swept(name, type, answers)))
        return self

    def nodes_are(self, nodes: list[Any]) -> Bench:
        """The nodes behind the target, as `Request.nodes` gives them."""
        self._nodes = nodes
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

        Raises what the collector raises, `MalformedReport` for a report that the daemon would refuse.
        """
        plan = self._plan(kind, config)
        seen: list[Any] = []
        prefetched = []
        for command in plan.prefetch:
            prefetched.append(self._answer(command, seen.count(command.args)))
            seen.append(command.args)
        with _Asked(self):
            self._begin_call()
            report = component.collect(self._request(plan, prefetched, self._state))
        return self._page(plan, report)

    def sweep(self, kind: type[Sweeper[Any, Any]], config: Any = None) -> Page:
        """Configures and runs all sweeps of the plan once, as `collect` does with a collect."""
        plan = self._plan(kind, config)
        with _Asked(self):
            self._begin_call()
            running = component.Running(self._request(plan, [], None))
            for index, sweep in enumerate(plan.sweeps):
                found = [swept for place, swept in self._swept if place == index]
                found += [swept for key in self._keys if (swept := self._found(key, sweep)) is not None]
                for begin in range(0, len(found), self._keys_of_a_page):
                    self._begin_call()
                    running.page(index, found[begin : begin + self._keys_of_a_page])
            report = running.end(not self._is_cut_short)
        return self._page(plan, report)

    # What a collector asks the host, while it is under test.

    def pipeline(self, route: Any, commands: list[Command]) -> list[Any]:
        """Answers as the host does."""
        self._admit(len(commands))
        answers = [self._answer(command, 0) for command in commands]
        self._bytes += sum(len(answer.value) for answer in answers if isinstance(answer, Ok))
        return answers

    def nodes(self) -> list[Any]:
        """Answers as the host does."""
        self._admit(0)
        return self._nodes or [Node("", "localhost:6379", self._server.role, "", "", [], [])]

    def remaining(self) -> Any:
        """Answers as the host does."""
        left = _CALLS - self._calls, _COMMANDS - self._commands, max(_BYTES - self._bytes, 0)
        return Budget(_MILLISECONDS, *left)

    def log(self, level: str, message: str, fields: list[tuple[str, str]]) -> None:
        """Takes what is written to the log."""
        self._logs.append((level, message, dict(fields)))

    def _begin_call(self) -> None:
        self._calls = self._commands = self._bytes = 0

    def _admit(self, commands: int) -> None:
        """Counts a call of so many commands. Raises `Limit` when the budgets do not allow it."""
        if self._calls >= _CALLS:
            raise Limit(f"more than {_CALLS} calls (limits.calls)")
        self._calls += 1
        if self._commands + commands > _COMMANDS:
            raise Limit(f"more than {_COMMANDS} commands in one collect (limits.commands)")
        self._commands += commands

    def _plan(self, kind: type[Collector[Any]], config: Any) -> Any:
        component.describe(kind)
        self._logs = []
        with _Asked(self):
            return component.configure(kind, _json(config), self._server)

    def _page(self, plan: Any, report: Any) -> Page:
        check.report(report, plan, self._most_series)
        return Page(plan, report, self._logs)

    def _request(self, plan: Any, prefetched: list[Any], state: SavedState | None) -> Any:
        target = Target("redis://localhost:6379", [], "", [])
        return contract.Request(plan.prepared, target, self._server, prefetched, state, self._unix_ms, [])

    def _found(self, key: tuple[int, bytes, str], sweep: Any) -> Any:
        """A key with what the sweep reads of it; None if it is not one of its keys."""
        database, name, type = key

        def is_of(types: list[str]) -> bool:
            return not types or type.lower() in [each.lower() for each in types]

        if database != sweep.database or not is_of(sweep.types) or not matches(sweep.pattern, name):
            return None
        reads = []
        for read in sweep.reads:
            command = Command(sweep.database, [*read.before, name, *read.after])
            reads.append(self._answer(command, 0) if is_of(read.types) else None)
        names_types = sweep.types or any(read.types for read in sweep.reads)
        return Swept(name, type if names_types else "", reads)

    def _answer(self, command: Command, before: int) -> Any:
        """The answer to a command that has been answered so many times."""
        words = b" ".join(command.args)
        answers = [answer for known, answer in self._replies if known == words]
        if answers:
            return answers[min(before, len(answers) - 1)]
        text = words.decode("utf-8", "replace")
        return Err(contract.CallError_Denied(f"the bench has no reply to {text}"))


class _Asked:
    """While it lasts, the bench is the host."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def __enter__(self) -> None:
        self._before, host.current = host.current, self._bench

    def __exit__(self, *_: object) -> None:
        host.current = self._before


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
