"""What arrives at ``wechat/push/``: believed only with its signature, kept once, answered with ``success``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from handlers.admin.overview.alarm_reasons import REASONS
from startup.push_consumers import push_consumers
from storage import StorageUnavailable, Transaction
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.test_metrics import TOKEN, values
from tests.http.test_refused_notifications import alarms
from tests.http.test_security_events import events
from tests.push.sealing import PATH, Request, event, plain, push, request_of, seal, secure, sign
from wechat.push import refusals
from wechat.push.consumers import Consumer
from wechat.push.events import PushedEvent
from wechat.push.inbox import PushInbox

SAID = event("demo", Content="x")
ERASING = {
    "user_authorization_revoke",
    "user_authorization_cancellation",
    "user_info_modified",
    "trade_manage_order_settlement",
}


def with_consumer(product: Product, work: Any = None) -> list[PushedEvent]:
    """The product has a consumer of the event ``demo``; what it was given."""
    given: list[PushedEvent] = []

    async def note(tx: Transaction, told: PushedEvent) -> None:
        given.append(told)

    consumers = {"demo": Consumer("示范", work or note)}
    product.services.pushes = PushInbox(product.storage, product.clock, consumers)
    return given


def altered(product: Product, change: Callable[[dict[str, str], bytes], Request]) -> Request:
    return change(*request_of(product, SAID))


def unencrypted(product: Product) -> Request:
    wechat, seconds = product.settings.wechat, product.clock() // 1000
    query, body = plain(wechat.push_token, seconds, b'{"MsgType": "event", "Event": "demo"}')
    return query | {"msg_signature": sign(wechat.push_token, str(seconds), query["nonce"])}, body


BAD: dict[str, tuple[int, Callable[[Product], Request]]] = {
    "push_unsigned": (400, lambda p: altered(p, lambda query, body: ({**query, "msg_signature": ""}, body))),
    "push_bad_parameter": (
        400,
        lambda p: altered(p, lambda query, body: ({**query, "timestamp": "now"}, body)),
    ),
    "push_bad_signature": (401, lambda p: request_of(p, SAID, token="another")),
    "push_stale_timestamp": (400, lambda p: request_of(p, SAID, age=301)),
    "push_not_encrypted": (400, unencrypted),
    "push_bad_ciphertext": (400, lambda p: request_of(p, SAID, key="B" * 43)),
    "push_wrong_appid": (400, lambda p: request_of(p, SAID, appid="wx0000000000000000")),
    "push_bad_message": (400, lambda p: request_of(p, b"<xml><a>&b;</a></xml>")),
    "push_too_large": (413, lambda p: ({}, b"x" * 70_000)),
}


def test_every_reason_to_refuse_has_a_case_here_and_words_for_the_office() -> None:
    slugs = {kind.slug for kind in refusals.PushRefused.__subclasses__()}
    assert {*BAD, "push_not_proved"} == slugs == {reason for reason in REASONS if reason.startswith("push_")}


@pytest.mark.promise(42)
@pytest.mark.parametrize("reason", BAD)
async def test_a_message_that_is_not_proved_changes_nothing_and_leaves_a_trace(
    start_product: StartProduct, reason: str
) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    given, client = with_consumer(product), await product.client()
    status, make = BAD[reason]
    before = await product.contents()
    found, text = await push(client, make(product))
    assert (found, reason in text) == (status, True)
    assert await product.contents() == before
    assert await product.services.pushes.run_once("test") == 0
    assert given == []
    assert [each for each in events(product) if each[0] == "push_refused"] == [
        ("push_refused", "127.0.0.1", "-", reason)
    ]
    assert (await values(client))[f"hospital_pushes_refused_total['{reason}']"] == 1
    (alarm,) = await alarms(product)
    assert (alarm.event, alarm.reason, alarm.count) == ("push_refused", reason, 1)


@pytest.mark.promise(42)
async def test_the_same_event_many_times_at_once_is_kept_and_acts_once(product: Product) -> None:
    given, client = with_consumer(product), await product.client()
    requests = [
        request_of(product, {**SAID, "CreateTime": now}) for now in (1_714_037_059, "1714037059") * 10
    ]
    answers = await asyncio.gather(*(push(client, each) for each in requests))
    assert set(answers) == {(200, "success")}
    assert await product.count("pushed_events") == 1
    await asyncio.gather(*(product.services.pushes.run_once(str(n)) for n in range(5)))
    assert len(given) == 1
    assert await push(client, requests[0]) == (200, "success")
    assert await product.services.pushes.run_once("test") == 0
    async with product.storage.reading() as reader:
        (row,) = await reader.connection.fetch_all("SELECT state, openid, fields, next_at FROM pushed_events")
    assert tuple(row) == ("done", "", "", None), "what it said is forgotten"


@pytest.mark.promise(42)
async def test_the_address_is_checked_by_its_signature(product: Product) -> None:
    client, token = await product.client(), product.settings.wechat.push_token
    now = str(product.clock() // 1000)
    query = {"timestamp": now, "nonce": "n1", "signature": sign(token, now, "n1"), "echostr": "<b>42</b>"}
    answer = await client.http.get(client.root + PATH, params=query)
    assert (answer.status_code, answer.text) == (200, "<b>42</b>")
    assert answer.headers["content-type"].startswith("text/plain")
    answer = await client.http.get(client.root + PATH, params={**query, "signature": "0" * 40})
    assert (answer.status_code, "<b>" in answer.text) == (401, False)
    assert (await client.http.get(client.root + PATH)).status_code == 400


async def test_without_a_token_there_is_no_such_address(start_product: StartProduct) -> None:
    product = await start_product(wechat={"push_token": "", "push_aes_key": ""})
    client = await product.client()
    assert (await client.http.get(client.root + PATH)).status_code == 404
    assert (await client.http.post(client.root + PATH, content=b"{}")).status_code == 404
    assert [each for each in events(product) if each[0] == "push_refused"] == []


@pytest.mark.promise(42)
async def test_plain_mode_believes_a_signature_of_ours_alone(start_product: StartProduct) -> None:
    product = await start_product(wechat={"push_aes_key": ""})
    given, client = with_consumer(product), await product.client()
    seconds, token = product.clock() // 1000, product.settings.wechat.push_token
    xml = b"<xml><FromUserName>openid-1</FromUserName><MsgType>event</MsgType><Event>demo</Event></xml>"
    assert await push(client, plain(token, seconds, xml)) == (200, "success")
    assert (await push(client, plain("another", seconds, xml)))[0] == 401
    await product.services.pushes.run_once("test")
    assert [each.openid for each in given] == ["openid-1"]


@pytest.mark.promise(42)
@pytest.mark.parametrize("name", sorted(ERASING))
async def test_plain_mode_is_not_believed_where_data_are_erased_or_money_is_written_about(
    start_product: StartProduct, name: str
) -> None:
    product = await start_product(wechat={"push_aes_key": ""})
    await product.login("li")
    client, token = await product.client(), product.settings.wechat.push_token
    async with product.storage.reading() as reader:
        user = await reader.users.get(1)
    assert user is not None
    said = event(name, CreateTime=product.clock() // 1000, OpenID=user.openid, RevokeInfo="8")
    answer = await push(client, plain(token, product.clock() // 1000, orjson.dumps(said)))
    assert answer[0] == 403
    assert await product.count("pushed_events") == 0
    assert [each.reason for each in await alarms(product)] == ["push_not_proved"]
    assert "没有加密" in REASONS["push_not_proved"][0]


@pytest.mark.parametrize("name", sorted(ERASING))
async def test_encrypted_it_is_kept(product: Product, name: str) -> None:
    await product.login("li")
    said = event(name, CreateTime=product.clock() // 1000, OpenID="openid-1", RevokeInfo="8")
    assert (await push(await product.client(), request_of(product, said)))[0] == 200
    assert await product.count("pushed_events") == 1


def test_what_erases_or_tells_of_settlements_needs_a_proof_and_what_only_asks_does_not(
    product: Product,
) -> None:
    consumers = push_consumers(product.services)
    assert {name for name, each in consumers.items() if each.needs_proof} == ERASING


async def test_compatible_mode_is_read_by_its_encrypted_half(product: Product) -> None:
    given, client = with_consumer(product), await product.client()
    wechat = product.settings.wechat
    sealed = seal(
        b'{"MsgType": "event", "Event": "demo", "FromUserName": "true"}', wechat.push_aes_key, wechat.appid
    )
    request = secure(
        wechat.push_token,
        product.clock() // 1000,
        sealed,
        MsgType="event",
        Event="demo",
        FromUserName="forged",
    )
    assert await push(client, request) == (200, "success")
    await product.services.pushes.run_once("test")
    assert [each.openid for each in given] == ["true"]


@pytest.mark.parametrize(
    "said", [event("subscribe"), {"MsgType": "text", "Content": "我的身份证是…", "MsgId": "1"}, {}]
)
async def test_what_is_nobodys_business_is_acknowledged_and_not_kept(product: Product, said: Any) -> None:
    client = await product.client()
    assert await push(client, request_of(product, said)) == (200, "success")
    assert await product.count("pushed_events") == 0


@pytest.mark.promise(42)
async def test_a_database_that_fails_or_hangs_is_answered_in_time_and_the_repetition_is_kept(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_consumer(product)
    client, request = await product.client(), request_of(product, SAID)

    async def unavailable(work: Any) -> Any:
        raise StorageUnavailable("gone")

    async def hangs(work: Any) -> Any:
        await asyncio.sleep(60)

    for broken, seconds, slug in ((unavailable, 1.0, "try_again"), (hangs, 5.0, "busy")):
        monkeypatch.setattr(
            product.services.pushes, "_storage", type("Broken", (), {"run": staticmethod(broken)})
        )
        began = time.monotonic()
        status, text = await push(client, request)
        assert (status, orjson.loads(text)["error"]) == (503, slug)
        assert time.monotonic() - began < seconds
    monkeypatch.undo()
    with_consumer(product)
    assert await push(client, request) == (200, "success")
    assert await product.count("pushed_events") == 1


async def test_the_log_names_the_event_and_nobody(product: Product) -> None:
    product.secrets |= {
        "openid-secret",
        product.settings.wechat.push_token,
        product.settings.wechat.push_aes_key,
    }
    with_consumer(product)
    client = await product.client()
    await push(client, request_of(product, event("demo", FromUserName="openid-secret")))
    await push(client, request_of(product, event("demo", FromUserName="openid-secret"), token="wrong"))
    assert "pushed demo: stored" in product.logs.text
    product.check_logs()


async def test_any_client_may_ask_and_no_form_can(product: Product) -> None:
    """Neither cookies nor warrants mean anything here."""
    user = await product.login("li")
    answer: httpx.Response = await user.http.post(user.root + PATH, data={"warrant": user.warrant})
    assert answer.status_code == 400
