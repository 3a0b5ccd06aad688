"""The contract's records where there is no component: the shapes that componentize-py gives them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

__all__ = [
    "Ask",
    "Bucketed",
    "Budget",
    "CallError_Denied",
    "CallError_Limit",
    "CallError_Other",
    "CallError_Server",
    "CallError_Timeout",
    "CallError_Unreachable",
    "Command",
    "Description",
    "Err",
    "Failure_NotApplicable",
    "Failure_Other",
    "Failure_Redis",
    "Family",
    "KeyRead",
    "Kind",
    "Node",
    "Ok",
    "Plan",
    "Problem",
    "Quantiled",
    "Refusal_Invalid",
    "Refusal_NotApplicable",
    "Refusal_Other",
    "Report",
    "Request",
    "Sample",
    "SavedState",
    "Server",
    "ServerError",
    "Sweep",
    "Swept",
    "Target",
]

T = TypeVar("T")
E = TypeVar("E")


@dataclass
class Ok(Generic[T]):
    """A result that went well."""

    value: T


@dataclass(frozen=True)
class Err(Generic[E], Exception):
    """A result that did not."""

    value: E


class Kind(Enum):
    """What a family measures: the types of OpenMetrics 1.0."""

    COUNTER = 0
    GAUGE = 1
    HISTOGRAM = 2
    GAUGE_HISTOGRAM = 3
    SUMMARY = 4
    INFO = 5
    STATE_SET = 6
    UNKNOWN = 7


@dataclass
class Command:
    database: int
    args: list[bytes]


@dataclass
class ServerError:
    code: str
    message: str


@dataclass
class CallError_Denied:
    value: str


@dataclass
class CallError_Limit:
    value: str


@dataclass
class CallError_Timeout:
    pass


@dataclass
class CallError_Unreachable:
    value: str


@dataclass
class CallError_Server:
    value: ServerError


@dataclass
class CallError_Other:
    value: str


@dataclass
class Server:
    """What is known of a server before anything is planned."""

    product: str
    version: str
    mode: str
    role: str
    databases: int
    extra: list[tuple[str, str]]


@dataclass
class Target:
    """Which server a call is about."""

    name: str
    labels: list[tuple[str, str]]
    node: str
    extra: list[tuple[str, str]]


@dataclass
class Family:
    name: str
    help: str
    unit: str
    kind: Kind
    label_names: list[str]


@dataclass
class Sample:
    family: int
    label_values: list[str]
    value: float


@dataclass
class Bucketed:
    family: int
    label_values: list[str]
    buckets: list[tuple[float, int]]
    sum: float
    count: int


@dataclass
class Quantiled:
    family: int
    label_values: list[str]
    quantiles: list[tuple[float, float]]
    sum: float
    count: int


@dataclass
class SavedState:
    plugin_version: str
    bytes: bytes


@dataclass
class Request:
    prepared: bytes
    target: Target
    server: Server
    prefetched: list[Any]
    state: SavedState | None
    unix_ms: int
    extra: list[tuple[str, str]]


@dataclass
class Report:
    samples: list[Sample]
    histograms: list[Bucketed]
    summaries: list[Quantiled]
    late: list[Family]
    warnings: list[str]
    partial: bool
    state: bytes | None
    extra: list[tuple[str, str]]


@dataclass
class Failure_NotApplicable:
    value: str


@dataclass
class Failure_Redis:
    value: Any


@dataclass
class Failure_Other:
    value: str


@dataclass
class Description:
    name: str
    version: str
    summary: str
    config_schema: str
    extra: list[tuple[str, str]]


@dataclass
class Ask:
    commands: list[str]
    keys: list[str]
    databases: list[int]


@dataclass
class KeyRead:
    before: list[bytes]
    after: list[bytes]
    types: list[str]


@dataclass
class Sweep:
    database: int
    pattern: bytes
    types: list[str]
    reads: list[KeyRead]


@dataclass
class Problem:
    """A fault in the configuration: a JSON Pointer (RFC 6901) into it, "" for the whole, and what is wrong there."""

    pointer: str
    message: str


@dataclass
class Plan:
    families: list[Family]
    late_prefixes: list[str]
    asks: list[Ask]
    prefetch: list[Command]
    sweeps: list[Sweep]
    scope: str
    problems: list[Problem]
    prepared: bytes
    extra: list[tuple[str, str]]


@dataclass
class Refusal_NotApplicable:
    value: str


@dataclass
class Refusal_Invalid:
    value: list[Problem]


@dataclass
class Refusal_Other:
    value: str


@dataclass
class Swept:
    """One key of a page."""

    key: bytes
    kind: str
    reads: list[Any]


@dataclass
class Node:
    """A node behind the target."""

    id: str
    address: str
    role: str
    shard: str
    primary: str
    slots: list[tuple[int, int]]
    extra: list[tuple[str, str]]


@dataclass
class Budget:
    """What is left of a call's budgets."""

    milliseconds: int
    calls: int
    commands: int
    bytes: int
