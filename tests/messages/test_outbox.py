"""Subscribe messages: written by the transaction they tell of, sent after it, tried again; a refusal is final."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clock import MINUTE, shanghai_time
from orders import serving
from storage.models import Actor, Cause, EscortState, OrderState
from tests.core.rows import add_order
from tests.messages.sending import FACTS, NOW, MovableClock, Recorder, messages_of, outbox_of, queue
from wechat.message_facts import fill
from wechat.messages import Outcome, Result
from wechat.outbox import PAUSES


async def test_a_message_is_sent_once_with_the_template_and_the_fields_that_are_configured(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    await queue(storage)
    outbox = outbox_of(storage, recorder)
    assert await outbox.run_once() == 1
    assert await outbox.run_once() == 0
    [message] = recorder.sent
    assert message["template_id"] == "template-1"
    assert message["openid"] == "openid-1"
    assert message["page"] == "pages/order/order?id=7"
    assert message["values"] == {
        "thing1": "全心全程陪诊服务",
        "amount2": "198.50元",
        "time3": "2023-11-15 06:13",
    }
    [row] = await messages_of(storage)
    assert (row.state, row.tries, row.next_at) == ("sent", 1, None)


async def test_the_same_news_is_queued_once(storage):
    await queue(storage)
    await queue(storage)
    assert len(await messages_of(storage)) == 1


async def test_a_refusal_of_the_user_is_final_and_no_failure(storage):
    recorder = Recorder([Outcome(Result.REFUSED, 43101)])
    await queue(storage)
    outbox = outbox_of(storage, recorder)
    await outbox.run_once()
    await outbox.run_once()
    [row] = await messages_of(storage)
    assert (row.state, row.tries) == ("refused", 1)
    assert len(recorder.sent) == 1


async def test_a_busy_wechat_is_tried_again_later_and_later_and_given_up_in_the_end(storage):
    recorder, clock = Recorder([Outcome(Result.RETRY, -1)]), MovableClock()
    await queue(storage)
    outbox = outbox_of(storage, recorder, clock)
    for pause in PAUSES:
        assert await outbox.run_once() == 1
        clock.now += pause - 1
        assert await outbox.run_once() == 0
        clock.now += 1
    await outbox.run_once()
    [row] = await messages_of(storage)
    assert (row.state, row.tries, row.next_at) == ("failed", len(PAUSES) + 1, None)


async def test_a_message_without_a_template_is_not_sent(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    await queue(storage, kind="escort")
    await outbox_of(storage, recorder).run_once()
    assert recorder.sent == []
    [row] = await messages_of(storage)
    assert row.state == "refused"


@pytest.mark.promise(24)
@pytest.mark.parametrize("erased", [False, True])
async def test_an_escorts_name_is_looked_up_when_the_message_is_sent_and_is_stored_nowhere(storage, erased):
    recorder = Recorder([Outcome(Result.SENT)])
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add("openid-1", NOW)
        await tx.escorts.apply(900, "王芳", "sealed", "2222", NOW)
        escort = await tx.escorts.of_user(900)
        order_id = await add_order(tx, user_id, OrderState.PAID)
        await tx.escorts.move(escort.id, escort.state, EscortState.APPROVED, NOW)
        await serving.assign(tx, order_id, escort.id, "am", Cause(Actor("admin", 1), NOW))
        if erased:
            await tx.escorts.erase_of_user(900)
        await tx.commit()
    [message] = await messages_of(storage)
    assert "王芳" not in message.payload
    templates = {"message_escort": "template-2", "message_escort_fields": ["name1=escort"]}
    await outbox_of(storage, recorder, **templates).run_once()
    assert [sent["values"] for sent in recorder.sent] == ([] if erased else [{"name1": "王芳"}])
    [row] = await messages_of(storage)
    assert row.state == ("refused" if erased else "sent")
    assert "王芳" not in row.payload


async def test_a_deleted_user_gets_no_message(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add("openid-1", NOW)
        await tx.outbox.add("paid", "x", user_id, FACTS.to_json(), NOW)
        await tx.users.erase(user_id, NOW)
        await tx.commit()
    await outbox_of(storage, recorder).run_once()
    assert recorder.sent == []


def test_a_field_that_names_no_fact_is_refused():
    with pytest.raises(ValueError, match="thing1=weather"):
        fill(["thing1=weather"], FACTS)


async def test_an_escort_is_told_of_an_invitation_until_when_and_led_to_the_desk(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    facts = replace(FACTS, outcome="offered", until=FACTS.at + 30 * MINUTE)
    await queue(storage, "invitation", "7", facts.to_json())
    assert await outbox_of(storage, recorder, message_invitation="template-8").run_once() == 1
    [message] = recorder.sent
    assert (message["template_id"], message["page"]) == ("template-8", "packages/escort/workbench/workbench")
    until = shanghai_time(FACTS.at + 30 * MINUTE)[:16]
    assert (message["values"]["time4"], message["values"]["phrase5"]) == (until, "等您接单")


async def test_an_escort_is_told_that_a_visit_is_cancelled_and_led_to_a_page_of_their_own(storage):
    """The order's page belongs to its user: nobody else can open it."""
    recorder = Recorder([Outcome(Result.SENT)])
    await queue(storage, "cancelled", "7-1", replace(FACTS, outcome="cancelled").to_json())
    assert await outbox_of(storage, recorder, message_cancelled="template-9").run_once() == 1
    [message] = recorder.sent
    assert (message["template_id"], message["openid"]) == ("template-9", "openid-1")
    assert message["page"] == "packages/escort/workbench/workbench"
    assert message["values"] == {
        "thing1": "全心全程陪诊服务",
        "thing2": "西京医院",
        "date3": "2023-11-20",
        "phrase4": "已取消",
    }


async def test_a_user_is_told_that_the_order_is_cancelled_with_what_comes_back(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    await queue(storage, "refund", "cancelled-7", replace(FACTS, outcome="cancelled").to_json())
    assert await outbox_of(storage, recorder, message_refund="template-3").run_once() == 1
    [message] = recorder.sent
    assert message["page"] == "pages/order/order?id=7"
    assert message["values"] == {"thing1": "全心全程陪诊服务", "amount2": "198.50元", "phrase3": "已取消"}


@pytest.mark.promise(24)
async def test_a_disabled_user_gets_no_message_until_they_are_enabled(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    await queue(storage)
    async with storage.transaction() as tx:
        await tx.users.set_disabled(1, 5)
        await tx.commit()
    assert await outbox_of(storage, recorder).run_once() == 1
    assert recorder.sent == []
    [row] = await messages_of(storage)
    assert row.state == "refused"
    async with storage.transaction() as tx:
        await tx.users.set_disabled(1, None)
        await tx.commit()
    await queue(storage, reference="number-2")
    assert await outbox_of(storage, recorder).run_once() == 1
    assert len(recorder.sent) == 1
