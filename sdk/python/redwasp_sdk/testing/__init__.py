"""Tests of a collector without a daemon: canned replies in, a page of metrics out.

    from redwasp_sdk.testing import Bench, bulk, server

    page = Bench(server("redis", "7.0.15")).reply("INFO ALL", bulk("# Server\\r\\nuptime_in_seconds:5\\r\\n")).collect(Uptime)
    assert "redis_uptime_in_seconds 5" in page.text("redis")

`map` and `set` are best taken from the module, `testing.map(…)`: Python has others of these names.

A refusal or a failure of the collector is raised as what the collector raised: `NotApplicable`, `Invalid`, a `CallError`, …
"""

from .._native import Node
from .bench import Bench
from .check import MalformedReport
from .page import Fault, Page
from .replies import array, boolean, bulk, double, error, integer, map, null, set, simple
from .server import server

__all__ = [
    "Bench",
    "Fault",
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
