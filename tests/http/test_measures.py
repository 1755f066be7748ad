"""What metrics/ tells of calls to WeChat, payments, the pool and the program: after what really happened."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from clock import DAY
from config import ROOT, VERSION
from payment.wechatpay.errors import GatewayError
from payment.wechatpay.signed_requests import call_name as signed_call_name
from tests.http.client import PATIENT, Client
from tests.http.conftest import StartProduct
from tests.http.product import Product, until
from tests.http.test_metrics import TOKEN, scrape, values
from transport import call_name, outcome_of

ENDINGS = re.compile(r"_(bucket|count|sum|created)$")


def calls(found: dict[str, float]) -> dict[str, float]:
    """How many calls to WeChat ended how, by ``api call outcome``."""
    mark = "hospital_wechat_call_seconds_count"
    # ``values`` sorts the values of labels: api, call and outcome are told apart by what they are.
    return {name.removeprefix(mark): value for name, value in found.items() if name.startswith(mark)}


def more(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    """What was added: the counts are of the process, and other tests ran in it."""
    return {
        name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)
    }


async def measured(start_product: StartProduct, **options: object) -> tuple[Product, Client]:
    product = await start_product(server={"metrics_token": TOKEN}, **options)
    return product, await product.client()


async def test_a_payment_is_seen_from_outside(start_product: StartProduct) -> None:
    product, monitoring = await measured(start_product)
    before = await values(monitoring)
    user = await product.login("li")
    await product.paid_order(user)
    after = await values(monitoring)
    assert more(calls(after), calls(before)) == {
        "['login', 'mini_program', 'ok']": 1,
        "['create_order', 'ok', 'pay']": 1,
    }
    assert (before["hospital_payments['paid']"], after["hospital_payments['paid']"]) == (0, 1)
    assert after["hospital_payments['prepaid']"] == 0
    assert abs(after["hospital_clock_skew_seconds[]"]) < 5
    assert after["hospital_sweep_backlog['payments']"] == 0
    assert product.clock() / 1000 - after["hospital_heartbeat_timestamp_seconds[]"] < 60
    assert after["hospital_processes[]"] == 1
    assert any(
        name.startswith("hospital_build_info") and VERSION in name and "development" in name for name in after
    )
    product.clock.move(DAY + 1)
    assert (await values(monitoring))["hospital_payments['paid']"] == 0, "of the last day"


async def test_what_is_open_and_due_is_seen(start_product: StartProduct) -> None:
    product, monitoring = await measured(start_product)
    user = await product.login("li")
    await user.order(await user.add_patient(), product.day())
    found = await values(monitoring)
    assert found["hospital_payments['prepaid']"] == 1
    product.clock.move(DAY)
    assert (await values(monitoring))["hospital_sweep_backlog['payments']"] == 1
    wang = await product.login("wang")
    order_id = await product.paid_order(wang)
    shown = (await wang.get("user/getOrder/", id=order_id))["refund"]["amount"]
    await wang.post("user/refund1order/", id=order_id, reason="来不了", amount=shown)
    assert (await values(monitoring))["hospital_refunds['requested']"] == 1


async def test_a_wechat_that_is_not_there_is_told_from_one_that_says_no(
    start_product: StartProduct,
) -> None:
    product, monitoring = await measured(start_product)
    before = await values(monitoring)
    nobody = "http://127.0.0.1:1"
    assert (await (await product.client()).send("GET", "login/", params={"code": "bad"})).status_code == 400
    login = product.services.login
    there, login._url = login._url, f"{nobody}/sns/jscode2session"
    assert (await (await product.client()).send("GET", "login/", params={"code": "x"})).status_code == 503
    login._url = there
    gateway = product.services.payments.context.gateway
    with pytest.raises(GatewayError):
        await gateway.query_order("20261129000000000000000001")
    gateway._library._core._gate_way = nobody  # type: ignore[attr-defined]
    with pytest.raises(GatewayError):
        await gateway.query_order("20261129000000000000000001")
    assert more(calls(await values(monitoring)), calls(before)) == {
        "['login', 'mini_program', 'refused']": 1,
        "['login', 'mini_program', 'unreachable']": 1,
        "['pay', 'query_order', 'refused']": 1,
        "['pay', 'query_order', 'unreachable']": 1,
    }


async def test_messages_are_counted_by_kind_and_result(start_product: StartProduct) -> None:
    product, monitoring = await measured(start_product, background=True)
    before = await values(monitoring)
    await product.paid_order(await product.login("li"))

    async def tried() -> bool:
        now = await values(monitoring)
        found = more(now, before)
        sent = [name for name in found if name.startswith("hospital_messages_tried_total") and "paid" in name]
        # The token may be older: whatever asks WeChat first fetches it.
        return bool(sent) and "access_token" in str(calls(now)) and "subscribe_message" in str(calls(found))

    await until(tried, 10)


async def test_who_waits_for_a_connection_is_counted(start_product: StartProduct, engine: str) -> None:
    product, _ = await measured(start_product)
    name = "connections" if engine == "mysql" else "writer"
    storage, done = product.storage, asyncio.Event()
    size = next(pool.size for pool in storage.pools() if pool.name == name)

    async def hold() -> None:
        async with storage.transaction():
            await done.wait()

    holding = [asyncio.create_task(hold()) for _ in range(size + 2)]

    async def waiting() -> bool:
        pool = next(pool for pool in storage.pools() if pool.name == name)
        return (pool.in_use, pool.waiting) == (size, 2)

    await until(waiting)
    holding[-1].cancel()  # who gives up does not wait any more

    async def one_left() -> bool:
        return next(pool for pool in storage.pools() if pool.name == name).waiting == 1

    await until(one_left)
    done.set()
    await asyncio.gather(*holding, return_exceptions=True)
    assert [pool.waiting for pool in storage.pools()] == [0] * len(storage.pools())
    assert all(pool.in_use == 0 for pool in storage.pools())


async def test_the_manual_names_only_what_can_be_read(start_product: StartProduct) -> None:
    """The other way round: ``tests/http/test_metrics.py``."""
    product, monitoring = await measured(start_product, background=True)
    await product.paid_order(await product.login("li"))

    async def all_there() -> bool:
        found = {ENDINGS.sub("", name.partition("[")[0]) for name in await values(monitoring)}
        missing.clear()
        missing.update(
            name for name in documented if name.removesuffix("_total") not in found | totals(found)
        )
        return not missing

    def totals(found: set[str]) -> set[str]:
        return {name.removesuffix("_total") for name in found}

    manual = (ROOT / "docs" / "operation.md").read_text("utf-8")
    table = manual[manual.index("## Monitoring") : manual.index("## Security events")]
    documented = set(re.findall(r"`(hospital_[a-z_]+)", table))
    assert len(documented) >= 25
    never_yet = {
        "hospital_notifications_refused_total",
        "hospital_database_wait_seconds",
        "hospital_pushed_events_total",
        "hospital_pushes_refused_total",
    }
    documented -= never_yet
    missing: set[str] = set()
    try:
        await until(all_there, 15)
    except TimeoutError:
        assert missing == set()
        raise


async def test_no_label_tells_of_a_person(start_product: StartProduct) -> None:
    product, monitoring = await measured(start_product)
    user = await product.login("li")
    await product.paid_order(user)
    text = (await scrape(monitoring)).text
    async with product.storage.reading() as reader:
        attempt = (await reader.attempts.of_orders([1]))[0]
    for secret in (*PATIENT.values(), user.warrant, attempt.openid, attempt.out_trade_no, attempt.mchid):
        assert len(secret) < 2 or secret not in text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/sns/jscode2session", "login"),
        ("/sandbox/cgi-bin/stable_token", "access_token"),
        ("/cgi-bin/message/subscribe/send", "subscribe_message"),
        ("/wxa/sec/order/upload_shipping_info", "upload_shipping_info"),
        ("/wxa/generate_urllink/", "generate_urllink"),
        ("/some/oXyz-123-OPENID", "other"),
        ("/", "other"),
        ("/" + "a" * 41, "other"),
    ],
)
def test_a_call_is_named_by_the_end_of_its_path(path: str, name: str) -> None:
    assert call_name(path) == name


@pytest.mark.parametrize(
    ("status", "content", "outcome"),
    [
        (200, b'{"openid":"o"}', "ok"),
        (200, b'{"errcode":0,"errmsg":"ok"}', "ok"),
        (200, b'{"errcode":40029}', "refused"),
        (200, b'{"errcode":40125}', "misconfigured"),
        (200, b'{"errcode":40164}', "misconfigured"),
        (200, b'{"errcode":-1}', "busy"),
        (200, b'{"errcode":45009}', "busy"),
        (429, b"", "busy"),
        (500, b'{"errcode":0}', "unknown"),
        (302, b"", "unknown"),
        (200, b"<html>", "unknown"),
        (200, b'{"errcode":', "unknown"),
        (200, b'{"errcode":"0"}', "unknown"),
        (200, b'{"errcode":[1]}', "unknown"),
        (200, b"", "unknown"),
    ],
)
def test_an_answer_of_wechat_is_judged(status: int, content: bytes, outcome: str) -> None:
    assert outcome_of(httpx.Response(status, content=content)) == outcome


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v3/merchant-service/complaints-v2", "merchant-service/complaints-v2"),
        ("/v3/merchant-service/complaints-v2/200201820200101080076610000/response", "complaints-v2/response"),
        ("/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/plfk2020042013/cancel", "out-bill-no/cancel"),
        ("/v3/merchant-service/images/ChsyMDAyMTEw", "merchant-service/images"),
        ("/v3/17", "other"),
    ],
)
def test_a_signed_request_is_named_without_its_numbers(path: str, name: str) -> None:
    assert signed_call_name(path) == name


def test_a_picture_is_an_answer_too() -> None:
    assert outcome_of(httpx.Response(200, content=b"\x89PNG", headers={"Content-Type": "image/png"})) == "ok"
