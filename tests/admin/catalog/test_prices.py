"""Prices that hold from a day on: decided by the day, entered and withdrawn by owners, shown before they begin."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from catalog import prices
from catalog.cache import CatalogCache
from catalog.prices import WantedPrice, prices_mark
from clock import DAY, MINUTE, day_bounds, shanghai_date
from handlers.services import Services
from storage.models import Service
from tests.admin.clients import PASSWORD, Client, error_of
from tests.admin.scenario import HOSTILE, Scenario

SERVICE = {"name": "优享陪诊", "unit": "半天", "price_fen": "398"}


async def service(scenario: Scenario, price_fen: int = 39_800, name: str = "优享陪诊") -> int:
    async with scenario.storage.transaction() as tx:
        values: dict[str, Any] = {"name": name, "unit": "半天", "price_fen": price_fen, "position": 1}
        empty = dict.fromkeys(("summary", "introduction", "included", "notice", "picture"), "")
        found = await tx.catalog.add("services", {**values, **empty})
        await tx.commit()
    return found


async def mark(scenario: Scenario, service_id: int) -> str:
    async with scenario.storage.reading() as reader:
        found: Service = await reader.catalog.entry("services", service_id)
        return prices_mark(found, await reader.prices.pending_of(service_id), scenario.clock())


async def enter(scenario: Scenario, service_id: int, price_fen: int, day: str, seen: str = "") -> int:
    wanted = [WantedPrice(service_id, price_fen, day, seen or await mark(scenario, service_id))]
    at = scenario.clock()
    return len(await scenario.storage.run(lambda tx: prices.enter(tx, wanted, 1, at)))


async def shown(services: Services, service_id: int, at: int | None = None) -> tuple[int, str]:
    """The price of a moment, and the day of the next that is shown."""
    snapshot = await services.catalog.get(at)
    change = snapshot.changes.get(service_id)
    return snapshot.services[service_id].price_fen, change.valid_from if change else ""


async def stored(scenario: Scenario, service_id: int) -> int:
    async with scenario.storage.reading() as reader:
        return int((await reader.catalog.entry("services", service_id)).price_fen)


@pytest.mark.promise(15)
async def test_the_price_changes_at_midnight_in_every_process_without_anything_being_done(
    scenario: Scenario, services: Services
):
    service_id, day = await service(scenario), scenario.day(3)
    midnight = day_bounds(day)[0]
    other = CatalogCache(scenario.storage, services.settings, services.pictures, scenario.clock)
    assert await enter(scenario, service_id, 42_800, day) == 1
    for moment, price in ((midnight - 1, 39_800), (midnight, 42_800), (midnight + DAY, 42_800)):
        scenario.clock.at = moment
        assert (await shown(services, service_id))[0] == price
        assert (await other.get()).services[service_id].price_fen == price
        assert json.loads((await other.get()).body)["services"][0]["price"] == f"￥{price // 100}"
    assert (await other.get(midnight - 1)).services[service_id].price_fen == 39_800, (
        "an order of before midnight"
    )
    tags = {(await other.get(moment)).etag for moment in (midnight - 1, midnight)}
    assert len(tags) == 2, "a phone that asks again gets the new price"


async def test_the_job_writes_a_begun_price_into_its_service_once_and_nothing_changes_for_users(
    scenario: Scenario, services: Services
):
    service_id, day = await service(scenario), scenario.day(1)
    await enter(scenario, service_id, 42_800, day)
    assert await prices.apply_due(scenario.storage, scenario.clock, "one") is not None
    assert await stored(scenario, service_id) == 39_800, "not before its day"
    scenario.clock.at = day_bounds(day)[0] + MINUTE
    seen = await mark(scenario, service_id)
    await asyncio.gather(*(prices.apply_due(scenario.storage, scenario.clock, str(n)) for n in range(3)))
    assert await stored(scenario, service_id) == 42_800
    assert await shown(services, service_id) == (42_800, "")
    assert await mark(scenario, service_id) == seen, "no form is stale because of it"
    async with scenario.storage.reading() as reader:
        version = await reader.catalog.version()
    await prices.apply_due(scenario.storage, scenario.clock, "again")
    async with scenario.storage.reading() as reader:
        assert await reader.catalog.version() == version


async def test_a_price_of_today_that_an_owner_enters_outlives_the_one_that_has_begun(
    scenario: Scenario, services: Services
):
    service_id, day = await service(scenario), scenario.day(1)
    await enter(scenario, service_id, 42_800, day)
    scenario.clock.at = day_bounds(day)[0] + 5
    await enter(scenario, service_id, 45_000, day)
    await prices.apply_due(scenario.storage, scenario.clock, "one")
    assert await shown(services, service_id) == (45_000, "")
    assert await stored(scenario, service_id) == 45_000


async def test_users_read_of_a_price_two_weeks_before_it_begins_and_only_when_it_is_another_one(
    scenario: Scenario, services: Services
):
    service_id, near, far = await service(scenario), scenario.day(14), scenario.day(15)
    await enter(scenario, service_id, 50_000, far)
    assert await shown(services, service_id) == (39_800, "")
    await enter(scenario, service_id, 42_800, near)
    assert await shown(services, service_id) == (39_800, near)
    body = json.loads((await services.catalog.get()).body)
    assert body["services"][0]["priceChange"] == {"beginsOn": near, "price": "￥428"}
    await enter(scenario, service_id, 39_800, near)  # replaced by what holds already
    assert await shown(services, service_id) == (39_800, "")


async def test_a_second_price_for_the_same_day_replaces_the_first(scenario: Scenario, services: Services):
    service_id, day = await service(scenario), scenario.day(2)
    for price in (41_000, 42_000):
        await enter(scenario, service_id, price, day)
    async with scenario.storage.reading() as reader:
        assert [each.price_fen for each in await reader.prices.pending()] == [42_000]
        assert len(await reader.prices.of_service(service_id)) == 2, "nothing is forgotten"
    assert await enter(scenario, service_id, 39_800, scenario.day(1)) == 0, "that is the price already"


async def test_two_who_enter_at_once_or_from_an_old_page_do_not_undo_each_other(scenario: Scenario):
    service_id, day = await service(scenario), scenario.day(2)
    seen = await mark(scenario, service_id)
    done = await asyncio.gather(
        *(enter(scenario, service_id, price, day, seen) for price in (41_000, 42_000, 43_000)),
        return_exceptions=True,
    )
    assert sorted(map(str, done)) == ["1", "prices_changed", "prices_changed"]


async def test_a_price_is_withdrawn_until_its_day_and_never_after(scenario: Scenario, services: Services):
    service_id, day = await service(scenario), scenario.day(2)
    await enter(scenario, service_id, 42_800, day)
    [price] = await _pending(scenario)
    await scenario.storage.run(lambda tx: prices.withdraw(tx, price, scenario.clock()))
    with pytest.raises(prices.PriceWithdrawn):
        await scenario.storage.run(lambda tx: prices.withdraw(tx, price, scenario.clock()))
    await enter(scenario, service_id, 42_800, day)
    [price] = await _pending(scenario)
    for applied in (False, True):
        scenario.clock.at = day_bounds(day)[0]
        if applied:
            await prices.apply_due(scenario.storage, scenario.clock, "one")
        with pytest.raises(prices.PriceBegun):
            await scenario.storage.run(lambda tx: prices.withdraw(tx, price, scenario.clock()))
    assert await shown(services, service_id) == (42_800, "")


async def _pending(scenario: Scenario) -> list[int]:
    async with scenario.storage.reading() as reader:
        return [each.id for each in await reader.prices.pending()]


@pytest.mark.parametrize(
    ("price", "days", "refusal"),
    [
        (0, 1, prices.PriceRefused),
        (-1, 1, prices.PriceRefused),
        (10**8, 1, prices.PriceRefused),
        (100, -1, prices.PriceDayRefused),
        (100, 731, prices.PriceDayRefused),
    ],
)
async def test_prices_and_days_that_cannot_be_are_refused(
    scenario: Scenario, price: int, days: int, refusal: type[Exception]
):
    service_id = await service(scenario)
    with pytest.raises(refusal):
        await enter(scenario, service_id, price, scenario.day(days))
    assert await _pending(scenario) == []


async def test_an_owner_enters_many_prices_at_once_all_or_none(owner: Client, scenario: Scenario):
    first, second = await service(scenario), await service(scenario, 12_800, HOSTILE[:60])
    page = await owner.page("admin/catalog/prices/")
    assert "<script>alert" not in page
    marks = {f"was-{each}": await mark(scenario, each) for each in (first, second)}
    given = {**marks, f"price-{first}": "428", f"price-{second}": "1,28", "valid_from": scenario.day(3)}
    answer = await owner.post("admin/catalog/prices/", given)
    assert (answer.code, "逗号只能分隔千位" in answer.body.decode()) == (400, True)
    assert 'value="428"' in answer.body.decode(), "what was typed is still there"
    assert await _pending(scenario) == []
    answer = await owner.post("admin/catalog/prices/", {**given, f"price-{second}": "138.50"})
    assert answer.code == 302
    assert len(await _pending(scenario)) == 2
    page = await owner.page("admin/catalog/prices/")
    assert f"{scenario.day(3)} 起 <strong>￥428</strong>" in page
    assert (await scenario.audited()).count("price.enter") == 2
    stale = await owner.post("admin/catalog/prices/", {**given, f"price-{second}": ""})
    assert (stale.code, "同事刚刚改过" in stale.body.decode()) == (409, True)
    for bad in ({"valid_from": "昨天"}, {f"was-{first}": ""}, {"valid_from": scenario.day(-1)}):
        assert (await owner.post("admin/catalog/prices/", {**given, f"price-{second}": "1", **bad})).code in (
            400,
            409,
        )
    assert len(await _pending(scenario)) == 2


async def test_what_is_no_form_is_refused_by_a_slug_and_enters_nothing(owner: Client, scenario: Scenario):
    service_id = await service(scenario)
    given = {f"was-{service_id}": await mark(scenario, service_id), f"price-{service_id}": "428"}
    answer = await owner.post_json("admin/catalog/prices/", {**given, "valid_from": scenario.day(3)})
    assert (answer.code, error_of(answer)) == (400, "invalid_input"), "fields of a form alone are read"
    assert await _pending(scenario) == []


async def test_a_price_asks_for_a_fresh_password_and_a_clerk_does_not_see_the_table(
    owner: Client, clerk: Client, scenario: Scenario
):
    service_id = await service(scenario)
    assert (await clerk.get("admin/catalog/prices/")).code == 403
    scenario.clock.at += 11 * MINUTE
    given = {f"was-{service_id}": await mark(scenario, service_id), f"price-{service_id}": "1"}
    given["valid_from"] = shanghai_date(scenario.clock())
    answer = await owner.post("admin/catalog/prices/", given)
    assert (answer.code, "（1 元）" in answer.body.decode()) == (403, True)
    assert (await owner.post("admin/catalog/prices/", {**given, "confirm_password": PASSWORD})).code == 302
    assert await stored(scenario, service_id) == 100, "from today: at once"


async def test_the_price_on_the_services_own_page_holds_from_today(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/services/new/", SERVICE)
    assert (await owner.post("admin/catalog/services/1/", {**SERVICE, "price_fen": "450"})).code == 302
    async with scenario.storage.reading() as reader:
        [price] = await reader.prices.of_service(1)
    assert (price.price_fen, price.valid_from, price.applied_at) == (
        45_000,
        scenario.day(0),
        scenario.clock(),
    )
    assert await stored(scenario, 1) == 45_000
