"""What crosses the boundary, and what must not."""

import copy
import json
import pickle
import unittest
from collections import deque
from fractions import Fraction
from unittest import mock

from redwasp_sdk import (
    Buckets,
    Collector,
    Command,
    Failed,
    Family,
    Info,
    Invalid,
    Kind,
    Malformed,
    Mismatch,
    NotApplicable,
    Problem,
    Scope,
    ServerError,
    Sweep,
    Sweeper,
    Timeout,
    component,
    contract,
    export,
    exported,
    host,
    info,
    label,
    log,
    number,
    place,
    resp,
)
from redwasp_sdk._native import Swept
from redwasp_sdk.contract import Err, Ok, SavedState
from redwasp_sdk.family import Histogram
from redwasp_sdk.plan import Plan
from redwasp_sdk.report import Report
from redwasp_sdk.testing import server


def request(plan, prefetched=(), state=None):
    target = contract.Target("redis://localhost:6379", [], "", [])
    return contract.Request(plan.prepared, target, server("redis", "7"), list(prefetched), state, 5, [])


class Raises(Collector[None]):
    """Raises what the test put there."""

    name, version, summary = "raises", "1.0.0", "Half a \ud800 character."
    error: BaseException = ValueError("no")
    refusal: BaseException | None = None

    def configure(self, config, server, plan):
        self.handle = plan.gauge("a", "", ["b"])
        if Raises.refusal:
            raise Raises.refusal

    def collect(self, request, report):
        host.current.log("info", "said", [])
        raise Raises.error


class Walks(Sweeper[None, list[bytes]]):
    """Counts keys."""

    name, version = "walks", "1.0.0"

    def configure(self, config, server, plan):
        self.keys = plan.gauge("keys", "")

    def begin(self, request):
        return []

    def page(self, run, request, page):
        run.extend(key.name for key in page.keys())

    def end(self, run, complete, report):
        report.set(self.keys, [], len(run))


