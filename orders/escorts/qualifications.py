"""Documents of escorts: uploaded by the escort, reviewed by the office, valid until a day.

Whoever has an approved one that is over gets no new orders, until the office has approved another of its kind. What is
decided about an escort's documents is decided under the escort's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from clock import shanghai_date
from frozen_dataclasses import frozen
from orders.escorts.review import check_not_erased
from refusals import Forbidden, InvalidInput, Refused, Unknown
from storage import Reader, Transaction
from storage.locked_rows import must_have_changed
from storage.models import EscortQualification, EscortState, QualificationKind, QualificationState
from storage.writes import NewQualification, QualificationMove

TITLES = {
    QualificationKind.PORTRAIT: "工作照",
    QualificationKind.ID_CARD: "身份证",
    QualificationKind.HEALTH: "健康证",
    QualificationKind.TRAINING: "培训证书",
}
EXPIRES_ALWAYS = (QualificationKind.HEALTH,)
"""Are issued for a time only."""
MAX_YEARS = 50


class NotAnEscort(Forbidden):
    """The office gives no orders to the caller (any more)."""

    message = "通过审核的陪诊员才能使用这里的功能"


class DocumentDecided(Refused):
    """What was uploaded is not what the office has seen, or a colleague has decided already."""

    slug = "document_decided"
    message = "没有保存：这份证件已经处理过，或者本人又传了新的。现在的情况见下，请核对后再决定"


@frozen()
class Document:
    """A document as an escort uploads it; its sealed file is there already."""

    kind: QualificationKind
    expires_date: str
    """The last day on which it is valid; empty: it does not expire."""
    file: str
    size: int


@frozen()
class Review:
    """What the office decides. ``expires_date``: as the office reads it on the document."""

    approve: bool
    reason: str
    expires_date: str
    by: int
    at: int


def check_expiry(kind: QualificationKind, expires_date: str, today: str) -> None:
    """Is it a last day for this kind of document? Raises InvalidInput."""
    if not expires_date:
        if kind in EXPIRES_ALWAYS:
            raise InvalidInput("expiresOn", f"请填写{TITLES[kind]}的有效期")
        return
    if expires_date < today:
        raise InvalidInput("expiresOn", "这份证件已经过期，请换一份有效的")
    if int(expires_date[:4]) > int(today[:4]) + MAX_YEARS:
        raise InvalidInput("expiresOn", "有效期太远了，请核对年份；长期有效的不用填")


async def upload(tx: Transaction, escort_id: int, document: Document, at: int) -> list[str]:
    """The escort hands a document in; one of the same kind that still waits is replaced by it. The files that nothing
    refers to any more. Raises InvalidInput, NotAnEscort."""
    check_expiry(document.kind, document.expires_date, shanghai_date(at))
    escort = await tx.escorts.lock(escort_id)
    if escort is None or escort.state != EscortState.APPROVED:
        raise NotAnEscort
    new = NewQualification(escort_id, document.kind, document.file, document.size, document.expires_date, at)
    added = await tx.qualifications.get(await tx.qualifications.add(new))
    assert added is not None
    return await tx.qualifications.replace_others(added, QualificationState.PENDING)


def basis_of_decision(document: EscortQualification) -> dict[str, object]:
    """What the office decides about."""
    return {"state": document.state, "file": document.file, "expires": document.expires_date}


async def review(
    tx: Transaction,
    document_id: int,
    decision: Review,
    changed: Callable[[Mapping[str, object]], set[str]],
) -> list[str]:
    """The office approves a document, which replaces the one of its kind that was approved before, or rejects it; its
    file stays only while it counts. The files that nothing refers to any more. Raises Unknown, DocumentDecided,
    EscortErased, InvalidInput."""
    known = await tx.qualifications.get(document_id)
    if known is None:
        raise Unknown
    escort = await tx.escorts.lock(known.escort_id)
    document = await tx.qualifications.get(document_id)
    if escort is None or document is None:
        raise Unknown
    check_not_erased(escort)
    if document.state != QualificationState.PENDING or changed(basis_of_decision(document)):
        raise DocumentDecided
    if decision.approve:
        check_expiry(QualificationKind(document.kind), decision.expires_date, shanghai_date(decision.at))
    elif not decision.reason:
        raise InvalidInput("reason", "请写下不通过的原因，本人会看到")
    to_state = QualificationState.APPROVED if decision.approve else QualificationState.REJECTED
    move = QualificationMove(
        file=document.file if decision.approve else "",
        expires_date=decision.expires_date if decision.approve else document.expires_date,
        reason=decision.reason,
        decided_at=decision.at,
        decided_by=decision.by,
    )
    must_have_changed(await tx.qualifications.move(document.id, document.state, to_state, move))
    if not decision.approve:
        return [document.file]
    return await tx.qualifications.replace_others(document, QualificationState.APPROVED)


async def what_expired(reader: Reader, escort_id: int, at: int) -> str:
    """Which documents of an escort are over: 健康证已过期; empty while all are valid."""
    found = await reader.qualifications.expired([escort_id], shanghai_date(at))
    return expired_text(found.get(escort_id, []))


def expired_text(kinds: list[str]) -> str:
    """Kinds of documents that are over, in words; empty for none."""
    return f"{'、'.join(TITLES[QualificationKind(kind)] for kind in kinds)}已过期" if kinds else ""


def ends_soon(at: int, notice_days: int) -> str:
    """Documents whose last day is this one or earlier end soon, or have ended."""
    return str(date.fromisoformat(shanghai_date(at)) + timedelta(notice_days))


def days_left(document: EscortQualification, at: int) -> int | None:
    """Days until the last one, which is 0; negative: it is over; None: it does not expire."""
    if not document.expires_date:
        return None
    return (date.fromisoformat(document.expires_date) - date.fromisoformat(shanghai_date(at))).days


def warning(documents: list[EscortQualification], at: int, notice_days: int) -> str:
    """What an escort is told about their approved documents: 健康证已过期, or soon is; empty: nothing."""
    valid = [each for each in documents if each.state == QualificationState.APPROVED]
    over = [each.kind for each in valid if (left := days_left(each, at)) is not None and left < 0]
    if over:
        return f"{expired_text(over)}，不能接新订单，请上传新的"
    soon = [
        f"{TITLES[QualificationKind(each.kind)]}还有 {left} 天到期"
        for each in valid
        if (left := days_left(each, at)) is not None and left <= notice_days
    ]
    return f"{'、'.join(soon)}，请及时上传新的" if soon else ""
