"""Every column that holds sealed values, for start-up checks and key rotation."""

from __future__ import annotations

from storage.repositories.base import Repository

SEALED_COLUMNS = (
    ("administrators", "totp_sealed"),
    ("escort_applications", "phone_sealed"),
    ("escorts", "phone_sealed"),
    ("patients", "phone_sealed"),
    ("patients", "id_number_sealed"),
    ("orders", "contact_phone_sealed"),
    ("visit_steps", "note_sealed"),
    ("visit_steps", "place_sealed"),
    ("visit_reports", "body_sealed"),
    ("report_entries", "text_sealed"),
    ("visit_troubles", "note_sealed"),
    ("office_customers", "phone_sealed"),
    ("invoices", "email_sealed"),
    ("complaints", "text_sealed"),
    ("complaint_entries", "text_sealed"),
    ("content_checks", "text_sealed"),
    ("complaint_acts", "text_sealed"),
    ("pay_transfers", "package_sealed"),
)
KEY_ID_LENGTH = 8
_FOUND_BY = {("orders", "contact_phone_sealed"): "contact_phone_tail"}
"""An indexed column that is empty in the same rows, where most rows of a long table have no sealed value."""
_OF_VISITS = ("visit_steps", "visit_reports", "report_entries", "visit_troubles")
"""Most of their rows are emptied in time, or never had a sealed value: ``orders.visit_record`` tells by an index which
orders still have any."""
_BY_RECORD = "ix_orders_visit_record_visit_date_id"
_SAMPLED_ORDERS = 200
_NUMBERED_BY = {
    "escort_applications": "escort_id",
    "visit_reports": "order_id",
    "office_customers": "user_id",
}
"""The primary key, where it is not called ``id``."""


def row_number(table: str) -> str:
    return _NUMBERED_BY.get(table, "id")


def _is_there(table: str, column: str) -> str:
    """The condition that a row has a sealed value."""
    index = _FOUND_BY.get((table, column))
    return f"{index} > ''" if index else f"{column} <> ''"


class Sealed(Repository):
    async def samples(self, table: str, column: str) -> list[str]:
        """Two sealed values of a column, those that there are: the oldest and the newest, or what an index finds
        first and last. Of visits: of the oldest and the newest ones of which something is stored."""
        if table in _OF_VISITS:
            return await self._samples_of_visits(table, column)
        found = []
        index = _FOUND_BY.get((table, column))
        number = row_number(table)
        for order in ("ASC", "DESC"):
            by = f"{index} {order}, {number} {order}" if index else f"{number} {order}"
            row = await self.connection.fetch_one(
                f"SELECT {column} FROM {table} WHERE {_is_there(table, column)} ORDER BY {by} LIMIT 1"
            )
            found += [str(row[0])] if row else []
        return found

    async def _samples_of_visits(self, table: str, column: str) -> list[str]:
        found = []
        for order in ("ASC", "DESC"):
            row = await self.connection.fetch_one(
                f"SELECT s.{column} FROM (SELECT id, visit_date FROM orders{self.connection.index_hint(_BY_RECORD)} "
                f"WHERE visit_record = 1 ORDER BY visit_date {order}, id {order} LIMIT {_SAMPLED_ORDERS}) o "
                f"CROSS JOIN {table} s ON s.order_id = o.id WHERE s.{column} <> '' "
                f"ORDER BY o.visit_date {order}, o.id {order} LIMIT 1"
            )
            found += [str(row[0])] if row else []
        return found

    async def one_per_key(self, table: str, column: str) -> list[str]:
        """One value for each key that sealed any of the column. Reads every row that has a value, where no index
        finds these the whole table; of visits the rows of orders of which something is stored."""
        source, there = table, _is_there(table, column)
        if table in _OF_VISITS:
            orders = f"orders o{self.connection.index_hint(_BY_RECORD)}"
            source = f"{orders} CROSS JOIN {table} s ON s.order_id = o.id"
            there = f"o.visit_record = 1 AND {column} <> ''"
        rows = await self.connection.fetch_all(
            f"SELECT MIN({column}) FROM {source} WHERE {there} GROUP BY SUBSTR({column}, 1, {KEY_ID_LENGTH})"
        )
        return [str(row[0]) for row in rows]

    async def after(self, table: str, column: str, last_id: int, limit: int) -> list[tuple[int, str]]:
        """Ids and sealed values beyond an id, in order, locked."""
        number = row_number(table)
        rows = await self.connection.fetch_all(
            f"SELECT {number}, {column} FROM {table} WHERE {number} > :last AND {column} <> '' "
            f"ORDER BY {number} LIMIT :limit"
            f"{self.connection.lock}",
            {"last": last_id, "limit": limit},
        )
        return [(int(row[0]), str(row[1])) for row in rows]

    async def replace(self, table: str, column: str, row_id: int, old: str, new: str) -> int:
        """Put another sealing of the same value in the place of ``old``; 0 when that is gone."""
        return await self.connection.execute(
            f"UPDATE {table} SET {column} = :new WHERE {row_number(table)} = :id AND {column} = :old",
            {"id": row_id, "old": old, "new": new},
        )

    async def replace_hash(self, table: str, column: str, row_id: int, new: str) -> None:
        """Put the hash by a newer key in the place of the older one; a row without a hash has not been read yet."""
        await self.connection.execute(
            f"UPDATE {table} SET {column} = :new WHERE {row_number(table)} = :id AND {column} <> ''",
            {"id": row_id, "new": new},
        )
