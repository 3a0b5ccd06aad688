"""The bench behaves as the daemon does."""

import json
import os
import tempfile
import unittest
from dataclasses import dataclass

from redwasp_sdk import (
    Buckets,
    Collector,
    Command,
    Denied,
    Failed,
    Family,
    Histogram,
    KeyRead,
    Kind,
    Limit,
    OtherError,
    Route,
    ServerError,
    Summary,
    Sweep,
    Sweeper,
    Timeout,
    Unreachable,
    log,
    testing,
)
from redwasp_sdk.testing import (
    Bench,
    MalformedReport,
    Node,
    array,
    boolean,
    bulk,
    double,
    error,
    integer,
    null,
    server,
    simple,
)
from redwasp_sdk.testing.glob import matches


def bench():
    return Bench(server("redis", "7.0.15"))


class Calls(Collector[None]):
    """Counts its own calls, and tells when the one before was."""

    name, version = "calls", "1.0.0"

    def configure(self, config, server, plan):
        plan.problem("/a", "is of no use")
        self.calls = plan.gauge("calls", "")
        self.before = plan.gauge("before", "")

    def collect(self, request, report):
        calls, before = request.saved(tuple[int, int]) or (0, None)
        report.set(self.calls, [], calls + 1)
        if before is not None:
            report.set(self.before, [], before)
        report.keep((calls + 1, request.unix_ms))


class Asks(Collector[None]):
    """Asks while it collects."""

    name, version = "asks", "1.0.0"

    def configure(self, config, server, plan):
        plan.ask(["LLEN", "GET"], ["waiting", "other"])
        self.first = plan.prefetch(Command("LLEN").arg("waiting"))
        self.second = plan.prefetch(Command("LLEN").arg("waiting"))
        self.value = plan.gauge("value", "", ["of"])

    def collect(self, request, report):
        for of, prefetched in (("first", self.first), ("second", self.second)):
            report.set(self.value, [of], request.reply(prefetched).integer())
        replies = request.pipeline([Command("LLEN", "waiting"), Command("GET", "other")], Route.owner_of("waiting"))
        report.set(self.value, ["asked"], replies.reply(0).number())
        try:
            replies.reply(1)
        except Denied as denied:
            log.warn("denied", why=denied, code=7)
        report.set(self.value, ["nodes"], len(request.nodes()))
        left = request.remaining()
        report.set(self.value, ["commands"], left.commands)
        report.set(self.value, ["calls"], left.calls)
        report.set(self.value, ["bytes"], left.bytes)
        for node in request.nodes():
            report.warn(f"{node.address} {node.slots} {node.extra}")


class Greedy(Collector[None]):
    """Asks until nothing is left."""

    name, version = "greedy", "1.0.0"

    def configure(self, config, server, plan):
        pass

    def collect(self, request, report):
        try:
            request.pipeline([Command("LLEN")] * 1025)
        except Limit as limit:
            report.warn(str(limit))
        for _ in range(31):
            request.nodes()
            request.pipeline([])
        request.nodes()
        report.warn(f"{request.remaining().calls} calls are left")
        try:
            request.nodes()
        except Limit as limit:
            report.warn(str(limit))


@dataclass
class Run:
    amount: float = 0
    others: int = 0
    pages: int = 0


class Orders(Sweeper[None, Run]):
    """Sums a field of hashes by walking."""

    name, version = "orders", "1.0.0"

    def configure(self, config, server, plan):
        orders = Sweep("order:*").types("hash")
        self.read = orders.read(KeyRead("HGET").after("amount"))
        self.string = orders.read(KeyRead("GET").only("string"))
        self.orders = plan.sweep(orders)
        self.others = plan.sweep(Sweep(b"*").database(1))
        self.amount = plan.gauge("amount", "")
        self.count = plan.gauge("others", "")

    def begin(self, request):
        return Run()

    def page(self, run, request, page):
        run.pages += 1
        if page.is_of(self.others):
            run.others += len(page)
            assert [key.kind for key in page.keys()] == [""] * len(page)
            return
        for key in page.keys():
            assert key.kind == "hash" and key.name.startswith(b"order:")
            assert key.reply(self.string) is None
            run.amount += key.reply(self.read).number()

    def end(self, run, complete, report):
        report.set(self.amount, [], run.amount)
        report.set(self.count, [], run.others)
        if not complete:
            report.warn(f"cut short after {run.pages} pages")


