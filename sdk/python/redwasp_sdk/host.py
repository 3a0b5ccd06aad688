"""The way to the host's imports; in a native test, to the bench."""

from __future__ import annotations

from typing import Any, Protocol

from . import contract
from .contract import Err
from .errors import call_error


class Host(Protocol):
    """Who answers."""

    def pipeline(self, route: Any, commands: list[contract.Command]) -> list[Any]: ...
    def nodes(self) -> list[Any]: ...
    def remaining(self) -> Any: ...
    def log(self, level: str, message: str, fields: list[tuple[str, str]]) -> None: ...


class Component:
    """The host of a component."""

    def pipeline(self, route: Any, commands: list[contract.Command]) -> list[Any]:
        """Asks Redis."""
        redis = self._redis()
        try:
            return redis.pipeline(_route(redis, route), commands)  # type: ignore[no-any-return]
        except Err as error:
            raise call_error(error.value) from None

    def nodes(self) -> list[Any]:
        """Tells of the nodes behind the target."""
        try:
            return self._redis().nodes()  # type: ignore[no-any-return]
        except Err as error:
            raise call_error(error.value) from None

    def remaining(self) -> Any:
        """Tells what is left of the budgets."""
        return self._redis().remaining()

    def log(self, level: str, message: str, fields: list[tuple[str, str]]) -> None:
        """Writes a line of the host's log; in a world without one, of what is told with the report."""
        if contract.log is None:
            said.append(" ".join([message, *(f"{name}={value}" for name, value in fields)]))
        else:
            contract.log.write(contract.log.Level[level.upper()], message, fields)

    @staticmethod
    def _redis() -> Any:
        if contract.redis is None:
            raise RuntimeError('this plugin cannot ask Redis while it runs: say world = "active" in plugin.toml')
        return contract.redis


def _route(redis: Any, route: Any) -> Any:
    match route.name:
        case "node":
            return redis.Route_Node(route.argument)
        case "owner-of":
            return redis.Route_OwnerOf(route.argument)
        case "replica-of":
            return redis.Route_ReplicaOf(route.argument)
        case "any":
            return redis.Route_Any()
    return redis.Route_Automatic()


said: list[str] = []
"""Lines of a world without a log, of the call that is under way."""

current: Host = Component()
"""Who answers now: a bench puts itself here while it collects."""


def pipeline(route: Any, commands: list[contract.Command]) -> list[Any]:
    """Asks whoever answers now."""
    return current.pipeline(route, commands)


def nodes() -> list[Any]:
    """The nodes behind the target."""
    return current.nodes()


def remaining() -> Any:
    """What is left of this call's budgets."""
    return current.remaining()
