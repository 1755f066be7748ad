"""What a user's export tells of sharing: each fact under its own name, and never an order of somebody else's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from accounts.sharing_export import permission_row, sharing
from clock import MINUTE
from storage import Reader
from storage.models import Attempt, MemberLink, MessagePermission
from storage.views import MemberWithName
from tests.storage.rows import made

NOON = 1_795_060_800_000
USER = 8


def minute(number: int) -> int:
    return NOON + number * MINUTE


def membership(nickname: str, scope_id: int, ended_at: int | None) -> MemberWithName:
    member = SimpleNamespace(
        role="family",
        scope="order",
        scope_id=scope_id,
        joined_at=minute(1),
        ended_at=ended_at,
        owner_id=1,
        user_id=2,
    )
    return MemberWithName(cast(Any, member), nickname, "a.webp")


LINK = MemberLink(5, USER, "patient", 33, "payer", "hash", minute(2), minute(3), minute(4), 9, minute(5))


def attempt(order_id: int, fen: int, paid_at: int | None = NOON) -> Attempt:
    return made(Attempt, order_id=order_id, amount_fen=fen, paid_at=paid_at)


class Rows:
    """A reader that answers of one user. ``own``: the orders that are theirs."""

    def __init__(self, *own: int, paid: list[Attempt]) -> None:
        self.own, self.paid = set(own), paid
        self.asked: list[tuple[str, int]] = []
        self.members = SimpleNamespace(
            given_by=self._answer("given_by", [membership("小李", 11, None)]),
            links_of_owner=self._answer("links_of_owner", [LINK]),
            given_to=self._answer("given_to", [membership("老王", 22, minute(9))]),
        )
        self.attempts = SimpleNamespace(paid_by=self._answer("paid_by", paid))
        self.orders = SimpleNamespace(owned_among=self._owned)

    def _answer(self, name: str, rows: list[Any]) -> Any:
        async def answer(user_id: int) -> list[Any]:
            self.asked.append((name, user_id))
            return rows

        return answer

    async def _owned(self, order_ids: set[int], user_id: int) -> set[int]:
        assert (order_ids, user_id) == ({each.order_id for each in self.paid}, USER)
        return self.own & order_ids


async def exported(rows: Rows) -> dict[str, Any]:
    return await sharing(cast(Reader, rows), USER)


async def test_each_fact_of_what_is_shared_stands_under_its_own_name() -> None:
    rows = Rows(paid=[attempt(71, 19_800)])
    assert await exported(rows) == {
        "members": [
            {
                "nickname": "小李", "role": "family", "scope": "order", "sharedId": 11,
                "since": "2026-11-19 12:01:00", "ended": "",
            }
        ],
        "cards": [
            {
                "role": "payer", "scope": "patient", "sharedId": 33,
                "sentTime": "2026-11-19 12:02:00", "expiresTime": "2026-11-19 12:03:00",
                "usedTime": "2026-11-19 12:04:00", "revokedTime": "2026-11-19 12:05:00",
            }
        ],
        "sharedWithMe": [
            {
                "nickname": "老王", "role": "family", "scope": "order", "sharedId": 22,
                "since": "2026-11-19 12:01:00", "ended": "2026-11-19 12:09:00",
            }
        ],
        "paidForOthers": [{"paidOrder": 71, "amount": "￥198", "paidTime": "2026-11-19 12:00:00"}],
    }  # fmt: skip
    assert rows.asked == [(name, USER) for name in ("given_by", "links_of_owner", "given_to", "paid_by")]


async def test_what_a_user_has_paid_for_their_own_orders_is_not_paid_for_others() -> None:
    rows = Rows(71, 73, paid=[attempt(71, 100), attempt(72, 250), attempt(72, 50, None), attempt(73, 400)])
    assert (await exported(rows))["paidForOthers"] == [
        {"paidOrder": 72, "amount": "￥2.50", "paidTime": "2026-11-19 12:00:00"},
        {"paidOrder": 72, "amount": "￥0.50", "paidTime": ""},
    ]


@pytest.mark.parametrize(("refused", "told"), [(True, "y"), (False, "n")])
def test_a_permission_says_what_is_left_of_it(refused: bool, told: str) -> None:
    permission = MessagePermission(USER, "moved", 3, refused, minute(6), minute(7), minute(8))
    assert permission_row(permission) == {
        "message": "moved",
        "remaining": 3,
        "refused": told,
        "updatedTime": "2026-11-19 12:06:00",
    }