class Collects(unittest.TestCase):
    def test_the_same_command_gets_first_second_and_the_last_from_there_on(self):
        asked = bench().reply("LLEN waiting", integer(3)).reply("LLEN waiting", integer(4)).collect(Asks)
        values = [asked.value("value", {"of": of}) for of in ("first", "second", "asked", "nodes", "commands")]
        self.assertEqual(values, [3.0, 4.0, 3.0, 1.0, 1022.0])
        left = [asked.value("value", {"of": of}) for of in ("calls", "bytes")]
        self.assertEqual(left, [62.0, (16 << 20) - len(b":3\r\n")])
        self.assertEqual(asked.warnings(), ["localhost:6379 [] []"])
        self.assertIsNone(asked.value("value", {"of": "other"}))
        [logged] = asked.logs()
        self.assertEqual(logged, ("warn", "denied", {"why": "the bench has no reply to GET other", "code": "7"}))

    def test_each_error_is_of_its_type(self):
        for given in (Denied("no"), Limit("all"), Timeout(), Unreachable("gone"), ServerError("ERR", "x"), OtherError("?")):
            with self.subTest(given=given), self.assertRaises(type(given)) as raised:
                bench().error("LLEN waiting", given).collect(Asks)
            self.assertEqual(str(raised.exception), str(given))
        with self.assertRaisesRegex(Denied, "LLEN waiting is not granted"):
            bench().denied("LLEN waiting").collect(Asks)
        with self.assertRaises(Timeout):
            bench().timeout("LLEN waiting").collect(Asks)
        with self.assertRaises(ServerError) as raised:
            bench().reply("LLEN waiting", error("WRONGTYPE not a list")).collect(Asks)
        self.assertEqual((raised.exception.code, str(raised.exception)), ("WRONGTYPE", "WRONGTYPE not a list"))
        self.assertEqual(str(ServerError("NOAUTH", "")), "NOAUTH")

    def test_what_a_collect_keeps_the_next_one_gets(self):
        first = bench().at(1000).collect(Calls)
        second = bench().at(2000).after(first).collect(Calls)
        third = bench().state(b"\xff\xff").collect(Calls)
        of_all = [(page.value("calls"), page.value("before")) for page in (first, second, third)]
        self.assertEqual(of_all, [(1.0, None), (2.0, 1000.0), (1.0, None)])
        self.assertEqual(first.problems(), [("/a", "is of no use")])
        [problem] = first.problems()
        self.assertEqual((problem.pointer, problem.message), ("/a", "is of no use"))

    def test_calls_and_commands_are_bounded(self):
        text = "more than 1024 commands in one collect (limits.commands)"
        self.assertEqual(bench().collect(Greedy).warnings(), [text, "0 calls are left", "more than 64 calls (limits.calls)"])

    def test_nodes_are_those_of_the_test(self):
        nodes = [Node("n", "a:1", "master", "s", "", [(0, 5), (7, 8)], [("zone", "a")])]
        asked = bench().reply("LLEN waiting", integer(3)).nodes(nodes).collect(Asks)
        self.assertEqual(asked.warnings(), ["a:1 [(0, 5), (7, 8)] [('zone', 'a')]"])

    def test_an_exception_of_the_collector_is_the_tests(self):
        with self.assertRaises(TypeError):
            bench().collect(Broken)


class Broken(Calls):
    def collect(self, request, report):
        report.set(self.calls, "a", 1)


class Keeps(Sweeper[None, None]):
    """Gives a state at the end of a walk, which has none."""

    name, version = "keeps", "1.0.0"

    def configure(self, config, server, plan):
        plan.sweep(Sweep("*"))

    def collect(self, request, report):
        self.give(report)

    def begin(self, request):
        pass

    def page(self, run, request, page):
        pass

    def end(self, run, complete, report):
        self.give(report)


class Lacks(Sweeper[None, None]):
    """Has one of three."""

    name, version = "lacks", "1.0.0"

    def configure(self, config, server, plan):
        plan.sweep(Sweep("*"))

    def begins(self, request):
        pass

    def page(self, run, request, page):
        pass


