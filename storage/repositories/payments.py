"""Payment attempts and the notifications about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage.models import FINAL_ATTEMPTS, Attempt, AttemptState, Channel, PaymentEvent
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.queues import QueryQueue
from storage.writes import AttemptMove, NewAttempt, NewOfflineAttempt, columns

_ATTEMPTS = Mapped("payment_attempts", Attempt)
_EVENTS = Mapped("payment_events", PaymentEvent)


class Attempts(QueryQueue[Attempt]):
    mapped = _ATTEMPTS
    kept_error = f"state = '{AttemptState.MISMATCH}'"

    async def add(self, order_id: int, attempt: NewAttempt, at: int, next_query_at: int) -> int:
        """A new open attempt to pay the order, or its supplement. Raises Duplicate while that has an open one."""
        return await self._insert(
            "payment_attempts",
            {
                **columns(attempt),
                "order_id": order_id,
                "open_order_id": order_id if attempt.supplement_id is None else None,
                "open_supplement_id": attempt.supplement_id,
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

    async def add_offline(self, attempt: NewOfflineAttempt, at: int) -> int:
        """Money that was received outside of WeChat, which is asked about nothing."""
        return await self._insert(
            "payment_attempts",
            {
                **columns(attempt),
                "channel": Channel.OFFLINE,
                "state": AttemptState.PAID,
                **dict.fromkeys(("openid", "appid", "mchid", "notify_url", "prepay_id", "last_error"), ""),
                "expires_at": attempt.paid_at,
                "query_count": 0,
                "claimed_until": 0,
                "created_at": at,
                "updated_at": at,
            },
        )

    async def get(self, attempt_id: int) -> Attempt | None:
        return _ATTEMPTS.one(
            await self.connection.fetch_one(f"{_ATTEMPTS.select} WHERE id = :id", {"id": attempt_id})
        )

    async def count_since(self, at: int) -> dict[str, int]:
        """How many attempts at WeChat were begun since then, by their state now."""
        states, known = in_list("state", AttemptState)
        rows = await self.connection.fetch_all(
            "SELECT state, COUNT(*) FROM payment_attempts "
            f"WHERE state IN {states} AND created_at >= :at AND channel = 'wechat' GROUP BY state",
            {"at": at, **known},
        )
        return {str(state): int(count) for state, count in rows}

    async def first_at(self) -> int | None:
        """When the first attempt at WeChat was made here, or was imported from an older system (those have no address
        to be notified at); None while there is none."""
        row = await self.connection.fetch_one(
            "SELECT CASE WHEN notify_url = '' THEN updated_at ELSE created_at END "
            "FROM payment_attempts WHERE channel = 'wechat' ORDER BY id LIMIT 1"
        )
        return None if row is None else int(row[0])

    async def by_number(self, out_trade_no: str) -> Attempt | None:
        return _ATTEMPTS.one(
            await self.connection.fetch_one(
                f"{_ATTEMPTS.select} WHERE out_trade_no = :no", {"no": out_trade_no}
            )
        )

    async def lock_by_number(self, out_trade_no: str) -> Attempt | None:
        """The attempt with this number, locked until the transaction ends."""
        await self._take_turn("payment_attempts", out_trade_no)
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
        """The one that pays the order itself."""
        row = await self.connection.fetch_one(
            f"{_ATTEMPTS.select} WHERE open_order_id = :id", {"id": order_id}
        )
        return _ATTEMPTS.one(row)

    async def open_of_supplement(self, supplement_id: int) -> Attempt | None:
        row = await self.connection.fetch_one(
            f"{_ATTEMPTS.select} WHERE open_supplement_id = :id", {"id": supplement_id}
        )
        return _ATTEMPTS.one(row)

    async def all_open_of_order(self, order_id: int) -> list[Attempt]:
        """Those that pay the order itself or one of its supplements, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_ATTEMPTS.select} WHERE order_id = :id "
            "AND (open_order_id IS NOT NULL OR open_supplement_id IS NOT NULL) ORDER BY id",
            {"id": order_id},
        )
        return _ATTEMPTS.all(rows)

    async def of_order(self, order_id: int) -> list[Attempt]:
        """Those of its supplements too, oldest first."""
        return _ATTEMPTS.all(
            await self.connection.fetch_all(
                f"{_ATTEMPTS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
            )
        )

    async def of_orders(self, order_ids: Sequence[int]) -> list[Attempt]:
        """Those of several orders and of their supplements, oldest first."""
        if not order_ids:
            return []
        in_sql, marks = in_list("id", order_ids)
        return _ATTEMPTS.all(
            await self.connection.fetch_all(
                f"{_ATTEMPTS.select} WHERE order_id IN {in_sql} ORDER BY id", marks
            )
        )

    async def paid_by(self, user_id: int) -> list[Attempt]:
        """What the user has paid, where that is known, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_ATTEMPTS.select} WHERE payer_user_id = :id AND paid_at IS NOT NULL ORDER BY id",
            {"id": user_id},
        )
        return _ATTEMPTS.all(rows)

    async def move(
        self,
        attempt_id: int,
        from_states: tuple[str, ...],
        to_state: str,
        at: int,
        changes: AttemptMove = AttemptMove(),
    ) -> bool:
        """Change the state if it still is one of ``from_states``; False when it is not.

        ``paid`` and ``closed`` free the order, or the supplement, for another attempt and end the queries.
        """
        values: dict[str, Any] = {"state": to_state, "updated_at": at, **columns(changes)}
        if to_state in FINAL_ATTEMPTS:
            values.update(open_order_id=None, open_supplement_id=None, next_query_at=None)
        states, marks = in_list("from", from_states)
        changed = await self._update(
            "payment_attempts", values, f"id = :id AND state IN {states}", {**marks, "id": attempt_id}
        )
        return bool(changed)

    async def paid_between(self, first_at: int, last_at: int) -> list[Attempt]:
        """Attempts paid at WeChat in [first_at, last_at)."""
        rows = await self.connection.fetch_all(
            f"{_ATTEMPTS.select} WHERE paid_at >= :first AND paid_at < :last AND channel = 'wechat' ORDER BY id",
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
