"""Orders by status and amount, by walking the keys."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from redwasp_sdk import (
    Buckets,
    Failed,
    Invalid,
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
    # By status, as it is in the label: how many orders, and the sum of their amounts.
    statuses: dict[str, list[float]] = field(default_factory=dict)
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
        # An order that cannot be read ends the walk: what is said of the others would be too little.
        for key in page.keys():
            reply = key.reply(self.fields)
            if reply is None:
                continue
            fields = reply.elements()
            if len(fields) != 2:
                raise Failed(f"HMGET gave {len(fields)} fields instead of 2")
            run.seen += 1
            status, amount = fields[0], _amount(fields[1])
            counted = self.status(run, "unknown" if status.is_null else status.text())
            counted[0] += 1
            if amount is None:
                run.unreadable += 1
            else:
                counted[1] += amount
                run.amounts.observe(amount)

    def end(self, run: Run, complete: bool, report: Report) -> None:
        # By code points, which is the order of their bytes in UTF-8 too.
        for status in sorted(run.statuses):
            count, sum = run.statuses[status]
            report.set(self.orders, [status], count)
            report.set(self.sums, [status], sum)
        report.histogram(self.amounts, [], run.amounts)
        report.set(self.unreadable, [], run.unreadable)
        if not complete:
            report.warn(f"the walk ended early: {run.seen} orders were seen")

    def status(self, run: Run, status: str) -> list[float]:
        """Where orders of this status are counted. Who writes orders chooses their statuses: the series that they become
        have a bound. First come, first served; "other" is one more."""
        if status not in run.statuses and len(run.statuses) >= self.max_statuses:
            status = "other"
        return run.statuses.setdefault(status, [0, 0.0])


def _amount(amount: Reply) -> float | None:
    try:
        value = amount.number()
    except Mismatch:
        return None
    return value if math.isfinite(value) else None


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
