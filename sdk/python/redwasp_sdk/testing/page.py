"""A report as text, for assertions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .. import number
from ..contract import Kind

_TYPES = {
    Kind.COUNTER: "counter",
    Kind.GAUGE: "gauge",
    Kind.INFO: "gauge",
    Kind.STATE_SET: "gauge",
    Kind.HISTOGRAM: "histogram",
    Kind.GAUGE_HISTOGRAM: "histogram",
    Kind.SUMMARY: "summary",
    Kind.UNKNOWN: "untyped",
}


class Fault(NamedTuple):
    """A part of the configuration that is not used; equal to the pair of both."""

    pointer: str
    """JSON Pointer to it."""
    message: str
    """What is wrong there."""


class Page:
    """The families of a plan with the samples of one report."""

    def __init__(self, plan: Any, report: Any, logs: list[tuple[str, str, dict[str, str]]]) -> None:
        self._families = [*plan.families, *report.late]
        self._problems = plan.problems
        self._report = report
        self._logs = logs

    def text(self, namespace: str) -> str:
        """The page in Prometheus' text format, families and labels sorted, as the daemon would serve it under a
        namespace. Families without samples are left out."""
        blocks = []
        for index, family in enumerate(self._families):
            name = f"{namespace}_{family.name}"
            lines = "".join(f"{line}\n" for line in self._lines(index, family, name))
            if lines:
                blocks.append((name, f"# HELP {name} {family.help}\n# TYPE {name} {_TYPES[family.kind]}\n{lines}"))
        return "".join(block for _, block in sorted(blocks))

    def value(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """The value of one sample; None when it is not there. `name` is without namespace."""
        for index, family in enumerate(self._families):
            if family.name != name:
                continue
            wanted = [(labels or {}).get(label) for label in family.label_names]
            for sample in self._report.samples:
                if sample.family == index and sample.label_values == wanted:
                    return sample.value  # type: ignore[no-any-return]
            return None
        return None

    def problems(self) -> list[Fault]:
        """What of the configuration is not used."""
        return [Fault(problem.pointer, problem.message) for problem in self._problems]

    def warnings(self) -> list[str]:
        """What the collector warned of."""
        return self._report.warnings  # type: ignore[no-any-return]

    def state(self) -> bytes | None:
        """What the collector saved for its next collect; None keeps what it has."""
        return self._report.state  # type: ignore[no-any-return]

    def is_partial(self) -> bool:
        """Whether the collector says that not everything could be read."""
        return self._report.partial  # type: ignore[no-any-return]

    def logs(self) -> list[tuple[str, str, dict[str, str]]]:
        """What the collector wrote to the log: level, message, fields."""
        return self._logs

    def _lines(self, index: int, family: Any, name: str) -> Iterator[str]:
        for sample in self._report.samples:
            if sample.family == index:
                yield f"{name}{labels(family, sample)} {number.text(sample.value)}"
        for histogram in self._report.histograms:
            if histogram.family == index:
                below = [pair for pair in histogram.buckets if pair[0] != math.inf]
                for bound, count in [*below, (math.inf, histogram.count)]:
                    yield f"{name}_bucket{labels(family, histogram, ('le', bound))} {count}"
                yield f"{name}_sum{labels(family, histogram)} {number.text(histogram.sum)}"
                yield f"{name}_count{labels(family, histogram)} {histogram.count}"
        for summary in self._report.summaries:
            if summary.family == index:
                for quantile, value in summary.quantiles:
                    yield f"{name}{labels(family, summary, ('quantile', quantile))} {number.text(value)}"
                yield f"{name}_sum{labels(family, summary)} {number.text(summary.sum)}"
                yield f"{name}_count{labels(family, summary)} {summary.count}"


def labels(family: Any, sample: Any, more: tuple[str, float] | None = None) -> str:
    """The labels of a sample as they stand on the page, with one more; "" when there are none."""
    pairs = sorted(f'{name}="{_escaped(value)}"' for name, value in zip(family.label_names, sample.label_values, strict=True))
    if more is not None:
        pairs.append(f'{more[0]}="{number.text(more[1])}"')
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
