"""What waited is published or rejected: by the office, or, a picture, by WeChat's event. Decided once, under the
user's lock: what the user has replaced or erased meanwhile is not published."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from frozen_dataclasses import frozen
from orders.visits import reports
from orders.visits.reports import Author, Entry
from privacy import CONTENT_TEXT, Vault
from refusals import Refused, Unknown
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import ContentCheck, ContentKind, ContentState
from storage.writes import ContentMove

Changed = Callable[[Mapping[str, object]], set[str]]
"""Which of these facts are no longer what the one who decides has seen."""


class ContentDecided(Refused):
    """A colleague has decided, or the user has sent something else."""

    slug = "content_decided"
    message = "没有保存：同事已经处理了，或者本人又改过。现在的情况见下"


@frozen()
class Decision:
    """``by``: the administrator; None: WeChat's event decides a picture that it was asked about."""

    approve: bool
    by: int | None
    at: int
    reason: str = ""
    label: int = 0


@frozen()
class Decided:
    """What follows for files, once it is committed."""

    check: ContentCheck
    unused_avatar: str = ""
    """The published picture of before."""


def basis_of_decision(check: ContentCheck) -> dict[str, object]:
    """What is decided about: a text is never changed, only replaced by another row."""
    return {"id": check.id, "state": check.state, "file": check.file}


async def decide(
    tx: Transaction, vault: Vault, check_id: int, decision: Decision, changed: Changed | None = None
) -> Decided:
    """Publish what waits for the office (or, without ``by``, for WeChat), or reject it. The file of a picture has been
    put where avatars are before, and is to be removed from where it waited afterwards. Raises Unknown,
    ContentDecided."""
    known = await tx.content.get(check_id)
    if known is None:
        raise Unknown
    user = await tx.users.lock(known.user_id)
    check = await tx.content.get(check_id)
    if user is None or user.deleted_at or check is None:
        raise Unknown
    expected = ContentState.REVIEW if decision.by is not None else ContentState.ASKED
    if check.state != expected or (changed is not None and changed(basis_of_decision(check))):
        raise ContentDecided
    unused = await _publish(tx, vault, check, decision.at) if decision.approve else ""
    kept = check.text_sealed if not decision.approve else ""
    move = ContentMove(
        text_sealed=kept,
        file="",
        next_at=None,
        decided_at=decision.at,
        decided_by=decision.by,
        reason=check.reason if decision.by is not None else decision.reason,
        label=check.label if decision.by is not None else decision.label,
    )
    to_state = ContentState.APPROVED if decision.approve else ContentState.REJECTED
    must_have_changed(await tx.content.move(check.id, check.state, to_state, move))
    if check.kind == ContentKind.QUESTION:
        await tx.visits.note_record(check.subject_id)
    return Decided(check, unused)


async def _publish(tx: Transaction, vault: Vault, check: ContentCheck, at: int) -> str:
    """The name of the avatar that is none any more, or nothing."""
    if check.kind == ContentKind.AVATAR:
        user = await tx.users.lock(check.user_id)
        assert user is not None
        await tx.users.set_avatar_file(user.id, check.file, check.submitted_at)
        return user.avatar_file
    text = vault.open(check.text_sealed, CONTENT_TEXT)
    if check.kind == ContentKind.NICKNAME:
        user = await tx.users.lock(check.user_id)
        assert user is not None
        await tx.users.set_profile(user.id, text, user.avatar_path, check.submitted_at)
    elif check.kind == ContentKind.COMMENT:
        await tx.orders.set_comment(check.subject_id, text, at)
    else:
        entry = Entry(Author("user", check.user_id), check.action_id, text)
        await reports.publish_question(tx, vault, check.subject_id, entry, at)
    return ""


async def to_office(tx: Transaction, check: ContentCheck, reason: str, label: int = 0) -> bool:
    """WeChat did not say of a picture whether it may be published: the office decides. False when it is not the
    picture's state any more."""
    await tx.users.lock(check.user_id)
    move = ContentMove(reason=reason[:32], label=label, next_at=None)
    return await tx.content.move(check.id, check.state, ContentState.REVIEW, move)
