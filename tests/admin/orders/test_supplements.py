"""Supplements on the page of their order: what the office sees, and what it decides."""

from __future__ import annotations

import pytest

from sealed_files import new_name
from storage.models import RefundKind, SupplementState
from tests.admin.clients import Client, form_of
from tests.admin.scenario import HOSTILE, Scenario
from tests.admin.supplements import REASON, get, pay_in_cash, put
from tests.visits.scenario import picture

OPEN = {"amount": "38.50", "reason": ""}


async def outbox(scenario: Scenario) -> int:
    async with scenario.storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT COUNT(*) FROM outbox WHERE kind = 'supplement'", {})
    assert row is not None
    return int(row[0])


@pytest.mark.promise(25, 38)
async def test_a_proposal_is_opened_with_another_amount_and_a_reason(
    clerk: Client, scenario: Scenario
) -> None:
    order_id, escort_id = await scenario.order("serving"), await scenario.escort("孙小美")
    supplement_id = await put(scenario, order_id, by=escort_id)
    page = await clerk.page(f"admin/orders/{order_id}/")
    for words in (REASON, "￥38.50", "等客服确认", "陪诊员 孙小美", "付款以后不能撤回，只能退款"):
        assert words in page, words
    path = f"orders/{order_id}/supplements/{supplement_id}/open/"
    refused = await clerk.submit(f"admin/orders/{order_id}/", path, {"amount": "36", "reason": ""})
    assert refused.code == 400
    assert "改了金额，请写下原因" in refused.body.decode()
    assert 'value="36"' in refused.body.decode(), "what was typed is kept"
    done = await clerk.submit(f"admin/orders/{order_id}/", path, {"amount": "36", "reason": "发票上是 36 元"})
    assert done.code == 302
    opened = await get(scenario, supplement_id)
    assert (opened.state, opened.amount_fen) == (SupplementState.OPEN, 3600)
    before = {"state": "proposed", "amount_fen": 3850}
    after = {"supplement": supplement_id, "state": "open", "amount_fen": 3600}
    assert await scenario.log() == [("supplement.open", before, after)]
    assert await outbox(scenario) == 1
    page = await clerk.page(f"admin/orders/{order_id}/?done=supplement-opened")
    assert "补款已发出" in page
    assert "待支付" in page


@pytest.mark.promise(38)
async def test_of_two_tabs_the_second_is_told_and_changes_nothing(clerk: Client, scenario: Scenario) -> None:
    order_id = await scenario.order("serving")
    supplement_id = await put(scenario, order_id)
    path = f"admin/orders/{order_id}/supplements/{supplement_id}"
    first = await clerk.page(f"admin/orders/{order_id}/")
    shown = form_of(first, f"supplements/{supplement_id}/open/")
    assert (await clerk.post(f"{path}/open/", {**shown, **OPEN})).code == 302
    late = await clerk.post(f"{path}/withdraw/", {**shown, "note": "不用了"})
    assert late.code == 409
    assert "刚刚有变化" in late.body.decode()
    assert "不用了" in late.body.decode()
    assert (await get(scenario, supplement_id)).state == SupplementState.OPEN
    missing = await clerk.post_json(f"{path}/withdraw/", {"note": "不用了"})
    assert missing.code == 400


@pytest.mark.promise(38)
async def test_what_is_disputed_is_opened_again_or_withdrawn(clerk: Client, scenario: Scenario) -> None:
    order_id = await scenario.order("finished")
    again = await put(scenario, order_id, SupplementState.DISPUTED)
    scenario.clock.at += 1000
    away = await put(scenario, order_id, SupplementState.DISPUTED)
    page = await clerk.page(f"admin/orders/{order_id}/")
    assert page.count("付款人有疑问") == 2
    opened = await clerk.submit(
        f"admin/orders/{order_id}/", f"orders/{order_id}/supplements/{again}/open/", OPEN
    )
    withdrawn = await clerk.submit(
        f"admin/orders/{order_id}/", f"orders/{order_id}/supplements/{away}/withdraw/", {"note": "已减免"}
    )
    assert (opened.code, withdrawn.code) == (302, 302)
    assert (await get(scenario, again)).state == SupplementState.OPEN
    last = await get(scenario, away)
    assert (last.state, last.closing_note) == (SupplementState.WITHDRAWN, "已减免")


