"""What the daemon asks of every plan, so that a test sees it first."""

from __future__ import annotations

from typing import Any

from ..plan import SWEEPS
from . import asks, families, rules
from .rules import Forbidden

# Reads of a sweep.
_MOST_READS = 16
# Bytes of the pattern of a sweep that is taken.
_LONGEST_PATTERN = 1 << 10

# Stands for a key: no word of a command is written so.
_KEY = b"\0key\0"


class MalformedPlan(Exception):
    """The daemon would refuse the plan: for every operator, whatever is granted."""


def check(plan: Any) -> None:
    """Raises the first thing that is wrong with a plan; of what it asks for, all."""
    fault = families.fault(plan.families) or asks.fault(plan.asks)
    if fault is not None:
        raise MalformedPlan(fault)
    for command in plan.prefetch:
        _read(command.args)
    if len(plan.sweeps) > SWEEPS:
        raise MalformedPlan(f"{len(plan.sweeps)} sweeps, more than the {SWEEPS} allowed")
    for sweep in plan.sweeps:
        _sweep(sweep)


def _sweep(sweep: Any) -> None:
    if len(sweep.reads) > _MOST_READS:
        raise MalformedPlan(f"{len(sweep.reads)} reads in a sweep, more than the {_MOST_READS} allowed")
    if len(sweep.pattern) > _LONGEST_PATTERN:
        raise MalformedPlan(f"a pattern of a sweep with {len(sweep.pattern)} bytes: {_LONGEST_PATTERN} are taken")
    for each in sweep.reads:
        args = [*each.before, _KEY, *each.after]
        read = _read(args)
        if read.reads != "keys" or read.key and args[read.key] != _KEY:
            raise MalformedPlan(f"{read.name} as a read of a sweep has to read the key that it is about, and no other")


def _read(args: list[bytes]) -> rules.Read:
    """What a command reads. It needs no ask: standing in the plan, it is asked for."""
    try:
        return rules.read(args)
    except Forbidden as forbidden:
        raise MalformedPlan(f"{forbidden}; no grant allows it") from None
