"""What a collect returns: samples for the families of the plan."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import contract, family, kept, number
from .contract import Bucketed, Kind, Quantiled, Sample
from .family import Family, Handle, Histogram, Summary
from .label import whole

_MOST = 0xFFFFFFFFFFFFFFFF


class Buckets:
    """Counts what it is shown in the buckets of a histogram. Bounds ascend; +Inf is implied, and may be given as the last.

    Raises `ValueError` for a bound that is not larger than the one before it, or is no number.
    """

    __slots__ = ("_bounds", "_counts", "count", "sum")

    def __init__(self, bounds: Iterable[float]) -> None:
        self._bounds = [float(bound) for bound in bounds]
        for place, bound in enumerate(self._bounds):
            if bound != bound:
                raise ValueError("NaN is no bound")
            if place > 0 and not self._bounds[place - 1] < bound:
                raise ValueError(f"{number.text(bound)} is not larger than {number.text(self._bounds[place - 1])}")
        if self._bounds and self._bounds[-1] == math.inf:
            self._bounds.pop()
        self._counts = [0] * len(self._bounds)
        self.sum = 0.0
        self.count = 0

    def observe(self, value: float) -> None:
        """Counts a value. What is above all bounds, or no number, counts in +Inf alone."""
        self.count += 1
        self.sum += value
        place = bisect_left(self._bounds, value) if value == value else len(self._bounds)
        if place < len(self._bounds):
            self._counts[place] += 1

    def cumulative(self) -> list[tuple[float, int]]:
        """Each bound with how many values are not larger."""
        counts, sum = [], 0
        for bound, count in zip(self._bounds, self._counts, strict=True):
            sum += count
            counts.append((bound, sum))
        return counts


class Report:
    """Collects the samples of one collect, or of the end of a walk."""

    def __init__(self, first_late: int, is_of_walk: bool = False) -> None:
        self._first_late = first_late
        self._is_of_walk = is_of_walk
        self._late: dict[str, int] = {}
        # How many series the histograms and summaries are written as.
        self._bucketed = 0
        self._inner = contract.Report([], [], [], [], [], False, None, [])

    def set(self, family: Family, labels: Sequence[str], value: float) -> None:
        """Sets one sample, with as many label values as the family has labels. For bytes that came from Redis,
        `label.text` makes the label value."""
        values = _labels(family, Family, labels)
        self._inner.samples.append(Sample(family.index, values, _number(family, value)))

    def histogram(
        self,
        family: Histogram,
        labels: Sequence[str],
        buckets: Buckets | Iterable[tuple[float, int]],
        sum: float | None = None,
        count: int | None = None,
    ) -> None:
        """Sets one histogram: `Buckets`, or pairs of (upper bound, cumulative count), ascending, with their sum and
        count; +Inf may be left out."""
        values = _labels(family, Histogram, labels)
        if isinstance(buckets, Buckets):
            pairs, sum, count = buckets.cumulative(), buckets.sum, buckets.count
        else:
            pairs = [(_number(family, bound), _count(family, each)) for bound, each in buckets]
        if sum is None or count is None:
            raise TypeError(f"{family.name}: pairs of bounds and counts need their sum and count")
        self._bucketed += len(pairs) + 3
        self._inner.histograms.append(Bucketed(family.index, values, pairs, _number(family, sum), _count(family, count)))

    def summary(
        self, family: Summary, labels: Sequence[str], quantiles: Iterable[tuple[float, float]], sum: float, count: int
    ) -> None:
        """Sets one summary. `quantiles` are (quantile as it is written in the label, value)."""
        values = _labels(family, Summary, labels)
        pairs = [(_number(family, quantile), _number(family, value)) for quantile, value in quantiles]
        self._bucketed += len(pairs) + 2
        self._inner.summaries.append(Quantiled(family.index, values, pairs, _number(family, sum), _count(family, count)))

    def late(self, kind: Kind, name: str, help: str, labels: Sequence[str] = ()) -> Any:
        """Declares a family that only this collect knows, and gives its handle.

        Its name begins with a prefix that the plan reserved (`Plan.late_prefix`), and is not one that the plan declared
        (`Plan.series_names`). A name declared again with the same kind and labels is the same family, with the first
        one's help.
        """
        record = family.record(kind, name, help, labels)
        known = self._late.get(record.name)
        late = self._inner.late
        if known is None or (late[known].kind, late[known].label_names) != (kind, record.label_names):
            known = self._late[record.name] = len(late)
            late.append(record)
        return family.handle(kind, self._first_late + known, record.name, len(record.label_names))

    def late_sample(self, kind: Kind, name: str, help: str, labels: Mapping[str, str], value: float) -> None:
        """Sets a sample of a family of single values that only this collect knows, with labels that only this collect
        knows. Samples of one name have the same label names in the same order: the host leaves others out."""
        self.set(self.late(kind, name, help, list(labels)), list(labels.values()), value)

    def facts(self, name: str, help: str, labels: Mapping[str, str]) -> None:
        """Sets the one sample of an info family whose labels only this collect knows."""
        self.late_sample(Kind.INFO, name, help, labels, 1.0)

    def series(self) -> int:
        """How many series the report is written as so far, buckets and quantiles included. The host refuses a report of
        more than 10,000: a collector that cannot know how many there will be stops before."""
        return len(self._inner.samples) + self._bucketed

    def warn(self, message: str) -> None:
        """Tells the operator something, in the host's log: once, as long as each report has it."""
        self._inner.warnings.append(whole(str(message)))

    def partial(self) -> None:
        """Says that not everything could be read."""
        self._inner.partial = True

    def save(self, state: bytes) -> None:
        """Bytes that the next collect gets back, if this one succeeds. Raises `RuntimeError` in `Sweeper.end`: the host gives
        no state to a walk."""
        self._set_state("save", bytes(state))

    def keep(self, value: Any) -> None:
        """As `save`, for a value: `Request.saved` of the next collect gives it back.

        It is what JSON can hold: dataclasses, dicts with texts as keys, lists, tuples, sets, texts, numbers. The host
        refuses a report whose state is longer than 64 KiB, so what is kept has a bound. Raises `TypeError` for the rest, and
        `RuntimeError` in `Sweeper.end`: the host gives no state to a walk.
        """
        self._set_state("keep", kept.write(value))

    def finish(self) -> contract.Report:
        """The report as the contract carries it."""
        return self._inner

    def _set_state(self, function: str, state: bytes) -> None:
        if self._is_of_walk:
            # The host would drop it, and nobody would know.
            raise RuntimeError(f"a walk keeps no state: {function} is for collect")
        self._inner.state = state


