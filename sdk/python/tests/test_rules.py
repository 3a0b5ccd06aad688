"""The bench refuses what the daemon refuses."""

import json
import unittest
from pathlib import Path

from redwasp_sdk import Collector, Command, Denied, KeyRead, Kind, Limit, Sweep, Sweeper
from redwasp_sdk.testing import Bench, MalformedPlan, bulk, integer, rules, server

VECTORS = json.loads((Path(__file__).parents[2] / "plan-vectors.json").read_text(encoding="utf-8"))


def bench():
    return Bench(server("redis", "7.0.15"))


def command(words, database=0):
    """Of a list of words, which may be empty."""
    return Command("")._with([word.encode() for word in words], database)


def read(before, after):
    read = KeyRead(before[0]).after(*after)
    for word in before[1:]:
        read.before(word)
    return read


class Planned(Sweeper[None, None]):
    """Has the plan of a vector."""

    name, version = "planned", "1.0.0"
    plan = {}

    def configure(self, config, server, plan):
        Planned.calls = []
        for family in self.plan.get("families", []):
            plan.family(Kind[family["kind"].upper()], family["name"], "", family.get("labels", []))
        for ask in self.plan.get("asks", []):
            plan.ask(ask["commands"], ask.get("keys", []), ask.get("databases", []))
        for words in self.plan.get("prefetch", []):
            plan.prefetch(command(words))
        for sweep in self.plan.get("sweeps", []):
            walked = Sweep(sweep["pattern"])
            for each in sweep["reads"]:
                walked.read(read(each["before"], each["after"]))
            plan.sweep(walked)

    def collect(self, request, report):
        Planned.calls.append("collect")

    def begin(self, request):
        Planned.calls.append("begin")

    def page(self, run, request, page):
        pass

    def end(self, run, complete, report):
        pass


class Plans(unittest.TestCase):
    def refused(self, plan, run=Bench.collect):
        Planned.plan = plan
        try:
            run(bench(), Planned)
        except MalformedPlan as malformed:
            return str(malformed), Planned.calls
        return "", Planned.calls

    def test_a_plan_is_refused_as_the_daemon_refuses_it_and_nothing_is_called(self):
        self.assertGreater(len(VECTORS["plans"]), 30)
        for vector in VECTORS["plans"]:
            for run, call in ((Bench.collect, "collect"), (Bench.sweep, "begin")):
                with self.subTest(call, **vector):
                    refused = vector["refused"]
                    self.assertEqual(self.refused(vector["plan"], run), (refused, [] if refused else [call]))

    def test_there_are_bounds(self):
        def told(**plan):
            return self.refused(plan)[0]

        def gauge(name="a", labels=()):
            return [{"name": name, "kind": "gauge", "labels": labels}]

        many = [family for number in range(501) for family in gauge(f"a{number}")]
        self.assertEqual(told(families=many), "501 families, more than the 500 allowed (limits.families)")
        self.assertIn(": a name of 257 bytes, more than the 256 allowed", told(families=gauge("a" * 251)))
        self.assertIn(": a name of 260 bytes, more than the 256 allowed", told(families=gauge(labels=["a" * 999])))
        self.assertEqual(told(families=gauge("a" * 250, ["a" * 256])), "")
        long = "MGET has more than 10000 arguments: send it in parts; no grant allows it"
        self.assertEqual((told(prefetch=[["MGET"] * 10_000]), told(prefetch=[["MGET"] * 10_001])), ("", long))

    def test_what_operators_may_raise_is_theirs_to_refuse(self):
        labels = [f"a{number}" for number in range(33)]
        plan = {"families": [{"name": "a", "kind": "gauge", "labels": labels}], "prefetch": [["INFO"]] * 1025}
        self.assertEqual(self.refused(plan), ("", ["collect"]))

    def test_asks_and_sweeps_have_bounds(self):
        def told(**plan):
            return self.refused(plan)[0]

        def sweep(pattern="*", reads=0):
            return {"pattern": pattern, "reads": [{"before": ["TYPE"], "after": []}] * reads}

        self.assertEqual(told(sweeps=[sweep()] * 257), "257 sweeps, more than the 256 allowed")
        self.assertEqual(told(sweeps=[sweep(reads=17)]), "17 reads in a sweep, more than the 16 allowed")
        self.assertEqual(told(sweeps=[sweep("a" * 1025)]), "a pattern of a sweep with 1025 bytes: 1024 are taken")
        self.assertEqual(told(sweeps=[sweep("a" * 1024, 16)] * 256), "")
        keys = "asks[0].keys: a pattern of 1025 bytes matches nothing: 1024 are taken"
        self.assertEqual(told(asks=[{"commands": ["GET"], "keys": ["a" * 1025]}]), keys)
        # The command, the key and the end of each, and database 0 by its absence.
        asks = [{"commands": ["GET"], "keys": ["a" * 1015]}] * 16
        self.assertEqual(told(asks=asks), "")
        asks = [*asks, {"commands": []}]
        self.assertEqual(told(asks=asks), "asks: 16388 bytes of commands, keys and databases, more than the 16384 allowed")

    def test_names_that_are_no_commands_are_told_in_one_line(self):
        for words, told in (
            (["\x00\n'\"\\é"], r"\x00\n\'\"\\\xc3\xa9 is not in redwasp's table of reads"),
            (["A " + "b" * 90], f'"A {"b" * 62}" is one word: give the name and each argument as a word of its own'),
            (["XINFO", "a b"], "XINFO a b is not in redwasp's table of reads"),
        ):
            self.assertEqual(self.refused({"prefetch": [words]})[0], f"{told}; no grant allows it")
        asked = {"asks": [{"commands": ["XGROUP", "XINFO a b", "script kill", "", "command"]}]}
        problems = ["XGROUP has no reads", "XINFO a is not", "SCRIPT KILL acts on", "a command without a name is not"]
        told = self.refused(asked)[0].split("; ")
        for problem, text in zip(problems, told, strict=True):
            self.assertTrue(text.startswith(f"asks[0].commands: {problem}"), text)

    def test_a_first_key_is_where_every_read_has_one(self):
        for name in rules._COMMANDS:
            row = rules._COMMANDS[name]
            if row.get("key"):
                words = name.split(" ")
                self.assertLess(row["key"], len(words) + row["least"], name)


