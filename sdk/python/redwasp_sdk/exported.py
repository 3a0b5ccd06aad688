"""Which class of a plugin is its collector."""

from __future__ import annotations

from typing import Any, TypeVar

from .collector import Collector

K = TypeVar("K", bound=type[Collector[Any]])

collectors: list[type[Collector[Any]]] = []
"""What was exported; of a component, one class."""


def export(kind: K) -> K:
    """Makes a class the collector of this plugin: the last line of its module, or a decorator of the class. Natively it
    does nothing."""
    if not (isinstance(kind, type) and issubclass(kind, Collector)):
        raise TypeError(f"{kind!r} is no class of a Collector")
    collectors.append(kind)
    return kind
