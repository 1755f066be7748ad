"""What profiles and documents of escorts change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clock import DAY as ONE_DAY
from clock import HOUR
from orders.escorts import document_notices, profiles, qualifications
from orders.escorts.profiles import Proposal
from orders.escorts.qualifications import Document, Review
from storage.models import EscortState, QualificationKind
from tests.orders.acts import Act
from tests.orders.scene import Scene


def unchanged(basis: Any) -> set[str]:
    return set()


def _different(basis: Any) -> set[str]:
    return {"name"}


# Profiles


async def _profiles(scene: Scene) -> None:
    """Two escorts have a profile that was approved, and have proposed another one."""
    for escort in scene.escorts[:2]:
        approved_one = Proposal("从业十年", 10, shown=True)
        await scene.run(
            lambda tx, escort=escort, given=approved_one: profiles.propose(
                tx, escort, given, scene.at - 3 * HOUR
            )
        )
        for file in ("old.jpg", "new.jpg"):
            await scene.run(
                lambda tx, escort=escort, file=file: profiles.propose_portrait(
                    tx, escort, file, scene.at - 2 * HOUR
                )
            )
            if file == "old.jpg":
                await scene.run(
                    lambda tx, escort=escort: profiles.decide(tx, escort, approve=True, changed=unchanged)
                )
        await scene.run(
            lambda tx, escort=escort: profiles.propose(
                tx, escort, Proposal("从业十一年", 11, shown=True), scene.at - HOUR
            )
        )


async def a_first_profile_proposed(scene: Scene):
    yield
    yield await scene.run(
        lambda tx: profiles.propose(tx, scene.escorts[0], Proposal("护士出身", 5, shown=True), scene.at)
    )


async def a_profile_proposed_as_it_is_approved(scene: Scene):
    await _profiles(scene)
    await scene.run(lambda tx: profiles.decide(tx, scene.escorts[0], approve=True, changed=unchanged))
    yield
    proposal = Proposal("从业十一年", 11, shown=True)
    yield await scene.run(lambda tx: profiles.propose(tx, scene.escorts[0], proposal, scene.at))


async def a_profile_hidden_and_its_portraits_removed(scene: Scene):
    await _profiles(scene)
    yield
    proposal = Proposal("从业十二年", 12, shown=False, remove_portrait=True)
    yield await scene.run(lambda tx: profiles.propose(tx, scene.escorts[0], proposal, scene.at))


async def another_portrait_proposed(scene: Scene):
    await _profiles(scene)
    yield
    yield await scene.run(lambda tx: profiles.propose_portrait(tx, scene.escorts[0], "newer.jpg", scene.at))


async def a_first_portrait_proposed(scene: Scene):
    yield
    yield await scene.run(lambda tx: profiles.propose_portrait(tx, scene.escorts[0], "newer.jpg", scene.at))


async def a_profile_approved(scene: Scene):
    await _profiles(scene)
    yield
    yield await scene.run(lambda tx: profiles.decide(tx, scene.escorts[0], approve=True, changed=unchanged))


async def a_profile_rejected(scene: Scene):
    await _profiles(scene)
    yield
    yield await scene.run(lambda tx: profiles.decide(tx, scene.escorts[0], approve=False, changed=unchanged))


async def a_profile_decided_that_was_not_shown(scene: Scene):
    await _profiles(scene)
    yield
    yield await scene.run(lambda tx: profiles.decide(tx, scene.escorts[0], approve=True, changed=_different))


async def certificates_checked(scene: Scene):
    await _profiles(scene)
    yield
    yield await scene.run(lambda tx: profiles.set_verified(tx, scene.escorts[0], scene.at))
    yield await scene.run(lambda tx: profiles.set_verified(tx, scene.escorts[0], None))


async def certificates_checked_of_who_has_told_nothing(scene: Scene):
    yield
    yield await scene.run(lambda tx: profiles.set_verified(tx, scene.escorts[0], scene.at))


async def profiles_as_they_are_read(scene: Scene):
    await _profiles(scene)
    await scene.finished()
    yield
    async with scene.storage.reading() as reader:
        yield await profiles.public(reader)
        for escort, user in ((0, scene.stranger), (2, scene.own.owner), (0, scene.own.owner)):
            yield await profiles.may_be_asked_for(reader, scene.escorts[escort], user)


# Documents


async def _documents(scene: Scene) -> list[int]:
    """Two escorts: an approved document that ends in ten days, and one of the same kind that waits; the ids of those
    that wait."""
    found = []
    for escort in scene.escorts[:2]:
        for number, ends in enumerate(("2026-11-29", "2027-11-30")):
            document = Document(QualificationKind.HEALTH, ends, f"health-{escort}-{number}.jpg", 1_000)
            await scene.run(
                lambda tx, escort=escort, given=document: qualifications.upload(
                    tx, escort, given, scene.at - HOUR
                )
            )
            async with scene.storage.reading() as reader:
                newest = max(each.id for each in await reader.qualifications.of_escort(escort))
            if number == 0:
                await _review(scene, newest, approve=True, expires_date=ends)
        found.append(newest)
    return found


async def _review(scene: Scene, document: int, changed: Any = unchanged, **given: Any) -> Any:
    decision = Review(
        **{"approve": True, "reason": "", "expires_date": "2027-11-30", "by": 1, "at": scene.at, **given}
    )
    return await scene.run(lambda tx: qualifications.review(tx, document, decision, changed))


async def a_document_replaces_the_one_that_waits(scene: Scene):
    await _documents(scene)
    document = Document(QualificationKind.HEALTH, "2027-12-01", "newest.jpg", 2_000)
    yield
    yield await scene.run(lambda tx: qualifications.upload(tx, scene.escorts[0], document, scene.at))


async def a_document_of_another_kind(scene: Scene):
    await _documents(scene)
    document = Document(QualificationKind.TRAINING, "", "training.jpg", 2_000)
    yield
    yield await scene.run(lambda tx: qualifications.upload(tx, scene.escorts[0], document, scene.at))


async def a_document_that_is_over(scene: Scene):
    document = Document(QualificationKind.TRAINING, "2026-11-18", "training.jpg", 2_000)
    yield
    yield await scene.run(lambda tx: qualifications.upload(tx, scene.escorts[0], document, scene.at))


async def a_document_of_today(scene: Scene):
    document = Document(QualificationKind.TRAINING, "2026-11-19", "training.jpg", 2_000)
    yield
    yield await scene.run(lambda tx: qualifications.upload(tx, scene.escorts[0], document, scene.at))


async def a_document_approved(scene: Scene):
    waiting, _ = await _documents(scene)
    yield
    yield await _review(scene, waiting, expires_date="2027-10-31", by=2)


async def a_document_rejected(scene: Scene):
    waiting, _ = await _documents(scene)
    yield
    yield await _review(scene, waiting, approve=False, reason="看不清", by=2)


async def a_document_rejected_without_a_reason(scene: Scene):
    waiting, _ = await _documents(scene)
    yield
    yield await _review(scene, waiting, approve=False)


async def a_document_decided_that_was_not_shown(scene: Scene):
    waiting, _ = await _documents(scene)
    yield
    yield await _review(scene, waiting, changed=_different)


async def escorts_told_of_documents_that_end(scene: Scene):
    await _documents(scene)
    await scene.set("escorts", scene.escorts[1], state=EscortState.SUSPENDED)
    yield
    yield await document_notices.tell_due(scene.storage, scene.clock, 10, "09:00-18:00", "a process")


async def escorts_told_a_day_too_early(scene: Scene):
    await _documents(scene)
    yield
    yield await document_notices.tell_due(scene.storage, scene.clock, 9, "09:00-18:00", "a process")


async def escorts_told_outside_of_office_hours(scene: Scene):
    await _documents(scene)
    yield
    yield await document_notices.tell_due(scene.storage, scene.clock, 10, "13:00-18:00", "a process")


async def escorts_told_of_documents_that_are_over(scene: Scene):
    await _documents(scene)
    over = replace(scene, at=scene.at + 11 * ONE_DAY)
    yield
    yield await document_notices.tell_due(scene.storage, over.clock, 10, "09:00-18:00", "a process")


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
