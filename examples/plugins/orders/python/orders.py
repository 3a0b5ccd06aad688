"""Orders by status and amount, by walking the keys."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from redwasp_sdk import (
    Buckets,
    Failure,
    Invalid,
    Key,
    KeyRead,
    Mismatch,
    Page,
    Plan,
    Problem,
    Report,
    Request,
    Server,
    Sweep,
    Sweeper,
    export,
    label,
    number,
    option,
)
from redwasp_sdk.resp import Reply


@dataclass
class Config:
    """Which keys are orders, and how they are counted."""

    pattern: str = option("order:*", help="Keys of the orders, as in SCAN MATCH.")
    buckets: list[float] = option([10, 50, 100, 500, 1000], help="Upper bounds of amounts, ascending.")
    max_statuses: int = option(10, minimum=1, maximum=100, help="Further statuses are counted as other.")


@dataclass
class Run:
    """What a run keeps from page to page: sums, not keys."""

    amounts: Buckets
    # By status: how many orders, and the sum of their amounts.
    statuses: dict[bytes, list[float]] = field(default_factory=dict)
    seen: int = 0
    unreadable: int = 0


class Orders(Sweeper[Config, Run]):
    """Counts orders while redwasp walks them."""

    name = "orders"
    version = "1.0.0"
    summary = "Orders by status and amount, by walking the keys."

    def configure(self, config: Config, server: Server, plan: Plan) -> None:
        self.bounds, self.max_statuses = _ascending(config.buckets), config.max_statuses
        sweep = Sweep(config.pattern).types("hash")
        self.fields = sweep.read(KeyRead("HMGET").after("status", "amount").only("hash"))
        plan.sweep(sweep)
        self.orders = plan.gauge("orders", "Orders by their status.", ["status"])
        self.sums = plan.gauge("orders_amount", "Sum of the amounts of orders by their status.", ["status"])
        self.amounts = plan.histogram("order_amount", "Amounts of orders.")
        self.unreadable = plan.gauge("orders_unreadable", "Orders whose amount is missing or no number.")

    def begin(self, request: Request) -> Run:
        return Run(Buckets(self.bounds))

    def page(self, run: Run, request: Request, page: Page) -> None:
        for key in page.keys():
            run.seen += 1
            status, amount = self.read(key)
            counted = self.status(run, status)
            counted[0] += 1
            if amount is None:
                run.unreadable += 1
            else:
                counted[1] += amount
                run.amounts.observe(amount)

    def end(self, run: Run, complete: bool, report: Report) -> None:
        for status in sorted(run.statuses):
            count, sum = run.statuses[status]
            report.set(self.orders, [label.text(status)], count)
            report.set(self.sums, [label.text(status)], sum)
        report.histogram(self.amounts, [], run.amounts)
        report.set(self.unreadable, [], run.unreadable)
        if not complete:
            report.warn(f"the walk ended early: {run.seen} orders were seen")

    def read(self, key: Key) -> tuple[bytes, float | None]:
        """Status and amount of an order, as far as they are there. A key may be gone, or be of another type, when it is
        read."""
        try:
            reply = key.reply(self.fields)
            status, amount = reply.elements() if reply is not None else (None, None)
        except Failure:
            status = amount = None
        return _bytes(status), _amount(amount)

    def status(self, run: Run, status: bytes) -> list[float]:
        """Where orders of this status are counted. Who writes orders chooses their statuses: the series that they become
        have a bound. First come, first served."""
        if status not in run.statuses and len(run.statuses) >= self.max_statuses:
            status = b"other"
        return run.statuses.setdefault(status, [0, 0.0])


def _bytes(status: Reply | None) -> bytes:
    try:
        return b"unknown" if status is None else status.bytes()
    except Mismatch:
        return b"unknown"


def _amount(amount: Reply | None) -> float | None:
    try:
        value = None if amount is None else amount.number()
    except Mismatch:
        return None
    return value if value is not None and math.isfinite(value) else None


def _ascending(bounds: list[float]) -> list[float]:
    """The bounds, if each is larger than the one before. Otherwise every problem at once."""
    problems = [
        Problem(f"/buckets/{place}", f"{number.text(bounds[place])} is not larger than {number.text(bounds[place - 1])}")
        for place in range(1, len(bounds))
        if not bounds[place] > bounds[place - 1]
    ]
    if problems:
        raise Invalid(problems)
    return bounds


export(Orders)
