"""The calendar of the order form, and what a released client is told about a day that cannot be booked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from orders.booking.bookable_days import block, day_words
from storage.models import BlockedDay
from tests.http.client import order_fields
from tests.http.conftest import StartProduct
from tests.http.product import Product


async def blocked(product: Product, day: str, half: str = "day", hospital: int = 0) -> None:
    row = BlockedDay(0, day, half, hospital, "春节放假", 1, product.clock())
    await product.storage.run(lambda tx: block(tx, row))


async def days(product: Product, **query: Any) -> list[dict[str, Any]]:
    found = await (await product.client()).get("catalog/days/", serviceId=1, **query)
    return list(found["data"])


@pytest.mark.promise(37)
async def test_the_form_reads_which_days_are_open_and_why_others_are_not(product: Product) -> None:
    whole, morning, of_hospital, open_ = (product.day(number) for number in (10, 11, 12, 13))
    await blocked(product, whole)
    await blocked(product, morning, "am")
    await blocked(product, of_hospital, hospital=1)
    shown = await days(product, **{"from": whole, "days": 4, "hospitalId": 1})
    assert [row["day"] for row in shown] == [whole, morning, of_hospital, open_]
    assert [row["open"] for row in shown] == [False, True, False, True]
    assert shown[0]["reason"] == "春节放假"
    assert shown[1]["halves"] == {
        "am": {"open": False, "reason": "春节放假"},
        "pm": {"open": True, "reason": ""},
    }
    elsewhere = await days(product, **{"from": whole, "days": 4, "hospitalId": 2})
    assert [row["open"] for row in elsewhere] == [False, True, True, True]


async def test_days_beyond_the_horizon_are_closed_and_say_so(product: Product) -> None:
    horizon = product.settings.orders.horizon_days
    shown = await days(product, **{"from": product.day(horizon), "days": 2})
    assert [row["open"] for row in shown] == [True, False]
    assert str(horizon) in shown[1]["reason"]
    assert len(await days(product, **{"from": "9999-12-30", "days": 62})) == 2


async def test_without_a_day_the_calendar_begins_today(product: Product) -> None:
    shown = await days(product)
    assert (shown[0]["day"], len(shown)) == (product.day(0), 31)


@pytest.mark.parametrize(
    "query", [{"serviceId": 0}, {"serviceId": 999_999}, {"days": 63}, {"days": 0}, {"from": "morgen"}]
)
async def test_a_calendar_that_makes_no_sense_is_refused(product: Product, query: dict[str, Any]) -> None:
    user = await product.client()
    refused = await user.get("catalog/days/", 400, **{"serviceId": 1, **query})
    assert refused["error"] == "invalid_input"


@pytest.mark.promise(37)
async def test_a_released_client_is_told_which_day_it_can_have_instead(product: Product) -> None:
    user, day = await product.login("li"), product.day(10)
    await blocked(product, day)
    patient = await user.add_patient()
    before = await product.contents()
    refused = await user.order(patient, day, 409)
    assert refused["error"] == "day_blocked"
    assert "春节放假" in refused["msg"]
    assert "最近可以选" in refused["msg"]
    assert await product.contents() == before
    assert (await user.order(patient, product.day(11)))["payment"]


@pytest.mark.promise(37)
async def test_of_twenty_released_clients_at_once_one_has_the_last_place_and_the_others_read_another_day(
    start_product: StartProduct,
) -> None:
    product = await start_product(visits={"capacity": "1"}, limits={"login_per_minute": 0})
    day = product.day()
    first = await product.login("first")
    await first.order(await first.add_patient(), day)
    users = [await product.login(f"user{number}") for number in range(20)]
    wanted = [order_fields(await user.add_patient(), day) for user in users]
    answers = await asyncio.gather(
        *(
            user.send("POST", "user/create1order/", data=fields)
            for user, fields in zip(users, wanted, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    tomorrow = day_words(product.day(31))
    for answer in answers:
        if answer.status_code == 409:
            refused = answer.json()
            assert refused["error"] == "day_full"
            assert refused["msg"].endswith(f"已约满。最近可以选 {tomorrow}"), refused["msg"]
    for table in ("orders", "payment_attempts"):
        assert await product.count(table) == 2, "who was too late left nothing behind"


@pytest.mark.promise(37)
async def test_a_day_that_is_blocked_while_many_order_takes_none_afterwards(
    start_product: StartProduct,
) -> None:
    product = await start_product(limits={"login_per_minute": 0})
    day = product.day()
    users = [await product.login(f"user{number}") for number in range(12)]
    wanted = [order_fields(await user.add_patient(), day) for user in users]
    before: list[int] = []

    async def block_it() -> None:
        await blocked(product, day)
        before.append(await product.count("orders"))

    calls = [
        user.send("POST", "user/create1order/", data=fields)
        for user, fields in zip(users, wanted, strict=True)
    ]
    blocking = asyncio.create_task(block_it())
    answers = await asyncio.gather(*calls)
    await blocking
    taken = [answer for answer in answers if answer.status_code == 200]
    assert await product.count("orders") == len(taken) == before[0], (
        "none was placed after the day was blocked"
    )
    assert {answer.json()["error"] for answer in answers if answer not in taken} <= {"day_blocked"}
