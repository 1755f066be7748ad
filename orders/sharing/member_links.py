"""The one-time cards by which an owner invites family or a payer: made, looked at, accepted, revoked.

A card's token is 128 random bits, handed out once and stored as a hash. Used, over its time, revoked, of a closed
account or never given out: the answer is the same.
"""

from __future__ import annotations

import re
import secrets

from accounts.tokens import token_hash
from clock import HOUR, shanghai_date
from frozen_dataclasses import frozen
from orders.sharing import access
from orders.sharing.access import Act
from refusals import AccountClosed, Refused, Unknown
from storage import Reader, Transaction
from storage.models import Member, MemberLink, MemberRole, MemberScope, Order, User

TOKEN_BYTES = 16
_TOKEN = re.compile(r"[0-9A-Za-z_-]{22}")
MAX_MEMBERS = 20
"""Of an order, and of a patient."""
MAX_OPEN_CARDS = 20
"""Of one owner for one order or patient."""
MAX_SHARED = 200
"""So many orders and patients may be shared with one user."""


class CardNotValid(Unknown):
    """There is no such card, or it cannot be accepted any more: which of these is nobody's business."""

    slug = "card_not_valid"
    message = "这张邀请卡片已失效：可能已被使用、撤回或过期。请让家人重新发一张"


class OwnCard(Refused):
    """The owner has opened a card of their own."""

    slug = "own_card"
    message = "这是您自己的订单，不需要接受邀请。请把卡片发给家人"


class TooManyMembers(Refused):
    """Nobody shares an order with a crowd."""

    slug = "too_many_members"


@frozen()
class Shared:
    """What a card is about: one order, or all orders of a patient."""

    scope: MemberScope
    id: int


@frozen()
class NewCard:
    token: str
    expires_at: int


@frozen()
class Card:
    """A card as it is shown when it is opened. ``order``: None when it is about a patient."""

    link: MemberLink
    owner_nickname: str
    patient_name: str
    order: Order | None
    joined: bool
    """The reader is the owner, or a member already."""
    order_id: int | None
    """What the reader can open already."""


async def create(
    tx: Transaction, owner_id: int, shared: Shared, role: MemberRole, at: int, hours: int
) -> NewCard:
    """A new card, valid for ``hours``. Raises OrderNotFound, Unknown, AccountClosed, TooManyMembers."""
    if not await tx.users.lock_living(owner_id):
        raise AccountClosed
    if shared.scope == MemberScope.ORDER:
        await access.find(tx, shared.id, owner_id, Act.MANAGE)
    elif await tx.patients.owned(shared.id, owner_id) is None:
        raise Unknown
    waiting = await tx.members.open_links(owner_id, [(shared.scope, shared.id)], at)
    if len(waiting) >= MAX_OPEN_CARDS:
        raise TooManyMembers("还没有被接受的邀请太多了，请先撤回几张再发")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    until = at + hours * HOUR
    await tx.members.add_link(owner_id, shared.scope, shared.id, role, token_hash(token), at, until)
    return NewCard(token, until)


async def look(reader: Reader, token: str, user_id: int, at: int) -> Card:
    """What the card is, for who may accept it and for who has; its owner too. Raises CardNotValid."""
    link = await _find(reader, token)
    member = await reader.members.live(user_id, link.scope, link.scope_id)
    joined = member is not None or link.owner_id == user_id
    if not (_is_open(link, at) or (joined and link.used_by == user_id)):
        raise CardNotValid
    owner = await _living_owner(reader, link)
    order, patient_name = await _subject(reader, link)
    readable = await _readable_order(reader, link, member, at) if joined else None
    return Card(link, owner.nickname, patient_name, order, joined, readable)


