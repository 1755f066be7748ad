"""The page of an order: assigned, noted, revealed, refunded."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Any

import pytest

from accounts import forgetting
from clock import DAY, MINUTE
from handlers.admin import labels
from storage.models import AttemptState, EscortState, OrderState, RefundState
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import ID_CARD, MOBILE, Scenario


@pytest.mark.promise(17)
async def test_of_twenty_simultaneous_assigns_of_one_escort_to_one_morning_one_wins(
    owner: Client, scenario: Scenario
):
    escort = await scenario.escort()
    orders = [await scenario.order() for _ in range(20)]
    answers = await asyncio.gather(
        *(
            owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
            for order in orders
        )
    )
    assert sorted(answer.code for answer in answers) == [302] + [409] * 19
    async with scenario.storage.reading() as reader:
        taken = await reader.escorts.bookings(scenario.day(), scenario.day())
        states = [order.state for order in [await reader.orders.get(each) for each in orders] if order]
    assert len(taken) == 1
    assert sorted(states) == ["paid"] * 19 + ["serving"]
    assert (await scenario.audited()).count("order.assign") == 1


@pytest.mark.promise(17)
async def test_a_full_day_takes_both_halves(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    whole = await scenario.order(service_unit="天", takes="day")
    half = await scenario.order()
    assert (
        await owner.post(f"admin/orders/{whole}/assign/", {"escort_id": escort, "half": "am"})
    ).code == 302
    for part in ("am", "pm", "day"):
        answer = await owner.post(f"admin/orders/{half}/assign/", {"escort_id": escort, "half": part})
        assert answer.code == 409
        assert f"已有订单 #{whole}" in answer.body.decode()
    assert "当天已满" in await owner.page(f"admin/orders/{half}/")
    assert (await owner.post(f"admin/orders/{whole}/unassign/", {"reason": "换人"})).code == 302
    assert (await owner.post(f"admin/orders/{half}/assign/", {"escort_id": escort, "half": "pm"})).code == 302


async def test_only_an_approved_escort_is_assigned(owner: Client, scenario: Scenario):
    order = await scenario.order()
    for state in ("pending", "rejected", "suspended"):
        escort = await scenario.escort("别人", state)
        answer = await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
        assert answer.code == 409


async def test_what_speaks_against_a_finish_is_said_before(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    cases = {(2, False): 2, (0, False): 1, (2, True): 1, (0, True): 0}
    for (days, assigned), doubts in cases.items():
        order = await scenario.order(visit_date=scenario.day(days))
        if assigned:
            await owner.post(f"admin/orders/{order}/assign/", {"escort_id": escort, "half": "am"})
        page = await owner.page(f"admin/orders/{order}/")
        said = ["还没有安排陪诊员" in page, "还没有到" in page]
        assert said == [not assigned, days > 0], (days, assigned)
        assert sum(said) == doubts
        assert (await owner.post(f"admin/orders/{order}/finish/")).code == 302


async def test_two_clerks_cannot_overwrite_each_others_notes_unseen(
    owner: Client, clerk: Client, scenario: Scenario
):
    order = await scenario.order()
    assert (await owner.post(f"admin/orders/{order}/notes/", {"notes": "第一个", "version": 0})).code == 302
    answer = await clerk.post(f"admin/orders/{order}/notes/", {"notes": "第二个", "version": 0})
    assert answer.code == 409
    page = answer.body.decode()
    assert "第一个" in page
    assert "第二个" in page
    async with scenario.storage.reading() as reader:
        kept = await reader.orders.get(order)
    assert kept is not None
    assert kept.admin_notes == "第一个"
    assert (await clerk.post(f"admin/orders/{order}/notes/", {"notes": "合并", "version": 1})).code == 302


@pytest.mark.promise(23, 25)
async def test_numbers_are_masked_until_they_are_revealed_and_that_is_written_down(
    owner: Client, scenario: Scenario
):
    order = await scenario.order()
    page = await owner.page(f"admin/orders/{order}/")
    assert MOBILE not in page
    assert ID_CARD not in page
    assert "138****1234" in page
    page = (await owner.post(f"admin/orders/{order}/reveal/", {"what": "phone"})).body.decode()
    assert MOBILE in page
    assert ID_CARD not in page
    page = (await owner.post(f"admin/orders/{order}/reveal/", {"what": "id_number"})).body.decode()
    assert ID_CARD in page
    assert (await scenario.audited())[-2:] == ["patient.reveal.phone", "patient.reveal.id_number"]
    async with scenario.storage.reading() as reader:
        assert all(ID_CARD not in entry.after_json for entry in await reader.audit.page())


async def test_an_id_number_needs_the_password_again_after_ten_minutes(owner: Client, scenario: Scenario):
    order = await scenario.order()
    scenario.clock.at += 11 * MINUTE
    path = f"admin/orders/{order}/reveal/"
    answer = await owner.post(path, {"what": "id_number"})
    assert answer.code == 403
    assert "请再次输入密码" in answer.body.decode()
    assert 'name="what" value="id_number"' in answer.body.decode()
    answer = await owner.post(path, {"what": "id_number", "confirm_password": "wrong"})
    assert answer.code == 403
    assert ID_CARD not in answer.body.decode()
    answer = await owner.post(path, {"what": "id_number", "confirm_password": PASSWORD})
    assert ID_CARD in answer.body.decode()
    assert ID_CARD in (await owner.post(path, {"what": "id_number"})).body.decode()


@pytest.mark.promise(24, 25)
async def test_a_forgotten_id_number_is_said_to_be_gone_and_not_revealed(owner: Client, scenario: Scenario):
    order = await scenario.order("finished")
    async with scenario.storage.transaction() as tx:
        found = await tx.orders.get(order)
        assert found is not None
        await tx.patients.delete(found.patient_id, found.user_id, scenario.clock(), scenario.clock() + DAY)
        await tx.commit()
    scenario.clock.at += 2 * DAY
    assert (
        await forgetting.forget_due(
            scenario.storage,
            scenario.clock,
            scenario.services.settings.privacy,
            scenario.services.visit_photos,
            scenario.services.documents,
            "test",
        )
        == 1
    )
    await owner.log_in()
    page = await owner.page(f"admin/orders/{order}/")
    assert "用户已删除这位就诊人，不再保存" in page
    assert "138****1234" in page, "who has to be called about the order can be called"
    assert 'value="id_number"' not in page
    before = await scenario.audited()
    answer = await owner.post(f"admin/orders/{order}/reveal/", {"what": "id_number"})
    assert answer.code == 409
    assert "号码不再保存" in answer.body.decode()
    assert await scenario.audited() == before


async def test_half_of_an_order_is_refunded(owner: Client, scenario: Scenario):
    order = await scenario.order()
    answer = await owner.post(f"admin/orders/{order}/refund/", {"amount": "294", "reason": "服务缩短"})
    assert answer.code == 302
    async with scenario.storage.reading() as reader:
        refund = (await reader.refunds.of_order(order))[0]
    assert (refund.state, refund.amount_fen, refund.source) == ("approved", 29400, "admin")
    assert (await scenario.audited())[-1] == "refund.start"
    assert "再退一笔" in await owner.page(f"admin/orders/{order}/")
    for amount, code in (("588.01", 409), ("0", 400), ("-1", 400), ("1e3", 400), ("", 400), ("五百", 400)):
        answer = await owner.post(f"admin/orders/{order}/refund/", {"amount": amount, "reason": "x"})
        assert answer.code == code, amount


async def test_a_note_is_edited_in_its_row_and_a_conflict_is_shown_there(owner: Client, scenario: Scenario):
    order = await scenario.order()
    htmx = {"HX-Request": "true"}
    path = f"admin/orders/{order}/notes/"
    assert (await owner.get(path)).code == 302, "without htmx: the order's page"
    form = (await owner.get(path, **htmx)).body.decode()
    assert 'name="version" value="0"' in form
    assert "<html" not in form
    answers = [
        await owner.send(
            "POST",
            path,
            f"notes={text}&version=0&_xsrf={owner.cookies['_xsrf']}".encode(),
            {"Content-Type": "application/x-www-form-urlencoded", **htmx},
        )
        for text in ("mine", "theirs")
    ]
    assert "mine" in answers[0].body.decode()
    assert "<form" not in answers[0].body.decode()
    assert "没有保存" in answers[1].body.decode()
    assert "theirs" in answers[1].body.decode()
    assert "mine" in (await owner.get(path + "?show=1", **htmx)).body.decode()


def test_every_state_has_the_colour_of_its_own_kind():
    tables: dict[type[StrEnum], dict[Any, str]] = {
        OrderState: labels.ORDER_TONE,
        EscortState: labels.ESCORT_TONE,
        RefundState: labels.REFUND_TONE,
        AttemptState: labels.ATTEMPT_TONE,
    }
    for states, tones in tables.items():
        assert set(tones) == set(states)
        assert all(type(state) is states for state in tones), "no word of another kind"
    shared = set(labels.REFUND_STATE) & set(labels.ATTEMPT_STATE)
    assert shared, "the evidence of a case names both, by one table"
    assert all(
        labels.REFUND_STATE[RefundState(each)] == labels.ATTEMPT_STATE[AttemptState(each)] for each in shared
    )
    assert labels.ORDER_TONE[OrderState.PAID] != labels.ATTEMPT_TONE[AttemptState.PAID]
    assert labels.ESCORT_TONE[EscortState.APPROVED] != labels.REFUND_TONE[RefundState.APPROVED]
