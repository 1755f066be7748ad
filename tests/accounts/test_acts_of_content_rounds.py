"""What a round over avatars asks WeChat, what it makes of the answers and events, and what it tells of itself."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from accounts.content import submitting
from accounts.content.rounds import ANSWER_WITHIN, ROUND_AT_LEAST_EVERY, VERDICTS_FOR, ContentRounds, Places
from clock import SECOND
from storage import StorageUnavailable
from storage.models import ContentVerdict
from tests.orders.acts import Act
from tests.orders.scene import NOON, Scene
from wechat.api import Forbidden, Rejected, Unanswered, Unavailable


class Checks:
    """WeChat's side: what it is asked, and with what each question ends. Without more endings it says trace ids."""

    def __init__(self, *endings: Exception, enabled: bool = True) -> None:
        self.endings, self.enabled = list(endings), enabled
        self.asked: list[tuple[str, int, str]] = []

    async def picture(self, openid: str, scene: int, address: str) -> str:
        self.asked.append((openid, int(scene), address))
        if self.endings:
            raise self.endings.pop(0)
        return f"trace-{len(self.asked)}"


class Avatars:
    """The folders, and the clock and rounds of one process."""

    def __init__(self, scene: Scene, folder: Path, checks: Checks) -> None:
        self.scene, self.checks, self.at = scene, checks, NOON
        self.unchecked, self.avatars = folder / "unchecked", folder / "avatars"
        for each in (self.unchecked, self.avatars):
            each.mkdir()
        places = Places(self.unchecked, self.avatars, lambda file: f"https://example.test/{file}")
        self.rounds = ContentRounds(scene.storage, lambda: self.at, cast(Any, checks), scene.vault, places)

    async def hand_in(self, *users: int) -> None:
        for user in users:
            file = f"new-{user}.jpg"
            (self.unchecked / file).write_bytes(b"picture")
            await self.scene.run(
                lambda tx, user=user, file=file: submitting.hand_in_avatar(tx, user, file, NOON)
            )

    async def told(self, number: int, suggest: str, reason: str = "", label: int = 0, at: int = NOON) -> None:
        """WeChat was asked about the picture with this number, and its event says so."""
        await self.scene.set(
            "content_checks", number, state="asked", trace_id=f"t-{number}", next_at=NOON + ANSWER_WITHIN
        )
        verdict = ContentVerdict(f"t-{number}", suggest, reason, label, at)
        await self.scene.run(lambda tx: tx.content.add_verdict(verdict))

    async def round(self, after: int = 0) -> list[tuple[str, int, str]]:
        """So many milliseconds later; what WeChat was asked."""
        self.at += after
        before = len(self.checks.asked)
        await self.rounds.run_once("a process")
        return self.checks.asked[before:]

    def files(self) -> dict[str, list[str]]:
        return {
            each.name: sorted(file.name for file in each.iterdir()) for each in (self.unchecked, self.avatars)
        }


@asynccontextmanager
async def _avatars(scene: Scene, checks: Checks) -> AsyncIterator[Avatars]:
    with tempfile.TemporaryDirectory() as folder:
        yield Avatars(scene, Path(folder), checks)


def _everybody(scene: Scene) -> list[int]:
    own, other = scene.households
    return [own.owner, other.owner, own.family, other.family, own.payer, other.payer]


async def pictures_of_every_kind(scene: Scene):
    """Said to be fine, to be risky, to be looked at without and with a reason; without an event; not asked about."""
    async with _avatars(scene, Checks()) as avatars:
        await avatars.hand_in(*_everybody(scene))
        await scene.set("users", scene.own.owner, avatar_file="old.jpg")
        (avatars.avatars / "old.jpg").write_bytes(b"old")
        await avatars.told(1, "pass", "", 100)
        await avatars.told(2, "risky", "", 20_002)
        await avatars.told(3, "review", "", 20_001)
        await avatars.told(4, "review", "not_fetched")
        await scene.set("content_checks", 5, state="asked", trace_id="t-5", next_at=NOON)
        yield
        yield await avatars.round()
        yield avatars.files()


async def a_picture_whose_file_is_gone(scene: Scene):
    """Somebody has decided about it at this moment."""
    async with _avatars(scene, Checks()) as avatars:
        await avatars.hand_in(scene.own.owner)
        await avatars.told(1, "pass")
        (avatars.unchecked / "new-1.jpg").unlink()
        yield
        yield await avatars.round()
        yield avatars.files()


