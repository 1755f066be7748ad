"""A visit on the page of its order: steps and trouble at once, what is sealed on request and audited."""

from __future__ import annotations

import json

import pytest

from orders.visits import reports
from storage import Transaction
from storage.models import StepKind, TroubleKind
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario
from tests.admin.visits import SECRETS, assigned, recorded, run, step, trouble


@pytest.mark.promise(35)
async def test_the_page_shows_steps_and_trouble_and_opens_nothing_by_itself(
    clerk: Client, scenario: Scenario
) -> None:
    order_id, _ = await recorded(scenario)
    page = await clerk.page(f"admin/orders/{order_id}/")
    for words in (
        "已接到",
        "客户身体不适",
        "没有记录：已出发、已到达",
        "有备注",
        "1 张照片",
        "1 个提问待回答",
        "手机上",
    ):
        assert words in page, words
    for secret in SECRETS:
        assert secret not in page
    assert "order.reveal.record" not in await scenario.audited()


@pytest.mark.promise(25, 35)
async def test_opening_the_record_is_an_audited_act_that_tells_nothing_itself(
    clerk: Client, scenario: Scenario
) -> None:
    order_id, _ = await recorded(scenario)
    opened = await clerk.post(f"admin/orders/{order_id}/visit/", {"what": "record"})
    text = opened.body.decode()
    assert opened.code == 200
    for secret in SECRETS:
        assert secret in text, secret
    assert "陪诊员转述，不是医疗意见" in text
    assert "data:image/jpeg" not in text
    assert await scenario.log() == [("order.reveal.record", None, {"what": "record"})]
    pictures = await clerk.post(f"admin/orders/{order_id}/visit/", {"what": "photos"})
    assert "data:image/jpeg;base64," in pictures.body.decode()
    assert await scenario.log() == [("order.reveal.photos", None, {"what": "photos"})]
    assert (await clerk.post("admin/orders/999/visit/", {"what": "record"})).code == 404
    assert (await clerk.post(f"admin/orders/{order_id}/visit/", {"what": "all"})).code == 400
    assert len([act for act in await scenario.audited() if act.startswith("order.reveal")]) == 2


async def test_a_trouble_is_closed_once_with_what_was_done(clerk: Client, scenario: Scenario) -> None:
    order_id, escort_id = await assigned(scenario)
    await trouble(scenario, order_id, escort_id, TroubleKind.LATE)
    page = f"admin/orders/{order_id}/"
    assert "客户迟到" in await clerk.page(page)
    close = f"orders/{order_id}/troubles/1/close/"
    assert (await clerk.post(f"admin/{close}", {"resolution": " ", "then": "keep"})).code == 400
    done = await clerk.submit(page, close, {"resolution": "已联系家属"})
    assert done.code == 302
    shown = await clerk.page(page)
    assert "处理过的问题" in shown
    assert "已联系家属" in shown
    assert close not in shown
    again = await clerk.post(f"admin/{close}", {"resolution": "再一次", "then": "keep"})
    assert again.code == 409
    acts = await scenario.audited()
    assert acts.count("order.trouble") == 1


async def test_who_cannot_come_is_taken_off_in_the_same_act(clerk: Client, scenario: Scenario) -> None:
    order_id, escort_id = await assigned(scenario)
    await trouble(scenario, order_id, escort_id, TroubleKind.CANNOT_COME)
    async with scenario.storage.reading() as reader:
        assert await reader.escorts.bookings_of_order(order_id), "booked until the office decides"
    page, close = f"admin/orders/{order_id}/", f"orders/{order_id}/troubles/1/close/"
    stale = await clerk.post(f"admin/{close}", {"resolution": "换人", "then": "unassign", "escort_id": "999"})
    assert stale.code == 409
    async with scenario.storage.reading() as reader:
        (still_open,) = await reader.visits.troubles(order_id)
    assert still_open.open, "all or nothing"
    await clerk.submit(page, close, {"resolution": "换人", "then": "unassign"})
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
        (closed,) = await reader.visits.troubles(order_id)
        bookings = await reader.escorts.bookings_of_order(order_id)
    assert order is not None
    assert (order.state, order.escort_id, closed.open, bookings) == ("paid", None, False, [])
    (entry,) = await scenario.log()
    assert entry == (
        "order.trouble",
        {"state": "serving", "escort": escort_id},
        {"state": "paid", "escort": None},
    )


async def test_the_office_answers_a_question_once(clerk: Client, scenario: Scenario) -> None:
    order_id, _ = await recorded(scenario)
    opened = (await clerk.post(f"admin/orders/{order_id}/visit/", {"what": "record"})).body.decode()
    action = opened.partition('name="action_id" value="')[2].partition('"')[0]
    answer = {"text": "饭后半小时", "action_id": action}
    path = f"admin/orders/{order_id}/questions/1/answer/"
    for _ in range(2):
        assert (await clerk.post(path, answer)).code == 302
    async with scenario.storage.reading() as reader:
        question, reply = await reader.reports.entries(order_id)
    assert (question.open, reply.kind, reply.author_kind) == (False, "answer", "admin")
    assert (await clerk.post(f"admin/orders/{order_id}/questions/99/answer/", answer)).code == 404
    assert (await clerk.post(path, {"text": "", "action_id": action})).code == 400


@pytest.mark.promise(27)
async def test_what_escorts_and_families_write_is_escaped(clerk: Client, scenario: Scenario) -> None:
    order_id, escort_id = await assigned(scenario)
    await step(scenario, order_id, escort_id, StepKind.MET, note=HOSTILE)
    await trouble(scenario, order_id, escort_id, TroubleKind.LATE, HOSTILE)
    vault, at = scenario.services.vault, scenario.clock()
    body = json.loads(json.dumps({"doctor": HOSTILE, "summary": HOSTILE, "papers": [HOSTILE]}))

    async def work(tx: Transaction) -> None:
        version = await reports.save_draft(tx, vault, order_id, escort_id, (body, 0), at)
        await reports.send(tx, vault, order_id, escort_id, version, at)

    await run(scenario.services, work)
    page = (await clerk.post(f"admin/orders/{order_id}/visit/", {"what": "record"})).body.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;alert") >= 5


async def test_an_order_without_a_visit_has_no_room_for_one(clerk: Client, scenario: Scenario) -> None:
    order_id = await scenario.order("unpaid")
    assert "陪诊过程" not in await clerk.page(f"admin/orders/{order_id}/")


async def test_a_finish_that_waits_for_a_refund_is_told(clerk: Client, scenario: Scenario) -> None:
    order_id, escort_id = await assigned(scenario)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET state = 'refunding', state_before_refund = 'serving' WHERE id = :id",
            {"id": order_id},
        )
        await tx.commit()
    await step(scenario, order_id, escort_id, StepKind.DONE)
    assert "陪诊员已点「完成」" in await clerk.page(f"admin/orders/{order_id}/")
