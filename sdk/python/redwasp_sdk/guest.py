"""Only in a component: makes what Python expects of a machine end in an exception, and not the component.

`--stub-wasi` leaves a trap in the place of every call to the system: what reaches one ends the call, and the operator reads
the name of a C function. So what leads there from Python is caught before. While the component is built, and modules are
imported, everything works: there are files, a clock and random numbers.
"""

from __future__ import annotations

import builtins
import codecs
import gc
import importlib
import io
import json
import linecache
import os
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from . import clock, component, contract, exported, printed, resp
from .collector import Collector, Sweeper
from .info import Info

_FILES = "a collector has no files: read what it needs at the top of the module, when the component is built"
_WAIT = "a collector cannot wait"
_RANDOM = "a collector has no random numbers of its own: random.seed(request.unix_ms) makes some"

_OF_FILES = """
    access chdir chmod chown close dup dup2 fchmod fdatasync fpathconf fstat fsync ftruncate get_terminal_size getcwd
    getcwdb isatty link listdir lseek lstat mkdir mkfifo open openpty pathconf pipe posix_fadvise posix_fallocate pread
    preadv pwrite pwritev read readinto readlink readv remove rename replace rmdir scandir sendfile stat statvfs symlink
    truncate unlink utime write writev
""".split()  # noqa: SIM905
_OF_CLOCKS = "clock_getres clock_gettime clock_gettime_ns monotonic monotonic_ns perf_counter perf_counter_ns".split()
_OF_CLOCKS += "process_time process_time_ns thread_time thread_time_ns".split()

# How deep JSON may be: reading it takes the stack of the component, which ends at some 1,500.
_DEEPEST_JSON = 500
_STRINGS = re.compile(r'"[^"]*+"?')
_BRACKETS = re.compile(r"[\[\]{}]")

# Encodings are modules that Python imports when they are first used.
_ENCODINGS = ("ascii", "cp1252", "hex", "base64", "latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")

# Modules that others import when they are first used: (when this is there, this will be wanted).
_COMPANIONS = {"datetime": "_strptime"}


class Unfit(Exception):
    """A project that no component can be made of."""


def load() -> tuple[type, type]:
    """The exports of the plugin. Ends with a memory that is ready to collect."""
    sys.dont_write_bytecode = True
    _watch()
    name = _name()
    if name.replace("-", "_") in sys.stdlib_module_names:
        raise Unfit(f"{name} is a module of Python itself: give the plugin another name")
    try:
        importlib.import_module(name.replace("-", "_"))
    except ModuleNotFoundError as error:
        if error.name == name.replace("-", "_"):
            raise Unfit(f"there is no {error.name}.py beside plugin.toml, which names the plugin {name}") from None
        raise
    exports = component.exports(_collector(name))
    _warm()
    _close()
    return exports


def _name() -> str:
    """The name in the plugin.toml of the first folder that has one."""
    for folder in sys.path:
        try:
            with open(f"{folder}/plugin.toml", encoding="utf-8") as file:
                text = file.read()
        except OSError:
            continue
        found = re.search(r"""^\s*name\s*=\s*["']([a-z0-9-]+)["']""", f"\n{text}".split("\n[")[0], re.MULTILINE)
        if found is None:
            raise Unfit('plugin.toml has no name: write name = "…", in lower case letters, digits and dashes')
        return found[1]
    raise Unfit("there is no plugin.toml in the folders that -p names")


def _collector(name: str) -> type[Collector[Any]]:
    """The class that the plugin exports, if it fits its manifest."""
    collectors = exported.collectors
    if len(collectors) != 1:
        how = f"exports {len(collectors)} collectors" if collectors else "exports no collector"
        raise Unfit(f"the plugin {how}: end its module with export(YourClass), once")
    kind = collectors[0]
    if getattr(kind, "name", None) != name:
        raise Unfit(f'{kind.__name__} has not the name in plugin.toml: write name = "{name}" in the class')
    if issubclass(kind, Sweeper) and contract.sweeper is None:
        raise Unfit(f'{kind.__name__} is a Sweeper: say world = "sweeping" in plugin.toml')
    if contract.sweeper is not None and not issubclass(kind, Sweeper):
        raise Unfit(f'{kind.__name__} is no Sweeper: say world = "active" or "pure" in plugin.toml')
    return kind


def _warm() -> None:
    """Runs what every call runs, so that the interpreter has adapted to it."""
    for _ in range(20):
        reply = resp.decode(b"*3\r\n$1\r\na\r\n:1\r\n,1.5\r\n")
        [element.number() for element in reply.elements()[1:]]
        info = Info(resp.decode(b"$15\r\n# A\r\nb:1\r\nc:2\r\n\r\n"))
        info.get("c")
        list(info.fields())
    for module, companion in _COMPANIONS.items():
        if module in sys.modules:
            importlib.import_module(companion)
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)


