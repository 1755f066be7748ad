"""Documents of escorts: reviewed, over on a day, and what that means for orders."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from clock import DAY as DAY_MS
from clock import shanghai_date
from orders import serving
from orders.escorts import qualifications
from orders.escorts.availability import candidates, why_not
from orders.escorts.invitations import CannotAccept, NobodyInvited, accept
from orders.escorts.qualifications import Document, DocumentDecided, NotAnEscort, Review, ends_soon
from orders.serving import EscortUnavailable
from refusals import InvalidInput
from storage import Storage
from storage.models import (
    Actor,
    Cause,
    EscortQualification,
    EscortState,
    OrderState,
    QualificationKind,
    QualificationState,
)
from tests.core.escorts import ADMIN_ID, NOON, Clock, add_escort, invitations_of, offer, paid_order

TODAY = shanghai_date(NOON)
HEALTH = QualificationKind.HEALTH


def day(days: int) -> str:
    return str(date.fromisoformat(TODAY) + timedelta(days))


async def upload(
    storage: Storage, escort_id: int, expires: str, kind: QualificationKind = HEALTH, at: int = NOON
) -> EscortQualification:
    document = Document(kind, expires, f"{kind}-{expires}-{at}"[:60], 1_000)
    await storage.run(lambda tx: qualifications.upload(tx, escort_id, document, at))
    return (await documents(storage, escort_id))[0]


async def documents(storage: Storage, escort_id: int) -> list[EscortQualification]:
    async with storage.reading() as reader:
        return await reader.qualifications.of_escort(escort_id)


async def review(
    storage: Storage,
    document: EscortQualification,
    *,
    approve: bool = True,
    reason: str = "",
    expires: str | None = None,
    at: int = NOON,
) -> list[str]:
    last_day = document.expires_date if expires is None else expires
    decision = Review(approve, reason, last_day, ADMIN_ID, at)
    seen = qualifications.basis_of_decision(document)
    return await storage.run(
        lambda tx: qualifications.review(
            tx,
            document.id,
            decision,
            lambda now: {name for name, value in now.items() if seen[name] != value},
        )
    )


async def with_document(storage: Storage, expires: str) -> int:
    """An approved escort with an approved health certificate."""
    escort_id = await add_escort(storage, "王芳", 901)
    await review(storage, await upload(storage, escort_id, expires))
    return escort_id


@pytest.mark.parametrize(("days", "given"), [(0, True), (-1, False)])
async def test_a_document_counts_until_the_end_of_its_last_day(
    storage: Storage, days: int, given: bool
) -> None:
    escort_id = await with_document(storage, day(5))
    order_id = await paid_order(storage)
    at = NOON + (5 - days) * DAY_MS
    cause = Cause(Actor("admin", ADMIN_ID), at)

    async def assign() -> None:
        await storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", cause))

    if given:
        await assign()
    else:
        with pytest.raises(EscortUnavailable):
            await assign()
    async with storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    assert order.state == (OrderState.SERVING if given else OrderState.PAID)


async def test_an_escort_with_a_document_that_is_over_is_offered_nothing_and_accepts_nothing(
    storage: Storage,
) -> None:
    escort_id, clock = await with_document(storage, day(0)), Clock()
    offered = await paid_order(storage)
    await offer(storage, clock, offered, [escort_id])
    invitation = (await invitations_of(storage, offered))[escort_id]
    later = await paid_order(storage, user_id=2, visit_date=day(9))
    over = Clock(invitation.expires_at - 1)
    # the invitation is still open, and the day of the document is over
    async with storage.transaction() as tx:
        await tx.connection.execute("UPDATE escort_qualifications SET expires_date = :day", {"day": day(-1)})
        await tx.commit()
    with pytest.raises(CannotAccept) as refused:
        await storage.run(lambda tx: accept(tx, invitation.id, escort_id, over, 1))
    assert "健康证已过期" in refused.value.message
    with pytest.raises(NobodyInvited):
        await offer(storage, clock, later, [escort_id])
    async with storage.reading() as reader:
        order = await reader.orders.get(later)
        assert order is not None
        (candidate,) = await candidates(reader, order, 1, NOON)
        words = await why_not(reader, order, escort_id, "am", 1, NOON)
    assert (candidate.fact, candidate.free) == ("健康证已过期", ())
    assert words == "王芳 的健康证已过期，先请本人上传新的证件"


async def test_another_document_of_the_kind_makes_the_escort_available_again(storage: Storage) -> None:
    escort_id = await with_document(storage, day(1))
    at = NOON + 3 * DAY_MS
    fresh = await upload(storage, escort_id, day(400), at=at)
    order_id = await paid_order(storage, visit_date=day(9))
    cause = Cause(Actor("admin", ADMIN_ID), at)
    with pytest.raises(EscortUnavailable):  # it waits for the office
        await storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", cause))
    unused = await review(storage, fresh, at=at)
    assert len(unused) == 1
    await storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", cause))
    states = [each.state for each in await documents(storage, escort_id)]
    assert states == [QualificationState.APPROVED, QualificationState.REPLACED]


async def test_an_expired_document_of_another_escort_changes_nothing(storage: Storage) -> None:
    await with_document(storage, day(1))
    other = await add_escort(storage, "李强", 902)
    at = NOON + 3 * DAY_MS
    order_id = await paid_order(storage, visit_date=day(9))
    cause = Cause(Actor("admin", ADMIN_ID), at)
    await storage.run(lambda tx: serving.assign(tx, order_id, other, "am", cause))


async def test_a_newer_upload_replaces_the_one_that_waits(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 901)
    first = await upload(storage, escort_id, day(100))
    await upload(storage, escort_id, day(200), at=NOON + 1)
    with pytest.raises(DocumentDecided):
        await review(storage, first)
    assert [each.state for each in await documents(storage, escort_id)] == ["pending", "replaced"]
    assert [bool(each.file) for each in await documents(storage, escort_id)] == [True, False]


async def test_of_two_colleagues_who_decide_at_once_one_is_told(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 901)
    document = await upload(storage, escort_id, day(100))
    outcomes = await asyncio.gather(
        review(storage, document),
        review(storage, document, approve=False, reason="看不清"),
        return_exceptions=True,
    )
    assert sum(isinstance(each, DocumentDecided) for each in outcomes) == 1
    (decided,) = await documents(storage, escort_id)
    assert decided.state in ("approved", "rejected")


async def test_a_rejected_document_is_not_kept_and_its_reason_is(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 901)
    document = await upload(storage, escort_id, day(100))
    assert await review(storage, document, approve=False, reason="照片看不清") == [document.file]
    (rejected,) = await documents(storage, escort_id)
    assert (rejected.state, rejected.file, rejected.reason) == ("rejected", "", "照片看不清")


@pytest.mark.parametrize(
    ("kind", "expires"),
    [(HEALTH, ""), (HEALTH, day(-1)), (QualificationKind.ID_CARD, day(-1)), (HEALTH, "2099-01-01")],
)
async def test_a_last_day_that_cannot_be_is_refused(
    storage: Storage, kind: QualificationKind, expires: str
) -> None:
    escort_id = await add_escort(storage, "王芳", 901)
    with pytest.raises(InvalidInput):
        await upload(storage, escort_id, expires, kind)
    assert await documents(storage, escort_id) == []
    document = await upload(storage, escort_id, day(30), kind)
    with pytest.raises(InvalidInput):
        await review(storage, document, expires=expires)
    assert (await documents(storage, escort_id))[0].state == "pending"


async def test_an_identity_card_may_be_valid_for_ever(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 901)
    await review(storage, await upload(storage, escort_id, "", QualificationKind.ID_CARD))
    async with storage.reading() as reader:
        assert await reader.qualifications.expired([escort_id], "9999-12-31") == {}


@pytest.mark.parametrize("state", [EscortState.PENDING, EscortState.SUSPENDED, EscortState.REJECTED])
async def test_only_approved_escorts_hand_documents_in(storage: Storage, state: EscortState) -> None:
    escort_id = await add_escort(storage, "王芳", 901, state)
    with pytest.raises(NotAnEscort):
        await upload(storage, escort_id, day(100))


async def test_the_office_sees_documents_that_end_within_the_notice_time(storage: Storage) -> None:
    lasts = {}
    for number, days in enumerate((-3, 0, 30, 31)):
        escort_id = await add_escort(storage, f"陪诊员{number}", 900 + number)
        document = await upload(storage, escort_id, day(100))
        await review(storage, document, expires=day(max(days, 0)))
        if days < 0:
            async with storage.transaction() as tx:
                await tx.connection.execute(
                    "UPDATE escort_qualifications SET expires_date = :day WHERE escort_id = :id",
                    {"day": day(days), "id": escort_id},
                )
                await tx.commit()
        lasts[days] = escort_id
    async with storage.reading() as reader:
        found = await reader.qualifications.ending(ends_soon(NOON, 30))
    assert list(found) == [lasts[-3], lasts[0], lasts[30]]
