"""Tests without a daemon and without a Redis."""

import unittest
from pathlib import Path

from orders import Orders
from redwasp_sdk import Denied, Invalid, ServerError
from redwasp_sdk.testing import Bench, array, bulk, null, server


def bench(*orders: tuple[str | None, str | None]) -> Bench:
    bench = Bench(server("redis", "7.0.15"))
    for place, fields in enumerate(orders):
        values = [null() if field is None else bulk(field) for field in fields]
        bench.key(0, f"order:{place}", "hash").reply(f"HMGET order:{place} status amount", array(*values))
    return bench


class OrdersTest(unittest.TestCase):
    def test_orders_are_counted_by_status_and_amount(self) -> None:
        filled = bench(("paid", "10"), ("paid", "70.5"), ("open", "5000"), ("paid", "50.01"))
        filled.key(0, "order:list", "list").key(0, "offer:1", "hash").key(1, "order:1", "hash")
        expected = """\
# HELP redis_order_amount Amounts of orders.
# TYPE redis_order_amount histogram
redis_order_amount_bucket{le="10"} 1
redis_order_amount_bucket{le="50"} 1
redis_order_amount_bucket{le="100"} 3
redis_order_amount_bucket{le="500"} 3
redis_order_amount_bucket{le="1000"} 3
redis_order_amount_bucket{le="+Inf"} 4
redis_order_amount_sum 5130.51
redis_order_amount_count 4
# HELP redis_orders Orders by their status.
# TYPE redis_orders gauge
redis_orders{status="open"} 1
redis_orders{status="paid"} 3
# HELP redis_orders_amount Sum of the amounts of orders by their status.
# TYPE redis_orders_amount gauge
redis_orders_amount{status="open"} 5000
redis_orders_amount{status="paid"} 130.51
# HELP redis_orders_unreadable Orders whose amount is missing or no number.
# TYPE redis_orders_unreadable gauge
redis_orders_unreadable 0
"""
        self.assertEqual(filled.sweep(Orders).text("redis"), expected)

    def test_what_is_missing_or_no_number_is_counted_apart(self) -> None:
        page = bench((None, "1"), ("paid", None), ("paid", "x"), ("paid", "inf"), ("paid", "nan")).sweep(Orders)
        self.assertEqual(page.value("orders", {"status": "unknown"}), 1)
        self.assertEqual(page.value("orders", {"status": "paid"}), 4)
        self.assertEqual(page.value("orders_amount", {"status": "paid"}), 0)
        self.assertEqual(page.value("orders_unreadable"), 4)

    def test_an_order_that_cannot_be_read_ends_the_walk(self) -> None:
        for error in (Denied("not granted"), ServerError("WRONGTYPE", "not a hash")):
            changed = bench(("paid", "1")).key(0, "order:1", "hash").error("HMGET order:1 status amount", error)
            with self.assertRaises(type(error)):
                changed.sweep(Orders)

    def test_unknown_takes_a_place_and_other_is_one_more(self) -> None:
        page = bench((None, "1"), ("a", "1"), ("b", "1")).sweep(Orders, {"max_statuses": 2})
        self.assertEqual([page.value("orders", {"status": status}) for status in ("unknown", "a", "other")], [1, 1, 1])

    def test_statuses_are_in_the_order_of_their_labels(self) -> None:
        filled = bench(("\U0001f600", "1"), ("\uff5e", "1"), ("a", "1")).key(0, "order:9", "hash")
        filled.reply("HMGET order:9 status amount", array(bulk(b"a\xff"), bulk("1")))
        lines = [line for line in filled.sweep(Orders).text("redis").split("\n") if line.startswith("redis_orders{")]
        labels = ["a", "a\\\\xff", "\uff5e", "\U0001f600"]
        self.assertEqual(lines, [f'redis_orders{{status="{label}"}} 1' for label in labels])

    def test_what_was_recorded_is_counted(self) -> None:
        """The recording is of a server with six keys; the same file is a test in the other languages."""
        folder = Path(__file__).parent.parent
        page = Bench.recorded(folder / "recording.json").sweep(Orders)
        self.assertEqual(page.text("redis"), (folder / "recording.prom").read_text(encoding="utf-8"))

    def test_further_statuses_are_other(self) -> None:
        orders = [("b", "1"), ("c", "2"), ("a", "3"), ("b", "4"), ("d", "5")]
        page = bench(*orders).sweep(Orders, {"max_statuses": 2})
        counts = [page.value("orders", {"status": status}) for status in ("b", "c", "other", "a")]
        self.assertEqual(counts, [2, 1, 2, None])

    def test_a_status_that_is_no_text_is_written_as_bytes(self) -> None:
        filled = Bench(server("redis", "7.0.15")).key(0, b"order:\xff", "hash")
        filled.reply(b"HMGET order:\xff status amount", array(bulk(b"\xff"), bulk("1")))
        self.assertEqual(filled.sweep(Orders).value("orders", {"status": "\\xff"}), 1)

    def test_a_walk_that_ended_early_is_told(self) -> None:
        page = bench(("paid", "1"), ("paid", "2")).cut_short().sweep(Orders)
        self.assertEqual(page.warnings(), ["the walk ended early: 2 orders were seen"])
        self.assertEqual(page.value("orders", {"status": "paid"}), 2)

    def test_a_collect_tells_nothing(self) -> None:
        self.assertEqual(bench().collect(Orders).text("redis"), "")

    def test_buckets_have_to_ascend(self) -> None:
        with self.assertRaises(Invalid) as refused:
            bench().sweep(Orders, {"buckets": [100, 50, 50, 60.5]})
        problems = [(problem.pointer, problem.message) for problem in refused.exception.problems]
        expected = [("/buckets/1", "50 is not larger than 100"), ("/buckets/2", "50 is not larger than 50")]
        self.assertEqual(problems, expected)
        with self.assertRaises(Invalid) as refused:
            bench().sweep(Orders, {"max_statuses": 101, "buckets": [1, 2, "x"]})
        problems = [(problem.pointer, problem.message) for problem in refused.exception.problems]
        expected = [
            ("/buckets/2", "expected a number, found a string"),
            ("/max_statuses", "expected an integer of at most 100, found 101"),
        ]
        self.assertEqual(problems, expected)


if __name__ == "__main__":
    unittest.main()