class Boundary(unittest.TestCase):
    def setUp(self):
        Raises.refusal = None
        kind, sweeper = component.exports(Raises)
        self.exported, self.sweeper = kind(), sweeper()

    def failure(self, error):
        Raises.error = error
        plan = self.exported.configure("{}", server("redis", "7"))
        with self.assertRaises(Err) as raised:
            self.exported.collect(request(plan))
        return raised.exception.value

    def refusal(self, error):
        Raises.refusal = error
        with self.assertRaises(Err) as raised:
            self.exported.configure("{}", server("redis", "7"))
        return raised.exception.value

    def test_failures(self):
        self.assertEqual(self.failure(NotApplicable("not now")), contract.Failure_NotApplicable("not now"))
        self.assertEqual(self.failure(Failed("why")), contract.Failure_Other("why"))
        where = r"\n  at (\w+/)*test_component\.py:\d+ in Raises\.collect$"
        self.assertRegex(self.failure(Mismatch("a", "b")).value, f"^the reply holds b where a was expected{where}")
        self.assertRegex(self.failure(Malformed(3, "odd")).value, f"^the reply is not RESP3: odd at byte 3{where}")
        server_error = contract.CallError_Server(contract.ServerError("ERR", "\\xff"))
        self.assertEqual(self.failure(ServerError("ERR", "\udcff")), contract.Failure_Redis(server_error))

    def test_unexpected_exceptions_tell_type_message_and_the_authors_lines(self):
        lines = self.failure(ValueError("no \udcff")).value.split("\n")
        self.assertEqual(lines[0], "ValueError: no \\xff")
        self.assertRegex(lines[1], r"^  at (\w+/)*test_component\.py:\d+ in Raises\.collect$")
        self.assertEqual(lines[2:], ["  printed: said"])

    def test_whatever_is_raised_stays_inside(self):
        for error in (SystemExit(3), KeyboardInterrupt(), GeneratorExit()):
            self.assertTrue(self.failure(error).value.startswith(type(error).__name__))

    def test_refusals(self):
        self.assertEqual(self.refusal(NotApplicable("x")), contract.Refusal_NotApplicable("x"))
        problems = [Problem("/a", "\\xed\\xa0\\x80")]
        self.assertEqual(self.refusal(Invalid([Problem("/a", "\ud800")])), contract.Refusal_Invalid(problems))
        self.assertEqual(self.refusal(Failed("no \ud800")), contract.Refusal_Other("no \\xed\\xa0\\x80"))
        self.assertRegex(self.refusal(Mismatch("a", "b")).value, r"^the reply .*\n  at .*:\d+ in Raises\.configure$")
        unexpected = self.refusal(KeyError("k"))
        self.assertIsInstance(unexpected, contract.Refusal_Other)
        self.assertRegex(unexpected.value, r"^KeyError: 'k'\n  at .*test_component\.py:\d+ in Raises\.configure$")

    def test_what_cannot_travel_is_told(self):
        class Local(Raises):
            pass

        with self.assertRaisesRegex(Failed, "what configure left in Local cannot travel to collect"):
            component.configure(Local, "{}", server("redis", "7"))

    def test_a_page_without_a_beginning_is_a_failure(self):
        with self.assertRaises(Err) as raised:
            self.sweeper.page(0, [])
        self.assertEqual(raised.exception.value, contract.Failure_Other("the run has not begun"))

    def test_a_run_outlives_the_object_that_began_it(self):
        kind, sweeper = component.exports(Walks)
        plan = kind().configure("{}", server("redis", "7"))
        sweeper().begin(request(plan))
        for _ in range(2):
            sweeper().page(0, [Swept(b"a", "", []), Swept(b"b", "", [])])
        report = sweeper().end(True)
        self.assertEqual([sample.value for sample in report.samples], [4.0])

    def test_a_walk_that_keeps_a_state_fails(self):
        class Keeps(Walks):
            def end(self, run, complete, report):
                report.keep(len(run))

        Keeps.__qualname__ = "Keeps"
        globals()["Keeps"] = Keeps
        kind, sweeper = component.exports(Keeps)
        sweeper().begin(request(kind().configure("{}", server("redis", "7"))))
        with self.assertRaises(Err) as raised:
            sweeper().end(True)
        self.assertIsInstance(raised.exception.value, contract.Failure_Other)
        [told, *_] = raised.exception.value.value.split("\n")
        self.assertEqual(told, "RuntimeError: a walk keeps no state: keep is for collect")

    def refused(self, kind, **of_instance):
        """What the refusal says of a class whose plan has sweeps."""

        def configure(self, config, server, plan):
            self.__dict__.update(of_instance)
            plan.sweep(Sweep("*"))

        kind = type("Orders", (kind,), {"configure": configure})
        globals()["Orders"] = kind
        exported, _ = component.exports(kind)
        try:
            exported().configure("{}", server("redis", "7"))
        except Err as refused:
            self.assertIsInstance(refused.value, contract.Refusal_Other)
            return refused.value.value
        return ""

    def test_a_class_whose_plan_has_sweeps_has_what_a_walk_calls(self):
        class Half(Sweeper[None, None]):
            name, version = "half", "1.0.0"

            def page(self, run, request, page):
                pass

        class Collects(Collector[None]):
            name, version = "collects", "1.0.0"

        self.assertEqual(self.refused(Walks), "")
        calls = "a walk calls begin, page and end"
        told = "the plan has sweeps, and Orders has no function begin and no function end: "
        self.assertEqual(self.refused(Half), told + calls)
        told = f"the plan has sweeps, and Orders has no function page: {calls}"
        self.assertEqual(self.refused(Walks, page=7), told)
        told = "the plan has sweeps, and Orders is no Sweeper: write class Orders(Sweeper[…]), with begin, page and end"
        self.assertEqual(self.refused(Collects), told)

    def test_texts_that_leave_are_whole(self):
        self.assertEqual(self.exported.describe().summary, "Half a \\xed\\xa0\\x80 character.")

    def test_a_class_without_a_version_is_told(self):
        class Nameless(Collector[None]):
            name = "nameless"

        with self.assertRaisesRegex(TypeError, "Nameless has no version"):
            component.describe(Nameless)

    def test_export_takes_collectors_only(self):
        before = list(exported.collectors)
        self.assertIs(export(Raises), Raises)
        self.assertEqual(exported.collectors, [*before, Raises])
        with self.assertRaises(TypeError):
            export(Raises())
        exported.collectors[:] = before


