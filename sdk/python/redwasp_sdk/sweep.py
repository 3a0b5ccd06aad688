"""Walks over keys: what a plan asks for, and the keys as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from . import contract
from .answer import reply
from .resp import Reply
from .word import database as number
from .word import word


class Swept(NamedTuple):
    """A sweep of the plan; `Page.is_of` tells whether a page is of it."""

    place: int


class Read(NamedTuple):
    """A read of a sweep; `Key.reply` gives its reply."""

    place: int


class KeyRead:
    """A command with the key somewhere in it: `HGET <key> amount` is `KeyRead("HGET").after("amount")`."""

    __slots__ = ("_after", "_before", "_types")

    def __init__(self, name: str) -> None:
        self._before = [word(name)]
        self._after: list[bytes] = []
        self._types: list[str] = []

    def before(self, value: str | bytes) -> KeyRead:
        """Adds a word before the key: the subcommand of `XINFO STREAM <key>`."""
        self._before.append(word(value))
        return self

    def after(self, *values: str | bytes) -> KeyRead:
        """Adds words after the key."""
        self._after.extend(map(word, values))
        return self

    def only(self, *types: str) -> KeyRead:
        """Makes it a read of keys of these types only, as TYPE names them. One that does not fit a key's type is an error
        on the server."""
        self._types.extend(types)
        return self

    def record(self) -> contract.KeyRead:
        """The read as the contract carries it."""
        return contract.KeyRead(self._before, self._after, self._types)


class Sweep:
    """Keys that the host shall walk: those of database 0 that match a pattern, as in SCAN MATCH.

    One paced SCAN serves all collectors; it runs by itself, not with scrapes.
    """

    __slots__ = ("_database", "_pattern", "_reads", "_types")

    def __init__(self, pattern: str | bytes) -> None:
        self._pattern = word(pattern)
        self._database = 0
        self._types: list[str] = []
        self._reads: list[contract.KeyRead] = []

    def database(self, database: int) -> Sweep:
        """The database to walk."""
        self._database = number(database)
        return self

    def types(self, *types: str) -> Sweep:
        """Leaves out keys of other types than these, as TYPE names them."""
        self._types.extend(types)
        return self

    def read(self, read: KeyRead) -> Read:
        """Reads something of every key."""
        self._reads.append(read.record())
        return Read(len(self._reads) - 1)

    def record(self) -> contract.Sweep:
        """The sweep as the contract carries it."""
        return contract.Sweep(self._database, self._pattern, self._types, self._reads)


class Page:
    """Some keys of one sweep, with what was read of them."""

    __slots__ = ("_keys", "_sweep")

    def __init__(self, sweep: int, keys: list[Any]) -> None:
        self._sweep = sweep
        self._keys = keys

    def is_of(self, sweep: Swept) -> bool:
        """Whether it is of this sweep."""
        return self._sweep == sweep.place

    def sweep(self) -> int:
        """Which of the plan's sweeps it is of, counted from 0."""
        return self._sweep

    def keys(self) -> Iterator[Key]:
        """The keys. In a run each comes once."""
        return map(Key, self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class Key:
    """One key."""

    __slots__ = ("_swept",)

    def __init__(self, swept: Any) -> None:
        self._swept = swept

    @property
    def name(self) -> bytes:
        """Its name. `label.text` makes a label value of it."""
        return self._swept.key  # type: ignore[no-any-return]

    @property
    def kind(self) -> str:
        """Its type, as TYPE names it; "" when neither the sweep nor its reads name types."""
        return self._swept.kind  # type: ignore[no-any-return]

    def reply(self, read: Read) -> Reply | None:
        """What was read; None when the read is not for keys of this type.

        Raises a `CallError` when there is no reply or the reply is an error, `Malformed` when it is not RESP.
        """
        reads = self._swept.reads
        answer = reads[read.place] if read.place < len(reads) else None
        return None if answer is None else reply(answer)
