"""What Python code expects of a machine, and what becomes of it in a component: one misdeed a call, chosen by `config`."""

import contextlib
import datetime
import gc
import json
import pickle
import random
import re
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redwasp_sdk import Collector, Command, Plan, Report, Request, Server, export, label, log, number, option, resp

calls = 0
pattern = re.compile("[a-z]+")


@dataclass
class Config:
    """Which misdeed."""

    do: str = option("nothing", help="Name of the misdeed.")


def nested(depth: int) -> int:
    """Python that calls itself."""
    return 0 if depth == 0 else 1 + nested(depth - 1)


class Deep:
    """Python that C calls, that calls C again."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def __lt__(self, other: Any) -> bool:
        if self.depth:
            sorted([Deep(self.depth - 1), Deep(self.depth - 1)])
        return False


def chain(depth: int) -> list[Any]:
    """Lists in lists, made without recursion."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def _exception() -> Any:
    raise ValueError("schlüssel \udcff")


def _chained() -> Any:
    try:
        {}["missing"]
    except KeyError as error:
        raise RuntimeError("no such row") from error


def _loop() -> Any:
    while True:
        pass


def _memory() -> Any:
    kept = []
    while True:
        kept.append(bytes(1 << 20))


def _count() -> Any:
    global calls
    calls += 1
    return calls


def _import() -> Any:
    import decimal

    return decimal.Decimal(1)


def _shout() -> Any:
    print("hello", file=sys.stdout)
    print("alas", file=sys.stderr)
    for line in range(200):
        print(line)


def _cry() -> Any:
    print("before the fall")
    raise ValueError("fell")


def _log() -> Any:
    log.info("told", key="value")


def _warn() -> Any:
    warnings.warn("old", stacklevel=1)


def _trace() -> Any:
    try:
        _exception()
    except ValueError as error:
        return "".join(traceback.format_exception(error))[-60:]


def _write() -> Any:
    with open("file", "w"):
        pass


def _dates() -> Any:
    made = datetime.datetime.now()
    odd = [not isinstance(made, datetime.date), not isinstance(datetime.datetime.min, datetime.datetime)]
    odd += [not issubclass(datetime.datetime, datetime.date), not isinstance(made.date(), datetime.date)]
    odd += [isinstance(made.date(), datetime.datetime), type(made.date()) is not datetime.date]
    odd += [pickle.loads(pickle.dumps(day)) != day for day in (made, made.date(), datetime.datetime.min, datetime.date.max)]
    return f"{odd.count(True)} of {len(odd)} are odd, {datetime.date(2020, 1, 1)!r}"


def _digits() -> Any:
    read = []
    for text in (b"1" * 100_000 + b"x", b"0" * 100_000 + b"x", b"1" + b" " * 100_000 + b"x"):
        reply = resp.decode(b"$%d\r\n%s\r\n" % (len(text), text))
        for accessor in (reply.number, reply.integer):
            with contextlib.suppress(resp.Mismatch):
                read.append(accessor())
    return f"{len(read)} of these are numbers"


def _quotes() -> Any:
    try:
        return json.loads("[" * 501 + '"' + '\\"' * 20_000)
    except json.JSONDecodeError as error:
        return error.msg


def _mismatch() -> Any:
    return resp.decode(b":1\r\n").text()


def _collate() -> Any:
    vectors = [(b"$2\r\n\xd9\xa3\r\n", "integer"), (b"$5\r\n1_000\r\n", "number"), (b"$5\r\na\xff\x00\xc3z\r\n", "text")]
    vectors += [(b"$4\r\n 42 \r\n", "integer"), (b"$5\r\n1e400\r\n", "number"), (b"$4\r\n-inf\r\n", "number")]
    told = []
    for bytes, accessor in vectors:
        try:
            told.append(repr(getattr(resp.decode(bytes), accessor)()))
        except resp.Mismatch as mismatch:
            told.append(str(mismatch))
    return " | ".join(told)