class Places(unittest.TestCase):
    def test_the_standard_librarys_frames_are_left_out(self):
        try:
            json.loads("{")
        except ValueError as error:
            lines = place.text(error).split("\n")
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("test_component.py", lines[1])

    def test_the_sdks_frames_are_left_out_wherever_it_is_installed(self):
        packages = "/venv/lib/python3.14/site-packages"
        with mock.patch.object(place, "_SDK", f"{packages}/redwasp_sdk/"):
            files = (f"{packages}/redwasp_sdk/request.py", f"{packages}/other/a.py", "/project/hits.py", json.__file__)
            self.assertEqual([place.is_own(file) for file in files], [False, True, True, False])

    def test_a_cause_is_told(self):
        try:
            try:
                {}["k"]
            except KeyError as error:
                raise RuntimeError("no row") from error
        except RuntimeError as error:
            self.assertEqual(place.text(error).split("\n")[-1], "  from KeyError: 'k'")

    def test_a_message_that_cannot_be_told(self):
        class Mute(Exception):
            def __str__(self):
                raise ValueError

        self.assertEqual(place.text(Mute()), "Mute: (its message cannot be told)")
        self.assertEqual(place.text(ValueError()), "ValueError")


class Plans(unittest.TestCase):
    def test_a_plan_is_a_record(self):
        plan = Plan()
        plan.counter("events_seconds_total", "Help.", ["a"])
        plan.histogram("sizes_bytes", "")
        plan.family(Kind.STATE_SET, "states", "")
        plan.ask(["GET"], ["k*"], [1, 2])
        plan.scope(Scope.PRIMARY)
        plan.prefetch(Command("GET").arg(b"\xff").arg(7).database(3))
        made = plan.finish(b"p")
        self.assertEqual([family.unit for family in made.families], ["seconds", "bytes", ""])
        self.assertEqual(made.prefetch, [contract.Command(3, [b"GET", b"\xff", b"7"])])
        self.assertEqual((made.asks, made.scope), ([contract.Ask(["GET"], ["k*"], [1, 2])], "primary"))
        names = ["events_seconds_total", "sizes_bytes", "sizes_bytes_bucket", "sizes_bytes_sum", "sizes_bytes_count"]
        self.assertEqual(list(plan.series_names()), [*names, "states"])

    def test_what_does_not_fit_is_told_at_once(self):
        plan = Plan()
        with self.assertRaisesRegex(TypeError, "label names of a are a list"):
            plan.gauge("a", "", "label")
        with self.assertRaisesRegex(ValueError, "-1 is no number of a database"):
            Command("GET").database(-1)
        with self.assertRaisesRegex(TypeError, "a word of a command is a text or bytes, not list"):
            Command("GET").arg([])
        with self.assertRaisesRegex(TypeError, "lists of texts"):
            plan.ask("GET", ["k"])

    def test_a_command_is_not_changed_by_what_is_made_of_it(self):
        get = Command("GET")
        get.arg("a").database(1)
        self.assertEqual(get.record(), contract.Command(0, [b"GET"]))

    def test_room_for_sweeps(self):
        plan = Plan()
        plan.sweep(Sweep("*"))
        self.assertEqual(plan.room_for_sweeps(), 255)


