"""What the daemon asks of every report, so that a test sees it first."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from ..contract import Kind
from ..family import series_names

# Families of a plan and a report together.
_MOST_FAMILIES = 500
# Series of a report, buckets and quantiles included, unless the operator says otherwise.
MOST_SERIES = 10_000
# Sweeps of a plan.
_MOST_SWEEPS = 256

# Bytes of a state.
_MOST_STATE = 64 << 10
_HISTOGRAMS = (Kind.HISTOGRAM, Kind.GAUGE_HISTOGRAM)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class MalformedReport(Exception):
    """The daemon would not take the whole report."""


def report(report: Any, plan: Any, most_series: int = MOST_SERIES) -> None:
    """Raises the first thing that is wrong with a plan and its report."""
    if len(plan.sweeps) > _MOST_SWEEPS:
        raise MalformedReport(f"{len(plan.sweeps)} sweeps, more than {_MOST_SWEEPS}")
    families = [*plan.families, *report.late]
    if len(families) > _MOST_FAMILIES:
        raise MalformedReport(f"{len(families)} families, more than {_MOST_FAMILIES}")
    taken: set[str] = set()
    for family in families:
        name = _quoted(family.name)
        if not _NAME.fullmatch(family.name) or family.name.endswith(("_bucket", "_sum")):
            raise MalformedReport(f"{name} cannot be the name of a family")
        for series in series_names(family):
            if series in taken:
                raise MalformedReport(f"family {name}: {_quoted(series)} is declared twice")
            taken.add(series)
    for family in report.late:
        if not family.name.startswith(tuple(plan.late_prefixes)):
            raise MalformedReport(f"late family {_quoted(family.name)} begins with no reserved prefix")
    series_of_all = _series(report)
    if series_of_all > most_series:
        raise MalformedReport(f"{series_of_all} samples, more than {most_series}")
    _samples(report, families)
    if report.state is not None and len(report.state) > _MOST_STATE:
        size = len(report.state)
        raise MalformedReport(f"a state of {size} bytes, more than the {_MOST_STATE} allowed (limits.state)")


def _samples(report: Any, families: list[Any]) -> None:
    """Raises when a sample does not fit the family that it is of."""
    for sample in report.samples:
        family = _family_of(families, sample)
        if family.kind in (*_HISTOGRAMS, Kind.SUMMARY):
            raise _of(family, "a single value for a histogram or a summary")
    for histogram in report.histograms:
        family = _family_of(families, histogram)
        if family.kind not in _HISTOGRAMS:
            raise _of(family, "a histogram for a family of another kind")
        buckets = histogram.buckets
        is_ascending = all(one[0] < next[0] and one[1] <= next[1] for one, next in itertools.pairwise(buckets))
        if not is_ascending or buckets and buckets[-1][1] > histogram.count:
            raise _of(family, "buckets are not ascending and cumulative")
    for summary in report.summaries:
        family = _family_of(families, summary)
        if family.kind is not Kind.SUMMARY:
            raise _of(family, "a summary for a family of another kind")
        if not all(one[0] < next[0] for one, next in itertools.pairwise(summary.quantiles)):
            raise _of(family, "quantiles are not ascending")


def _family_of(families: list[Any], sample: Any) -> Any:
    if not 0 <= sample.family < len(families):
        raise MalformedReport(f"a sample of family {sample.family}, of {len(families)}")
    family = families[sample.family]
    values, names = len(sample.label_values), len(family.label_names)
    if values != names:
        raise _of(family, f"{values} label values for {names} label names")
    return family


def _of(family: Any, fault: str) -> MalformedReport:
    return MalformedReport(f"family {_quoted(family.name)}: {fault}")


def _series(report: Any) -> int:
    histograms = sum(len(histogram.buckets) + 3 for histogram in report.histograms)
    summaries = sum(len(summary.quantiles) + 2 for summary in report.summaries)
    return len(report.samples) + histograms + summaries


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
