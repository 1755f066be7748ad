"""A notification that cannot be verified is logged, counted, and an alarm on the overview: one row a reason and day,
however many a stranger sends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from accounts import alarm_counter
from accounts.administrators import create_administrator
from clock import DAY, shanghai_date
from handlers.admin.overview.alarm_reasons import REASONS
from payment.wechatpay.verification import NotificationRefused
from sandbox.signing import Signer, encrypt, probe_signature, spoiled
from storage import StorageUnavailable, Transaction
from storage.models import Alarm, Role
from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product, until
from tests.http.test_metrics import TOKEN, values
from tests.http.test_security_events import events

PATHS = ("wechatpay/notify/", "wechatpay/refund-notify/", "wechatpay/complaint-notify/")
PASSWORD = "a long Passphrase 7"
Request = tuple[bytes, dict[str, str]]


def signer(product: Product) -> Signer:
    return product.sandbox.context.keyring.public_key


def signed(product: Product, apiv3_key: str = "", age: int = 0, **changes: Any) -> Request:
    """A notification as WeChat sends it, about a number that nobody knows."""
    resource = encrypt(apiv3_key or product.settings.pay.apiv3_key, b'{"out_trade_no": "x"}', "transaction")
    body = orjson.dumps(
        {
            "id": "11111111-2222-3333-4444-555555555555",
            "create_time": "2026-11-29T10:00:00+08:00",
            "event_type": "TRANSACTION.SUCCESS",
            "resource_type": "encrypt-resource",
            "resource": {"original_type": "transaction", **resource},
            **changes,
        }
    )
    return body, signer(product).headers(body, product.clock() // 1000 - age)


def altered(product: Product, **headers: str | None) -> Request:
    body, given = signed(product)
    for name, value in headers.items():
        key = "Wechatpay-" + name.replace("_", "-")
        if value is None:
            del given[key]
        else:
            given[key] = value
    return body, given


def wrong_signature(product: Product, spoil: Callable[[str], str]) -> Request:
    body, given = signed(product)
    return body, {**given, "Wechatpay-Signature": spoil(given["Wechatpay-Signature"])}


BAD: dict[str, Callable[[Product], Request]] = {
    "unknown_serial": lambda product: altered(product, Serial="PUB_KEY_ID_0"),
    "stale_timestamp": lambda product: signed(product, age=301),
    "bad_ciphertext": lambda product: signed(product, apiv3_key="k" * 32),
    "bad_signature": lambda product: wrong_signature(product, spoiled),
    "missing_header": lambda product: altered(product, Signature=None),
    "bad_header": lambda product: altered(product, Timestamp="yesterday"),
    "wrong_algorithm": lambda product: altered(product, Signature_Type="WECHATPAY2-SM2-WITH-SM3"),
    "bad_envelope": lambda product: signed(product, resource_type="plain"),
    "body_too_large": lambda product: (b"x" * 70_000, {}),
}


async def send(product: Product, client: Client, request: Request, path: str = PATHS[0]) -> httpx.Response:
    body, headers = request
    return await client.http.post(product.root + path, content=body, headers=headers)


async def alarms(product: Product) -> list[Alarm]:
    await product.services.alarms.write()
    async with product.storage.reading() as reader:
        return await reader.alarms.since("2000-01-01")


async def administrator(product: Product) -> Client:
    await create_administrator(product.storage, "owner", PASSWORD, Role.OWNER, product.clock())
    client = await product.client()
    await client.send("GET", "admin/login/")
    await post(client, "admin/login/", username="owner", password=PASSWORD)
    return client


async def post(client: Client, path: str, **fields: Any) -> httpx.Response:
    form = {**fields, "_xsrf": client.http.cookies["_xsrf"]}
    return await client.send("POST", path, data=form)


async def tile(client: Client) -> int:
    """What the overview says of refused notifications."""
    page = (await client.send("GET", "admin/")).text
    found = re.search(r'alarms/"><span class="value">([\d,]+)</span>不能验证的微信通知', page)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.promise(1)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("reason", BAD)
async def test_a_refused_notification_is_logged_counted_and_an_alarm(
    start_product: StartProduct, reason: str, path: str
) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    client, owner = await product.client(), await administrator(product)
    before = await product.contents()
    request = BAD[reason](product)
    answer = await send(product, client, request, path)
    assert 400 <= answer.status_code < 500
    assert answer.json() == {"code": "FAIL", "message": reason}
    assert await product.contents() == before
    assert events(product)[-1] == ("notification_refused", "127.0.0.1", "-", reason)
    assert (await values(client))[f"hospital_notifications_refused_total['{reason}']"] == 1
    (alarm,) = await alarms(product)
    assert (alarm.day, alarm.event, alarm.reason) == (
        shanghai_date(product.clock()),
        "notification_refused",
        reason,
    )
    assert (alarm.count, alarm.last_address) == (1, "127.0.0.1")
    assert await tile(owner) == 1
    page = (await owner.send("GET", "admin/alarms/")).text
    assert all(words in page for words in REASONS[reason])
    product.secrets |= {request[1].get("Wechatpay-Signature", TOKEN), product.settings.pay.apiv3_key}


def test_every_reason_has_words() -> None:
    def slugs(kind: type[NotificationRefused]) -> set[str]:
        return {kind.slug}.union(*(slugs(each) for each in kind.__subclasses__()))

    of_payments = {reason for reason in REASONS if not reason.startswith("push_")}
    assert slugs(NotificationRefused) - {"refused", "sign_test"} == of_payments == set(BAD)


async def test_a_probe_and_a_good_notification_are_no_alarm(product: Product) -> None:
    client = await product.client()
    assert (await send(product, client, wrong_signature(product, probe_signature))).status_code == 401
    assert (await send(product, client, signed(product))).status_code != 401
    assert "sign_test" in {event[3] for event in events(product)}, "WeChat's probe is in the log all the same"
    assert [alarm.reason for alarm in await alarms(product)] in ([], ["bad_envelope"])


async def test_a_flood_is_one_row_a_reason_and_day_and_few_transactions(
    start_product: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_product(server={"trusted_proxies": ["127.0.0.1"]})
    product.clock.to_noon()
    client, written, real = await product.client(), [], product.services.alarms.write

    async def write() -> None:
        written.append(1)
        await real()

    monkeypatch.setattr(product.services.alarms, "write", write)
    for number in range(60):
        body, headers = BAD["missing_header" if number % 2 else "unknown_serial"](product)
        headers["X-Forwarded-For"] = f"203.0.113.{number}"
        await send(product, client, (body, headers))
    assert len(written) <= 1, "the first at once, the rest after ten seconds"
    found = {alarm.reason: alarm for alarm in await alarms(product)}
    assert {reason: alarm.count for reason, alarm in found.items()} == {
        "missing_header": 30,
        "unknown_serial": 30,
    }
    assert found["missing_header"].last_address == "203.0.113.59"
    product.clock.move(DAY)
    await send(product, client, BAD["missing_header"](product))
    assert len(await alarms(product)) == 3


async def test_several_processes_count_together(product: Product) -> None:
    counters = [alarm_counter.AlarmCounter(product.storage, product.clock) for _ in range(6)]
    for counter in counters:
        for _ in range(5):
            counter.note("notification_refused", "bad_signature", "203.0.113.9")
    await asyncio.gather(*(counter.write() for counter in counters))
    await asyncio.gather(*(counter.close() for counter in counters))
    (alarm,) = await alarms(product)
    assert alarm.count == 30


async def test_what_cannot_be_written_waits_and_the_end_of_the_server_writes_the_rest(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = product.services.alarms

    async def away(work: object) -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(product.storage, "run", away)
        counter.note("notification_refused", "bad_signature", "203.0.113.9")
        await counter.write()
    counter.note("notification_refused", "bad_signature", "203.0.113.10")
    await counter.close()
    (alarm,) = await alarms(product)
    assert (alarm.count, alarm.last_address) == (2, "203.0.113.10")


async def test_who_writes_while_a_write_is_on_its_way_returns_when_both_are_kept(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter, real, begun, go_on = (
        product.services.alarms,
        product.storage.run,
        asyncio.Event(),
        asyncio.Event(),
    )

    async def held(work: Callable[[Transaction], Awaitable[None]]) -> None:
        monkeypatch.undo()  # only the first write waits
        begun.set()
        await go_on.wait()
        await real(work)

    monkeypatch.setattr(product.storage, "run", held)
    counter.note("notification_refused", "bad_signature", "203.0.113.9")
    await begun.wait()  # the first is written at once
    second = asyncio.create_task(counter.write())
    finished, _ = await asyncio.wait({second}, timeout=0.2)
    assert not finished
    go_on.set()
    await second
    async with product.storage.reading() as reader:
        (alarm,) = await reader.alarms.since("2000-01-01")
    assert alarm.count == 1


async def test_an_alarm_that_was_seen_leaves_the_overview_until_there_are_more(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm_counter, "WRITE_SECONDS", 0.0)
    owner, client = await administrator(product), await product.client()
    assert await tile(owner) == 0
    assert "最近 30 天没有" in (await owner.send("GET", "admin/alarms/")).text
    for _ in range(3):
        await send(product, client, BAD["bad_signature"](product))

    async def shown() -> bool:
        return await tile(owner) == 3

    await until(shown)
    shown_row = {
        "day": shanghai_date(product.clock()),
        "event": "notification_refused",
        "reason": "bad_signature",
    }
    await send(product, client, BAD["bad_signature"](product))
    await alarms(product)
    for _ in range(2):  # a second click changes nothing
        assert (await post(owner, "admin/alarms/seen/", **shown_row, count=3)).status_code == 302
        assert await tile(owner) == 1, "the one that came after the page was shown"
    assert (await post(owner, "admin/alarms/seen/", **shown_row, count=4)).status_code == 302
    assert await tile(owner) == 0
    page = (await owner.send("GET", "admin/alarms/")).text
    assert "看过了" in page
    for wrong in ({"count": 99}, {"reason": "another"}, {"day": "2020-01-01"}):
        await post(owner, "admin/alarms/seen/", **{**shown_row, "count": 4, **wrong})
    (alarm,) = await alarms(product)
    assert (alarm.count, alarm.seen_count) == (4, 4)
    for wrong in ({"count": "x"}, {"reason": "a" * 40}, {"event": "<b>"}, {"day": "x"}):
        answer = await post(owner, "admin/alarms/seen/", **{**shown_row, "count": 4, **wrong})
        assert answer.status_code == 400
    async with product.storage.reading() as reader:
        assert len(await reader.audit.page(act="alarm.seen")) == 2


async def test_a_week_later_the_overview_no_longer_counts_it(product: Product) -> None:
    day = shanghai_date(product.clock())
    async with product.storage.transaction() as tx:
        await tx.alarms.count(day, "notification_refused", "bad_signature", 2, "203.0.113.9", product.clock())
        await tx.commit()
    async with product.storage.reading() as reader:
        for later, expected in ((6, 2), (7, 0)):
            first = shanghai_date(product.clock() + (later - 6) * DAY)
            assert await reader.alarms.count_unseen(first) == expected