class Sweeps(unittest.TestCase):
    def test_a_sweep_finds_the_keys_of_its_database_pattern_and_types(self):
        filled = bench().key(0, "order:list", "list").key(0, "offer:1", "hash").key(1, "order:1", "hash")
        for number in range(7):
            filled.key(0, f"order:{number}", "hash").reply(f"HGET order:{number} amount", bulk("1.5"))
        page = filled.sweep(Orders)
        self.assertEqual((page.value("amount"), page.value("others")), (10.5, 1.0))
        self.assertEqual(filled.cut_short().sweep(Orders).warnings(), ["cut short after 4 pages"])
        self.assertEqual(filled.page_of(100).sweep(Orders).warnings(), ["cut short after 2 pages"])

    def test_a_walk_keeps_no_state(self):
        for given in (lambda report: report.keep(1), lambda report: report.save(b"1")):
            Keeps.give = staticmethod(given)
            with self.assertRaisesRegex(RuntimeError, "^a walk keeps no state: (keep|save) is for collect$"):
                bench().sweep(Keeps)
            self.assertEqual(bench().collect(Keeps).state(), b"1")

    def test_a_sweeper_that_lacks_a_function_is_told_by_each_run(self):
        for run in (Bench.collect, Bench.sweep):
            with self.assertRaisesRegex(Failed, "Lacks has no function begin and no function end: a walk calls begin"):
                run(bench(), Lacks)

    def test_patterns_are_those_of_the_servers(self):
        cases = [("*", "", 1), ("a*c", "abc", 1), ("a*c", "abd", 0), ("a?c", "abc", 1), ("a?", "a", 0), ("[a-c]x", "bx", 1)]
        cases += [("[c-a]x", "bx", 1), ("[^a-c]x", "bx", 0), ("[^a-c]x", "dx", 1), (r"[\]]x", "]x", 1), (r"a\*", "a*", 1)]
        cases += [(r"a\*", "ab", 0), ("a", "ab", 0), ("*:[0-9]*", "order:7", 1), ("", "", 1), ("", "a", 0), ("**", "", 0)]
        cases += [("a**", "a", 1), ("a*b*c", "aXbXcbc", 1), ("a*b*c", "acb", 0), ("[abc", "c", 1), ("[]a", "a", 0)]
        cases += [("[^", "x", 1), ("a\\", "a\\", 1), ("[a-]", "]", 1), ("a", "A", 0)]
        for pattern, key, fits in cases:
            self.assertEqual(matches(pattern.encode(), key.encode()), bool(fits), f"{pattern} {key}")

    def test_patterns_may_be_long(self):
        for pattern, last_may_differ in ((b"a" * 1024, False), (b"?" * 1024, True), (b"a*" * 512, True), (b"*a" * 512, False)):
            self.assertTrue(matches(pattern, b"a" * 1024))
            self.assertEqual(matches(pattern, b"a" * 1023 + b"b"), last_may_differ, pattern[:2])


