"""The rows of what is shared, whole."""

from __future__ import annotations

import pytest

from handlers.admin.people.membership_rows import ShownCard, ShownMember, shown_card, shown_member
from storage.models import Member, MemberLink, MemberRole, MemberScope
from storage.views import MemberWithName

AT = 1_795_000_000_000
"""2026-11-18 19:06 in Shanghai."""
HOUR_LATER = AT + 3_600_000


@pytest.mark.parametrize(("nickname", "name"), [("小梅", "小梅"), ("", "用户 7")])
@pytest.mark.parametrize(
    ("scope", "ended_at", "order_id", "ended"),
    [(MemberScope.ORDER, None, 9, ""), (MemberScope.PATIENT, HOUR_LATER, None, "2026-11-18 20:06")],
)
def test_a_membership_whole(
    nickname: str, name: str, scope: str, ended_at: int | None, order_id: int | None, ended: str
) -> None:
    member = Member(5, 6, 7, scope, 9, MemberRole.PAYER, AT, ended_at, None)
    assert shown_member(MemberWithName(member, nickname, ""), 7, "什么") == ShownMember(
        id=5,
        user_id=7,
        owner_id=6,
        name=name,
        role="付款人",
        scope="什么",
        order_id=order_id,
        since="2026-11-18 19:06",
        ended=ended,
    )


@pytest.mark.parametrize(
    ("scope", "words"), [(MemberScope.ORDER, "这个订单"), (MemberScope.PATIENT, "这位就诊人的订单")]
)
def test_a_card_whole(scope: str, words: str) -> None:
    link = MemberLink(1, 6, scope, 9, MemberRole.FAMILY, "hash", AT, HOUR_LATER, None, None, None)
    assert shown_card(link) == ShownCard("家人", words, "2026-11-18 19:06", "2026-11-18 20:06")