async def a_picture_of_who_is_erased(scene: Scene):
    """What was put where avatars are goes again."""
    async with _avatars(scene, Checks()) as avatars:
        await avatars.hand_in(scene.own.owner)
        await avatars.told(1, "pass")
        await scene.set("users", scene.own.owner, deleted_at=NOON)
        yield
        yield await avatars.round()
        yield avatars.files()


async def what_wechat_answers_instead_of_a_number(scene: Scene):
    endings = [
        Unavailable("busy", 45_009),
        Unanswered("no answer"),
        Forbidden("", 48_001),
        Rejected("", 61_010),
    ]
    async with _avatars(scene, Checks(*endings)) as avatars:
        await avatars.hand_in(*_everybody(scene)[:4])
        yield
        yield await avatars.round()


async def put_off_again_and_again(scene: Scene):
    """Ten seconds, then twice as long each time, five minutes at the most; after half an hour the office decides."""
    async with _avatars(scene, Checks(*[Unavailable("busy")] * 12)) as avatars:
        await avatars.hand_in(scene.own.owner)
        yield
        pauses = []
        for _ in range(12):
            await avatars.round()
            async with scene.storage.reading() as reader:
                check = await reader.content.get(1)
            if check is None or check.next_at is None:
                break
            pauses.append((check.next_at - avatars.at) // SECOND)
            avatars.at = check.next_at
        yield pauses
        yield (avatars.at - NOON) // SECOND


async def the_checks_switched_off(scene: Scene):
    async with _avatars(scene, Checks(enabled=False)) as avatars:
        await avatars.hand_in(scene.own.owner)
        yield
        yield await avatars.round()


async def a_failure_holds_up_no_other(scene: Scene):
    async with _avatars(scene, Checks(ValueError("a fault"))) as avatars:
        await avatars.hand_in(scene.own.owner, scene.other.owner)
        yield
        yield await avatars.round()


async def without_a_database_the_round_ends(scene: Scene):
    async with _avatars(scene, Checks(StorageUnavailable("gone"))) as avatars:
        await avatars.hand_in(scene.own.owner, scene.other.owner)
        yield
        try:
            await avatars.round()
        except StorageUnavailable as error:
            yield str(error)
        yield avatars.checks.asked


async def rounds_without_anything_to_do(scene: Scene):
    """One in half a minute; a picture that comes between is asked about at once, an event is followed at once."""
    async with _avatars(scene, Checks()) as avatars:
        yield
        for after in (0, ROUND_AT_LEAST_EVERY - 1, 1):
            await avatars.round(after)
            async with scene.storage.reading() as reader:
                (job,) = [each for each in await reader.jobs.all() if each.name == "content"]
            yield job.runs
        await avatars.hand_in(scene.own.owner)
        yield await avatars.round(SECOND)
        await avatars.told(1, "risky")
        yield await avatars.round(SECOND)


async def an_event_that_does_not_come(scene: Scene):
    """The office gets the picture when its time is over, not at the next half-minute."""
    async with _avatars(scene, Checks()) as avatars:
        await avatars.hand_in(scene.own.owner, scene.other.owner)
        yield
        yield await avatars.round()
        for number, after in ((1, 1), (2, 2)):
            await scene.set("content_checks", number, next_at=NOON + after * SECOND)
        yield await avatars.round(SECOND)


async def an_event_about_what_is_not_asked_any_more(scene: Scene):
    """Between reading the events and following them a colleague has got the picture, or its user is gone."""
    async with _avatars(scene, Checks()) as avatars:
        await avatars.hand_in(scene.own.owner)
        await scene.set("content_checks", 1, state="review", reason="no_event")
        yield
        for number in (1, 99):
            verdict = ContentVerdict(f"t-{number}", "review", "review", 20_001, NOON)
            await avatars.rounds._follow(number, verdict)


async def events_that_nothing_waits_for(scene: Scene):
    """They are kept for a day."""
    async with _avatars(scene, Checks()) as avatars:
        for number, age in enumerate((VERDICTS_FOR, VERDICTS_FOR + 1)):
            verdict = ContentVerdict(f"t-{number}", "pass", "", 0, NOON - age)
            await scene.run(lambda tx, verdict=verdict: tx.content.add_verdict(verdict))
        yield
        yield await avatars.round()


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