DEEDS: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "exception": _exception,
    "chained": _chained,
    "loop": _loop,
    "memory": _memory,
    "exit": lambda: sys.exit(3),
    "count": _count,
    "import": _import,
    "shout": _shout,
    "cry": _cry,
    "log": _log,
    "dates": _dates,
    "digits": _digits,
    "quotes": _quotes,
    "mismatch": _mismatch,
    "half-line": lambda: print("half", end=""),
    "warn": _warn,
    "trace": _trace,
    "read": lambda: open("/etc/passwd").read(),
    "write": _write,
    "input": lambda: input(),
    "thread": lambda: threading.Thread(target=_count).start(),
    "sleep": lambda: time.sleep(1),
    "time": lambda: time.time(),
    "now": lambda: datetime.datetime.now(datetime.timezone.utc).isoformat(),
    "today": lambda: datetime.date.today().isoformat(),
    "parsed": lambda: datetime.datetime.strptime("2026-01-02", "%Y-%m-%d").isoformat(),
    "local": lambda: time.strftime("%Y", time.localtime()),
    "clock": lambda: time.monotonic(),
    "random": lambda: random.random(),
    "seed": lambda: random.seed(),
    "generator": lambda: random.Random(),
    "system-random": lambda: random.SystemRandom().random(),
    "seeded": lambda: random.Random(7).random(),
    "nested-500": lambda: nested(500),
    "nested-5000": lambda: nested(5000),
    "nested-c": lambda: sorted([Deep(2000), Deep(2000)]),
    "nested-json": lambda: json.loads("[" * 100_000 + "]" * 100_000),
    "flat-json": lambda: len(json.loads("[" * 500 + "]" * 500)),
    "garbage": lambda: len(gc.get_objects()) < 2000,
    "encoding": lambda: "é".encode("cp1252") + "é".encode("utf-16-le"),
    "unknown-encoding": lambda: "é".encode("cp437"),
    "numbers": _collate,
    "order": lambda: list({f"k{i}" for i in range(5)}),
    "number": lambda: number.text(1e21),
    "match": lambda: pattern.match("abc") is not None,
}


class Pitfalls(Collector[Config]):
    """Does what it is told."""

    name = "pitfalls"
    version = "1.0.0"
    summary = "Misdeeds of Python code."

    def configure(self, config: Config, server: Server, plan: Plan) -> None:
        self.do = config.do
        self.gauge = plan.gauge("pitfalls", "One when the misdeed was survived.", ["do"])
        self.day = datetime.datetime(2020, 1, 1).date()
        self.first = datetime.datetime.min
        self.ping = plan.prefetch(Command.info())
        if config.do == "configure":
            raise ValueError("no")
        if config.do == "unpicklable":
            self.key = lambda: 1
        if config.do == "configure-read":
            open("/etc/passwd")
        if config.do == "configure-time":
            time.time()

    def collect(self, request: Request, report: Report) -> None:
        match self.do:
            case "surrogate":
                report.set(self.gauge, [b"a\xff".decode("utf-8", "surrogateescape")], 1)
            case "half":
                report.set(self.gauge, ["\ud800"], 1)
            case "bytes-label":
                report.set(self.gauge, [b"a"], 1)  # type: ignore[list-item]
            case "few-labels":
                report.set(self.gauge, [], 1)
            case "one-text":
                report.set(self.gauge, "a", 1)
            case "text-value":
                report.set(self.gauge, ["a"], "x")  # type: ignore[arg-type]
            case "huge-value":
                report.set(self.gauge, ["a"], 10**400)
            case "ask":
                request.pipeline([Command("DBSIZE")])
            case "returns":
                return 7  # type: ignore[return-value]
            case _:
                told = DEEDS[self.do]()
                if told is not None:
                    report.warn(f"told: {told}")
                report.set(self.gauge, [label.text(self.do.encode())], 1)


export(Pitfalls)
