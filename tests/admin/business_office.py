"""What the made-up business of ``business.py`` has beside its visits: a complaint, an invoice that is asked for, a
rule of pay and a statement made by it."""

from __future__ import annotations

from clock import DAY, shanghai_date
from tests.admin.acts_after_sales import complaint, invoice
from tests.admin.scenario import Scenario
from tests.escort_pay.paying import finished, issue, rule


async def add_office(scenario: Scenario, escort: int) -> None:
    """Each of them is the first of its table."""
    over = await scenario.order("finished", patient="上官婉儿", visit_date=scenario.day(-3))
    await complaint(scenario, over)
    await invoice(scenario, order_id=over)
    await rule(scenario.storage, 12_000)
    at = scenario.clock()
    for earlier in range(3):
        await finished(scenario.storage, escort, at - earlier, visit_date=shanghai_date(at - DAY))
    await issue(scenario.storage, escort, shanghai_date(at)[:7], at + 1)
