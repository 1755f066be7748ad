"""What WeChat's platform rules want of a user's data, as WeChat pushes it: the user has taken back a permission, or
closed the account, or WeChat itself has cleared a profile. Source: developers.weixin.qq.com, 用户信息相关事件推送;
docs/platform.md says what each number means here.

What an order under way needs (a phone, the whole account) is erased once it is over, by the job ``erasures``. Events
come in any order: what the user has given again since stays.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial

from accounts import personal_data
from accounts.personal_data import ErasedFiles
from clock import HOUR, MINUTE, SECOND, Clock
from refusals import Refused
from storage import Storage, Transaction
from storage.job_run import JobRun, run_job
from storage.models import ContentKind, ErasureRequest, ErasureSubject, User
from wechat.push.consumers import After
from wechat.push.events import PushedEvent, text

logger = logging.getLogger("hospital.accounts.wechat_privacy")

JOB = "erasures"
CLAIM = 10 * MINUTE
PAUSE = HOUR
AT_ONCE = 100
CLOCKS_DIFFER = 5 * SECOND
"""WeChat's clock and ours, at most: what we did so little behind its moment may have been before it."""

Remove = Callable[[ErasedFiles], Awaitable[None]]


class Given(StrEnum):
    """What a permission gave that is kept here."""

    NICKNAME = "nickname"
    AVATAR = "avatar"
    PHONE = "phone"
    PLACE = "place"
    EMAIL = "email"


GIVEN_BY: dict[str, tuple[Given, ...]] = {
    "6": (Given.NICKNAME, Given.AVATAR),
    "8": (Given.PHONE,),
    "13": (Given.PLACE,),
    "16": (Given.EMAIL,),
    "18": (Given.PLACE,),
    "19": (Given.NICKNAME,),
    "20": (Given.AVATAR,),
}
"""By WeChat's number (``RevokeInfo``). The others give nothing that is kept here (plate, address, bluetooth,
microphone, steps), what the books keep (the title of an invoice), or pictures that were sent on purpose and are
forgotten in time."""


class PrivacyEvents:
    """The consumers. ``remove`` removes files once the erasure is committed."""

    def __init__(self, clock: Clock, remove: Remove) -> None:
        self._clock = clock
        self._remove = remove

    async def revoked(self, tx: Transaction, event: PushedEvent) -> After | None:
        """``user_authorization_revoke``: what the permissions of ``RevokeInfo`` gave is erased."""
        user = await _user(tx, event)
        if user is None:
            return None
        numbers = re.findall(r"[0-9]+", text(event.fields, "RevokeInfo"))
        given = {each for number in numbers for each in GIVEN_BY.get(number, ())}
        if Given.PHONE in given:
            await tx.erasure_requests.ask(user.id, ErasureSubject.PHONE, event.created_at)
            await _erase_phones(tx, user.id, self._clock())
        if Given.PLACE in given and (escort := await tx.escorts.of_user(user.id)):
            await tx.visits.erase_places_of_escort(escort.id, event.created_at)
        if Given.EMAIL in given:
            await tx.invoices.erase_emails_of_user(user.id)
        return await self._erase_profile(tx, user, given, event.created_at)

    async def cleared(self, tx: Transaction, event: PushedEvent) -> After | None:
        """``user_info_modified``: WeChat has cleared a nickname or avatar that broke its rules. A copy must not be
        shown any longer; WeChat does not say which of the two it was."""
        user = await _user(tx, event)
        if user is None:
            return None
        return await self._erase_profile(tx, user, {Given.NICKNAME, Given.AVATAR}, event.created_at)

    async def closed(self, tx: Transaction, event: PushedEvent) -> After | None:
        """``user_authorization_cancellation``: the user has closed the account. Everything that the law does not
        keep is erased, now or when the last order is over."""
        user = await _user(tx, event)
        if user is None or user.last_login_at > event.created_at + CLOCKS_DIFFER:
            return None  # whoever has logged in since uses the account
        await tx.erasure_requests.ask(user.id, ErasureSubject.ACCOUNT, event.created_at)
        await tx.sessions.end_all(user.id)
        files = await _erase_account(tx, user, self._clock())
        return partial(self._remove, files) if files is not None else None

    async def _erase_profile(self, tx: Transaction, user: User, given: set[Given], at: int) -> After | None:
        """Nickname and avatar, those that wait for approval too, unless they were set since."""
        avatar, unchecked = "", list[str]()
        for what, kind in ((Given.NICKNAME, ContentKind.NICKNAME), (Given.AVATAR, ContentKind.AVATAR)):
            if what in given:
                unchecked += await tx.content.replace(user.id, kind, at + CLOCKS_DIFFER)
        if user.profile_at is None or user.profile_at <= at + CLOCKS_DIFFER:
            if Given.NICKNAME in given:
                await tx.users.clear_nickname(user.id)
            if Given.AVATAR in given:
                await tx.users.clear_avatar(user.id)
                avatar = user.avatar_file
        return partial(self._remove, ErasedFiles(avatar, [], [], unchecked, []))


