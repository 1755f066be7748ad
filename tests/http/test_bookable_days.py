"""The calendar of the order form, and what a released client is told about a day that cannot be booked."""

from __future__ import annotations

from typing import Any

import pytest

from orders.bookable_days import block
from storage.models import BlockedDay
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
