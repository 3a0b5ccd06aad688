"""Tests without a daemon and without a Redis: canned replies in, a page of metrics out."""

import unittest

from {{name_snake}} import {{Name}}
from redwasp_sdk import Denied, Invalid, NotApplicable
from redwasp_sdk.testing import Bench, Page, bulk, server


def bench() -> Bench:
    return Bench(server("redis", "7.0.15"))


def page(info: str, minimum_lookups: int = 1) -> Page:
    return bench().reply("INFO ALL", bulk(info)).collect({{Name}}, {"minimum_lookups": minimum_lookups})


class {{Name}}Test(unittest.TestCase):
    def test_the_ratio_of_hits_is_told(self) -> None:
        text = page("# Stats\r\nkeyspace_hits:3\r\nkeyspace_misses:1\r\n").text("redis")
        self.assertIn("\nredis_{{name_snake}}_hit_ratio 0.75\n", text)

    def test_with_too_few_lookups_there_is_no_sample(self) -> None:
        few = page("keyspace_hits:3\r\nkeyspace_misses:1\r\n", minimum_lookups=5)
        self.assertIsNone(few.value("{{name_snake}}_hit_ratio"))
        none = page("keyspace_hits:0\r\nkeyspace_misses:0\r\n")
        self.assertIsNone(none.value("{{name_snake}}_hit_ratio"))

    def test_a_server_that_does_not_count_is_not_measured(self) -> None:
        with self.assertRaisesRegex(NotApplicable, "^INFO has no keyspace_hits$"):
            page("# Server\r\nredis_version:7.0.15\r\n")

    def test_a_denied_command_is_told(self) -> None:
        with self.assertRaises(Denied):
            bench().denied("INFO ALL").collect({{Name}})

    def test_a_wrong_configuration_is_refused_with_its_place(self) -> None:
        with self.assertRaises(Invalid) as refused:
            page("", minimum_lookups=0)
        self.assertEqual(str(refused.exception), "/minimum_lookups: expected an integer of at least 1, found 0")


if __name__ == "__main__":
    unittest.main()