async def test_one_is_made_once_however_often_its_form_is_sent(clerk: Client, scenario: Scenario) -> None:
    order_id = await scenario.order("finished")
    fields = {"kind": "overtime", "amount": "1,200", "reason": "加时", "action_id": "a-form-of-a-page-02"}
    for _ in range(2):
        assert (await clerk.post(f"admin/orders/{order_id}/supplements/", fields)).code == 302
    async with scenario.storage.reading() as reader:
        (made,) = await reader.supplements.of_order(order_id)
    assert (made.state, made.amount_fen, made.proposed_by_kind) == ("open", 120_000, "admin")
    assert [act for act in await scenario.audited() if act == "supplement.make"] == ["supplement.make"]
    refused = await clerk.post(
        f"admin/orders/{order_id}/supplements/", {**fields, "amount": "2000.01", "action_id": "b" * 20}
    )
    assert refused.code == 400
    assert "最多 2000 元" in refused.body.decode()


@pytest.mark.parametrize("state", ["unpaid", "refunded", "cancelled"])
async def test_an_order_that_is_not_paid_or_is_over_takes_none(
    clerk: Client, scenario: Scenario, state: str
) -> None:
    order_id = await scenario.order("unpaid" if state == "unpaid" else "paid")
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET state = :state WHERE id = :id", {"state": state, "id": order_id}
        )
        await tx.commit()
    page = await clerk.page(f"admin/orders/{order_id}/")
    assert 'id="supplements"' not in page
    fields = {"kind": "other", "amount": "5", "reason": "x", "action_id": "c" * 20}
    refused = await clerk.post(f"admin/orders/{order_id}/supplements/", fields)
    assert refused.code == 409
    assert "不能补款" in refused.body.decode()


async def test_the_receipt_is_shown_on_its_own_order_alone(clerk: Client, scenario: Scenario) -> None:
    order_id, other = await scenario.order("finished"), await scenario.order("finished")
    file = new_name()
    scenario.services.documents.write(file, picture((8, 8)))
    supplement_id = await put(scenario, order_id, receipt=file)
    shown = await clerk.get(f"admin/orders/{order_id}/supplements/{supplement_id}/receipt/")
    assert (shown.code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.body.startswith(b"\xff\xd8")
    for path in (f"{other}/supplements/{supplement_id}", f"{order_id}/supplements/999"):
        assert (await clerk.get(f"admin/orders/{path}/receipt/")).code == 404


@pytest.mark.promise(27)
async def test_what_people_wrote_is_escaped(clerk: Client, scenario: Scenario) -> None:
    order_id = await scenario.order("finished")
    await put(scenario, order_id, reason=HOSTILE)
    assert HOSTILE not in await clerk.page(f"admin/orders/{order_id}/")


@pytest.mark.promise(38)
async def test_who_cancels_an_order_reads_that_a_paid_supplement_is_given_back_by_itself(
    clerk: Client, scenario: Scenario
) -> None:
    order_id, other = await scenario.order(), await scenario.order()
    said = "已付的补款 ￥38.50 不在这里退"
    supplement_id = await put(scenario, order_id, SupplementState.OPEN)
    assert "不在这里退" not in await clerk.page(f"admin/orders/{order_id}/")
    await pay_in_cash(scenario, supplement_id)
    assert said in await clerk.page(f"admin/orders/{order_id}/")
    assert "不在这里退" not in await clerk.page(f"admin/orders/{other}/")
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
        user = await reader.users.get(order.user_id) if order else None
    assert user is not None
    payments = scenario.services.payments
    refund_id = await payments.request_refund(order_id, user, "不去了", 58_800, kind=RefundKind.CANCEL)
    assert said in await clerk.page(f"admin/refunds/{refund_id}/")
