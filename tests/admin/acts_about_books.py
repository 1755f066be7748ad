"""What has to be there before an act about the books can be done."""

from __future__ import annotations

import re

from tests.admin.act_preparations import Ready, hidden
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def month_that_is_over(scenario: Scenario, owner: Client) -> Ready:
    await scenario.order()
    shown = await hidden(owner, "admin/books/?month=2026-10")
    fields = {"month": "2026-10", "fingerprint": shown["fingerprint"], "despite_open_days": "1"}
    return Ready("", fields, subject_id="2026-10")


async def price_to_enter(scenario: Scenario, owner: Client) -> Ready:
    await owner.post("admin/catalog/services/new/", {"name": "优享陪诊", "unit": "半天", "price_fen": "398"})
    shown = await hidden(owner, "admin/catalog/prices/")
    fields = {"was-1": shown["was-1"], "price-1": "428", "valid_from": scenario.day(3)}
    return Ready("", fields, subject_id=1)


async def price_to_come(scenario: Scenario, owner: Client) -> Ready:
    ready = await price_to_enter(scenario, owner)
    await owner.post("admin/catalog/prices/", ready.fields)
    return Ready(1, subject_id=1)


async def workbook_to_import(scenario: Scenario, owner: Client) -> Ready:
    text = '{"医院": [[1, "名称", "经度", "纬度"], [2, "新医院", "108.9", "34.2"]]}'
    shown = re.findall(
        r'name="plan" value="([^"]*)"',
        (await owner.post("admin/catalog/workbook/", {"text": text})).body.decode(),
    )
    return Ready("", {"text": text, "commit": "1", "plan": shown[0]})
