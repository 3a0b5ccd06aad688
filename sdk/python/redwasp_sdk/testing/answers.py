"""What a bench answers, in the place of the host."""

from __future__ import annotations

from typing import Any

from .. import contract
from .._native import Budget, Node, Swept
from ..contract import Command, Err, Ok
from ..errors import Limit
from .asks import denied
from .glob import matches

# What a collect has when it begins, and a page.
_MILLISECONDS, _CALLS, _COMMANDS, _BYTES = 2000, 64, 1024, 16 << 20

Log = list[tuple[str, str, dict[str, str]]]
"""Level, message and fields of each line."""


class Answers:
    """The host of a bench: canned replies, within the budgets of a call."""

    def __init__(self, role: str) -> None:
        self.replies: list[tuple[bytes, Any]] = []
        self.known_nodes: list[Any] = [Node("", "localhost:6379", role, "", "", [], [])]
        self.logs: Log = []
        # Of the plan under test.
        self.asks: list[Any] = []
        self.begin_call()

    def begin_call(self) -> None:
        """Another call begins, with budgets of its own."""
        self._calls = self._commands = self._bytes = 0

    def pipeline(self, route: Any, commands: list[Command]) -> list[Any]:
        """Answers as the host does."""
        self._admit(len(commands))
        answers = [self._asked(command) for command in commands]
        self._bytes += sum(len(answer.value) for answer in answers if isinstance(answer, Ok))
        return answers

    def nodes(self) -> list[Any]:
        """Answers as the host does."""
        self._admit(0)
        return self.known_nodes

    def remaining(self) -> Any:
        """Answers as the host does."""
        left = _CALLS - self._calls, _COMMANDS - self._commands, max(_BYTES - self._bytes, 0)
        return Budget(_MILLISECONDS, *left)

    def log(self, level: str, message: str, fields: list[tuple[str, str]]) -> None:
        """Takes what is written to the log."""
        self.logs.append((level, message, dict(fields)))

    def answer(self, command: Command, before: int) -> Any:
        """The answer to a command that has been answered so many times."""
        words = b" ".join(command.args)
        answers = [answer for known, answer in self.replies if known == words]
        if answers:
            return answers[min(before, len(answers) - 1)]
        text = words.decode("utf-8", "replace")
        return Err(contract.CallError_Denied(f"the bench has no reply to {text}"))

    def found(self, key: tuple[int, bytes, str], sweep: Any) -> Any:
        """A key with what the sweep reads of it; None if it is not one of its keys."""
        database, name, type = key

        def is_of(types: list[str]) -> bool:
            return not types or type.lower() in [each.lower() for each in types]

        if database != sweep.database or not is_of(sweep.types) or not matches(sweep.pattern, name):
            return None
        reads = []
        for read in sweep.reads:
            command = Command(sweep.database, [*read.before, name, *read.after])
            reads.append(self.answer(command, 0) if is_of(read.types) else None)
        names_types = sweep.types or any(read.types for read in sweep.reads)
        return Swept(name, type if names_types else "", reads)

    def _asked(self, command: Command) -> Any:
        """The answer to a command of a pipeline: what the plan does not ask for is denied, whatever the test has for it."""
        denial = denied(self.asks, command)
        return self.answer(command, 0) if denial is None else Err(contract.CallError_Denied(denial))

    def _admit(self, commands: int) -> None:
        """Counts a call of so many commands. Raises `Limit` when the budgets do not allow it."""
        if self._calls >= _CALLS:
            raise Limit(f"more than {_CALLS} calls (limits.calls)")
        self._calls += 1
        if self._commands + commands > _COMMANDS:
            raise Limit(f"more than {_COMMANDS} commands in one collect (limits.commands)")
        self._commands += commands


def recorded(swept: Swept, sweep: Any) -> Swept:
    """What was recorded of a key, with as many reads as the sweep has now."""
    lacking = Err(contract.CallError_Denied("the recording has no such read"))
    reads = [*swept.reads, *[lacking] * len(sweep.reads)][: len(sweep.reads)]
    return Swept(swept.key, swept.kind, reads)
