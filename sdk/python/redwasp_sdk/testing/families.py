"""What the daemon asks of families: their names, their labels, how many there are."""

from __future__ import annotations

import json
import re
from typing import Any

from ..contract import Kind
from ..family import series_names
from ..label import begin
from . import rules

HISTOGRAMS = (Kind.HISTOGRAM, Kind.GAUGE_HISTOGRAM)

# What the daemon puts before names, unless the operator says otherwise.
_NAMESPACE = "redis"
# Families of a plan, or of a plan and a report together.
_MOST_FAMILIES = 500
# Bytes of the name of a family or a label.
_LONGEST_NAME = 256

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def fault(families: list[Any]) -> str | None:
    """The first thing that is wrong with families, as the daemon says it under the namespace `redis`."""
    if len(families) > _MOST_FAMILIES:
        return f"{len(families)} families, more than the {_MOST_FAMILIES} allowed (limits.families)"
    taken: set[str] = set()
    for family in families:
        why = _twice(family, taken) or _of_name(family) or _of_labels(family)
        if why is not None:
            return f"{title(family)}: {why}"
    for family in families:
        if family.name in rules.OWN_FAMILIES or family.name.startswith(rules.OWN_PREFIX):
            return f"{title(family)}: the name is the exporter's own"
    return None


def title(family: Any) -> str:
    """`family "redis_orders"`."""
    return f"family {quoted(_cut(_qualified(family.name)))}"


def quoted(text: str) -> str:
    """A text between quotation marks."""
    return json.dumps(text, ensure_ascii=False)


def _twice(family: Any, taken: set[str]) -> str | None:
    for series in series_names(family):
        if series in taken:
            return f"{quoted(_cut(_qualified(series)))} is declared twice"
        taken.add(series)
    return None


def _of_name(family: Any) -> str | None:
    name = _qualified(family.name)
    for each in (name, *family.label_names):
        size = len(_cut(each).encode())
        if size > _LONGEST_NAME:
            return f"a name of {size} bytes, more than the {_LONGEST_NAME} allowed"
    if not _NAME.fullmatch(name):
        return "not a metric name: letters, digits and _ are, and no digit first"
    for suffix in ("_bucket", "_sum"):
        if name.endswith(suffix):
            return f"only a histogram or a summary may own the suffix {suffix}"
    return None


def _of_labels(family: Any) -> str | None:
    names = family.label_names
    reserved = "le" if family.kind in HISTOGRAMS else "quantile" if family.kind is Kind.SUMMARY else None
    for place, name in enumerate(names):
        if not _NAME.fullmatch(name) or name.startswith("__"):
            return f"{quoted(name)} is not a label name"
        if name == reserved:
            return f"the label {name} belongs to the type"
        if name in names[:place]:
            return f"label {quoted(name)} twice"
    return None


def _qualified(name: str) -> str:
    return f"{_NAMESPACE}_{name}"


def _cut(name: str) -> str:
    """A name that is too long, so that it is still seen to be."""
    return begin(name.encode(), _LONGEST_NAME + 4).decode()
