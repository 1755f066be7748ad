"""What has to be there before an act about the books can be done."""

from __future__ import annotations

from tests.admin.act_preparations import Ready, hidden
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def month_that_is_over(scenario: Scenario, owner: Client) -> Ready:
    await scenario.order()
    shown = await hidden(owner, "admin/books/?month=2026-10")
    fields = {"month": "2026-10", "fingerprint": shown["fingerprint"], "despite_open_days": "1"}
    return Ready("", fields, subject_id="2026-10")
