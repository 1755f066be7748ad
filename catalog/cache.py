"""The catalog in memory: built once per version, so that a request costs one small query."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from catalog.picture_files import Pictures
from catalog.prices import next_change, price_on
from clock import Clock, now_ms, shanghai_date
from config import Settings
from frozen_dataclasses import frozen
from money import amount_text
from schemas.catalog import (
    banner_row,
    expert_row,
    hospital_row,
    price_change,
    service_row,
    showcase_row,
    visits_row,
)
from storage import Storage
from storage.models import Banner, Expert, Hospital, Service, ServicePrice, Showcase
from wechat.occasions import templates_by_occasion


@dataclass
class Snapshot:
    """One version of the catalog on a Shanghai day, in the shapes that leave the server."""

    version: int
    day: str
    body: bytes
    etag: str
    hospitals: dict[int, dict[str, Any]]
    services: dict[int, Service]
    """With the price of the day."""
    changes: dict[int, ServicePrice]
    """The next price of each service that is about to change."""
    experts: dict[int, dict[str, Any]]
    experts_of: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    showcases_of: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


@frozen()
class _Priced:
    """The services with the prices of a day, and the next price of those that are about to change."""

    day: str
    services: list[Service]
    changes: dict[int, ServicePrice]


def _priced(services: list[Service], pending: list[ServicePrice], day: str) -> _Priced:
    own = {item.id: [each for each in pending if each.service_id == item.id] for item in services}
    coming = {item.id: next_change(item, own[item.id], day) for item in services}
    return _Priced(
        day,
        [replace(item, price_fen=price_on(item, own[item.id], day)) for item in services],
        {service_id: price for service_id, price in coming.items() if price is not None},
    )


class CatalogCache:
    def __init__(
        self, storage: Storage, settings: Settings, pictures: Pictures, clock: Clock = now_ms
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._pictures = pictures
        self._clock = clock
        self._snapshot: Snapshot | None = None

    async def get(self, at: int | None = None) -> Snapshot:
        """The newest version, with the prices of the day of ``at`` (ms), or of today. Raises StorageUnavailable."""
        day = shanghai_date(self._clock() if at is None else at)
        async with self._storage.reading() as reader:
            version = await reader.catalog.version()
            if self._snapshot is None or (self._snapshot.version, self._snapshot.day) != (version, day):
                # The version is read before the rows: rows that are newer still are read again next time. So are
                # pending prices: one that is written into its service in between is found in both places, not in none.
                pending = await reader.prices.pending()
                self._snapshot = self._build(
                    version,
                    await reader.catalog.banners(),
                    await reader.catalog.hospitals(),
                    _priced(await reader.catalog.services(), pending, day),
                    await reader.catalog.experts(),
                    await reader.catalog.showcases(),
                )
            return self._snapshot

    def _build(
        self,
        version: int,
        banners: list[Banner],
        hospitals: list[Hospital],
        priced: _Priced,
        experts: list[Expert],
        showcases: list[Showcase],
    ) -> Snapshot:
        services, changes = priced.services, priced.changes
        details = {item.id: hospital_row(item, self._pictures.url) for item in hospitals}
        expert_details = {
            item.id: expert_row(item, details[item.hospital_id]["name"], self._pictures.url)
            for item in experts
            if item.hospital_id in details
        }
        settings = self._settings
        templates = (
            settings.wechat.message_paid,
            settings.wechat.message_escort,
            settings.wechat.message_refund,
            settings.wechat.message_moved,
        )
        escort_templates = (
            settings.wechat.message_invitation,
            settings.wechat.message_cancelled,
            settings.wechat.message_moved,
        )
        content = {
            "code": 0,
            "version": version,
            "brand": {"name": settings.orders.brand, "phone": settings.orders.phone},
            "bookingDays": settings.orders.horizon_days,
            "messages": {
                "templates": [template for template in templates if template],
                "escortTemplates": [template for template in escort_templates if template],
                "occasions": templates_by_occasion(settings.wechat),
            },
            "banners": [banner_row(item, self._pictures.url) for item in banners],
            "hospitals": [without(item, "introduction") for item in details.values()],
            "services": [service_row(item, self._pictures.url, changes.get(item.id)) for item in services],
            "visits": visits_row(settings.visits),
            "features": {"phoneNumber": settings.wechat.phone_numbers},
        }
        body = orjson.dumps(content)
        snapshot = Snapshot(
            version,
            priced.day,
            body,
            f'"{hashlib.sha256(body).hexdigest()[:20]}"',
            details,
            {item.id: item for item in services},
            changes,
            expert_details,
        )
        for expert in expert_details.values():
            snapshot.experts_of.setdefault(expert["hospitalId"], []).append(without(expert, "introduction"))
        for showcase in showcases:
            snapshot.showcases_of.setdefault(showcase.hospital_id, []).append(showcase_row(showcase))
        return snapshot

    def service_detail(self, service: Service, snapshot: Snapshot) -> dict[str, Any]:
        """A service with all its price variants, which share its name."""
        variants = [item for item in snapshot.services.values() if item.name == service.name]
        return {
            **without(service_row(service, self._pictures.url), *_OF_A_VARIANT),
            "introduction": service.introduction,
            "included": service.included.splitlines(),
            "notice": service.notice,
            "variants": [
                {
                    "id": item.id,
                    "unit": item.unit,
                    "price": amount_text(item.price_fen),
                    "priceChange": price_change(snapshot.changes.get(item.id)),
                }
                for item in variants
            ],
        }


_OF_A_VARIANT = ("unit", "price", "priceChange", "takes", "needsIdNumber", "questions", "keywords")
"""What ``catalog/`` tells of each price variant."""


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
