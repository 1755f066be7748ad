"""Customers without the mini-program, and the links by which their orders are claimed."""

from __future__ import annotations

import dataclasses

from storage.models import NameKind, OfficeCustomer, OrderClaim
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.names import Names
from storage.writes import NewClaim, columns

_CUSTOMERS = Mapped("office_customers", OfficeCustomer)
_CLAIMS = Mapped("order_claims", OrderClaim)
_OPEN = "used_at IS NULL AND revoked_at IS NULL"


class Customers(Repository):
    async def add(self, customer: OfficeCustomer) -> None:
        """Raises Duplicate when the user is a customer of the office already."""
        await self._insert("office_customers", dataclasses.asdict(customer))
        await Names(self.connection).add(NameKind.USER, customer.name_key)

    async def get(self, user_id: int) -> OfficeCustomer | None:
        row = await self.connection.fetch_one(f"{_CUSTOMERS.select} WHERE user_id = :id", {"id": user_id})
        return _CUSTOMERS.one(row)

    async def some(self, user_ids: set[int]) -> dict[int, OfficeCustomer]:
        """Which of these users are customers of the office, by user."""
        if not user_ids:
            return {}
        in_sql, marks = in_list("id", sorted(user_ids))
        rows = await self.connection.fetch_all(f"{_CUSTOMERS.select} WHERE user_id IN {in_sql}", marks)
        return {customer.user_id: customer for customer in _CUSTOMERS.all(rows)}

    async def with_phone(self, hashes: tuple[str, ...]) -> OfficeCustomer | None:
        """The customer with this phone; ``hashes``: of it, by each key."""
        in_sql, marks = in_list("hash", hashes)
        row = await self.connection.fetch_one(
            f"{_CUSTOMERS.select} WHERE phone_hash IN {in_sql} ORDER BY user_id DESC LIMIT 1", marks
        )
        return _CUSTOMERS.one(row)

    async def rename(self, user_id: int, name: str, name_key: str) -> None:
        before = await self.get(user_id)
        await self.connection.execute(
            "UPDATE office_customers SET name = :name, name_key = :key WHERE user_id = :id",
            {"id": user_id, "name": name, "key": name_key},
        )
        if before is not None:
            await Names(self.connection).replace(NameKind.USER, [before.name_key], name_key)

    async def erase(self, user_id: int) -> None:
        """Take name and phone out of the row."""
        before = await self.get(user_id)
        await self.connection.execute(
            "UPDATE office_customers SET name = '', name_key = '', phone_sealed = '', phone_tail = '', "
            "phone_hash = '' WHERE user_id = :id",
            {"id": user_id},
        )
        if before is not None:
            await Names(self.connection).let_go(NameKind.USER, [before.name_key])


class Claims(Repository):
    async def add(self, claim: NewClaim) -> int:
        """Raises Duplicate for a token or a code that was given out before."""
        return await self._insert("order_claims", columns(claim))

    async def by_token(self, token_hash: str) -> OrderClaim | None:
        row = await self.connection.fetch_one(
            f"{_CLAIMS.select} WHERE token_hash = :hash", {"hash": token_hash}
        )
        return _CLAIMS.one(row)

    async def by_code(self, hashes: tuple[str, ...]) -> OrderClaim | None:
        """``hashes``: of the code, by each key."""
        in_sql, marks = in_list("hash", hashes)
        row = await self.connection.fetch_one(f"{_CLAIMS.select} WHERE code_hash IN {in_sql}", marks)
        return _CLAIMS.one(row)

    async def of_order(self, order_id: int) -> list[OrderClaim]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_CLAIMS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _CLAIMS.all(rows)

    async def use(self, claim_id: int, user_id: int, at: int) -> bool:
        """False when it was used, revoked or too old already: of all who try one succeeds."""
        changed = await self.connection.execute(
            f"UPDATE order_claims SET used_at = :at, used_by = :user WHERE id = :id AND {_OPEN} AND expires_at > :at",
            {"id": claim_id, "user": user_id, "at": at},
        )
        return bool(changed)

    async def revoke_open(self, order_id: int, at: int) -> int:
        """How many were open."""
        return await self.connection.execute(
            f"UPDATE order_claims SET revoked_at = :at WHERE order_id = :id AND {_OPEN} AND expires_at > :at",
            {"id": order_id, "at": at},
        )

    async def revoke_of_user(self, user_id: int, at: int) -> int:
        """Those of every order of a user."""
        return await self.connection.execute(
            f"UPDATE order_claims SET revoked_at = :at WHERE {_OPEN} "
            "AND order_id IN (SELECT id FROM orders WHERE user_id = :user)",
            {"user": user_id, "at": at},
        )
