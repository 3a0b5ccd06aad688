"""The contract's records: those of the component, or the same shapes where there is none (in a native test).

Collectors do not need them: `Plan`, `Report` and `Request` make and read them.
"""

# ruff: noqa: F401
from __future__ import annotations

try:
    from componentize_py_types import Err, Ok
    from wit_world.exports.collector import (
        Ask,
        Description,
        KeyRead,
        Plan,
        Problem,
        Refusal_Invalid,
        Refusal_NotApplicable,
        Sweep,
    )
    from wit_world.imports.calls import (
        Failure_NotApplicable,
        Failure_Other,
        Failure_Redis,
        Report,
        Request,
        SavedState,
    )
    from wit_world.imports.metrics import Bucketed, Family, Kind, Quantiled, Sample
    from wit_world.imports.types import (
        CallError_Denied,
        CallError_Limit,
        CallError_Other,
        CallError_Server,
        CallError_Timeout,
        CallError_Unreachable,
        Command,
        Server,
        ServerError,
        Target,
    )

    NATIVE = False
except ImportError:
    from ._native import (  # type: ignore[assignment]
        Ask,
        Bucketed,
        CallError_Denied,
        CallError_Limit,
        CallError_Other,
        CallError_Server,
        CallError_Timeout,
        CallError_Unreachable,
        Command,
        Description,
        Err,
        Failure_NotApplicable,
        Failure_Other,
        Failure_Redis,
        Family,
        KeyRead,
        Kind,
        Ok,
        Plan,
        Problem,
        Quantiled,
        Refusal_Invalid,
        Refusal_NotApplicable,
        Report,
        Request,
        Sample,
        SavedState,
        Server,
        ServerError,
        Sweep,
        Target,
    )

    NATIVE = True

# These three are there only in worlds that have them.
try:
    from wit_world.imports import redis
except ImportError:
    redis = None  # type: ignore[assignment]
try:
    from wit_world.imports import log
except ImportError:
    log = None  # type: ignore[assignment]
try:
    from wit_world.exports import sweeper
except ImportError:
    sweeper = None  # type: ignore[assignment]
