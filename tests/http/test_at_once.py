"""Many hands at once: one order, one payment, one history row, one winner."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.http.client import order_fields
from tests.http.product import Product, until


@pytest.mark.promise(9)
async def test_twenty_simultaneous_orders_of_one_user_are_one_order(product: Product) -> None:
    user = await product.login("li")
    fields = order_fields(await user.add_patient(), product.day())
    answers = await asyncio.gather(*(user.post("user/create1order/", **fields) for _ in range(20)))
    assert len({answer["id"] for answer in answers}) == 1
    assert len({answer["payment"]["package"] for answer in answers}) == 1
    assert len({answer["payment"]["paySign"] for answer in answers}) == 20, "each is signed for itself"
    assert await product.count("orders") == 1
    assert await product.count("order_history") == 1
    assert await product.count("payment_attempts") == 1
    assert len((await user.get("user/getOrderStatus/"))["data"]) == 1


@pytest.mark.promise(9)
async def test_two_devices_that_order_different_things_at_once_agree_in_the_end(product: Product) -> None:
    devices = [await product.login("li") for _ in range(4)]
    friend = await devices[0].add_patient()
    services = (4, 104, 1, 9)
    calls = [
        device.send("POST", "user/create1order/", data=order_fields(friend, product.day(), serviceId=service))
        for device, service in zip(devices, services, strict=True)
    ]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {200, 409, 503}
    assert await product.count("orders") == 1
    order = (await devices[0].get("user/getOrderStatus/"))["data"][0]
    paid = await devices[0].post("user/pay1order/", id=order["id"])
    known = await devices[0].get("sandbox/orders/", prepay_id=paid["payment"]["package"].partition("=")[2])
    assert f"￥{known['amount'] // 100}" == order["price"], "what is paid is what the order says"


def keep_notifications(product: Product) -> list[tuple[dict[str, str], bytes]]:
    """Remember what the stand-in sends to us, while it is sent."""
    kept: list[tuple[dict[str, str], bytes]] = []
    notify = product.services.payments.notify

    async def listen(headers: Any, body: bytes) -> Any:
        ours = {
            name: headers[name] for name in headers if name.lower().startswith(("wechatpay-", "content-type"))
        }
        kept.append((ours, body))
        return await notify(headers, body)

    product.services.payments.notify = listen  # type: ignore[method-assign]
    return kept


@pytest.mark.promise(5)
async def test_twenty_simultaneous_notifications_are_one_payment_and_one_history_row(
    product: Product,
) -> None:
    user = await product.login("li")
    kept = keep_notifications(product)
    order = await user.order(await user.add_patient(), product.day())
    async with product.storage.reading() as reader:
        before = await reader.orders.history(order["id"])
    await user.pay(order)
    await product.until_progress(user, order["id"], "已付款")
    headers, body = kept[0]
    answers = await asyncio.gather(
        *(user.send("POST", "wechatpay/notify/", content=body, headers=headers) for _ in range(20))
    )
    assert [answer.status_code for answer in answers] == [204] * 20, answers[0].text
    async with product.storage.reading() as reader:
        assert len(await reader.orders.history(order["id"])) == len(before) + 1
    assert await product.count("payment_events") == 1
    assert await product.count("ledger") == 1


@pytest.mark.promise(5)
async def test_twenty_first_notifications_at_once_are_one_payment_too(product: Product) -> None:
    user = await product.login("li")
    order = await user.order(await user.add_patient(), product.day())
    fault = {"fault": "duplicate_notification", "copies": 20}
    answer = await user.http.post("sandbox/faults/", json=fault)
    assert answer.status_code == 200, answer.text
    await user.pay(order)
    await product.until_progress(user, order["id"], "已付款")

    async def all_answered() -> bool:
        (sent,) = (await user.http.get("sandbox/notifications/")).json()["notifications"]
        return len(sent["attempts"]) == 20

    await until(all_answered)
    async with product.storage.reading() as reader:
        steps = await reader.orders.history(order["id"])
    assert [step.to_state for step in steps] == ["unpaid", "paid"]
    assert await product.count("ledger") == 1
    assert await product.count("payment_events") == 1


@pytest.mark.promise(1)
async def test_a_notification_that_is_altered_on_the_way_changes_nothing(product: Product) -> None:
    user = await product.login("li")
    kept = keep_notifications(product)
    order = await user.order(await user.add_patient(), product.day())
    await user.pay(order)
    await product.until_progress(user, order["id"], "已付款")
    before = await product.contents()
    headers, body = kept[0]
    sent: list[tuple[dict[str, str], bytes]] = [(headers, body + b" "), (headers, b""), (headers, body[:-1])]
    sent += [({key: value for key, value in headers.items() if key != name}, body) for name in headers]
    sent.append(({**headers, "Wechatpay-Timestamp": "1"}, body))
    for altered, content in sent:
        answer = await user.send("POST", "wechatpay/notify/", content=content, headers=altered)
        if answer.status_code != 204:  # the content type alone is not signed
            assert 400 <= answer.status_code < 500
            assert answer.json()["code"] == "FAIL"
            assert answer.json()["message"]
    assert await product.contents() == before


async def test_the_same_person_logging_in_twenty_times_at_once_is_one_user(product: Product) -> None:
    clients = await asyncio.gather(*(product.login("li") for _ in range(20)))
    assert await product.count("users") == 1
    assert len({client.warrant for client in clients}) == 20
    assert await product.count("sessions") == 20


async def test_twenty_applications_at_once_are_one(product: Product) -> None:
    user = await product.login("li")
    answers: list[httpx.Response] = await asyncio.gather(
        *(
            user.send("POST", "user/apply2be1caregiver/", data={"name": f"王{n:02}", "phone": "13811112222"})
            for n in range(20)
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 20
    assert await product.count("escorts") == 1
