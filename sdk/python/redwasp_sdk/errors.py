"""What can go wrong, by type. Raise them, catch them; what is not caught tells the daemon why there is no report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import contract
from .contract import Problem


class Failure(Exception):
    """Why there is no report. Anything else that is raised is a failure too, told with file and line."""


class NotApplicable(Failure):
    """What is measured does not exist here: not an error.

    Raised in `configure`, the collector is not called on this kind of server at all; raised later, it has nothing to
    report at this moment.
    """


class Failed(Failure):
    """There is no report, for the reason given."""


class CallError(Failure):
    """Why a command has no reply. Its text says it in words."""


class Denied(CallError):
    """Policy or grants said no; nothing was sent. The text says what to grant."""


class Limit(CallError):
    """A budget of this call ran out. The text says which."""


class Timeout(CallError):
    """The deadline passed before the reply was complete."""

    def __init__(self) -> None:
        super().__init__("no reply in time")

    def __reduce__(self) -> tuple[Any, ...]:
        return Timeout, ()


class Unreachable(CallError):
    """No connection, or it was lost."""


class ServerError(CallError):
    """The server answered with an error. `code` is its first word, e.g. "WRONGTYPE"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {self.message}" if self.message else self.code

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServerError) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


class OtherError(CallError):
    """No reply for a reason that is newer than this list."""


class Malformed(Failure):
    """Bytes that are not one RESP3 value: where, in bytes from the start, and what is wrong there."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"the reply is not RESP3: {reason} at byte {offset}")
        self.offset = offset
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return Malformed, (self.offset, self.reason)


class Mismatch(Failure):
    """A reply has another shape than the collector expected."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"the reply holds {found} where {expected} was expected")
        self.expected = expected
        self.found = found

    def __reduce__(self) -> tuple[Any, ...]:
        return Mismatch, (self.expected, self.found)


class Invalid(Exception):
    """The configuration is wrong. Every problem at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(": ".join(filter(None, (each.pointer, each.message))) for each in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return Invalid, (self.problems,)


def call_error(error: Any) -> CallError:
    """The contract's error as an exception."""
    match error:
        case contract.CallError_Denied(value):
            return Denied(value)
        case contract.CallError_Limit(value):
            return Limit(value)
        case contract.CallError_Timeout():
            return Timeout()
        case contract.CallError_Unreachable(value):
            return Unreachable(value)
        case contract.CallError_Server(value):
            return ServerError(value.code, value.message)
        case contract.CallError_Other(value):
            return OtherError(value)
    return OtherError(repr(error))


def record(error: CallError) -> Any:
    """The exception as the contract's error."""
    match error:
        case Denied():
            return contract.CallError_Denied(str(error))
        case Limit():
            return contract.CallError_Limit(str(error))
        case Timeout():
            return contract.CallError_Timeout()
        case Unreachable():
            return contract.CallError_Unreachable(str(error))
        case ServerError(code=code, message=message):
            return contract.CallError_Server(contract.ServerError(code, message))
    return contract.CallError_Other(str(error))
