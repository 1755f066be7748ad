"""When a user's session ends, and what a device is called.

Sessions whose token comes in a header slide with every use, up to an absolute end. Released clients send it as a field
or in the query; they log in once and never again, whatever the answer, so theirs do not end by time: only by logout,
deletion, or on a day that the operator sets (``users.released_clients_end``).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from accounts.office_customers import may_log_in
from accounts.tokens import new_token, token_hash
from clock import DAY, HOUR, day_bounds
from config import Settings
from frozen_dataclasses import frozen
from refusals import Forbidden, Unknown
from storage import Reader, Storage, Transaction
from storage.models import SentIn, Session, User

T = TypeVar("T")
_DEVICES = (
    ("wechatdevtools", "开发者工具"),
    ("ipad", "iPad"),
    ("iphone", "iPhone"),
    ("harmony", "鸿蒙手机"),
    ("openharmony", "鸿蒙手机"),
    ("android", "安卓手机"),
    ("windows", "Windows 电脑"),
    ("macintosh", "Mac 电脑"),
)
OTHER_DEVICE = "其他设备"
_TOUCH_EVERY = HOUR
"""A session's expiry slides in steps: not every request writes."""
_WARRANT_LENGTH = range(16, 256)
"""Ours have 43 characters; those of an older system may be any printable text."""


@frozen()
class OwnRows(Generic[T]):
    """What a user has, by the hash of the token of one of the user's sessions. ``read``: one SELECT."""

    read: Callable[[Reader, str], Coroutine[Any, Any, T]]


class UserDisabled(Forbidden):
    """An administrator has disabled the account."""

    slug = "user_disabled"
    message = "该账号已停用，请联系客服"


async def log_in(tx: Transaction, settings: Settings, openid: str, agent: str, at: int) -> tuple[str, int]:
    """Begin a session of the user of this openid, who is made at the first login: its token, which is stored nowhere,
    and when it ends if it is not used. Raises UserDisabled, also for a customer whom the office has made."""
    if not may_log_in(openid):
        raise UserDisabled
    user_id = await tx.users.find_or_add(openid, at)
    user = await tx.users.get(user_id)
    if user is None or user.disabled_at:
        raise UserDisabled
    token, until = new_token(), expires_at(settings, at, at)
    await tx.sessions.add(user_id, token_hash(token), at, until, device=device_of(agent))
    return token, until


async def end_device(tx: Transaction, current: Session, session_id: int) -> None:
    """End a session of the same user; with the id 0 every one but ``current``. Raises Unknown."""
    if not session_id:
        await tx.sessions.end_others(current.user_id, but=current.id)
    elif not await tx.sessions.end_owned(session_id, current.user_id):
        raise Unknown


async def find(
    reader: Reader, settings: Settings, token: str, sent_in: SentIn, at: int
) -> tuple[Session, User] | None:
    """The living session of this token and its user; None also for users who are disabled or have left."""
    return _living(await reader.sessions.find(token_hash(token)), settings, sent_in, at)


async def find_with(
    own: OwnRows[T], reader: Reader, settings: Settings, token: str, sent_in: SentIn, at: int
) -> tuple[tuple[Session, User], T] | None:
    """The same, and in the same trip what the user whose session it is has: of a session that is over, nothing."""
    session = token_hash(token)
    found, rows = await reader.together(reader.sessions.find(session), own.read(reader, session))
    living = _living(found, settings, sent_in, at)
    return None if living is None else (living, rows)


def _living(
    found: tuple[Session, User] | None, settings: Settings, sent_in: SentIn, at: int
) -> tuple[Session, User] | None:
    if found is None or found[1].disabled_at or found[1].deleted_at:
        return None
    return found if is_alive(settings, found[0], sent_in, at) else None


async def keep_alive(
    storage: Storage, settings: Settings, session: Session, sent_in: SentIn, at: int
) -> None:
    """The session is used, and ends later."""
    new_way = session.sent_in != sent_in and session.sent_in != SentIn.FIELD
    if new_way or at - session.last_seen_at > _TOUCH_EVERY:
        until = expires_at(settings, session.created_at, at)
        await storage.run(lambda tx: tx.sessions.touch(session.id, at, until, sent_in))


def well_formed_token(warrant: Any) -> str:
    """The warrant, if it may be one at all; looked up by its hash, it does no harm whatever it holds."""
    fit = isinstance(warrant, str) and len(warrant) in _WARRANT_LENGTH and warrant.isprintable()
    return warrant if fit else ""


def expires_at(settings: Settings, created_at: int, at: int) -> int:
    """When a session that is used now ends, if it is not used again (and does not belong to a released client)."""
    users = settings.users
    return min(at + users.session_days * DAY, created_at + users.session_max_days * DAY)


def is_alive(settings: Settings, session: Session, sent_in: SentIn, at: int) -> bool:
    """Is the session good for a request that sends its token like this?"""
    first_use = not session.sent_in
    if session.sent_in == SentIn.FIELD or (first_use and sent_in == SentIn.FIELD):
        return not _ended_by_operator(settings, session, at)
    return session.expires_at > at


def may_be_used(settings: Settings, session: Session, at: int) -> bool:
    """Is there a way in which the session can still be used?"""
    return any(is_alive(settings, session, way, at) for way in SentIn)


def _ended_by_operator(settings: Settings, session: Session, at: int) -> bool:
    day = settings.users.released_clients_end
    return bool(day) and session.created_at < day_bounds(day)[0] <= at


def device_of(agent: str) -> str:
    """What a user calls the device: of its User-Agent nothing else is kept."""
    lowered = agent.lower()
    return next((name for mark, name in _DEVICES if mark in lowered), OTHER_DEVICE)
