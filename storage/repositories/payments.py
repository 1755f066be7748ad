"""Payment attempts and the notifications about them."""

from __future__ import annotations

from typing import Any

from storage.models import FINAL_ATTEMPTS, Attempt, AttemptState, PaymentEvent
from storage.repositories.base import Mapped, Repository

_ATTEMPTS = Mapped("payment_attempts", Attempt)
_EVENTS = Mapped("payment_events", PaymentEvent)


class Attempts(Repository):
    async def add(self, order_id: int, values: dict[str, Any], at: int, next_query_at: int) -> int:
        """A new open attempt; ``values``: out_trade_no, amount_fen, currency, openid, appid, mchid, description,
        notify_url, expires_at. Raises Duplicate while the order has an open one."""
        return await self._insert(
            "payment_attempts",
            {
                **values,
                "order_id": order_id,
                "open_order_id": order_id,
                "state": AttemptState.CREATED,
                "prepay_id": "",
                "query_count": 0,
                "next_query_at": next_query_at,
                "claimed_until": 0,
                "last_error": "",
                "created_at": at,
                "updated_at": at,
            },
        )

    async def get(self, attempt_id: int) -> Attempt | None:
        return _ATTEMPTS.one(
            await self.connection.fetch_one(f"{_ATTEMPTS.select} WHERE id = :id", {"id": attempt_id})
        )

    async def first_at(self) -> int | None:
        """When the first attempt was made here, or was imported from an older system (those have no address to be
        notified at); None while there is none."""
        row = await self.connection.fetch_one(
            "SELECT created_at, updated_at, notify_url FROM payment_attempts ORDER BY id LIMIT 1"
        )
        return None if row is None else int(row[0] if row[2] else row[1])

    async def by_number(self, out_trade_no: str) -> Attempt | None:
        return _ATTEMPTS.one(
            await self.connection.fetch_one(
                f"{_ATTEMPTS.select} WHERE out_trade_no = :no", {"no": out_trade_no}
            )
        )

    async def lock_by_number(self, out_trade_no: str) -> Attempt | None:
        """The attempt with this number, locked until the transaction ends."""
        row = await self.connection.fetch_one(
            f"{_ATTEMPTS.select} WHERE out_trade_no = :no{self.connection.lock}", {"no": out_trade_no}
        )
        return _ATTEMPTS.one(row)

    async def by_transaction(self, transaction_id: str) -> Attempt | None:
        """The attempt that was paid by this transaction of WeChat's."""
        row = await self.connection.fetch_one(
            f"{_ATTEMPTS.select} WHERE transaction_id = :id", {"id": transaction_id}
        )
        return _ATTEMPTS.one(row)

    async def open_of_order(self, order_id: int) -> Attempt | None:
        row = await self.connection.fetch_one(
            f"{_ATTEMPTS.select} WHERE open_order_id = :id", {"id": order_id}
        )
        return _ATTEMPTS.one(row)

    async def of_order(self, order_id: int) -> list[Attempt]:
        """Oldest first."""
        return _ATTEMPTS.all(
            await self.connection.fetch_all(
                f"{_ATTEMPTS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
            )
        )

    async def move(
        self, attempt_id: int, from_states: tuple[str, ...], to_state: str, at: int, **changes: Any
    ) -> bool:
        """Change the state if it still is one of ``from_states``; False when it is not.

        ``paid`` and ``closed`` free the order for another attempt and end the queries.
        """
        values: dict[str, Any] = {"state": to_state, "updated_at": at, **changes}
        if to_state in FINAL_ATTEMPTS:
            values.update(open_order_id=None, next_query_at=None)
        settings = ", ".join(f"{name} = :{name}" for name in values)
        marks = {f"from_{position}": state for position, state in enumerate(from_states)}
        changed = await self.connection.execute(
            f"UPDATE payment_attempts SET {settings} "
            f"WHERE id = :attempt_id AND state IN ({', '.join(f':{mark}' for mark in marks)})",
            {**values, **marks, "attempt_id": attempt_id},
        )
        return bool(changed)

    async def due(self, at: int, limit: int) -> list[Attempt]:
        """Attempts whose next query is due and that nobody has claimed."""
        rows = await self.connection.fetch_all(
            f"{_ATTEMPTS.select} WHERE next_query_at <= :at AND claimed_until <= :at "
            "ORDER BY next_query_at LIMIT :limit",
            {"at": at, "limit": limit},
        )
        return _ATTEMPTS.all(rows)

    async def claim(self, attempt: Attempt, at: int, until: int) -> bool:
        """Take the attempt, as it was read, for one query; False when another process was quicker, also one that is
        done with it by now."""
        return bool(
            await self.connection.execute(
                "UPDATE payment_attempts SET claimed_until = :until "
                "WHERE id = :id AND claimed_until = :seen AND claimed_until <= :at AND next_query_at = :planned",
                {
                    "id": attempt.id,
                    "until": until,
                    "seen": attempt.claimed_until,
                    "planned": attempt.next_query_at,
                    "at": at,
                },
            )
        )

    async def reschedule(self, attempt_id: int, next_query_at: int | None, error: str = "") -> None:
        """Release the claim and say when to ask next (None: never again)."""
        await self.connection.execute(
            "UPDATE payment_attempts SET claimed_until = 0, query_count = query_count + 1, "
            "next_query_at = CASE WHEN next_query_at IS NULL THEN NULL ELSE :next END, "
            "last_error = CASE WHEN state = :mismatch AND :error = '' THEN last_error ELSE :error END "
            "WHERE id = :id",
            {
                "id": attempt_id,
                "next": next_query_at,
                "error": error[:127],
                "mismatch": AttemptState.MISMATCH,
            },
        )

    async def make_due(self, attempt_id: int, at: int) -> None:
        """Ask about the attempt at the next opportunity, unless it needs no asking any more."""
        await self.connection.execute(
            "UPDATE payment_attempts SET next_query_at = :at WHERE id = :id AND next_query_at > :at",
            {"id": attempt_id, "at": at},
        )

    async def backlog(self, at: int) -> int:
        """How many attempts should have been queried by now."""
        return await self._count(
            "SELECT COUNT(*) FROM payment_attempts WHERE next_query_at <= :at", {"at": at}
        )

    async def paid_page(self, before: tuple[int, int] | None, limit: int) -> list[tuple[Attempt, str, str]]:
        """Payments, newest first, each with the patient's name and the user's nickname; ``before``: (paid_at, id)."""
        parameters: dict[str, Any] = {"limit": limit}
        condition = "a.paid_at IS NOT NULL"
        if before is not None:
            condition = "a.paid_at <= :paid_at AND (a.paid_at < :paid_at OR a.id < :id)"
            parameters.update(paid_at=before[0], id=before[1])
        rows = await self.connection.fetch_all(
            f"SELECT {_ATTEMPTS.aliased('a')}, o.patient_name, u.nickname FROM payment_attempts a "
            "JOIN orders o ON o.id = a.order_id JOIN users u ON u.id = o.user_id "
            f"WHERE {condition} ORDER BY a.paid_at DESC, a.id DESC LIMIT :limit",
            parameters,
        )
        return [(_ATTEMPTS.all([row[:-2]])[0], str(row[-2]), str(row[-1])) for row in rows]

    async def paid_between(self, first_at: int, last_at: int) -> list[Attempt]:
        """Attempts paid in [first_at, last_at)."""
        rows = await self.connection.fetch_all(
            f"{_ATTEMPTS.select} WHERE paid_at >= :first AND paid_at < :last ORDER BY id",
            {"first": first_at, "last": last_at},
        )
        return _ATTEMPTS.all(rows)


class PaymentEvents(Repository):
    async def add(
        self, event_id: str, event_type: str, reference: str, resource: str, outcome: str, at: int
    ) -> int:
        """Keep a notification. Raises Duplicate when it was already applied."""
        return await self._insert(
            "payment_events",
            {
                "event_id": event_id,
                "event_type": event_type,
                "reference": reference,
                "resource": resource,
                "outcome": outcome,
                "received_at": at,
            },
        )

    async def seen(self, event_id: str) -> bool:
        return bool(
            await self.connection.fetch_one(
                "SELECT 1 FROM payment_events WHERE event_id = :id", {"id": event_id}
            )
        )

    async def of_reference(self, reference: str) -> list[PaymentEvent]:
        """Notifications about an out_trade_no or out_refund_no, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_EVENTS.select} WHERE reference = :reference ORDER BY id", {"reference": reference}
        )
        return _EVENTS.all(rows)
