"""A user sends a nickname, a comment, a question or an avatar. WeChat's opinion was asked before; here it is followed,
under the user's lock: what passes is published, what is risky is refused, anything else waits for the office.

What waits is published to nobody; its author reads it, marked as waiting.
"""

from __future__ import annotations

from dataclasses import replace

from orders import serving
from orders.visits import reports
from orders.visits.jobs import ActionReused
from orders.visits.reports import Entry, TooManyQuestions
from privacy import CONTENT_TEXT, Vault
from refusals import AccountClosed, InvalidInput
from storage import Reader, Transaction
from storage.models import WAITING_CONTENT, ContentKind, ContentState, Order, User
from storage.writes import NewContentCheck, NewRating
from wechat.content_checks import Opinion, Suggest

WHAT = {
    ContentKind.NICKNAME: "这个昵称",
    ContentKind.COMMENT: "这段评价",
    ContentKind.QUESTION: "这段话",
}


class ContentRefused(InvalidInput):
    """WeChat says that it must not be published."""

    slug = "content_refused"
    says_field = True

    def __init__(self, field: str, what: str) -> None:
        super().__init__(field, f"{what}里可能有不适合公开的内容，没有提交。您写的还在，请换个说法再试一次")


def check_not_risky(opinion: Opinion, kind: ContentKind, field: str) -> None:
    """Raises ContentRefused."""
    if opinion.suggest == Suggest.RISKY:
        raise ContentRefused(field, WHAT[kind])


async def must_ask_about_nickname(reader: Reader, vault: Vault, user: User, nickname: str) -> bool:
    """Is it another one than what was published, or waits already?"""
    if nickname in ("", user.nickname):
        return False
    waiting = await reader.content.shown_to(user.id, (ContentKind.NICKNAME,))
    return not any(
        each.state in WAITING_CONTENT and vault.open(each.text_sealed, CONTENT_TEXT) == nickname
        for each in waiting
    )


async def set_profile(
    tx: Transaction, vault: Vault, user_id: int, profile: tuple[str, str], opinion: Opinion, at: int
) -> bool:
    """``profile``: nickname, and what released clients send, a path on the phone, shown to nobody else. True: the
    nickname waits for the office. Raises AccountClosed, ContentRefused."""
    nickname, avatar_path = profile
    user = await tx.users.lock(user_id)
    if user is None or user.deleted_at or user.disabled_at:
        raise AccountClosed
    if nickname != user.nickname:
        check_not_risky(opinion, ContentKind.NICKNAME, "nickname")
    if not nickname or nickname == user.nickname or opinion.passes:
        await tx.content.replace(user_id, ContentKind.NICKNAME)
        await tx.users.set_profile(user_id, nickname, avatar_path, at)
        return False
    await tx.users.set_profile(user_id, user.nickname, avatar_path, at)
    if await must_ask_about_nickname(tx, vault, user, nickname):
        await tx.content.replace(user_id, ContentKind.NICKNAME)
        new = _for_office(ContentKind.NICKNAME, user_id, user_id, opinion, at)
        await tx.content.add(replace(new, text_sealed=vault.seal(nickname, CONTENT_TEXT)))
    return True


async def rate(
    tx: Transaction, vault: Vault, order: Order, rating: NewRating, opinion: Opinion, at: int
) -> bool:
    """The user rates a finished order, once. Stars and tags count at once; True: the comment waits for the office.
    Raises TransitionRefused, AccountClosed, ContentRefused."""
    if not await tx.users.lock_living(order.user_id):
        raise AccountClosed
    check_not_risky(opinion, ContentKind.COMMENT, "comment")
    if not rating.comment or opinion.passes:
        await serving.rate(tx, order, rating, at)
        return False
    await serving.rate(tx, order, replace(rating, comment=""), at)
    new = _for_office(ContentKind.COMMENT, order.user_id, order.id, opinion, at)
    await tx.content.add(replace(new, text_sealed=vault.seal(rating.comment, CONTENT_TEXT)))
    return True


async def ask(tx: Transaction, vault: Vault, order: Order, entry: Entry, opinion: Opinion, at: int) -> bool:
    """A question of a user who may ask (``orders.sharing.access``). True: it waits for the office. Raises as
    ``reports.ask``, ContentRefused."""
    user_id = entry.author.id
    known = await tx.content.of_action(user_id, entry.action_id)
    if known is not None and known.state in WAITING_CONTENT:
        if known.subject_id != order.id:
            raise ActionReused
        return True
    open_questions = await reports.lock_to_ask(tx, order, entry)
    if open_questions is None:  # this action has been published
        await reports.ask(tx, vault, order, entry, at)
        return False
    check_not_risky(opinion, ContentKind.QUESTION, "text")
    if opinion.passes:
        await reports.ask(tx, vault, order, entry, at)
        return False
    if open_questions + await tx.content.questions_waiting(order.id) >= reports.MAX_OPEN_QUESTIONS:
        raise TooManyQuestions
    new = _for_office(ContentKind.QUESTION, user_id, order.id, opinion, at)
    sealed = vault.seal(entry.text, CONTENT_TEXT)
    await tx.content.add(replace(new, action_id=entry.action_id, text_sealed=sealed))
    await tx.visits.note_record(order.id)
    return True


async def hand_in_avatar(tx: Transaction, user_id: int, file: str, at: int) -> list[str]:
    """A picture waits for WeChat; the avatar of before stays. Names of pictures that waited before, which nothing
    refers to any more. Raises AccountClosed."""
    if not await tx.users.lock_living(user_id):
        raise AccountClosed
    unused = await tx.content.replace(user_id, ContentKind.AVATAR)
    await tx.content.add(
        NewContentCheck(user_id, ContentKind.AVATAR, user_id, ContentState.UNSENT, at, file=file, next_at=at)
    )
    return unused


def _for_office(
    kind: ContentKind, user_id: int, subject_id: int, opinion: Opinion, at: int
) -> NewContentCheck:
    return NewContentCheck(
        user_id, kind, subject_id, ContentState.REVIEW, at, reason=opinion.reason[:32], label=opinion.label
    )
