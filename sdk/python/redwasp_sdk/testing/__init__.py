"""Tests of a collector without a daemon: canned replies in, a page of metrics out.

    from redwasp_sdk.testing import Bench, bulk, server

    page = Bench(server("redis", "7.0.15")).reply("INFO ALL", bulk("# Server\\r\\nuptime_in_seconds:5\\r\\n")).collect(Uptime)
    assert "redis_uptime_in_seconds 5" in page.text("redis")

`map` and `set` are best taken from the module, `testing.map(…)`: Python has others of these names.

A refusal or a failure of the collector is raised as what the collector raised: `NotApplicable`, `Invalid`, a `CallError`, …
What the daemon would refuse is a `MalformedPlan`, before anything is collected, or a `MalformedReport`; its text is the
daemon's, as it says it of metrics under the namespace `redis`.
"""

from .._native import Node
from .bench import Bench
from .check import MalformedReport
from .page import Fault, Page
from .plan import MalformedPlan
from .replies import array, boolean, bulk, double, error, integer, map, null, set, simple
from .server import server

__all__ = [
    "Bench",
    "Fault",
    "MalformedPlan",
    "MalformedReport",
    "Node",
    "Page",
    "array",
    "boolean",
    "bulk",
    "double",
    "error",
    "integer",
    "map",
    "null",
    "server",
    "set",
    "simple",
]
