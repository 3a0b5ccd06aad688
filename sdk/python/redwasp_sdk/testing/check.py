"""What the daemon asks of every report, so that a test sees it first."""

from __future__ import annotations

import itertools
import math
from typing import Any

from ..contract import Kind
from . import families as declared
from .families import HISTOGRAMS, quoted, title
from .page import labels

# Series of a report, buckets and quantiles included, unless the operator says otherwise.
MOST_SERIES = 10_000

# Bytes of a state.
_MOST_STATE = 64 << 10


class MalformedReport(Exception):
    """The daemon would not take the report as it is."""


def report(report: Any, plan: Any, most_series: int = MOST_SERIES) -> None:
    """Raises the first thing that is wrong with a report."""
    families = [*plan.families, *report.late]
    fault = declared.fault(families)
    if fault is not None:
        raise MalformedReport(fault)
    for family in report.late:
        if not family.name.startswith(tuple(plan.late_prefixes)):
            raise MalformedReport(f"late family {quoted(family.name)} begins with no reserved prefix")
    series_of_all = _series(report)
    if series_of_all > most_series:
        raise MalformedReport(f"{series_of_all} samples, more than the {most_series} allowed (limits.samples)")
    _samples(report, families)
    if report.state is not None and len(report.state) > _MOST_STATE:
        size = len(report.state)
        raise MalformedReport(f"a state of {size} bytes, more than the {_MOST_STATE} allowed (limits.state)")
    _no_series_twice(report, families)


def _samples(report: Any, families: list[Any]) -> None:
    """Raises when a sample does not fit the family that it is of."""
    for sample in report.samples:
        family = _family_of(families, sample)
        if family.kind in (*HISTOGRAMS, Kind.SUMMARY):
            raise _of(family, "a single value for a histogram or a summary")
    for histogram in report.histograms:
        family = _family_of(families, histogram)
        if family.kind not in HISTOGRAMS:
            raise _of(family, "a histogram or a summary for a family of single values")
        if not _is_cumulative(_below(histogram), histogram.count):
            raise _of(family, "buckets are not ascending and cumulative")
    for summary in report.summaries:
        family = _family_of(families, summary)
        if family.kind is not Kind.SUMMARY:
            raise _of(family, "a histogram or a summary for a family of single values")
        if not all(one[0] < next[0] for one, next in itertools.pairwise(summary.quantiles)):
            raise _of(family, "quantiles are not ascending")


def _below(histogram: Any) -> list[tuple[float, int]]:
    """Its buckets but the last of all, which is the count, whether it is there or not."""
    buckets: list[tuple[float, int]] = histogram.buckets
    return buckets[:-1] if buckets and buckets[-1] == (math.inf, histogram.count) else buckets


def _is_cumulative(below: list[tuple[float, int]], count: int) -> bool:
    if not all(one[0] < next[0] and one[1] <= next[1] for one, next in itertools.pairwise(below)):
        return False
    return not below or below[-1][0] < math.inf and below[-1][1] <= count


def _no_series_twice(report: Any, families: list[Any]) -> None:
    """Raises when two samples have the same family and the same label values."""
    seen: set[tuple[Any, ...]] = set()
    for sample in (*report.samples, *report.histograms, *report.summaries):
        series = sample.family, *sample.label_values
        if series in seen:
            family = families[sample.family]
            of_labels = labels(family, sample)
            which = f"the series {of_labels}" if of_labels else "the series"
            raise _of(family, f"{which} is given twice; the daemon keeps the first")
        seen.add(series)


def _family_of(families: list[Any], sample: Any) -> Any:
    if not 0 <= sample.family < len(families):
        raise MalformedReport(f"a sample of family {sample.family}, of {len(families)}")
    family = families[sample.family]
    values, names = len(sample.label_values), len(family.label_names)
    if values != names:
        raise _of(family, f"{values} label values for {names} label names")
    return family


def _of(family: Any, fault: str) -> MalformedReport:
    return MalformedReport(f"{title(family)}: {fault}")


def _series(report: Any) -> int:
    histograms = sum(len(_below(histogram)) + 3 for histogram in report.histograms)
    summaries = sum(len(summary.quantiles) + 2 for summary in report.summaries)
    return len(report.samples) + histograms + summaries