class Reports(unittest.TestCase):
    def fault(self, fill):
        class Filled(Collector[None]):
            name, version = "filled", "1.0.0"

            def configure(self, config, server, plan):
                self.latency = plan.summary("latency", "")
                plan.late_prefix("late_")
                plan.late_prefix("latency")

            def collect(self, request, report):
                fill(self, report)

        globals()["Filled"] = Filled
        Filled.__qualname__ = "Filled"
        try:
            bench().collect(Filled)
        except MalformedReport as fault:
            return str(fault)
        return ""

    def test_names_are_checked(self):
        def late(name):
            return self.fault(lambda _, report: report.late(Kind.GAUGE, name, ""))

        self.assertEqual(late("late_a"), "")
        twice = 'family "redis_latency_count": "redis_latency_count" is declared twice'
        self.assertEqual(late("latency_count"), twice)
        for name, fault in (
            ("late_a-b", "not a metric name: letters, digits and _ are, and no digit first"),
            ("late_sum", "only a histogram or a summary may own the suffix _sum"),
            ("up", "the name is the exporter's own"),
        ):
            self.assertEqual(late(name), f'family "redis_{name}": {fault}')
        self.assertEqual(late("other"), 'late family "other" begins with no reserved prefix')

    def test_bounds_are_checked(self):
        def families(_, report):
            for number in range(500):
                report.late(Kind.GAUGE, f"late_{number}", "")

        def samples(_, report):
            for _ in range(10_001):
                report.facts("late_a", "", {})

        self.assertEqual(self.fault(families), "501 families, more than the 500 allowed (limits.families)")
        self.assertEqual(self.fault(samples), "10001 samples, more than the 10000 allowed (limits.samples)")

    def test_samples_fit_their_families(self):
        def single(index, labels):
            return self.fault(lambda _, report: report.set(Family(index, "x", len(labels)), labels, 1))

        self.assertEqual(single(1, []), "a sample of family 1, of 1")
        self.assertEqual(single(0, ["x"]), 'family "redis_latency": 1 label values for 0 label names')
        self.assertEqual(single(0, []), 'family "redis_latency": a single value for a histogram or a summary')
        other = self.fault(lambda _, report: report.histogram(Histogram(0, "x", 0), [], [], 0, 0))
        self.assertEqual(other, 'family "redis_latency": a histogram or a summary for a family of single values')

        def misplaced(_, report):
            gauge = report.late(Kind.GAUGE, "late_a", "")
            report.summary(Summary(gauge.index, "x", 0), [], [], 0, 0)

        self.assertEqual(self.fault(misplaced), 'family "redis_late_a": a histogram or a summary for a family of single values')

    def test_buckets_ascend_and_are_cumulative(self):
        def buckets(pairs):
            def fill(_, report):
                report.histogram(report.late(Kind.HISTOGRAM, "late_sizes", ""), [], pairs, 1, 2)

            return self.fault(fill)

        self.assertEqual(buckets([(1, 1), (2, 2), (float("inf"), 2)]), "")
        infinite, none = float("inf"), float("nan")
        for pairs in ([(1, 1), (1, 2)], [(1, 2), (2, 1)], [(1, 1), (2, 3)], [(1, 1), (infinite, 1)], [(none, 1), (2, 2)]):
            self.assertEqual(buckets(pairs), 'family "redis_late_sizes": buckets are not ascending and cumulative')

    def test_quantiles_ascend(self):
        def quantiles(pairs):
            return self.fault(lambda self, report: report.summary(self.latency, [], pairs, 1, 2))

        self.assertEqual(quantiles([(0.5, 7), (0.9, 1)]), "")
        self.assertEqual(quantiles([(0.9, 1), (0.5, 7)]), 'family "redis_latency": quantiles are not ascending')

    def test_a_series_is_given_once(self):
        def given(kind, names, *series):
            def fill(_, report):
                family = report.late(kind, "late_orders", "", names)
                for labels in series:
                    if kind is Kind.HISTOGRAM:
                        report.histogram(family, labels, Buckets([]))
                    elif kind is Kind.SUMMARY:
                        report.summary(family, labels, [], 0, 0)
                    else:
                        report.set(family, labels, 1)

            return self.fault(fill)

        told = 'family "redis_late_orders": the series {} is given twice; the daemon keeps the first'
        for kind in (Kind.GAUGE, Kind.HISTOGRAM, Kind.SUMMARY):
            self.assertEqual(given(kind, ["status"], ["new"], ["old"]), "")
            self.assertEqual(given(kind, ["status"], ["new"], ["old"], ["new"]), told.format('{status="new"}'))
            self.assertEqual(given(kind, [], [], []), told.format("").replace("  ", " "))
        twice = given(Kind.GAUGE, ["b", "a"], ["1", '"'], ["1", '"'])
        self.assertEqual(twice, told.format('{a="\\"",b="1"}'))

    def test_a_series_of_another_family_is_another(self):
        def both(_, report):
            for name in ("late_a", "late_b"):
                report.late_sample(Kind.GAUGE, name, "", {"status": "new"}, 1)

        self.assertEqual(self.fault(both), "")

    def test_a_state_has_a_bound(self):
        self.assertEqual(self.fault(lambda _, report: report.save(b"x" * 65536)), "")
        told = "a state of 65537 bytes, more than the 65536 allowed (limits.state)"
        self.assertEqual(self.fault(lambda _, report: report.save(b"x" * 65537)), told)

    def test_a_page_is_text(self):
        def fill(self, report):
            report.summary(self.latency, [], [(0.5, 1), (0.99, 2.5)], 3.5, 2)
            buckets = Buckets([1, 2.5])
            for value in (0.5, 1, 2, 7, float("nan")):
                buckets.observe(value)
            self.late = report.late(Kind.HISTOGRAM, "late_sizes", "Sizes.", ["b", "a"])
            report.histogram(self.late, ["2", "1"], [(1, 2), (float("inf"), 4)], 3, 4)
            report.histogram(self.late, ['"\\\n', ""], Buckets([]), None, None)
            report.late_sample(Kind.COUNTER, "late_events_total", "", {"z": "é"}, 1e21)
            self.counted = [buckets.cumulative(), buckets.count]
            type(self).counted = self.counted

        class Page(Collector[None]):
            name, version = "page", "1.0.0"

            def configure(self, config, server, plan):
                self.latency = plan.summary("latency", "How long.")
                plan.gauge("unused", "")
                plan.late_prefix("late_")

            collect = staticmethod(lambda request, report: None)

        Page.collect = lambda self, request, report: fill(self, report)
        globals()["Page"] = Page
        Page.__qualname__ = "Page"
        expected = """\
# HELP n_late_events_total 
# TYPE n_late_events_total counter
n_late_events_total{z="é"} 1000000000000000000000
# HELP n_late_sizes Sizes.
# TYPE n_late_sizes histogram
n_late_sizes_bucket{a="1",b="2",le="1"} 2
n_late_sizes_bucket{a="1",b="2",le="+Inf"} 4
n_late_sizes_sum{a="1",b="2"} 3
n_late_sizes_count{a="1",b="2"} 4
n_late_sizes_bucket{a="",b="\\"\\\\\\n",le="+Inf"} 0
n_late_sizes_sum{a="",b="\\"\\\\\\n"} 0
n_late_sizes_count{a="",b="\\"\\\\\\n"} 0
# HELP n_latency How long.
# TYPE n_latency summary
n_latency{quantile="0.5"} 1
n_latency{quantile="0.99"} 2.5
n_latency_sum 3.5
n_latency_count 2
"""
        self.assertEqual(bench().collect(Page).text("n"), expected)
        self.assertEqual(Page.counted, [[(1.0, 2), (2.5, 3)], 5])