class Reports(unittest.TestCase):
    def setUp(self):
        self.report = Report(7)
        self.family = Family(0, "a", 1)

    def told(self, error, *arguments):
        with self.assertRaises(error) as raised:
            self.report.set(*arguments)
        return str(raised.exception)

    def test_label_values_have_to_fit(self):
        self.assertEqual(self.told(ValueError, self.family, [], 1), "a has 1 labels, and 0 values were given")
        self.assertEqual(self.told(TypeError, self.family, "x", 1), "a: label values are a list of texts, not one text")
        bytes_told = "a: a label value is a text, not bytes; label.text makes one of bytes"
        self.assertEqual(self.told(TypeError, self.family, [b"x"], 1), bytes_told)
        self.assertEqual(self.told(TypeError, Histogram(1, "h", 0), [], 1), "h is not a family of single values")
        for labels, what in ((None, "None"), (b"x", "bytes"), ({"x": 1}, "dict")):
            told = f"a: label values are a list of texts, not {what}"
            self.assertEqual(self.told(TypeError, self.family, labels, 1), told)
        self.report.set(self.family, deque("x"), 1)

    def test_values_are_numbers_and_no_texts(self):
        for value, what in (("1_000", "a text"), ("\u0663", "a text"), (b"1", "bytes")):
            told = f"a: a value is a number, not {what}; number.parse makes one of {what}"
            self.assertEqual(self.told(ValueError, self.family, ["x"], value), told)
        self.assertEqual(self.told(TypeError, self.family, ["x"], None), "a: a value is a number, not NoneType")
        large = "a: a value is too large for a number of 64 bits"
        self.assertEqual(self.told(OverflowError, self.family, ["x"], 10**400), large)
        self.report.set(self.family, ["x"], Fraction(1, 2))
        self.assertEqual(self.report.finish().samples[0].value, 0.5)

    def test_texts_are_made_whole_and_values_numbers(self):
        self.report.set(self.family, ["a\udcff"], True)
        [sample] = self.report.finish().samples
        self.assertEqual((sample.label_values, type(sample.value)), (["a\\xff"], float))

    def test_counts_are_counts(self):
        histogram = Histogram(1, "h", 0)
        for buckets, count in (([(1, -1)], 1), ([(1, 1)], 1.5), ([], 1 << 64)):
            with self.assertRaisesRegex(ValueError, "h: .* is no count"):
                self.report.histogram(histogram, [], buckets, 1, count)
        with self.assertRaisesRegex(TypeError, "need their sum and count"):
            self.report.histogram(histogram, [], [])

    def test_bounds_of_buckets_ascend_and_infinity_is_implied(self):
        for bounds, why in (([100, 50], "50 is not larger than 100"), ([1, 1], "1 is not larger than 1")):
            with self.assertRaisesRegex(ValueError, f"^{why}$"):
                Buckets(bounds)
        for bounds in ([float("nan")], [1, float("nan")]):
            with self.assertRaisesRegex(ValueError, "^NaN is no bound$"):
                Buckets(bounds)
        self.assertEqual(Buckets([1, float("inf")]).cumulative(), [(1.0, 0)])

    def test_a_late_name_is_one_family_with_the_first_help(self):
        handles = [self.report.late(Kind.GAUGE, name, help) for name, help in (("a", "One."), ("b", ""), ("a", "Two."))]
        self.assertEqual([handle.index for handle in handles], [7, 8, 7])
        other = self.report.late(Kind.COUNTER, "a", "")
        labelled = self.report.late(Kind.COUNTER, "a", "", ["x"])
        self.assertEqual((other.index, labelled.index), (9, 10))
        self.assertEqual([family.help for family in self.report.finish().late], ["One.", "", "", ""])

    def test_series_count_buckets_and_quantiles(self):
        from redwasp_sdk import Summary

        self.report.set(self.family, ["x"], 1)
        self.report.summary(Summary(1, "s", 0), [], [(0.5, 1), (0.9, 2)], 3, 2)
        self.report.histogram(Histogram(2, "h", 0), [], [(0.5, 1)], 3, 2)
        self.assertEqual(self.report.series(), 1 + 4 + 4)

    def test_state_is_json_and_no_code(self):
        self.report.keep({"a": [1, 2.5, None], "b": {3, 1}})
        self.assertEqual(json.loads(self.report.finish().state), {"a": [1, 2.5, None], "b": [1, 3]})
        with self.assertRaisesRegex(TypeError, "the state cannot be kept: JSON has no bytes"):
            self.report.keep(b"x")

    def test_a_state_of_another_form_is_none(self):
        from redwasp_sdk import Request

        plan = component.configure(Raises, "{}", server("redis", "7"))
        for state, kind, expected in ((b"[1]", list[int], [1]), (b'["x"]', list[int], None), (b"\x80", None, None)):
            given = request(plan, [Ok(b"+OK\r\n")], SavedState("1", state))
            self.assertEqual(Request(given).saved(kind), expected)


