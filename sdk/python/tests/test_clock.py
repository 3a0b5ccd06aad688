"""The time of a call is that of its request, and what is printed is logged."""

import contextlib
import copy
import copyreg
import datetime
import io
import pickle
import sys
import time
import unittest
from datetime import date
from datetime import datetime as Moment
from time import time as now

from redwasp_sdk import Collector, clock, place
from redwasp_sdk.testing import Bench, server

REAL = (time.time, time.gmtime, datetime.datetime, datetime.date, Moment, now, dict(copyreg.dispatch_table))


class Clocks(Collector[None]):
    """Looks at every clock."""

    name, version = "clocks", "1.0.0"
    asks_in_configure = False

    def configure(self, config, server, plan):
        self.day = datetime.datetime(2020, 1, 1).date()
        self.first, self.moment = datetime.datetime.min, Moment(2020, 1, 2, tzinfo=datetime.timezone.utc)
        self.clock = plan.gauge("clock", "", ["of"])
        if Clocks.asks_in_configure:
            time.time()

    def collect(self, request, report):
        told = {
            "time": time.time(),
            "by-name": now(),
            "nanoseconds": time.time_ns() / 1e9,
            "now": datetime.datetime.now(datetime.timezone.utc).timestamp(),
            "now-by-name": Moment.now(datetime.timezone.utc).timestamp(),
            "gmtime": time.gmtime().tm_year,
            "written": int(time.strftime("%Y")),
            "today": date.today().year,
        }
        for of, value in told.items():
            report.set(self.clock, [of], value)
        report.warn(f"{self.day!r} {self.first!r} {self.moment!r}")
        print("seen", end="")
        print(":", 1)
        print("alas", file=sys.stderr)
        print("half", end="")


class Times(unittest.TestCase):
    def setUp(self):
        Clocks.asks_in_configure = False
        self.out = io.StringIO()

    def collect(self, at=1_763_800_000_125):
        with contextlib.redirect_stdout(self.out), contextlib.redirect_stderr(self.out):
            return Bench(server("redis", "7.0.15")).at(at).collect(Clocks)

    def test_every_clock_tells_the_time_of_the_request(self):
        page = self.collect()
        for of in ("time", "by-name", "nanoseconds", "now", "now-by-name"):
            self.assertAlmostEqual(page.value("clock", {"of": of}), 1_763_800_000.125, 3, of)
        for of in ("gmtime", "written", "today"):
            self.assertEqual(page.value("clock", {"of": of}), 2025, of)
        written = "datetime.date(2020, 1, 1) datetime.datetime(1, 1, 1, 0, 0) "
        written += "datetime.datetime(2020, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)"
        self.assertEqual(page.warnings(), [written])

    def test_configure_has_no_clock(self):
        Clocks.asks_in_configure = True
        with self.assertRaisesRegex(RuntimeError, "a collector has no clock of its own: request.unix_ms is the time"):
            self.collect()

    def test_after_a_call_all_is_as_before(self):
        self.collect()
        after = (time.time, time.gmtime, datetime.datetime, datetime.date, Moment, now, dict(copyreg.dispatch_table))
        self.assertEqual(after, REAL)
        self.assertIsNone(place.now_ms)
        self.assertGreater(time.time(), 1_763_800_000)

    def test_what_is_printed_is_logged_and_printed(self):
        logged = [("info", "seen: 1", {}), ("warn", "alas", {}), ("info", "half", {})]
        self.assertEqual(self.collect().logs(), logged)
        self.assertEqual(self.out.getvalue(), "seen: 1\nalas\nhalf")


class Heir(clock.Date):
    """A class of an author's own."""


class Classes(unittest.TestCase):
    def test_what_stands_for_a_class_is_that_class(self):
        with clock.Told():
            made, first = datetime.datetime(2020, 1, 1), REAL[2].min
            for value in (made, first):
                self.assertIsInstance(value, datetime.datetime)
                self.assertIsInstance(value, datetime.date)
                self.assertIsInstance(value, REAL[2])
            self.assertTrue(issubclass(datetime.datetime, datetime.date))
            self.assertTrue(issubclass(REAL[2], datetime.datetime))
            self.assertIs(type(made.date()), datetime.date)
            self.assertNotIsInstance(made.date(), datetime.datetime)
            self.assertNotIsInstance(datetime.date(2020, 1, 1), Heir)
            self.assertIsInstance(Heir(2020, 1, 1), datetime.date)
            self.assertEqual(made, REAL[2](2020, 1, 1))

    def test_all_of_them_can_be_pickled_and_copied(self):
        with clock.Told():
            zone = datetime.timezone(datetime.timedelta(hours=1))
            made = datetime.datetime(2020, 1, 1, 2, 3, 4, 5, zone, fold=1)
            for value in (made, made.date(), REAL[2].max, REAL[3].min, REAL[2](2020, 1, 1, tzinfo=zone)):
                for other in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
                    self.assertEqual(
                        (other, isinstance(other, datetime.datetime)), (value, isinstance(value, datetime.datetime))
                    )
        self.assertEqual(pickle.loads(pickle.dumps(made)), made)


if __name__ == "__main__":
    unittest.main()
