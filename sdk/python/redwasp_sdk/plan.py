"""What a collector declares: families, prefetch, sweeps, scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, NamedTuple

from . import contract, family
from .contract import Kind, Problem
from .family import Family, Histogram, Summary
from .label import whole
from .sweep import Sweep, Swept
from .word import database as database_number
from .word import word

# Sweeps that the host takes of a plan.
SWEEPS = 256


class Command:
    """A command for Redis: name and arguments, binary safe, on database 0 unless it is told otherwise.

    `Command("GET").arg("greeting")` and `Command("GET", "greeting")` are the same.
    """

    __slots__ = ("_args", "_database")

    def __init__(self, name: str, *args: str | bytes | int | float) -> None:
        self._args = [word(name), *map(word, args)]
        self._database = 0

    @staticmethod
    def info() -> Command:
        """`INFO ALL`. Every collector that reads INFO should ask for exactly this, so that all share one reply."""
        return Command("INFO", "ALL")

    def arg(self, arg: str | bytes | int | float) -> Command:
        """The command with one more argument."""
        return self._with([*self._args, word(arg)], self._database)

    def database(self, database: int) -> Command:
        """The command on another database; the host picks a connection for it."""
        return self._with(self._args, database_number(database))

    def record(self) -> contract.Command:
        """The command as the contract carries it."""
        return contract.Command(self._database, self._args)

    @staticmethod
    def _with(args: list[bytes], database: int) -> Command:
        command = Command.__new__(Command)
        command._args, command._database = args, database
        return command

    def __repr__(self) -> str:
        return f"Command({b' '.join(self._args)!r}, database {self._database})"


class Prefetched(NamedTuple):
    """A command of the plan; `Request.reply` gives its reply."""

    place: int


class Scope(Enum):
    """On which nodes of a cluster a collector runs. Outside a cluster there is one node."""

    NODE = "node"
    """On every node."""
    PRIMARY = "primary"
    """On the owner of every shard."""
    ONCE = "once"
    """On one node."""


class Plan:
    """Collects what a collector declares."""

    def __init__(self) -> None:
        self._families: list[contract.Family] = []
        self._late_prefixes: list[str] = []
        self._asks: list[contract.Ask] = []
        self._prefetch: list[contract.Command] = []
        self._sweeps: list[contract.Sweep] = []
        self._scope = Scope.NODE
        self._problems: list[Problem] = []

    def gauge(self, name: str, help: str, labels: Sequence[str] = ()) -> Family:
        """Declares a gauge: a value that can go down. The host puts its namespace before `name`."""
        return Family(*self._declare(Kind.GAUGE, name, help, labels))

    def counter(self, name: str, help: str, labels: Sequence[str] = ()) -> Family:
        """Declares a counter. `name` is written as it stands: end it with `_total`."""
        return Family(*self._declare(Kind.COUNTER, name, help, labels))

    def info(self, name: str, help: str, labels: Sequence[str] = ()) -> Family:
        """Declares an info family: facts in labels, its value is 1."""
        return Family(*self._declare(Kind.INFO, name, help, labels))

    def family(self, kind: Kind, name: str, help: str, labels: Sequence[str] = ()) -> Any:
        """Declares a family of another kind."""
        return family.handle(kind, *self._declare(kind, name, help, labels))

    def histogram(self, name: str, help: str, labels: Sequence[str] = ()) -> Histogram:
        """Declares a histogram."""
        return Histogram(*self._declare(Kind.HISTOGRAM, name, help, labels))

    def summary(self, name: str, help: str, labels: Sequence[str] = ()) -> Summary:
        """Declares a summary."""
        return Summary(*self._declare(Kind.SUMMARY, name, help, labels))

    def series_names(self) -> Iterator[str]:
        """The names of all series declared so far, without namespace: those of the families, and `_sum`, `_count` and
        `_bucket` where a family has them. A late family must have none of them."""
        for declared in self._families:
            yield from family.series_names(declared)

    def late_prefix(self, prefix: str) -> None:
        """Reserves a prefix for families that only a collect can know."""
        self._late_prefixes.append(whole(prefix))

    def prefetch(self, command: Command) -> Prefetched:
        """Asks the host to run a command before each collect."""
        self._prefetch.append(command.record())
        return Prefetched(len(self._prefetch) - 1)

    def sweep(self, sweep: Sweep) -> Swept:
        """Asks the host to walk keys, for a `Sweeper`."""
        self._sweeps.append(sweep.record())
        return Swept(len(self._sweeps) - 1)

    def room_for_sweeps(self) -> int:
        """How many more sweeps the plan has room for. The host refuses a plan with more as a whole."""
        return max(SWEEPS - len(self._sweeps), 0)

    def ask(self, commands: Iterable[str], keys: Iterable[str] = (), databases: Iterable[int] = ()) -> None:
        """Asks the operator for reads that a collect or a page asks for while it runs: names of commands, patterns of the
        keys and the databases that they read (empty for database 0). Keyless statistics need no ask, and neither do a
        prefetch and the reads of a sweep. Without one a command is denied, by a bench too."""
        if isinstance(commands, str) or isinstance(keys, str):
            raise TypeError("commands and keys of an ask are lists of texts, not one text")
        numbers = [database_number(database) for database in databases]
        self._asks.append(contract.Ask([whole(name) for name in commands], [whole(key) for key in keys], numbers))

    def scope(self, scope: Scope) -> None:
        """Says on which nodes of a cluster the collector runs; without it, on every node."""
        self._scope = Scope(scope)

    def problem(self, pointer: str, message: str) -> None:
        """Says that a part of the configuration is not used; the rest is. `pointer` is a JSON Pointer (RFC 6901) to it. A
        configuration that is wrong as a whole is refused instead: raise `Invalid`."""
        self._problems.append(Problem(whole(pointer), whole(message)))

    def families(self) -> int:
        """How many families were declared: the index of the first late one."""
        return len(self._families)

    def finish(self, prepared: bytes) -> contract.Plan:
        """The plan as the contract carries it."""
        return contract.Plan(
            families=self._families,
            late_prefixes=self._late_prefixes,
            asks=self._asks,
            prefetch=self._prefetch,
            sweeps=self._sweeps,
            scope=self._scope.value,
            problems=self._problems,
            prepared=prepared,
            extra=[],
        )

    def _declare(self, kind: Kind, name: str, help: str, labels: Sequence[str]) -> tuple[int, str, int]:
        declared = family.record(kind, name, help, labels)
        self._families.append(declared)
        return len(self._families) - 1, declared.name, len(declared.label_names)
