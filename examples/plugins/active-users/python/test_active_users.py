"""Tests without a daemon and without a Redis."""

import unittest

from active_users import ActiveUsers
from redwasp_sdk import Invalid
from redwasp_sdk.testing import Bench, bulk, error, integer, server


def bench() -> Bench:
    return Bench(server("redis", "7.0.15"))


class ActiveUsersTest(unittest.TestCase):
    def test_each_set_is_counted_by_its_type(self) -> None:
        page = bench().reply("SCARD users:human", integer(12)).reply("SCARD users:bot", integer(3)).collect(ActiveUsers)
        expected = """\
# HELP redis_active_users Members of the set of active users.
# TYPE redis_active_users gauge
redis_active_users{user_type="human"} 12
redis_active_users{user_type="bot"} 3
"""
        self.assertEqual(page.text("redis"), expected)
        self.assertFalse(page.is_partial())

    def test_a_set_that_cannot_be_read_is_left_out(self) -> None:
        wrong = error("WRONGTYPE Operation against a key holding the wrong kind of value")
        page = bench().reply("SCARD users:human", wrong).reply("SCARD users:bot", integer(3)).collect(ActiveUsers)
        self.assertIsNone(page.value("active_users", {"user_type": "human"}))
        self.assertEqual(page.value("active_users", {"user_type": "bot"}), 3)
        self.assertTrue(page.is_partial())
        warning = "SCARD users:human: WRONGTYPE Operation against a key holding the wrong kind of value"
        self.assertEqual(page.warnings(), [warning])

    def test_a_denial_a_late_reply_and_an_odd_one_are_told(self) -> None:
        page = bench().denied("SCARD users:human", "not granted").timeout("SCARD users:bot").collect(ActiveUsers)
        self.assertEqual(page.warnings(), ["SCARD users:human: not granted", "SCARD users:bot: no reply in time"])
        odd = bench().reply("SCARD users:human", bulk("x")).reply("SCARD users:bot", integer(0)).collect(ActiveUsers)
        told = "SCARD users:human: the reply holds a string where an integer was expected"
        self.assertEqual((odd.warnings(), odd.value("active_users", {"user_type": "bot"})), ([told], 0))

    def test_of_two_sets_of_a_type_the_first_is_used(self) -> None:
        config = {"sets": [{"key": "a", "type": "human"}, {"key": "b", "type": "human"}]}
        page = bench().reply("SCARD a", integer(1)).reply("SCARD b", integer(2)).collect(ActiveUsers, config)
        self.assertEqual(page.problems(), [("/sets/1/type", '"human" is there twice')])
        self.assertEqual(page.value("active_users", {"user_type": "human"}), 1)

    def test_a_wrong_configuration_is_refused_with_its_places(self) -> None:
        with self.assertRaises(Invalid) as refused:
            bench().collect(ActiveUsers, {"sets": [{"key": 1, "type": "human"}, {"key": "b"}]})
        problems = [(problem.pointer, problem.message) for problem in refused.exception.problems]
        expected = [("/sets/0/key", "expected a string, found a number"), ("/sets/1", '"type" is missing')]
        self.assertEqual(problems, expected)


if __name__ == "__main__":
    unittest.main()
