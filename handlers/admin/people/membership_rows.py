"""Memberships as the office reads them: who shares what with whom, in which role, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frozen_dataclasses import frozen
from handlers.admin.formats import minute_text
from handlers.admin.labels import MEMBER_ROLE
from storage import Reader
from storage.models import MemberLink, MemberScope
from storage.views import MemberWithName

SHOWN = 50
"""So many of each kind are on a user's page; it says when there are more."""


@frozen()
class ShownMember:
    id: int
    user_id: int
    """Of the other side."""
    owner_id: int
    name: str
    role: str
    scope: str
    """In words."""
    order_id: int | None
    """The one order that is shared; None: all of a patient."""
    since: str
    ended: str


@frozen()
class ShownCard:
    role: str
    scope: str
    sent: str
    until: str


def shown_member(one: MemberWithName, user_id: int, scope: str) -> ShownMember:
    """``user_id``: who stands on the other side."""
    member = one.member
    return ShownMember(
        id=member.id,
        user_id=user_id,
        owner_id=member.owner_id,
        name=one.nickname or f"用户 {user_id}",
        role=MEMBER_ROLE[member.role],
        scope=scope,
        order_id=member.scope_id if member.scope == MemberScope.ORDER else None,
        since=minute_text(member.joined_at),
        ended=minute_text(member.ended_at),
    )


def shown_card(link: MemberLink) -> ShownCard:
    return ShownCard(
        role=MEMBER_ROLE[link.role],
        scope=scope_of_order(link.scope),
        sent=minute_text(link.created_at),
        until=minute_text(link.expires_at),
    )


def scope_of_order(scope: str) -> str:
    """What is shared, on the page of an order."""
    return "这个订单" if scope == MemberScope.ORDER else "这位就诊人的订单"


async def memberships_of_user(reader: Reader, user_id: int) -> dict[str, Any]:
    """What a user shares, and what is shared with them: newest first, those that have ended apart."""
    given = await reader.members.given_by(user_id)
    taken = await reader.members.given_to(user_id)
    names = await _names_of_patients(reader, [*given, *taken])
    facts: dict[str, Any] = {"most_members": SHOWN}
    for name, found in (("given", given), ("taken", taken)):
        rows = [
            shown_member(
                one,
                one.member.user_id if name == "given" else one.member.owner_id,
                _scope_of_user(one, names),
            )
            for one in reversed(found)
        ]
        facts[name] = [row for row in rows if not row.ended]
        facts[f"{name}_ended"] = [row for row in rows if row.ended]
    return facts


async def _names_of_patients(reader: Reader, found: Sequence[MemberWithName]) -> dict[int, str]:
    return await reader.patients.names(
        {one.member.scope_id for one in found if one.member.scope == MemberScope.PATIENT}
    )


def _scope_of_user(one: MemberWithName, names: dict[int, str]) -> str:
    if one.member.scope == MemberScope.ORDER:
        return f"订单 #{one.member.scope_id}"
    return f"{names.get(one.member.scope_id) or '（已清除的就诊人）'}的订单"
