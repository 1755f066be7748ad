"""Prices that hold from a Shanghai day on.

The price of a service on a day is what ``services.price_fen`` holds, or, once the day of a pending price has come, that
one: every reader decides by the day, so nothing has to happen at midnight. ``apply_due`` writes begun prices into their
service afterwards. All of it under the lock of the service's row; every change raises the catalog's version.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial

from clock import DAY, MINUTE, Clock, shanghai_date
from frozen_dataclasses import frozen
from refusals import Refused, Unknown
from storage import Storage, Transaction
from storage.job_run import JobRun, run_job
from storage.models import Service, ServicePrice

JOB = "prices"
CLAIM = 5 * MINUTE
NEAR_DAYS = 14
"""So many days before it begins users are told of another price."""
MAX_DAYS_AHEAD = 730
MAX_PRICE_FEN = 99_999_999


class PriceDayRefused(Refused):
    slug = "price_day"
    message = f"开始的日期应在今天和两年（{MAX_DAYS_AHEAD} 天）之内"


class PriceRefused(Refused):
    slug = "price"
    message = "价格应在 0.01 元到 999,999.99 元之间"


class PriceBegun(Refused):
    slug = "price_begun"
    message = "这个价格已经开始了，不能撤回。要改价格，请再填一个新的"


class PriceWithdrawn(Refused):
    slug = "price_withdrawn"
    message = "这个价格刚刚已经被撤回或换掉了，请看现在的价格表"


class StalePrices(Refused):
    """Colleagues have changed prices since they were shown. ``services``: of these."""

    slug = "prices_changed"
    message = "没有保存：同事刚刚改过标红的几项，请核对后再保存。您填的数字都还在"

    def __init__(self, services: set[int]) -> None:
        super().__init__()
        self.services = services


@frozen()
class WantedPrice:
    """A price that an owner enters. ``seen``: the mark of what the page has shown of the service's prices."""

    service_id: int
    price_fen: int
    valid_from: str
    seen: str


@frozen()
class PriceChange:
    """What an entered price changed: the one of that day, before and after."""

    service: Service
    before_fen: int
    after_fen: int
    valid_from: str


def price_on(service: Service, pending: Iterable[ServicePrice], day: str) -> int:
    """The price of a Shanghai day. ``pending``: the service's, by day."""
    begun = [each.price_fen for each in pending if each.valid_from <= day]
    return begun[-1] if begun else service.price_fen


def next_change(service: Service, pending: list[ServicePrice], day: str) -> ServicePrice | None:
    """The next price after a Shanghai day that is another one, if it begins within ``NEAR_DAYS``."""
    today = price_on(service, pending, day)
    until = (date.fromisoformat(day) + timedelta(NEAR_DAYS)).isoformat()
    coming = (each for each in pending if day < each.valid_from <= until)
    return next((each for each in coming if each.price_fen != today), None)


def prices_mark(service: Service, pending: list[ServicePrice], at: int) -> str:
    """What a form carries along of a service's prices as it has shown them: the one of now and those to come. The same
    before and after one that has begun is written into its service."""
    day = shanghai_date(at)
    coming = (f"{each.id}:{each.price_fen}:{each.valid_from}" for each in pending if each.valid_from > day)
    return " ".join([str(price_on(service, pending, day)), *coming])


async def enter(tx: Transaction, wanted: list[WantedPrice], admin_id: int, at: int) -> list[PriceChange]:
    """Prices of services from a day on, all or none; those that change nothing are left out. One that was entered
    for the same day before is replaced. Raises PriceDayRefused, PriceRefused, StalePrices, Unknown."""
    today = shanghai_date(at)
    for each in wanted:
        if not today <= each.valid_from <= shanghai_date(at + MAX_DAYS_AHEAD * DAY):
            raise PriceDayRefused
        if not 1 <= each.price_fen <= MAX_PRICE_FEN:
            raise PriceRefused
    changes, stale = list[PriceChange](), set[int]()
    for each in sorted(wanted, key=lambda wish: wish.service_id):
        service = await tx.catalog.lock("services", each.service_id)
        if service is None:
            raise Unknown
        pending = await tx.prices.pending_of(service.id)
        if each.seen != prices_mark(service, pending, at):
            stale.add(service.id)
            continue
        before = price_on(service, pending, each.valid_from)
        if before == each.price_fen and not any(p.valid_from == each.valid_from for p in pending):
            continue
        await _enter_one(tx, service, each, admin_id, at)
        changes.append(PriceChange(service, before, each.price_fen, each.valid_from))
    if stale:
        raise StalePrices(stale)
    return changes


async def _enter_one(tx: Transaction, service: Service, wanted: WantedPrice, admin_id: int, at: int) -> None:
    if wanted.valid_from <= shanghai_date(at):
        await set_from_today(tx, service, wanted.price_fen, admin_id, at)
        return
    for other in await tx.prices.pending_of(service.id):
        if other.valid_from == wanted.valid_from:
            await tx.prices.withdraw(other.id, at)
    await tx.prices.add(service.id, wanted.price_fen, wanted.valid_from, admin_id, at)
    await tx.catalog.touch()


async def set_from_today(tx: Transaction, service: Service, price_fen: int, admin_id: int, at: int) -> None:
    """Another price from this moment on. ``service``: locked."""
    await _settle(tx, service, at)
    await tx.prices.add(service.id, price_fen, shanghai_date(at), admin_id, at, applied_at=at)
    await tx.catalog.change("services", service.id, {"price_fen": price_fen})


async def withdraw(tx: Transaction, price_id: int, at: int) -> tuple[Service, ServicePrice]:
    """Give up a price that has not begun. Raises Unknown, PriceBegun, PriceWithdrawn."""
    price = await tx.prices.get(price_id)
    service = await tx.catalog.lock("services", price.service_id) if price else None
    price = await tx.prices.get(price_id)  # as it is under the lock
    if service is None or price is None:
        raise Unknown
    if price.withdrawn_at is not None:
        raise PriceWithdrawn
    if price.applied_at is not None or price.valid_from <= shanghai_date(at):
        raise PriceBegun
    await tx.prices.withdraw(price.id, at)
    await tx.catalog.touch()
    return service, price


async def _settle(tx: Transaction, service: Service, at: int) -> bool:
    """Write the prices that have begun into their service, which is locked. Was there any?"""
    today = shanghai_date(at)
    begun = [each for each in await tx.prices.pending_of(service.id) if each.valid_from <= today]
    if not begun:
        return False
    await tx.catalog.change("services", service.id, {"price_fen": begun[-1].price_fen})
    await tx.prices.mark_applied([each.id for each in begun], at)
    return True


async def apply_due(storage: Storage, clock: Clock, owner: str) -> JobRun | None:
    """One run of the job that writes begun prices into their services."""

    async def work(run: JobRun) -> None:
        at = clock()
        async with storage.reading() as reader:
            pending = await reader.prices.pending()
        services = sorted({each.service_id for each in pending if each.valid_from <= shanghai_date(at)})
        applied = 0
        for service_id in services:
            applied += await storage.run(partial(_settle_one, service_id=service_id, at=at))
        run.result["applied"] = applied

    return await run_job(storage, clock, JOB, owner, CLAIM, work)


async def _settle_one(tx: Transaction, service_id: int, at: int) -> bool:
    service = await tx.catalog.lock("services", service_id)
    return service is not None and await _settle(tx, service, at)
