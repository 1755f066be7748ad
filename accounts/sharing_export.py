"""What a user shares and what is shared with them, for their own export: who, as what, since when; never the order of
somebody else."""

from __future__ import annotations

from typing import Any

from money import amount_text
from schemas.wire import time_text, yes_or_no
from storage import Reader
from storage.models import Attempt, MemberLink, MessagePermission
from storage.views import MemberWithName


async def sharing(reader: Reader, user_id: int) -> dict[str, Any]:
    """With whom the user shares, the cards they made, what others share with them, what they paid for others."""
    given = await reader.members.given_by(user_id)
    links = await reader.members.links_of_owner(user_id)
    taken = await reader.members.given_to(user_id)
    paid = await reader.attempts.paid_by(user_id)
    own = await reader.orders.owned_among({each.order_id for each in paid}, user_id)
    return {
        "members": [_membership(one) for one in given],
        "cards": [_card(link) for link in links],
        "sharedWithMe": [_membership(one) for one in taken],
        "paidForOthers": [_payment(each) for each in paid if each.order_id not in own],
    }


def _membership(one: MemberWithName) -> dict[str, Any]:
    return {
        "nickname": one.nickname,
        "role": one.member.role,
        "scope": one.member.scope,
        "sharedId": one.member.scope_id,
        "since": time_text(one.member.joined_at),
        "ended": time_text(one.member.ended_at),
    }


def _card(link: MemberLink) -> dict[str, Any]:
    return {
        "role": link.role,
        "scope": link.scope,
        "sharedId": link.scope_id,
        "sentTime": time_text(link.created_at),
        "expiresTime": time_text(link.expires_at),
        "usedTime": time_text(link.used_at),
        "revokedTime": time_text(link.revoked_at),
    }


def _payment(attempt: Attempt) -> dict[str, Any]:
    return {
        "paidOrder": attempt.order_id,
        "amount": amount_text(attempt.amount_fen),
        "paidTime": time_text(attempt.paid_at),
    }


def permission_row(permission: MessagePermission) -> dict[str, Any]:
    """How many messages of a kind may still come, as far as is known."""
    return {
        "message": permission.kind,
        "remaining": permission.remaining,
        "refused": yes_or_no(permission.refused),
        "updatedTime": time_text(permission.updated_at),
    }