class Errors(unittest.TestCase):
    def test_errors_can_be_copied_and_pickled(self):
        errors = [Malformed(3, "odd"), Mismatch("a", "b"), Invalid([Problem("/a", "b")]), ServerError("ERR", "x"), Timeout()]
        for error in errors:
            for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
                self.assertEqual((type(other), str(other), other.__dict__), (type(error), str(error), error.__dict__))

    def test_a_field_of_the_log_may_have_any_name(self):
        with mock.patch.object(host, "current") as current:
            log.info("x", message="y", level=1)
        current.log.assert_called_once_with("info", "x", [("message", "y"), ("level", "1")])


class Texts(unittest.TestCase):
    def test_labels(self):
        self.assertEqual(label.text(b"a\xff\x00\xc3z"), "a\\xff\0\\xc3z")
        for data, expected in (("aäb", "a"), ("äa", "ä"), ("ab", "ab"), ("abc", "ab"), ("", "")):
            self.assertEqual(label.begin(data.encode(), 2), expected.encode())
        self.assertEqual(label.begin(b"\xff\xffa", 2), b"\xff\xff")

    def test_numbers_are_written_without_exponent(self):
        cases = [(1.0, "1"), (-0.5, "-0.5"), (1e21, "1" + "0" * 21), (1.5e-7, "0.00000015"), (-1.25e17, "-125" + "0" * 15)]
        cases += [(float("inf"), "+Inf"), (float("nan"), "NaN"), (123456789.125, "123456789.125")]
        cases += [(1.2345e16, "12345" + "0" * 12)]
        for value, text in cases:
            self.assertEqual(number.text(value), text)
        self.assertEqual([number.version(text) for text in ("7.0.15", "8", "x.y")], [(7, 0), (8, 0), (0, 0)])


def text(data):
    return Info(resp.Reply(data))


class Infos(unittest.TestCase):
    def test_sections_names_and_values(self):
        read = list(text(b"# Server\r\nredis_version:7.0.15\r\n\r\n# Clients\r\nmaxclients:10000\r\nnonsense\r\n").fields())
        self.assertEqual(read, [("Server", "redis_version", "7.0.15"), ("Clients", "maxclients", "10000")])

    def test_a_section_has_the_fields_of_that_title(self):
        data = b"before:0\r\n# A\r\na:1\r\n\r\n# B\r\nb:# A\r\n# AB\r\nc:2\r\n#A\r\nd:#\r\n # A \r\ne:3\n\n# \nf:4"
        read = text(data)
        for title, names in (("A", ["a", "e", "f"]), ("B", ["b"]), ("AB", ["c", "d"]), ("C", [])):
            wanted = [field for field in read.fields() if field.section == title]
            self.assertEqual(list(read.section(title)), wanted)
            self.assertEqual([field.name for field in wanted], names)

    def test_get_finds_what_fields_find(self):
        data = b"xa:0\r\n# a:9\r\n  a:1:2 \r\na:3\r\nempty:\r\nlast:7"
        read = text(data)
        fields = list(read.fields())
        for name in ("xa", "a", "empty", "last", "b", "", "a:1", "# a"):
            first = next((field.value for field in fields if field.name == name), None)
            self.assertEqual(read.get(name), first, name)

    def test_values(self):
        cases = [("ok", 1.0), ("fail", 0.0), ("0.10", 0.1), ("up", None), ("", None)]
        self.assertEqual([info.number(value) for value, _ in cases], [expected for _, expected in cases])
        self.assertEqual(info.parts("keys=2,expires=1,avg_ttl"), [("keys", "2"), ("expires", "1"), ("avg_ttl", "")])
        self.assertEqual(info.whole_parts("keys=2,expires="), [("keys", "2"), ("expires", "")])
        self.assertEqual([info.whole_parts(value) for value in ("", "keys", "keys=2,", "keys=2=3")], [None] * 4)


if __name__ == "__main__":
    unittest.main()
