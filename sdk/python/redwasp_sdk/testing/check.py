"""What the daemon asks of every report, so that a test sees it first."""

from __future__ import annotations

import json
import re
from typing import Any

from ..family import series_names

# Families of a plan and a report together.
_MOST_FAMILIES = 500
# Series of a report, buckets and quantiles included, unless the operator says otherwise.
MOST_SERIES = 10_000
# Sweeps of a plan.
_MOST_SWEEPS = 256

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


def _series(report: Any) -> int:
    histograms = sum(len(histogram.buckets) + 3 for histogram in report.histograms)
    summaries = sum(len(summary.quantiles) + 2 for summary in report.summaries)
    return len(report.samples) + histograms + summaries


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
