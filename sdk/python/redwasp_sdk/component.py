"""The contract's functions for any collector. Exceptions end here: one that crosses the boundary ends the component
without a word."""

from __future__ import annotations

import pickle
from typing import Any

from . import config as configuration
from . import contract, errors, host, place, printed, schema
from .collector import Collector, Sweeper
from .contract import Err
from .errors import CallError, Failed, Failure, Invalid, Malformed, Mismatch, NotApplicable
from .label import whole
from .plan import Plan
from .report import Report
from .request import Request
from .sweep import Page

# What a walk calls.
_OF_WALKS = ("begin", "page", "end")

# Lines of a world without a log that one report can have, and their characters.
_MOST_SAID = 100
_LONGEST_SAID = 1024


def describe(kind: type[Collector[Any]]) -> contract.Description:
    """`describe` of the contract."""
    for name in ("name", "version"):
        if not isinstance(getattr(kind, name, None), str):
            raise TypeError(f'{kind.__name__} has no {name}: write {name} = "…" in the class')
    written = schema.of(kind.config_type())
    return contract.Description(kind.name, kind.version, whole(kind.summary), whole(written), [])


def configure(kind: type[Collector[Any]], config: str, server: Any) -> contract.Plan:
    """`configure` of the contract. Raises `NotApplicable`, `Invalid`, or what the collector raises."""
    problems: list[contract.Problem] = []
    typed = configuration.parse(kind.config_type(), config, problems)
    if problems:
        raise Invalid(problems)
    plan, collector = Plan(), kind()
    collector.configure(typed, server, plan)
    made = plan.finish(prepare(plan.families(), collector))
    if made.sweeps:
        _check_walks(collector)
    return made


def _check_walks(collector: Collector[Any]) -> None:
    """Raises when a collector whose plan has sweeps lacks what they call: otherwise only the first walk would tell, when it
    fails."""
    name = type(collector).__name__
    if not isinstance(collector, Sweeper):
        raise Failed(f"the plan has sweeps, and {name} is no Sweeper: write class {name}(Sweeper[…]), with begin, page and end")
    lacking = " and no function ".join(each for each in _OF_WALKS if not _is_written(collector, each))
    if lacking:
        raise Failed(f"the plan has sweeps, and {name} has no function {lacking}: a walk calls begin, page and end")


def _is_written(collector: Sweeper[Any, Any], name: str) -> bool:
    method = getattr(collector, name)
    return callable(method) and getattr(method, "__func__", None) is not getattr(Sweeper, name)


def prepare(families: int, collector: Collector[Any]) -> bytes:
    """What travels in the plan's `prepared` bytes. Pickle: it is written in C, takes whatever an instance holds, and nobody
    but this plugin writes what it reads."""
    try:
        return pickle.dumps((families, collector), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise Failed(f"what configure left in {type(collector).__name__} cannot travel to collect: {error}") from error


def collect(request: Any) -> contract.Report:
    """`collect` of the contract. Raises `Failure`, or what the collector raises."""
    families, collector = pickle.loads(request.prepared)
    report = Report(families)
    collector.collect(Request(request), report)
    return report.finish()


class Running:
    """One run of a sweep: `begin`, `page` and `end` of the contract."""

    def __init__(self, request: Any) -> None:
        self._families, self._collector = pickle.loads(request.prepared)
        self._request = Request(request)
        self._run = self._collector.begin(self._request)

    def page(self, sweep: int, keys: list[Any]) -> None:
        """`page` of the contract."""
        self._collector.page(self._run, self._request, Page(sweep, keys))

    def end(self, complete: bool) -> contract.Report:
        """`end` of the contract."""
        report = Report(self._families, is_of_walk=True)
        self._collector.end(self._run, complete, report)
        return report.finish()


def failure(error: BaseException) -> Any:
    """What was raised as the contract's failure."""
    match error:
        case NotApplicable():
            return contract.Failure_NotApplicable(whole(str(error)))
        case Mismatch() | Malformed():
            # Nobody wrote these: which reply it was, its place tells.
            return contract.Failure_Other(whole(str(error) + place.of(error)))
        case CallError():
            return contract.Failure_Redis(_whole_error(errors.record(error)))
        case Failure():
            return contract.Failure_Other(whole(str(error)))
    return contract.Failure_Other(_unexpected(error))


def refusal(error: BaseException) -> Any:
    """What was raised as the contract's refusal."""
    match error:
        case NotApplicable():
            return contract.Refusal_NotApplicable(whole(str(error)))
        case Invalid():
            problems = [contract.Problem(whole(each.pointer), whole(each.message)) for each in error.problems]
            return contract.Refusal_Invalid(problems)
        case Mismatch() | Malformed():
            return contract.Refusal_Other(whole(str(error) + place.of(error)))
        case Failure():
            return contract.Refusal_Other(whole(str(error)))
    return contract.Refusal_Other(_unexpected(error))


def exports(kind: type[Collector[Any]]) -> tuple[type, type]:
    """The classes that componentize-py wants: `Collector` and `Sweeper` of the worlds."""
    described = describe(kind)

    class Exported:
        def describe(self) -> Any:
            return described

        def configure(self, config: str, server: Any) -> Any:
            return _call(refusal, configure, kind, config, server)

        def collect(self, request: Any) -> Any:
            place.now_ms = request.unix_ms
            return _call(failure, collect, request)

    class ExportedSweeper:
        # Of the class: componentize-py makes an object for each call.
        running: Running | None = None

        def begin(self, request: Any) -> None:
            place.now_ms = request.unix_ms
            ExportedSweeper.running = _call(failure, Running, request)

        def page(self, sweep: int, keys: list[Any]) -> None:
            _call(failure, self._begun().page, sweep, keys)

        def end(self, complete: bool) -> Any:
            return _call(failure, self._begun().end, complete)

        def _begun(self) -> Running:
            if self.running is None:
                raise Err(contract.Failure_Other("the run has not begun"))
            return self.running

    return Exported, ExportedSweeper


def _call(told: Any, function: Any, *arguments: Any) -> Any:
    host.said.clear()
    try:
        answer = function(*arguments)
    except BaseException as error:
        # Also SystemExit and KeyboardInterrupt: whatever leaves the component unconverted ends it without a word.
        printed.end()
        raise Err(told(error)) from None
    printed.end()
    if isinstance(answer, contract.Report):
        answer.warnings.extend(_said())
    return answer


def _said() -> list[str]:
    """What a plugin without a log said in this call."""
    lines = [line[:_LONGEST_SAID] for line in host.said[:_MOST_SAID]]
    more = len(host.said) - len(lines)
    return [*lines, f"{more} more lines were printed"] if more > 0 else lines


def _unexpected(error: BaseException) -> str:
    lines = [place.text(error), *(f"  printed: {line}" for line in _said())]
    return whole("\n".join(lines))


def _whole_error(error: Any) -> Any:
    value = getattr(error, "value", None)
    if isinstance(value, str):
        error.value = whole(value)
    elif value is not None:
        value.code, value.message = whole(value.code), whole(value.message)
    return error