async def _user(tx: Transaction, event: PushedEvent) -> User | None:
    """Whom the event is about, locked; None for nobody who was here then."""
    known = await tx.users.by_openid(event.openid) if event.openid else None
    user = await tx.users.lock(known.id) if known is not None else None
    if user is None or user.deleted_at is not None or user.created_at > event.created_at + CLOCKS_DIFFER:
        return None
    return user


async def _erase_account(tx: Transaction, user: User, at: int) -> ErasedFiles | None:
    """None while an order still needs the data."""
    request = await tx.erasure_requests.get(user.id, ErasureSubject.ACCOUNT)
    try:
        files = await personal_data.erase(tx, user, at)
    except Refused:
        return None
    if request is not None:
        await tx.erasure_requests.done(request.id, at)
    logger.info("user %d has closed the account at WeChat: erased", user.id)
    return files


async def _erase_phones(tx: Transaction, user_id: int, at: int) -> None:
    """Of patients and ended orders; what an order under way needs stays until that is over."""
    await tx.erasure_requests.erase_phones_not_needed(user_id)
    request = await tx.erasure_requests.get(user_id, ErasureSubject.PHONE)
    if request is not None and not await tx.erasure_requests.count_phones(user_id):
        await tx.erasure_requests.done(request.id, at)


async def erase_due(storage: Storage, clock: Clock, remove: Remove, owner: str) -> int:
    """Once an hour, what had to wait is erased where no order needs it any more; one process at a time (the job row).
    How many requests were looked at. Raises StorageError."""
    seen = 0

    async def work(run: JobRun) -> None:
        nonlocal seen
        run.pause, last = PAUSE, 0
        while await run.keep_claim():
            async with storage.reading() as reader:
                waiting = await reader.erasure_requests.waiting(last, AT_ONCE)
            for request in waiting:
                files = await storage.run(partial(_try, request=request, at=clock()))
                if files is not None:
                    await remove(files)
                last = request.id
            seen += len(waiting)
            if len(waiting) < AT_ONCE:
                break
        run.result["looked_at"] = seen

    await run_job(storage, clock, JOB, owner, CLAIM, work)
    return seen


async def _try(tx: Transaction, request: ErasureRequest, at: int) -> ErasedFiles | None:
    user = await tx.users.lock(request.user_id)
    if user is None or user.deleted_at is not None:
        await tx.erasure_requests.done(request.id, at)
        return None
    if request.what == ErasureSubject.PHONE:
        await _erase_phones(tx, user.id, at)
        return None
    if user.last_login_at > request.asked_at + CLOCKS_DIFFER:
        await tx.erasure_requests.done(request.id, at)
        return None
    return await _erase_account(tx, user, at)
