"""The catalog in memory: built once per version, so that a request costs one small query."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from catalog.picture_files import Pictures
from config import Settings
from money import amount_text
from storage import Storage
from storage.models import Expert, Hospital, Service, Showcase


@dataclass
class Snapshot:
    """One version of the catalog, in the shapes that leave the server."""

    version: int
    body: bytes
    etag: str
    hospitals: dict[int, dict[str, Any]]
    services: dict[int, Service]
    experts: dict[int, dict[str, Any]]
    experts_of: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    showcases_of: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


class CatalogCache:
    def __init__(self, storage: Storage, settings: Settings, pictures: Pictures) -> None:
        self._storage = storage
        self._settings = settings
        self._pictures = pictures
        self._snapshot: Snapshot | None = None

    async def get(self) -> Snapshot:
        """The newest version. Raises StorageUnavailable."""
        async with self._storage.reading() as reader:
            version = await reader.catalog.version()
            if self._snapshot is None or self._snapshot.version != version:
                # The version is read before the rows: rows that are newer still are read again next time.
                rows = (
                    await reader.catalog.banners(),
                    await reader.catalog.hospitals(),
                    await reader.catalog.services(),
                    await reader.catalog.experts(),
                    await reader.catalog.showcases(),
                )
                self._snapshot = self._build(version, *rows)
            return self._snapshot

    def _build(
        self,
        version: int,
        banners: list[Any],
        hospitals: list[Hospital],
        services: list[Service],
        experts: list[Expert],
        showcases: list[Showcase],
    ) -> Snapshot:
        details = {item.id: self._hospital(item) for item in hospitals}
        expert_details = {
            item.id: self._expert(item, details[item.hospital_id]["name"])
            for item in experts
            if item.hospital_id in details
        }
        settings = self._settings
        templates = (
            settings.wechat.message_paid,
            settings.wechat.message_escort,
            settings.wechat.message_refund,
        )
        content = {
            "code": 0,
            "version": version,
            "brand": {"name": settings.orders.brand, "phone": settings.orders.phone},
            "bookingDays": settings.orders.horizon_days,
            "messages": {
                "templates": [template for template in templates if template],
                "escortTemplates": [settings.wechat.message_cancelled]
                if settings.wechat.message_cancelled
                else [],
            },
            "banners": [
                {
                    "id": item.id,
                    "picture": self._pictures.url(item.picture),
                    "title": item.title,
                    "link": item.link,
                }
                for item in banners
            ],
            "hospitals": [without(item, "introduction") for item in details.values()],
            "services": [self._service(item) for item in services],
        }
        body = orjson.dumps(content)
        snapshot = Snapshot(
            version,
            body,
            f'"{hashlib.sha256(body).hexdigest()[:20]}"',
            details,
            {item.id: item for item in services},
            expert_details,
        )
        for expert in expert_details.values():
            snapshot.experts_of.setdefault(expert["hospitalId"], []).append(without(expert, "introduction"))
        for showcase in showcases:
            snapshot.showcases_of.setdefault(showcase.hospital_id, []).append(_showcase(showcase))
        return snapshot

    def _hospital(self, item: Hospital) -> dict[str, Any]:
        return {
            "id": item.id,
            "name": item.name,
            "rank": item.grade,
            "type": item.kind,
            "address": item.address,
            "longitude": float(item.longitude),
            "latitude": float(item.latitude),
            "phone": item.phone,
            "logo": self._pictures.url(item.logo),
            "picture": self._pictures.url(item.picture),
            "introduction": item.introduction,
        }

    def _service(self, item: Service) -> dict[str, Any]:
        return {
            "id": item.id,
            "name": item.name,
            "unit": item.unit,
            "price": amount_text(item.price_fen),
            "summary": item.summary,
            "picture": self._pictures.url(item.picture),
        }

    def service_detail(self, service: Service, snapshot: Snapshot) -> dict[str, Any]:
        """A service with all its price variants, which share its name."""
        variants = [item for item in snapshot.services.values() if item.name == service.name]
        return {
            **without(self._service(service), "unit", "price"),
            "introduction": service.introduction,
            "included": service.included.splitlines(),
            "notice": service.notice,
            "variants": [
                {"id": item.id, "unit": item.unit, "price": amount_text(item.price_fen)} for item in variants
            ],
        }

    def _expert(self, item: Expert, hospital_name: str) -> dict[str, Any]:
        return {
            "id": item.id,
            "hospitalId": item.hospital_id,
            "hospitalName": hospital_name,
            "name": item.name,
            "title": item.title,
            "department": item.department,
            "specialty": item.specialty,
            "picture": self._pictures.url(item.picture),
            "sample": item.sample,
            "introduction": item.introduction,
        }


def _showcase(item: Showcase) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "text": item.body,
        "service": item.service_name,
        "date": item.visit_date,
    }


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
