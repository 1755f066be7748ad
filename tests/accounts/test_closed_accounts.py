"""Whoever is disabled, or erased, does nothing more: each act of a user is refused, and leaves every row as it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from accounts import consents, patients, profile
from accounts.consents import VISIT_RECORD_VERSION
from accounts.content import submitting
from accounts.patients import PatientContent
from orders.complaints import photos, sending
from orders.complaints.sending import Sent
from orders.escorts import review
from orders.sharing import member_links
from orders.sharing.member_links import Shared
from orders.visits import reports
from orders.visits.reports import Author, Entry
from refusals import AccountClosed, OrderNotFound
from storage.models import ComplaintKind, MemberRole, MemberScope
from storage.writes import NewRating
from tests.orders.row_changes import changes, read_rows
from tests.orders.scene import NOON, Scene
from tests.orders.visits import BEGIN, sent_reports
from wechat.content_checks import PASSED

PATIENT = PatientContent("王秀英", True, "w", "父母", "13900001234", None, "", True)


async def _patient_added(scene: Scene) -> Any:
    return await scene.run(lambda tx: patients.add(tx, scene.vault, scene.own.owner, PATIENT, NOON))


async def _patient_changed(scene: Scene) -> Any:
    return await scene.run(
        lambda tx: patients.edit(tx, scene.vault, scene.own.owner, scene.own.patient, PATIENT, NOON)
    )


async def _consent(scene: Scene) -> Any:
    return await scene.run(lambda tx: consents.answer(tx, scene.own.owner, VISIT_RECORD_VERSION, False, NOON))


async def _avatar(scene: Scene) -> Any:
    return await scene.run(lambda tx: profile.take_avatar(tx, scene.own.owner, "a.jpg", NOON))


async def _avatar_handed_in(scene: Scene) -> Any:
    return await scene.run(lambda tx: submitting.hand_in_avatar(tx, scene.own.owner, "a.jpg", NOON))


async def _nickname(scene: Scene) -> Any:
    return await scene.run(
        lambda tx: submitting.set_profile(tx, scene.vault, scene.own.owner, ("新", ""), PASSED, NOON)
    )


async def _rating(scene: Scene) -> Any:
    order = await scene.read()
    return await scene.run(lambda tx: submitting.rate(tx, scene.vault, order, NewRating(5), PASSED, NOON))


async def _question(scene: Scene) -> Any:
    order = await scene.read()
    entry = Entry(Author("user", scene.own.owner), "ask-1", "饭前吃吗")
    return await scene.run(lambda tx: reports.ask(tx, scene.vault, order, entry, BEGIN))


async def _checked_question(scene: Scene) -> Any:
    order = await scene.read()
    entry = Entry(Author("user", scene.own.owner), "ask-1", "饭前吃吗")
    return await scene.run(lambda tx: submitting.ask(tx, scene.vault, order, entry, PASSED, BEGIN))


async def _card(scene: Scene) -> Any:
    shared = Shared(MemberScope.ORDER, scene.order)
    return await scene.run(
        lambda tx: member_links.create(tx, scene.own.owner, shared, MemberRole.FAMILY, NOON, 1)
    )


async def _complaint(scene: Scene) -> Any:
    sent = Sent(None, ComplaintKind.OTHER, "complain-1", "建议")
    return await scene.run(
        lambda tx: sending.complain(tx, scene.vault, sent, scene.own.owner, scene.settings.office, NOON)
    )


async def _photo(scene: Scene) -> Any:
    return await scene.run(lambda tx: photos.add(tx, scene.own.owner, "photo-1", ("p.jpg", 1), NOON))


async def _application(scene: Scene) -> Any:
    await review.apply(scene.storage, scene.vault, scene.own.owner, "李建国", "13900139009", NOON)


ACTS = [
    _patient_added, _patient_changed, _consent, _avatar, _avatar_handed_in, _nickname, _rating, _question,
    _checked_question, _card, _complaint, _photo, _application,
]  # fmt: skip


@pytest.mark.parametrize("closed", ["disabled_at", "deleted_at"])
@pytest.mark.parametrize("doing", ACTS, ids=[each.__name__ for each in ACTS])
async def test_a_closed_account_does_nothing_more(
    scene: Scene, doing: Callable[[Scene], Awaitable[Any]], closed: str
) -> None:
    await sent_reports(scene)
    await scene.set("users", scene.own.owner, **{closed: NOON})
    before = await read_rows(scene.storage)
    with pytest.raises(AccountClosed):
        await doing(scene)
    assert changes(before, await read_rows(scene.storage)) == []


async def test_family_asks_nothing_about_the_visit_of_who_is_gone(scene: Scene) -> None:
    await sent_reports(scene)
    await scene.set("users", scene.own.owner, deleted_at=NOON)
    order, entry = await scene.read(), Entry(Author("user", scene.own.family), "ask-1", "饭前吃吗")
    before = await read_rows(scene.storage)
    with pytest.raises(OrderNotFound):
        await scene.run(lambda tx: reports.ask(tx, scene.vault, order, entry, BEGIN))
    assert changes(before, await read_rows(scene.storage)) == []
