"""An escort receives what WeChat pays for a statement: their own, while it waits; the server says what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY
from orders.escort_pay.months import month_of
from payment.transfers.starting import Start
from tests.escort.escorts import apply_as_escort, escort_of
from tests.escort_pay.paying import ADMIN_ID, confirm, finished, issue, mark_of, rule, statement
from tests.http.client import Client
from tests.http.product import Product, until

pytestmark = pytest.mark.promise(40)


async def being_paid(product: Product) -> tuple[Client, int]:
    """An escort whose statement WeChat has begun to pay: (their phone, the statement)."""
    client = await apply_as_escort(product, "wang")
    escort, at = await escort_of(product, client), product.clock()
    await rule(product.storage, 8_000)
    await finished(product.storage, escort, at)
    number = (await issue(product.storage, escort, month_of(at), at)).id
    await confirm(product.storage, number, escort, at)
    seen = await mark_of(product.storage, number)
    await product.services.transfers.start(Start(number, seen, ADMIN_ID))
    return client, number


async def at_wechat(product: Product, client: Client, person: str, outcome: str, package: str) -> Any:
    wish = {"package": package, "person": person, "outcome": outcome}
    return (await client.http.post("sandbox/transfers/payee/", json=wish)).json()


async def test_an_escort_receives_what_waits_and_the_notification_pays_the_statement(
    product: Product,
) -> None:
    wang, number = await being_paid(product)
    (row,) = (await wang.get("escort/pay/"))["data"]
    assert (row["state"], row["toReceive"]) == ("paying", True)
    told = (await wang.get("escort/statement/", id=number))["statement"]["transfer"]
    assert (told["state"], told["stateText"], told["canReceive"]) == ("waiting", "等您收款", True)
    assert len(told["until"]) == len("2026-12-01 10:00:00")
    given = await wang.post("escort/receiveTransfer/", id=number)
    product.secrets.add(given["package"])
    identity = product.sandbox.identity
    assert (given["mchId"], given["appId"]) == (identity.mchid, identity.appid)
    assert (await at_wechat(product, wang, "li", "confirm", given["package"]))["error"] == "wrong_payee"
    await at_wechat(product, wang, "wang", "confirm", given["package"])

    async def paid() -> bool:
        return (await statement(product.storage, number)).state == "paid"

    await until(paid)
    told = (await wang.get("escort/statement/", id=number))["statement"]
    assert told["reference"].startswith("微信转账 13")
    assert told["transfer"] is None
    assert (await wang.get("escort/pay/"))["data"][0]["toReceive"] is False
    refused = await wang.post("escort/receiveTransfer/", 409, id=number)
    assert refused["error"] == "nothing_to_receive"


async def test_asking_finds_out_what_a_lost_notification_would_have_told(product: Product) -> None:
    wang, number = await being_paid(product)
    await wang.http.post("sandbox/faults/", json={"fault": "lose_notification"})
    given = await wang.post("escort/receiveTransfer/", id=number)
    await at_wechat(product, wang, "wang", "confirm", given["package"])

    async def paid() -> bool:
        product.clock.move(4_000)  # WeChat is asked once in three seconds
        return bool((await wang.post("escort/checkTransfer/", id=number))["state"] == "paid")

    await until(paid)


async def test_one_that_was_refused_tells_why_and_that_nothing_waits(product: Product) -> None:
    wang, number = await being_paid(product)
    given = await wang.post("escort/receiveTransfer/", id=number)
    await at_wechat(product, wang, "wang", "refuse", given["package"])
    assert (await wang.post("escort/checkTransfer/", id=number))["state"] == "confirmed"
    told = (await wang.get("escort/statement/", id=number))["statement"]["transfer"]
    assert (told["stateText"], told["canReceive"]) == ("没有收成", False)
    assert "拒绝" in told["note"]


async def test_one_whose_day_is_over_is_not_opened(product: Product) -> None:
    wang, number = await being_paid(product)
    product.clock.move(DAY)
    told = (await wang.get("escort/statement/", id=number))["statement"]["transfer"]
    assert (told["stateText"], told["canReceive"]) == ("过期了，正在等微信的结果", False)
    refused = await wang.post("escort/receiveTransfer/", 409, id=number)
    assert refused["error"] == "transfer_expired"
    assert (await statement(product.storage, number)).state == "confirmed"


async def test_nobody_else_can_open_it_or_ask_about_it(product: Product) -> None:
    wang, number = await being_paid(product)
    other = await apply_as_escort(product, "li")
    assert (await other.post("escort/receiveTransfer/", 409, id=number))["error"] == "nothing_to_receive"
    for unknown in (number, 77):
        refused = await other.post("escort/checkTransfer/", 404, id=unknown)
        assert refused["error"] == "statement_not_found"
    assert (await wang.post("escort/receiveTransfer/", id=number))["package"]


async def test_what_was_paid_through_wechat_is_in_the_escorts_own_export(product: Product) -> None:
    wang, _ = await being_paid(product)
    exported = (await wang.get("user/export/"))["data"]["escortWork"]["transfers"]
    assert [(each["amount"], each["state"]) for each in exported] == [("￥80", "waiting")]