async def accept(tx: Transaction, token: str, user_id: int, at: int) -> int | None:
    """Become a member by a card; the order that can be read now, None when the patient has none yet. Accepting
    it again changes nothing.

    A card is not used up by who is a member already; a payer's card makes a payer of one of the family.
    Raises CardNotValid, OwnCard, TooManyMembers, AccountClosed.
    """
    link = await _find(tx, token)
    # both, so that the counts below hold; in the order of their ids, so that two who invite each other do not wait
    # for one another
    living = {who: await tx.users.lock_living(who) for who in sorted({user_id, link.owner_id})}
    if not living[user_id]:
        raise AccountClosed
    link = await _find(tx, token)
    member = await tx.members.live(user_id, link.scope, link.scope_id)
    if member is not None and link.used_by == user_id:
        return await _readable_order(tx, link, member, at)
    if not _is_open(link, at):
        raise CardNotValid
    if link.owner_id == user_id:
        raise OwnCard
    if not living[link.owner_id]:
        raise CardNotValid
    await _subject(tx, link)
    if member is None or _is_more(link.role, member.role):
        await _join(tx, link, member, user_id, at)
        member = await tx.members.live(user_id, link.scope, link.scope_id)
    return await _readable_order(tx, link, member, at)


async def _join(tx: Transaction, link: MemberLink, before: Member | None, user_id: int, at: int) -> None:
    """Use the card up; of everybody who does so at once one succeeds."""
    if before is None and await tx.members.count_live(link.scope, link.scope_id) >= MAX_MEMBERS:
        raise TooManyMembers(f"最多可以有 {MAX_MEMBERS} 位家人，请让下单的人先移除一位")
    if before is None and len(await tx.members.live_of_user(user_id)) >= MAX_SHARED:
        raise TooManyMembers("分享给您的订单太多了，请先退出几个")
    if not await tx.members.use_link(link.id, user_id, at):
        raise CardNotValid
    joined_at = at
    if before is not None:
        await tx.members.end(before.id, at)
        joined_at = before.joined_at  # as a payer they read no less than before
    await tx.members.add(link.owner_id, user_id, link.scope, link.scope_id, link.role, joined_at)


async def revoke(tx: Transaction, owner_id: int, link_id: int, at: int) -> None:
    """Take back a card that nobody has accepted. Raises CardNotValid."""
    if not await tx.members.revoke_link(link_id, owner_id, at):
        raise CardNotValid


async def _find(reader: Reader, token: str) -> MemberLink:
    link = await reader.members.link(token_hash(token)) if _TOKEN.fullmatch(token) else None
    if link is None:
        raise CardNotValid
    return link


async def _living_owner(reader: Reader, link: MemberLink) -> User:
    """Raises CardNotValid when the owner's account is disabled or erased."""
    owner = await reader.users.get(link.owner_id)
    if owner is None or owner.deleted_at is not None or owner.disabled_at is not None:
        raise CardNotValid
    return owner


def _is_open(link: MemberLink, at: int) -> bool:
    return link.used_at is None and link.revoked_at is None and at < link.expires_at


def _is_more(role: str, than: str) -> bool:
    return (role, than) == (MemberRole.PAYER, MemberRole.FAMILY)


async def _subject(reader: Reader, link: MemberLink) -> tuple[Order | None, str]:
    """The order that the card names, if it names one, and the name of the patient. Raises CardNotValid when the owner
    has taken it off the list."""
    if link.scope == MemberScope.ORDER:
        order = await reader.orders.get(link.scope_id)
        if order is None or order.hidden_at is not None:
            raise CardNotValid
        return order, order.patient_name
    patient = await reader.patients.owned(link.scope_id, link.owner_id)
    if patient is None:
        raise CardNotValid
    return None, patient.name


async def _readable_order(reader: Reader, link: MemberLink, member: Member | None, at: int) -> int | None:
    """The order to open: the card's, or the newest one of the patient that the member may read."""
    if link.scope == MemberScope.ORDER:
        return link.scope_id
    since = shanghai_date(member.joined_at) if member is not None else ""
    return await reader.members.newest_order(link.scope_id, link.owner_id, since)