RECORDING = {
    "redwasp": "recording/1",
    "plugin": "orders",
    "version": "1.0.0",
    "digest": "sha256:0",
    "config": {},
    "server": {
        "product": "valkey",
        "version": "9.1.2",
        "mode": "cluster",
        "role": "slave",
        "databases": 1,
        "extra": [["keys", "node"]],
    },
    "target": {"name": "redis://x", "labels": [], "node": "", "extra": []},
    "unix_ms": 1763800000000,
    "state": {"plugin_version": "1.0.0", "bytes": "[4,9]"},
    "prepared": "\u0080",
    "prefetched": [
        {"command": {"database": 0, "args": ["LLEN", "waiting"]}, "reply": ":3\r\n"},
        {"command": {"database": 0, "args": ["GET", "\u00ff"]}, "reply": "$1\r\n\u00ff\r\n"},
        {"command": {"database": 0, "args": ["GET", "x"]}, "error": {"server": ["WRONGTYPE", "no"]}},
        {"command": {"database": 0, "args": ["GET", "y"]}, "error": {"timeout": True}},
        {"command": {"database": 0, "args": ["GET", "z"]}, "error": {"denied": "no"}},
    ],
    "calls": [
        {
            "pipeline": {
                "route": {"node": "n"},
                "answers": [{"command": {"database": 0, "args": ["GET", "other"]}, "reply": "+yes\r\n"}],
                "failed": False,
            }
        },
        {
            "nodes": [
                {
                    "id": "n",
                    "address": "there:6379",
                    "role": "master",
                    "shard": "s",
                    "primary": "",
                    "slots": [[0, 5]],
                    "extra": [["zone", "a"]],
                    "newer": 1,
                }
            ]
        },
    ],
    "sweep": {
        "pages": [
            {"sweep": 0, "keys": [{"key": "order:\u00ff", "kind": "hash", "reads": [{"reply": "$1\r\n2\r\n"}, None]}]},
            {"sweep": 1, "keys": [{"key": "a", "kind": "", "reads": []}]},
        ],
        "complete": False,
    },
}


