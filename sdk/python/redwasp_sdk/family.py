"""Families: what a sample belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import contract
from .contract import Kind
from .label import whole

_UNITS = ("seconds", "bytes", "ratio", "celsius")
_SUFFIXES = {
    Kind.HISTOGRAM: ("", "_bucket", "_sum", "_count"),
    Kind.GAUGE_HISTOGRAM: ("", "_bucket", "_sum", "_count"),
    Kind.SUMMARY: ("", "_sum", "_count"),
}


class Handle:
    """A family that was declared: where it stands, its name and how many labels it has. Travels with the collector."""

    __slots__ = ("index", "labels", "name")
    wants = "a family"

    def __init__(self, index: int, name: str, labels: int) -> None:
        self.index = index
        self.name = name
        self.labels = labels

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.index, self.name, self.labels)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class Family(Handle):
    """A family of gauges, counters or other single values."""

    __slots__ = ()
    wants = "a family of single values"


class Histogram(Handle):
    """A family of histograms."""

    __slots__ = ()
    wants = "a histogram"


class Summary(Handle):
    """A family of summaries."""

    __slots__ = ()
    wants = "a summary"


def handle(kind: Kind, index: int, name: str, labels: int) -> Any:
    """The handle that fits the kind."""
    if kind in (Kind.HISTOGRAM, Kind.GAUGE_HISTOGRAM):
        return Histogram(index, name, labels)
    return (Summary if kind is Kind.SUMMARY else Family)(index, name, labels)


def record(kind: Kind, name: str, help: str, labels: Sequence[str]) -> contract.Family:
    """A family as the contract carries it."""
    if isinstance(labels, str):
        raise TypeError(f"the label names of {name} are a list of texts, not one text")
    return contract.Family(whole(name), whole(help), unit(name), kind, [whole(label) for label in labels])


def series_names(family: contract.Family) -> Iterator[str]:
    """The names of the series that a family is written as, and its own."""
    for suffix in _SUFFIXES.get(family.kind, ("",)):
        yield family.name + suffix


def unit(name: str) -> str:
    """The unit is the name's suffix (https://prometheus.io/docs/practices/naming/#base-units)."""
    name = name.removesuffix("_total")
    return next((unit for unit in _UNITS if name.endswith(f"_{unit}")), "")
