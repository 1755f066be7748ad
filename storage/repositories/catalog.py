"""The catalog: hospitals, services, experts, banners, showcases. Every change raises its version."""

from __future__ import annotations

from typing import Any

from personal.names import search_form
from storage.connection import Parameters
from storage.errors import Duplicate
from storage.filters import CatalogFilter
from storage.models import CATALOG_TABLES, PICTURE_COLUMNS, Banner, Expert, Hospital, Service, Showcase
from storage.repositories.base import Mapped, Repository, in_list
from storage.views import EntryPosition

_MAPPED: dict[str, Mapped[Any]] = {table: Mapped(table, model) for table, model in CATALOG_TABLES.items()}
_POSITIONS = {table: Mapped(table, EntryPosition) for table in CATALOG_TABLES}


def _conditions(wanted: CatalogFilter) -> tuple[str, dict[str, Any]]:
    """Everything but the words, as SQL and its parameters."""
    where, parameters = f"archived_at IS {'NOT ' if wanted.archived else ''}NULL", dict[str, Any]()
    if wanted.hospital_id is not None:
        where += " AND hospital_id = :hospital_id"
        parameters["hospital_id"] = wanted.hospital_id
    return where, parameters


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
            except Duplicate:  # another process made the first change in between
                await self.connection.execute(update)

    async def hospitals(self, archived: bool = False) -> list[Hospital]:
        return await self._list("hospitals", archived)

    async def services(self, archived: bool = False) -> list[Service]:
        return await self._list("services", archived)

    async def banners(self, archived: bool = False) -> list[Banner]:
        return await self._list("banners", archived)

    async def experts(self, archived: bool = False) -> list[Expert]:
        return await self._list("experts", archived)

    async def showcases(self, archived: bool = False) -> list[Showcase]:
        return await self._list("showcases", archived)

    async def _list(self, table: str, archived: bool) -> list[Any]:
        mapped = _MAPPED[table]
        where = "" if archived else " WHERE archived_at IS NULL"
        return mapped.all(await self.connection.fetch_all(f"{mapped.select}{where} ORDER BY position, id"))

    async def hospital(self, hospital_id: int) -> Hospital | None:
        return await self.entry("hospitals", hospital_id)

    async def service(self, service_id: int) -> Service | None:
        return await self.entry("services", service_id)

    async def entry(self, table: str, entry_id: int) -> Any:
        """A row of one of the catalog's tables, archived or not; None when there is none."""
        mapped = _MAPPED[table]
        return mapped.one(
            await self.connection.fetch_one(f"{mapped.select} WHERE id = :id", {"id": entry_id})
        )

    async def names(self, table: str, entry_ids: set[int]) -> dict[int, str]:
        """What entries are called, archived or not, by id; the unit of a service tells its variants apart."""
        if not entry_ids:
            return {}
        columns = {"services": "name, unit", "banners": "title", "showcases": "title"}.get(table, "name")
        in_sql, marks = in_list("id", sorted(entry_ids))
        rows = await self.connection.fetch_all(
            f"SELECT id, {columns} FROM {table} WHERE id IN {in_sql}",
            marks,
        )
        return {int(row[0]): " ".join(map(str, row[1:])) for row in rows}

    async def picture_names(self) -> set[str]:
        """The pictures that entries name, archived ones too."""
        columns = [(table, column) for table, columns in PICTURE_COLUMNS.items() for column in columns]
        sql = " UNION ".join(f"SELECT {column} FROM {table}" for table, column in columns)
        return {str(row[0]) for row in await self.connection.fetch_all(sql)}

    async def lock(self, table: str, entry_id: int) -> Any:
        """The row, locked until the transaction ends."""
        await self.connection.certify(table)  # one turn for the table: who reorders it locks all of it
        mapped = _MAPPED[table]
        sql = f"{mapped.select} WHERE id = :id{self.connection.lock}"
        return mapped.one(await self.connection.fetch_one(sql, {"id": entry_id}))

    async def lock_all(self, table: str) -> list[Any]:
        """All rows in their order, archived ones too, locked until the transaction ends."""
        await self.connection.certify(table)
        mapped = _MAPPED[table]
        sql = f"{mapped.select} ORDER BY position, id{self.connection.lock}"
        return mapped.all(await self.connection.fetch_all(sql))

    async def lock_positions(self, table: str) -> list[EntryPosition]:
        """Where all entries stand, in their order, locked until the transaction ends."""
        await self.connection.certify(table)
        sql = f"{_POSITIONS[table].select} ORDER BY position, id{self.connection.lock}"
        return _POSITIONS[table].all(await self.connection.fetch_all(sql))

    async def page(
        self, table: str, wanted: CatalogFilter, after: tuple[int, int] | None, limit: int
    ) -> list[Any]:
        """A page of a list in its order, behind a position and id. Only its own long texts are read."""
        where, parameters = await self._narrow(table, wanted)
        parameters["limit"] = limit
        if after is not None:
            where += " AND (position > :position OR (position = :position AND id > :last))"
            parameters |= {"position": after[0], "last": after[1]}
        chosen = f"SELECT id AS chosen FROM {table} WHERE {where} ORDER BY position, id LIMIT :limit"
        sql = f"{_MAPPED[table].select} JOIN ({chosen}) AS page ON id = chosen ORDER BY position, id"
        return _MAPPED[table].all(await self.connection.fetch_all(sql, parameters))

    async def count(self, table: str, wanted: CatalogFilter) -> int:
        where, parameters = await self._narrow(table, wanted)
        return await self._count(f"SELECT COUNT(*) FROM {table} WHERE {where}", parameters)

    async def _narrow(self, table: str, wanted: CatalogFilter) -> tuple[str, dict[str, Any]]:
        """The condition of a filter. Its words are compared here, however they are written: a table of the catalog has
        some thousand rows at the most."""
        if not wanted.words:
            return _conditions(wanted)
        form = search_form(wanted.words)
        where, parameters = _conditions(wanted)
        titles = await self.connection.fetch_all(
            f"SELECT id, {wanted.title} FROM {table} WHERE {where}", parameters
        )
        ids = [int(row[0]) for row in titles if form and form in search_form(str(row[1]), 1_000)]
        in_sql, marks = in_list("id", ids)
        return f"id IN {in_sql}" if ids else "1 = 0", marks

    async def place(self, table: str, positions: dict[int, int]) -> None:
        """Give entries, by id, other positions."""
        await self.touch()
        for entry_id, position in positions.items():
            given: Parameters = {"id": entry_id, "position": position}
            await self.connection.execute(f"UPDATE {table} SET position = :position WHERE id = :id", given)

    async def add(self, table: str, values: dict[str, Any]) -> int:
        """``values``: columns of the table; ``id`` may be given."""
        await self.touch()
        return await self._insert(table, values)

    async def change(self, table: str, entry_id: int, values: dict[str, Any]) -> int:
        """Change columns of a row; rows matched."""
        await self.touch()
        return await self._update(table, values, "id = :id", {"id": entry_id})
