"""What `redwasp plugin record` wrote, as a bench. Bytes are strings whose code points are the bytes."""

from __future__ import annotations

from typing import Any

from .._native import Node
from ..contract import Server
from ..errors import CallError, Denied, Limit, OtherError, ServerError, Timeout, Unreachable

_ERRORS = {"denied": Denied, "limit": Limit, "unreachable": Unreachable, "other": OtherError}


def bench(recording: Any, kind: Any) -> Any:
    """The bench, of the class `kind`. Raises `ValueError` when it is no recording."""
    if not isinstance(recording, dict) or recording.get("redwasp") != "recording/1":
        raise ValueError('this is no recording: "redwasp": "recording/1" is missing')
    bench = kind(_server(recording["server"])).at(recording.get("unix_ms", 0))
    bench.recorded_config(recording.get("config") or {})
    state = recording.get("state")
    if state is not None:
        bench.state(_bytes(state["bytes"]), state["plugin_version"])
    for answer in recording.get("prefetched", []):
        _take(bench, answer)
    for call in recording.get("calls", []):
        for answer in call.get("pipeline", {}).get("answers", []):
            _take(bench, answer)
        # In the place of a list there may be an error, with which a bench has the nodes that it has.
        if isinstance(call.get("nodes"), list):
            bench.nodes([_node(node) for node in call["nodes"]])
    _take_sweep(bench, recording)
    return bench


def error(recorded: dict[str, Any]) -> CallError:
    """An error of a recording."""
    [(kind, value)] = recorded.items()
    if kind == "timeout":
        return Timeout()
    if kind == "server":
        return ServerError(*value)
    return _ERRORS.get(kind, OtherError)(value)


def _take(bench: Any, answer: dict[str, Any]) -> None:
    _give(bench, b" ".join(map(_bytes, answer["command"]["args"])), answer)


def _give(bench: Any, command: bytes, answer: dict[str, Any]) -> None:
    if "reply" in answer:
        bench.reply(command, _bytes(answer["reply"]))
    else:
        bench.error(command, error(answer["error"]))


def _take_sweep(bench: Any, recording: dict[str, Any]) -> None:
    """The keys of the pages. Which database and which reads they are of, the plan of the collector under test says."""
    sweep = recording.get("sweep")
    if sweep is None:
        return
    for page in sweep["pages"]:
        for key in page["keys"]:
            bench.swept(page["sweep"], _bytes(key["key"]), key["kind"], [_read(read) for read in key["reads"]])
    if not sweep["complete"]:
        bench.cut_short()


def _read(read: dict[str, Any] | None) -> Any:
    if read is None:
        return None
    return _bytes(read["reply"]) if "reply" in read else error(read["error"])


def _node(node: dict[str, Any]) -> Node:
    known = {name: node[name] for name in ("id", "address", "role", "shard", "primary")}
    slots = [(first, last) for first, last in node["slots"]]
    return Node(**known, slots=slots, extra=_pairs(node))


def _pairs(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in record.get("extra", [])]


def _server(server: dict[str, Any]) -> Server:
    known = {name: server[name] for name in ("product", "version", "mode", "role", "databases")}
    return Server(**known, extra=_pairs(server))


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
