"""What a collect is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar, overload

from . import answer, host, kept
from .contract import Server, Target
from .plan import Command, Prefetched
from .resp import Reply
from .word import word

T = TypeVar("T")


class Route(NamedTuple):
    """Where to run commands, on a cluster."""

    name: str
    argument: str | bytes | None = None

    @staticmethod
    def automatic() -> Route:
        """Follows the key of each command."""
        return Route("automatic")

    @staticmethod
    def node(id: str) -> Route:
        """On the node with this id."""
        return Route("node", id)

    @staticmethod
    def owner_of(key: str | bytes) -> Route:
        """On the owner of a key's slot."""
        return Route("owner-of", word(key))

    @staticmethod
    def replica_of(key: str | bytes) -> Route:
        """On a replica of the owner of a key's slot."""
        return Route("replica-of", word(key))

    @staticmethod
    def any() -> Route:
        """On any node."""
        return Route("any")


class State(NamedTuple):
    """What the collect before saved, with the version of the plugin that saved it."""

    plugin_version: str
    bytes: bytes


class Replies:
    """Replies to the commands of a `Request.pipeline`, in their order."""

    __slots__ = ("_answers",)

    def __init__(self, answers: list[Any]) -> None:
        self._answers = answers

    def reply(self, place: int) -> Reply:
        """The reply to the command at this place. Raises a `CallError` when there is none or it is an error, `Malformed`
        when it is not RESP."""
        return answer.reply(answer.of(self._answers, place))

    def bytes(self, place: int) -> bytes:
        """The reply to the command at this place as RESP3 bytes. Raises a `CallError` when there is none."""
        return answer.raw(answer.of(self._answers, place))

    def __len__(self) -> int:
        return len(self._answers)


class Request:
    """Everything a collect may depend on."""

    __slots__ = ("_inner",)

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def server(self) -> Server:
        """The server that answered."""
        return self._inner.server  # type: ignore[no-any-return]

    @property
    def target(self) -> Target:
        """Which target this call is about."""
        return self._inner.target  # type: ignore[no-any-return]

    @property
    def unix_ms(self) -> int:
        """When the scrape began, Unix time in milliseconds. A collector has no other clock."""
        return self._inner.unix_ms  # type: ignore[no-any-return]

    @property
    def state(self) -> State | None:
        """What the collect before this one saved."""
        state = self._inner.state
        return None if state is None else State(state.plugin_version, state.bytes)

    @overload
    def saved(self) -> Any: ...
    @overload
    def saved(self, kind: type[T]) -> T | None: ...
    def saved(self, kind: Any = None) -> Any:
        """What the collect before this one kept with `Report.keep`; None in the first, and when it is something else.

        With a type (a dataclass, `list[str]`, …) it is that; without, what JSON makes of it: dicts, lists, texts, numbers.
        """
        state = self._inner.state
        return None if state is None else kept.read(state.bytes, kind)

    def reply(self, prefetched: Prefetched) -> Reply:
        """The reply to a command of the plan. Raises a `CallError` when there is none or it is an error, `Malformed` when
        it is not RESP."""
        return answer.reply(answer.of(self._inner.prefetched, prefetched.place))

    def bytes(self, prefetched: Prefetched) -> bytes:
        """The reply to a command of the plan as RESP3 bytes. Raises a `CallError` when there is none."""
        return answer.raw(answer.of(self._inner.prefetched, prefetched.place))

    def pipeline(self, commands: Iterable[Command], route: Route = Route("automatic")) -> Replies:
        """Asks for commands that only a reply can name, in one round trip.

        What a plan can name is better prefetched: that costs no round trip of its own. Reads other than keyless statistics
        have to be among the plan's asks (`Plan.ask`); a command that is not granted is refused by itself, when its reply
        is read. Budgets of a collect, and of a page: 64 calls, 1,024 commands, 16 MiB of replies.

        Raises a `CallError` when there is no reply to any of them.
        """
        return Replies(host.pipeline(route, [command.record() for command in commands]))

    def nodes(self) -> list[Any]:
        """The nodes behind the target, each with `id`, `address`, `role`, `shard`, `primary`, `slots` and `extra`; one,
        without slots, outside a cluster. Raises a `CallError` when they are not known."""
        return host.nodes()

    def remaining(self) -> Any:
        """What is left of this call's budgets: `milliseconds` of wall time, `calls` of `pipeline` and `nodes`, `commands`,
        `bytes` of replies."""
        return host.remaining()