class Asking(Sweeper[None, None]):
    """Sends the command of a vector, in each of its calls."""

    name, version = "asking", "1.0.0"
    asks, command = [], Command.info()

    def configure(self, config, server, plan):
        plan.sweep(Sweep("*"))
        for ask in self.asks:
            plan.ask(ask["commands"], ask.get("keys", []), ask.get("databases", []))

    def collect(self, request, report):
        self.asked(request)

    def begin(self, request):
        self.asked(request)

    def page(self, run, request, page):
        self.asked(request)

    def end(self, run, complete, report):
        pass

    def asked(self, request):
        replies = request.pipeline([self.command])
        try:
            Asking.told.append(replies.reply(0).text())
        except Denied as denied:
            Asking.told.append(str(denied))


class Pipelines(unittest.TestCase):
    def told(self, vector, bench):
        Asking.asks, Asking.command = vector.get("asks", []), command(vector["command"], vector.get("database", 0))
        Asking.told = []
        bench.key(0, "a", "string")
        bench.collect(Asking)
        bench.sweep(Asking)
        return Asking.told

    def test_a_command_is_denied_as_the_daemon_denies_it_whatever_reply_there_is(self):
        self.assertGreater(len(VECTORS["pipelines"]), 10)
        for vector in VECTORS["pipelines"]:
            with self.subTest(**vector):
                answered = bench().reply(" ".join(vector["command"]), bulk("answered"))
                self.assertEqual(self.told(vector, answered), [vector["denied"] or "answered"] * 3)

    def test_what_is_denied_is_no_error_of_the_test(self):
        denied = {"command": ["LLEN", "queue:mail"]}
        [told, *_] = self.told(denied, bench().error("LLEN queue:mail", Limit("all")))
        self.assertIn("LLEN queue:mail is not among what the plugin asks for", told)
        asked = {**denied, "asks": [{"commands": ["LLEN"], "keys": ["queue:*"]}]}
        with self.assertRaisesRegex(Limit, "^all$"):
            self.told(asked, bench().error("LLEN queue:mail", Limit("all")))
        self.assertEqual(self.told(asked, bench().denied("LLEN queue:mail", "mine")), ["mine"] * 3)
        self.assertEqual(self.told(asked, bench()), ["the bench has no reply to LLEN queue:mail"] * 3)

    def test_what_is_about_no_keys_is_about_no_database(self):
        asked = {"asks": [{"commands": ["CONFIG"]}], "database": 1, "command": ["CONFIG", "GET", "maxmemory"]}
        self.assertEqual(self.told(asked, bench().reply("CONFIG GET maxmemory", bulk("x"))), ["x"] * 3)

    def test_keys_are_told_cut_and_in_one_line(self):
        [told, *_] = self.told({"command": ["GET", "a\n" + "b" * 90]}, bench())
        self.assertTrue(told.startswith(f"GET a\\n{'b' * 62}… is not among what the plugin asks for: "), told)
        for words in (["SCAN", "0", "MATCH", "*"], ["XREAD", "COUNT", "1", "STREAMS", "a", "0"]):
            [told, *_] = self.told({"command": words}, bench())
            asks = f"let its plan ask for {words[0]}, with patterns that its keys fit"
            self.assertEqual(told, f"{words[0]} is not among what the plugin asks for: {asks}")
            asked = {"command": words, "asks": [{"commands": [words[0]], "keys": ["b"]}]}
            self.assertEqual(self.told(asked, bench().reply(" ".join(words), bulk("x"))), ["x"] * 3)


class Prefetches(Collector[None]):
    name, version = "prefetches", "1.0.0"

    def configure(self, config, server, plan):
        self.length = plan.prefetch(Command("LLEN", "queue"))
        self.value = plan.gauge("length", "")

    def collect(self, request, report):
        report.set(self.value, [], request.reply(self.length).integer())


class Unasked(unittest.TestCase):
    def test_a_prefetch_and_reads_of_a_sweep_need_no_ask(self):
        page = bench().reply("LLEN queue", integer(3)).collect(Prefetches)
        self.assertEqual(page.value("length"), 3)
        Planned.plan = {"sweeps": [{"pattern": "*", "reads": [{"before": ["GET"], "after": []}]}]}
        bench().key(0, "a", "string").reply("GET a", bulk("x")).sweep(Planned)


if __name__ == "__main__":
    unittest.main()
