"""The contract's records: those of the component, or the same shapes where there is none (in a native test).

Collectors do not need them: `Plan`, `Report` and `Request` make and read them.
"""

# ruff: noqa: F401, F403
from __future__ import annotations

from typing import TYPE_CHECKING, Any

redis: Any = None
log: Any = None
sweeper: Any = None

try:
    import wit_world  # type: ignore[import-not-found]
except ImportError:
    NATIVE = True
else:
    NATIVE = False

if TYPE_CHECKING or NATIVE:
    from ._native import *
else:
    from componentize_py_types import Err, Ok
    from wit_world.exports.collector import (
        Ask,
        Description,
        KeyRead,
        Plan,
        Problem,
        Refusal_Invalid,
        Refusal_NotApplicable,
        Refusal_Other,
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

    # These three are there only in worlds that have them.
    try:
        from wit_world.imports import redis
    except ImportError:
        pass
    try:
        from wit_world.imports import log
    except ImportError:
        pass
    try:
        from wit_world.exports import sweeper
    except ImportError:
        pass