def _close() -> None:
    """From here on there is no machine."""
    _seal_random()
    # Tracebacks look for the source of their lines.
    linecache.updatecache = lambda filename, module_globals=None: []
    linecache.checkcache = lambda filename=None: None
    sys.stdin = None
    sys.stdout, sys.stderr = printed.Lines("info"), printed.Lines("warn")
    sys.meta_path[:] = [finder for finder in sys.meta_path if getattr(finder, "__name__", "") != "PathFinder"]
    sys.meta_path.append(_Late())
    # Objects of the snapshot are never garbage: the collector shall not walk them, which would also copy their memory.
    gc.collect()
    gc.freeze()
    global _is_closed
    _is_closed = True


_is_closed = False


def _watch() -> None:
    """Puts a guard before what leads to the system. Before the plugin is imported, so that it gets the guarded ones."""
    for name in _OF_FILES:
        for module in (os, sys.modules.get("posix")):
            _guard(module, name, OSError, _FILES)
    _guard(os, "urandom", NotImplementedError, _RANDOM)
    _guard(sys.modules.get("posix"), "urandom", NotImplementedError, _RANDOM)
    opened = _guarded(builtins.open, OSError, _FILES)
    builtins.open = io.open = opened
    for name in _OF_CLOCKS:
        _guard(time, name, RuntimeError, clock.NONE)
    _guard(time, "sleep", RuntimeError, _WAIT)
    clock.install(_now)
    _bound_json()


def _bound_json() -> None:
    """Who writes values to Redis may nest them as deep as they like, and shall not end a collector with that."""
    raw_decode = json.JSONDecoder.raw_decode
    # Of a text with several values in it: they are read one after the other, and the text is looked at once.
    seen: tuple[str, bool] = ("", False)

    def bounded(self: json.JSONDecoder, s: str, idx: int = 0) -> Any:
        nonlocal seen
        is_deep = seen[1] if s is seen[0] else is_deeper(s, _DEEPEST_JSON)
        if idx > 0:
            seen = (s, is_deep)
        if is_deep:
            raise json.JSONDecodeError(f"nested deeper than {_DEEPEST_JSON}", s, idx)
        return raw_decode(self, s, idx)

    json.JSONDecoder.raw_decode = bounded  # type: ignore[method-assign]


def is_deeper(text: str, most: int) -> bool:
    """Whether more brackets than these are open somewhere."""
    if text.count("[") + text.count("{") <= most:
        return False
    # Without escapes a string ends at the next quotation mark, and nothing is looked at twice.
    plain = text.replace("\\\\", "").replace('\\"', "") if "\\" in text else text
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", plain)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > most:
            return True
    return False


def _guard(module: Any, name: str, error: type[Exception], why: str) -> None:
    function = getattr(module, name, None)
    if function is not None:
        setattr(module, name, _guarded(function, error, why))


def _guarded(function: Callable[..., Any], error: type[Exception], why: str) -> Callable[..., Any]:
    def guarded(*arguments: Any, **named: Any) -> Any:
        if _is_closed:
            raise error(why)
        return function(*arguments, **named)

    guarded.__name__ = function.__name__
    return guarded


def _now() -> float:
    return clock.of_request() if _is_closed else clock.real()


def _seal_random() -> None:
    """Without a seed a generator asks the system for one."""
    real = random.Random

    class Random(real):  # type: ignore[misc, valid-type]
        def __new__(cls, seed: Any = None) -> Any:
            if seed is None and _is_closed:
                raise NotImplementedError(_RANDOM)
            return super().__new__(cls, seed)

        def seed(self, a: Any = None, version: int = 2) -> None:
            if a is None and _is_closed:
                raise NotImplementedError(_RANDOM)
            super().seed(a, version)

    generator = Random(0)
    generator.setstate(random.getstate())
    for name in dir(random):
        # The module's functions are methods of its one generator.
        if getattr(getattr(random, name), "__self__", None) is random._inst and hasattr(generator, name):
            setattr(random, name, getattr(generator, name))
    random._inst, random.Random = generator, Random  # type: ignore[misc, assignment]
    random._urandom = os.urandom  # type: ignore[attr-defined]


class _Late:
    """Says what to do about a module that is imported too late."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        raise ModuleNotFoundError(
            f"{name} is not in the component: import it at the top of the module, not while the collector runs", name=name
        )
