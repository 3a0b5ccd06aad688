"""What became of a command: a reply or why there is none."""

from __future__ import annotations

from typing import Any

from .contract import Ok
from .errors import OtherError, ServerError, call_error
from .resp import Reply, decode


def of(answers: list[Any], place: int) -> Any:
    """The answer at a place."""
    if 0 <= place < len(answers):
        return answers[place]
    raise OtherError("the host gave no reply to this command")


def raw(answer: Any) -> bytes:
    """The bytes of a reply. Raises a `CallError` when there is none."""
    if isinstance(answer, Ok):
        return answer.value  # type: ignore[no-any-return]
    raise call_error(answer.value)


def reply(answer: Any) -> Reply:
    """The reply. Raises a `CallError` when there is none or it is an error, `Malformed` when it is not RESP."""
    decoded = decode(raw(answer))
    error = decoded.error
    if error is not None:
        raise ServerError(*error)
    return decoded