def _labels(family: Any, wanted: type[Handle], labels: Sequence[str]) -> list[str]:
    """The label values, if they fit: what does not would end the component without a word."""
    if type(family) is not wanted:
        what = family.name if isinstance(family, Handle) else repr(family)
        raise TypeError(f"{what} is not {wanted.wants}")
    if not _is_list(labels) or len(labels) != family.labels:
        raise _wrong_labels(family, labels)
    for value in labels:
        if type(value) is not str or not value.isascii():
            return [_label(family, value) for value in labels]
    return list(labels)


def _is_list(labels: Any) -> bool:
    return isinstance(labels, (list, tuple)) or isinstance(labels, Sequence) and not isinstance(labels, (str, bytes))


def _label(family: Handle, value: Any) -> str:
    if isinstance(value, str):
        return whole(value)
    hint = "; label.text makes one of bytes" if isinstance(value, bytes) else ""
    raise TypeError(f"{family.name}: a label value is a text, not {type(value).__name__}{hint}")


def _wrong_labels(family: Handle, labels: Any) -> Exception:
    if not _is_list(labels):
        what = "one text" if isinstance(labels, str) else "None" if labels is None else type(labels).__name__
        return TypeError(f"{family.name}: label values are a list of texts, not {what}")
    return ValueError(f"{family.name} has {family.labels} labels, and {len(labels)} values were given")


def _number(family: Handle, value: Any) -> float:
    """What is a number, also one of another type. Not a text: float() takes `1_000` and digits of other scripts."""
    if type(value) is float:
        return value
    if isinstance(value, (str, bytes, bytearray)):
        what = "a text" if isinstance(value, str) else "bytes"
        raise ValueError(f"{family.name}: a value is a number, not {what}; number.parse makes one of {what}")
    try:
        return float(value)
    except OverflowError:
        raise OverflowError(f"{family.name}: a value is too large for a number of 64 bits") from None
    except (TypeError, ValueError):
        raise TypeError(f"{family.name}: a value is a number, not {type(value).__name__}") from None


def _count(family: Handle, count: int) -> int:
    if not isinstance(count, int) or not 0 <= count <= _MOST:
        raise ValueError(f"{family.name}: {count!r} is no count")
    return int(count)
