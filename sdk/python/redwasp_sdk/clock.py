"""The time of a call is that of its request: in a component, and while a bench is the host.

Python's own clocks are replaced. What a plugin sees of that is the same as without: values that the real classes made are of
the classes that stand for them, and both can be pickled.
"""

from __future__ import annotations

import copyreg
import datetime
import sys
import time
from collections.abc import Callable
from typing import Any

from . import place

NONE = "a collector has no clock of its own: request.unix_ms is the time"

_REAL = {name: getattr(time, name) for name in ("time", "time_ns", "gmtime", "localtime", "ctime", "strftime")}
_real_datetime, _real_date = datetime.datetime, datetime.date


def of_request() -> float:
    """The time of the request, in seconds. Raises `RuntimeError` in `configure`, which has none."""
    if place.now_ms is None:
        raise RuntimeError(NONE)
    return place.now_ms / 1000


def real() -> float:
    """The time of the machine."""
    return _REAL["time"]()  # type: ignore[no-any-return]


_now: Callable[[], float] = real


class _Standing(type):
    """Of classes that stand for others: what is one of those is one of these. Not of classes that are made of them."""

    def __instancecheck__(cls, instance: Any) -> bool:
        stands_for = cls.__dict__.get("stands_for")
        return type.__instancecheck__(cls, instance) if stands_for is None else isinstance(instance, stands_for)

    def __subclasscheck__(cls, other: Any) -> bool:
        stands_for = cls.__dict__.get("stands_for")
        return type.__subclasscheck__(cls, other) if stands_for is None else issubclass(other, stands_for)


class Datetime(datetime.datetime, metaclass=_Standing):
    """`datetime.datetime` with the time of the request."""

    stands_for = _real_datetime

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The time of the request."""
        return cls.fromtimestamp(_now(), tz)

    @classmethod
    def today(cls) -> Any:
        """The time of the request."""
        return cls.fromtimestamp(_now())

    @classmethod
    def utcnow(cls) -> Any:
        """The time of the request."""
        return cls.fromtimestamp(_now(), datetime.timezone.utc).replace(tzinfo=None)

    def date(self) -> Any:
        """The day."""
        return datetime.date(self.year, self.month, self.day)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _reduced(self, Datetime, datetime_of, super().__reduce_ex__(protocol))

    def __repr__(self) -> str:
        return _repr(self, Datetime, super().__repr__())


class Date(datetime.date, metaclass=_Standing):
    """`datetime.date` with the day of the request."""

    stands_for = _real_date

    @classmethod
    def today(cls) -> Any:
        """The day of the request."""
        return cls.fromtimestamp(_now())

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _reduced(self, Date, date_of, super().__reduce_ex__(protocol))

    def __repr__(self) -> str:
        return _repr(self, Date, super().__repr__())


for _kind, _name in ((Datetime, "datetime"), (Date, "date")):
    # What an author reads in messages.
    _kind.__module__, _kind.__name__, _kind.__qualname__ = "datetime", _name, _name


def datetime_of(*arguments: Any) -> Any:
    """What was pickled as a datetime."""
    return datetime.datetime(*arguments)


def date_of(*arguments: Any) -> Any:
    """What was pickled as a date."""
    return datetime.date(*arguments)


def _reduced(value: Any, kind: type, made: Any, reduced: Any) -> Any:
    return (made, *reduced[1:]) if type(value) is kind else reduced


def _repr(value: Any, kind: type, written: str) -> str:
    is_short = type(value) is kind and not written.startswith("datetime.")
    return f"datetime.{written}" if is_short else written


# Of the classes themselves, which pickle would look for under their names.
_REDUCERS: dict[type, Any] = {
    _real_datetime: lambda value: (datetime_of, *value.__reduce_ex__(4)[1:]),
    _real_date: lambda value: (date_of, *value.__reduce_ex__(4)[1:]),
}


def _standing() -> list[tuple[Any, str, Any]]:
    """Module, name, and what is there instead."""
    gmtime, localtime, ctime, strftime = (_REAL[name] for name in ("gmtime", "localtime", "ctime", "strftime"))

    def written(format: str, when: Any = None) -> Any:
        return strftime(format, localtime(_now()) if when is None else when)

    return [
        (time, "time", lambda: _now()),
        (time, "time_ns", lambda: round(_now() * 1000) * 1_000_000),
        (time, "gmtime", lambda seconds=None: gmtime(_now() if seconds is None else seconds)),
        (time, "localtime", lambda seconds=None: localtime(_now() if seconds is None else seconds)),
        (time, "ctime", lambda seconds=None: ctime(_now() if seconds is None else seconds)),
        (time, "strftime", written),
        (datetime, "datetime", Datetime),
        (datetime, "date", Date),
    ]


def install(now: Callable[[], float]) -> None:
    """From here on this is the time."""
    tell(now)
    for module, name, standing in _standing():
        setattr(module, name, standing)
    for kind, reducer in _REDUCERS.items():
        copyreg.pickle(kind, reducer)


def tell(now: Callable[[], float]) -> None:
    """From here on this is the time of what was installed."""
    global _now
    _now = now


class Told:
    """While it lasts the time is that of the request, also for what was imported by name: `from time import time`."""

    def __enter__(self) -> None:
        standing = _standing()
        replaced = {id(getattr(module, name)): instead for module, name, instead in standing}
        self._before: list[tuple[dict[str, Any], str, Any]] = []
        self._now, self._reducers = _now, {kind: copyreg.dispatch_table.get(kind) for kind in _REDUCERS}
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and place.is_own(file):
                for name, value in list(vars(module).items()):
                    if id(value) in replaced:
                        self._put(vars(module), name, replaced[id(value)])
        for module, name, instead in standing:
            self._put(vars(module), name, instead)
        copyreg.dispatch_table.update(_REDUCERS)
        tell(of_request)

    def _put(self, names: dict[str, Any], name: str, instead: Any) -> None:
        self._before.append((names, name, names[name]))
        names[name] = instead

    def __exit__(self, *_: object) -> None:
        tell(self._now)
        for names, name, value in reversed(self._before):
            names[name] = value
        for kind, reducer in self._reducers.items():
            if reducer is None:
                del copyreg.dispatch_table[kind]
            else:
                copyreg.dispatch_table[kind] = reducer
