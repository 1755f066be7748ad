"""The catalog: hospitals, services, experts, banners, showcases. Every change raises its version."""

from __future__ import annotations

from typing import Any

from storage.errors import Duplicate
from storage.models import Banner, Expert, Hospital, Service, Showcase
from storage.repositories.base import Mapped, Repository

_HOSPITALS = Mapped("hospitals", Hospital)
_SERVICES = Mapped("services", Service)
_EXPERTS = Mapped("experts", Expert)
_BANNERS = Mapped("banners", Banner)
_SHOWCASES = Mapped("showcases", Showcase)
TABLES: dict[str, Mapped[Any]] = {
    item.table: item for item in (_HOSPITALS, _SERVICES, _EXPERTS, _BANNERS, _SHOWCASES)
}


class Catalog(Repository):
    async def version(self) -> int:
        """Grows with every change; 0 before the catalog was first filled."""
        return await self._count("SELECT version FROM catalog_state WHERE id = 1")

    async def touch(self) -> None:
        """Say, in the same transaction, that something changed."""
        update = "UPDATE catalog_state SET version = version + 1 WHERE id = 1"
        if not await self.connection.execute(update):
            try:
                await self.connection.execute("INSERT INTO catalog_state (id, version) VALUES (1, 1)")
            except Duplicate:  # somebody else's first change came in between
                await self.connection.execute(update)

    async def hospitals(self, archived: bool = False) -> list[Hospital]:
        return await self._list(_HOSPITALS, archived)

    async def services(self, archived: bool = False) -> list[Service]:
        return await self._list(_SERVICES, archived)

    async def banners(self, archived: bool = False) -> list[Banner]:
        return await self._list(_BANNERS, archived)

    async def experts(self, archived: bool = False) -> list[Expert]:
        return await self._list(_EXPERTS, archived)

    async def showcases(self, archived: bool = False) -> list[Showcase]:
        return await self._list(_SHOWCASES, archived)

    async def _list(self, mapped: Mapped[Any], archived: bool) -> list[Any]:
        where = "" if archived else " WHERE archived_at IS NULL"
        return mapped.all(await self.connection.fetch_all(f"{mapped.select}{where} ORDER BY position, id"))

    async def hospital(self, hospital_id: int) -> Hospital | None:
        return await self.entry("hospitals", hospital_id)

    async def service(self, service_id: int) -> Service | None:
        return await self.entry("services", service_id)

    async def entry(self, table: str, entry_id: int) -> Any:
        """A row of one of the catalog's tables, archived or not; None when there is none."""
        mapped = TABLES[table]
        return mapped.one(
            await self.connection.fetch_one(f"{mapped.select} WHERE id = :id", {"id": entry_id})
        )

    async def add(self, table: str, values: dict[str, Any]) -> int:
        """``values``: columns of the table; ``id`` may be given."""
        await self.touch()
        return await self._insert(TABLES[table].table, values)

    async def change(self, table: str, entry_id: int, values: dict[str, Any]) -> int:
        """Change columns of a row; rows matched."""
        await self.touch()
        settings = ", ".join(f"{name} = :{name}" for name in values)
        return await self.connection.execute(
            f"UPDATE {TABLES[table].table} SET {settings} WHERE id = :entry_id",
            {**values, "entry_id": entry_id},
        )
