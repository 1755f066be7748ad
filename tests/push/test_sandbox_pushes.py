"""WeChat's stand-in pushes to the product: every mode and format, every fault, and what the product makes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.pushes import ATTEMPTS
from tests.http.conftest import StartProduct
from tests.push.stage import TEMPLATE, Stage, made
from wechat.message_facts import MessageFacts, MessageKind
from wechat.messages import SubscribeMessages
from wechat.outbox import Outbox
from wechat.push.inbox import PAUSES
from wechat.push.refusals import PushRefused

POPUP = "subscribe_msg_popup_event"


@pytest.mark.promise(42)
@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("mode", ["secure", "compatible", "plain"])
async def test_an_answer_is_counted_in_every_mode_and_format(
    start_product: StartProduct, mode: str, form: str
) -> None:
    stage = await made(start_product, wechat={"push_aes_key": ""} if mode == "plain" else {})
    await stage.post("settings/", push_mode=mode, push_format=form)
    await stage.act("accept", template=TEMPLATE)
    await stage.post("permissions/", person="li", answers={TEMPLATE: "accept", "unknown": "reject"})
    (first, second) = await stage.told("accepted", "accepted")
    assert first.attempts[0]["answer"] == "success"
    assert len(second.message["List"]) == 2
    await stage.work()
    assert await stage.left() == 2
    stage.product.clock.move(2_000)
    await stage.act("switch_off", template=TEMPLATE)
    await stage.work()
    assert await stage.left() == 0
    assert await stage.refused() == []


@pytest.mark.promise(42)
@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("fault", ["push_duplicate", "push_number_as_text", "push_single_list"])
async def test_an_event_in_another_shape_or_told_twice_acts_once(
    start_product: StartProduct, fault: str, form: str
) -> None:
    stage = await made(start_product)
    await stage.post("settings/", push_format=form)
    await stage.fault(fault)
    await stage.act("accept", template=TEMPLATE)
    (push,) = await stage.told("accepted")
    assert len(push.attempts) == (2 if fault == "push_duplicate" else 1)
    await stage.post("pushes/resend/", id=push.id)
    await stage.work()
    assert await stage.left() == 1
    assert await stage.product.count("pushed_events") == 1


@pytest.mark.promise(42)
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("push_bad_signature", "push_bad_signature"),
        ("push_wrong_appid", "push_wrong_appid"),
        ("push_bad_padding", "push_bad_ciphertext"),
        ("push_stale_timestamp", "push_stale_timestamp"),
    ],
)
async def test_an_attempt_that_is_not_proved_is_refused_and_the_next_one_counts(
    start_product: StartProduct, fault: str, reason: str
) -> None:
    stage = await made(start_product)
    assert reason in {kind.slug for kind in PushRefused.__subclasses__()}
    await stage.fault(fault)
    await stage.act("accept", template=TEMPLATE)
    (push,) = await stage.told("accepted")
    assert [(each["how"], each["accepted"]) for each in push.attempts] == [(fault, False), ("", True)]
    assert await stage.refused() == [reason]
    await stage.work()
    assert await stage.left() == 1


@pytest.mark.promise(42)
async def test_wechat_gives_up_after_three_attempts_and_nothing_has_changed(
    start_product: StartProduct,
) -> None:
    stage = await made(start_product)
    await stage.fault("push_wrong_appid", times=None)
    before = await stage.product.contents()
    await stage.act("close_account")
    (push,) = await stage.told("given_up")
    assert len(push.attempts) == ATTEMPTS
    await stage.work()
    after = await stage.product.contents()
    assert {name for name in after if after[name] != before[name]} == set()
    await stage.post("faults/", fault="push_lost")
    await stage.act("close_account")
    assert (await stage.told("given_up", "lost"))[1].attempts == []


async def test_a_server_that_is_too_slow_is_cut_and_the_repetition_is_the_same_event(
    start_product: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = await made(start_product)
    monkeypatch.setattr(stage.pushes, "_answer_seconds", 0.2)
    accept, slow = stage.product.services.pushes.accept, [1.0]

    async def slowly(message: Any, proved: bool) -> str:
        outcome = await accept(message, proved)
        await asyncio.sleep(slow.pop() if slow else 0)
        return outcome

    monkeypatch.setattr(stage.product.services.pushes, "accept", slowly)
    await stage.act("accept", template=TEMPLATE)
    (push,) = await stage.told("accepted")
    assert [each["status"] for each in push.attempts] == [None, 200]
    await stage.work()
    assert await stage.left() == 1


@pytest.mark.promise(42)
async def test_events_that_overtake_each_other_come_to_the_same(start_product: StartProduct) -> None:
    stage = await made(start_product)
    await stage.act("accept", template=TEMPLATE)
    await stage.told("accepted")
    await stage.fault("push_reorder", scope=POPUP)
    stage.product.clock.move(60_000)
    await stage.act("accept", template=TEMPLATE)
    stage.product.clock.move(-30_000)
    await stage.act("switch_off", template=TEMPLATE)
    stage.product.clock.move(30_000)
    await stage.told("accepted", "accepted", "accepted")
    await stage.work()
    assert await stage.left() == 1, "what was permitted after the switch"


async def test_the_address_is_kept_when_it_knows_the_token(start_product: StartProduct) -> None:
    stage = await made(start_product)
    url = stage.product.root + "wechat/push/"
    assert stage.pushes.url == url
    await stage.fault("push_bad_check")
    assert (await stage.post("pushes/address/", 409, url=url))["error"] == "check_failed"
    await stage.post("pushes/address/", 409, url=stage.product.root + "login/")
    await stage.post("pushes/address/", 409, url="http://127.0.0.1:9/")
    await stage.post("pushes/address/", 400, url="ftp://x/")
    assert stage.pushes.url == url
    assert await stage.refused() == ["push_bad_signature"]
    await stage.post("pushes/address/", url="")
    assert (await stage.post("pushes/", 409, person="li", act="revoke"))["error"] == "no_address"


async def send_message(stage: Stage) -> None:
    """A message of the product to its user, through the queue and the stand-in."""
    product = stage.product
    facts = MessageFacts(
        order_id=7, service_name="陪诊", hospital_name="西京医院", visit_date="2026-12-01", at=1
    )
    async with product.storage.transaction() as tx:
        await tx.outbox.add(str(MessageKind.PAID), "n-1", 1, facts.to_json(), product.clock())
        await tx.commit()
    wechat = product.settings.wechat
    async with SubscribeMessages(product.services.wechat.tokens, base_url=wechat.api_base) as messages:
        assert await Outbox(product.storage, messages, wechat, product.clock).run_once() == 1


async def message_states(stage: Stage) -> list[str]:
    async with stage.product.storage.reading() as reader:
        return [row.state for row in await reader.outbox.of_user(1)]


@pytest.mark.promise(42)
@pytest.mark.parametrize("early", [False, True])
async def test_a_message_that_was_not_delivered_is_seen_also_when_it_is_told_before_the_reply(
    start_product: StartProduct, early: bool
) -> None:
    stage = await made(start_product)
    await stage.act("accept", template=TEMPLATE)
    await stage.fault("push_not_delivered")
    if early:
        await stage.fault("push_before_reply")
    await send_message(stage)
    await stage.work()
    if early:
        stage.product.clock.move(PAUSES[0] + 1000)
        await stage.product.services.pushes.run_once("test")
    assert await message_states(stage) == ["undelivered"]
    assert await stage.left() == 0


async def test_a_delivered_message_stays_sent_until_a_developer_says_otherwise(
    start_product: StartProduct,
) -> None:
    stage = await made(start_product)
    await stage.act("accept", template=TEMPLATE)
    await send_message(stage)
    await stage.work()
    assert await message_states(stage) == ["sent"]
    (message,) = [each for each in stage.product.sandbox.context.state.messages.values() if each.msgid]
    await stage.post("pushes/", msgid=message.msgid, act="not_delivered")
    await stage.work()
    assert await message_states(stage) == ["undelivered"]
    await stage.post("pushes/", 404, msgid="1", act="not_delivered")


@pytest.mark.promise(24)
async def test_what_people_do_on_wechats_pages_reaches_their_data(start_product: StartProduct) -> None:
    stage = await made(start_product)
    await stage.user.post("user/setAvatarAndNickname/", nickname="李姐姐", avatarURL="")
    stage.product.clock.move(60_000)
    await stage.act("revoke", info="19")
    await stage.work()
    assert (await stage.user.get("user/me/"))["user"]["nickname"] == ""
    await stage.act("profile_cleared")
    stage.product.clock.move(60_000)
    await stage.act("close_account")
    await stage.work()
    await stage.user.get("user/me/", 401)
    async with stage.product.storage.reading() as reader:
        user = await reader.users.get(1)
    assert user is not None
    assert user.deleted_at is not None


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"person": "li"},
        {"person": "li", "act": "dance"},
        {"person": "li", "act": "accept"},
        {"person": 1, "act": "revoke"},
        {"openid": "", "act": "revoke"},
    ],
)
async def test_a_wish_that_is_none_is_refused(start_product: StartProduct, wish: dict[str, Any]) -> None:
    stage = await made(start_product)
    await stage.post("pushes/", 400, **wish)
    assert stage.pushes.pushes == {}


async def test_any_event_can_be_told_and_the_page_shows_it(start_product: StartProduct) -> None:
    stage = await made(start_product)
    await stage.post("pushes/", person="li", event="wxa_trade_controlled", fields={"msg": "x"})
    await stage.told("accepted")
    listed = (await stage.user.send("GET", "sandbox/pushes/?event=wxa_trade_controlled")).json()
    assert [each["state"] for each in listed["pushes"]] == ["accepted"]
    page = (await stage.user.send("GET", "sandbox/board/")).text
    assert "wxa_trade_controlled" in page
    assert "注销账号" in page


async def test_what_was_under_way_goes_out_after_a_restart(start_product: StartProduct) -> None:
    stage = await made(start_product)
    await stage.fault("push_reorder", seconds=600)
    await stage.act("accept", template=TEMPLATE)
    sandbox = stage.product.sandbox
    await sandbox.stop()
    await sandbox.start()
    (push,) = sandbox.pushes.pushes.values()
    assert (push.state, push.held) == ("pending", True)
    sandbox.push_to(stage.product.root + "wechat/push/")
    stage.product.clock.move(601_000)
    stage.pushes = sandbox.pushes
    await stage.told("accepted")