class Reads(Collector[None]):
    """Reads what the recording has."""

    name, version = "reads", "1.0.0"

    def configure(self, config, server, plan):
        assert (server.product, server.role, server.extra) == ("valkey", "slave", [("keys", "node")])
        self.keys = [plan.prefetch(Command("GET").arg(key)) for key in (b"\xff", "x", "y", "z")]

    def collect(self, request, report):
        assert request.reply(self.keys[0]).text() == "\\xff"
        assert request.bytes(self.keys[0]) == b"$1\r\n\xff\r\n"
        assert request.state == ("1.0.0", b"[4,9]") and request.saved() == [4, 9]
        for key in self.keys[1:]:
            try:
                request.reply(key)
            except Exception as error:
                report.warn(f"{type(error).__name__}: {error}")


class Recordings(unittest.TestCase):
    def recorded(self, recording=RECORDING):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "recording.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(recording, file)
            return Bench.recorded(path)

    def test_a_recording_is_a_server_with_its_replies(self):
        page = self.recorded().collect(Calls)
        self.assertEqual((page.value("calls"), page.value("before")), (5.0, 9.0))
        self.assertEqual(json.loads(page.state()), [5, 1763800000000])
        warnings = ["ServerError: WRONGTYPE no", "Timeout: no reply in time", "Denied: no"]
        self.assertEqual(self.recorded().collect(Reads).warnings(), warnings)

    def test_recorded_calls_are_answered(self):
        page = self.recorded().collect(Asks)
        self.assertEqual(page.warnings(), ["there:6379 [(0, 5)] [('zone', 'a')]"])
        self.assertEqual(page.logs(), [])

    def test_a_recorded_sweep_is_walked_again(self):
        page = self.recorded().sweep(Orders)
        self.assertEqual((page.value("amount"), page.value("others")), (2.0, 1.0))
        self.assertEqual(page.warnings(), ["cut short after 2 pages"])

    def test_the_configuration_is_recorded(self):
        self.assertEqual(self.recorded({**RECORDING, "config": {"a": [1]}}).config(), {"a": [1]})
        self.assertEqual((self.recorded().config(), bench().config()), ({}, {}))

    def test_with_an_error_for_nodes_a_bench_has_those_that_it_has(self):
        calls = [RECORDING["calls"][0], {"nodes": {"error": {"timeout": True}}}]
        page = self.recorded({**RECORDING, "calls": calls}).collect(Asks)
        self.assertEqual(page.warnings(), ["localhost:6379 [] []"])

    def test_a_read_that_was_not_recorded_is_denied(self):
        keys = [{"key": "order:1", "kind": "hash", "reads": []}]
        sweep = {"pages": [{"sweep": 0, "keys": keys}], "complete": True}
        with self.assertRaisesRegex(Denied, "the recording has no such read"):
            self.recorded({**RECORDING, "sweep": sweep}).sweep(Orders)

    def test_something_else_is_no_recording(self):
        with self.assertRaisesRegex(ValueError, "no recording"):
            self.recorded({"a": 1})


class Replies(unittest.TestCase):
    def test_builders_make_resp(self):
        from redwasp_sdk import resp

        built = array(
            simple("OK"), integer(-1), double(1.5), double(float("inf")), null(), error("ERR no"), testing.map({"a": bulk("b")})
        )
        self.assertEqual(built, b"*7\r\n+OK\r\n:-1\r\n,1.5\r\n,inf\r\n_\r\n-ERR no\r\n%1\r\n$1\r\na\r\n$1\r\nb\r\n")
        self.assertEqual(resp.decode(built).elements()[6].get("a").text(), "b")
        built = testing.set(boolean(True), boolean(False), testing.map([(integer(1), null())]))
        self.assertEqual(built, b"~3\r\n#t\r\n#f\r\n%1\r\n:1\r\n_\r\n")
        self.assertEqual([element.value for element in resp.decode(built).elements()], [True, False, [1, None]])


class Told(Calls):
    def collect(self, request, report):
        raise Failed("for a reason")


class Fails(unittest.TestCase):
    def test_a_failure_is_raised(self):
        with self.assertRaisesRegex(Failed, "for a reason"):
            bench().collect(Told)


if __name__ == "__main__":
    unittest.main()
