"""What WeChat wants erased and an order still needs: looked at hour by hour, each request once, until it is done."""

from __future__ import annotations

import pytest

from accounts import wechat_privacy
from accounts.personal_data import ErasedFiles
from accounts.wechat_privacy import AT_ONCE, CLOCKS_DIFFER, PAUSE, PrivacyEvents
from clock import HOUR
from orders import serving
from storage.job_run import JobRun
from storage.models import ErasureRequest, ErasureSubject, OrderState, User
from tests.orders.scene import ADMIN, EARLIER, NOON, Scene
from wechat.push.events import PushedEvent

PHONE, ACCOUNT = ErasureSubject.PHONE, ErasureSubject.ACCOUNT
NOBODY = 999


async def ask(scene: Scene, user: int, what: ErasureSubject = ACCOUNT, at: int = EARLIER) -> None:
    await scene.run(lambda tx: tx.erasure_requests.ask(user, what, at))


async def request_of(scene: Scene, user: int, what: ErasureSubject = ACCOUNT) -> ErasureRequest:
    async with scene.storage.reading() as reader:
        found = await reader.erasure_requests.get(user, what)
    assert found is not None
    return found


async def user_of(scene: Scene, user: int) -> User:
    async with scene.storage.reading() as reader:
        found = await reader.users.get(user)
    assert found is not None
    return found


async def run(scene: Scene, removed: list[ErasedFiles] | None = None, at: int = NOON) -> int:
    """A round at this moment; how many requests were looked at."""

    async def remove(files: ErasedFiles) -> None:
        if removed is not None:
            removed.append(files)

    return await wechat_privacy.erase_due(scene.storage, lambda: at, remove, "a process")


async def told(scene: Scene, name: str, user: int, at: int = NOON, info: str = "") -> None:
    async def remove(_: ErasedFiles) -> None:
        """Nothing is there."""

    events = PrivacyEvents(scene.clock, remove)
    openid = (await user_of(scene, user)).openid
    event = PushedEvent("user_event", openid, at, {"RevokeInfo": info})
    await scene.run(lambda tx: getattr(events, name)(tx, event))


async def finish(scene: Scene) -> None:
    await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, NOON))


@pytest.mark.parametrize(("at_once", "pages"), [(2, 4), (3, 3), (6, 2), (7, 1), (AT_ONCE, 1)])
async def test_each_request_is_looked_at_once_page_by_page(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, at_once: int, pages: int
) -> None:
    await scene.ordered()
    users = [scene.stranger, scene.own.family, scene.other.family, *scene.carers[:2], scene.own.payer]
    for user in users:
        await ask(scene, user)
    kept: list[int] = []
    keep_claim = JobRun.keep_claim

    async def counted(job: JobRun) -> bool:
        kept.append(1)
        return await keep_claim(job)

    monkeypatch.setattr(wechat_privacy, "AT_ONCE", at_once)
    monkeypatch.setattr(JobRun, "keep_claim", counted)
    removed: list[ErasedFiles] = []
    assert await run(scene, removed) == len(users) == len(removed)
    assert len(kept) == pages
    for user in users:
        assert (await request_of(scene, user)).done_at == NOON
        assert (await user_of(scene, user)).deleted_at == NOON
    assert (await user_of(scene, scene.own.owner)).deleted_at is None
    assert AT_ONCE == 100


async def test_a_request_that_has_to_wait_holds_up_no_round(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.ordered()
    users = [scene.own.owner, scene.other.owner, scene.stranger]
    for user in users:
        await ask(scene, user)
    monkeypatch.setattr(wechat_privacy, "AT_ONCE", 1)
    assert await run(scene) == 3
    assert [(await request_of(scene, user)).done_at for user in users] == [None, None, NOON]


async def test_a_round_whose_claim_is_lost_stops(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await ask(scene, scene.stranger)

    async def lost(_: JobRun) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr(JobRun, "keep_claim", lost)
        assert await run(scene) == 0
    assert (await user_of(scene, scene.stranger)).deleted_at is None


async def test_the_next_round_is_an_hour_later_and_its_row_says_how_many_were_looked_at(scene: Scene) -> None:
    await ask(scene, scene.stranger)
    assert await run(scene) == 1
    await ask(scene, scene.own.family)
    assert await run(scene, at=NOON + PAUSE - 1) == 0
    assert (await user_of(scene, scene.own.family)).deleted_at is None
    assert await run(scene, at=NOON + PAUSE) == 1
    async with scene.storage.reading() as reader:
        (job,) = [each for each in await reader.jobs.all() if each.name == "erasures"]
    assert (job.last_result, job.runs, job.finished_at) == ('{"looked_at": 1}', 2, NOON + PAUSE)
    assert PAUSE == HOUR


@pytest.mark.parametrize("what", [PHONE, ACCOUNT])
async def test_of_who_is_gone_there_is_nothing_left_to_erase(scene: Scene, what: ErasureSubject) -> None:
    await scene.set("users", scene.stranger, deleted_at=EARLIER)
    for user in (scene.stranger, NOBODY):
        await ask(scene, user, what)
    removed: list[ErasedFiles] = []
    assert (await run(scene, removed), removed) == (2, [])
    for user in (scene.stranger, NOBODY):
        assert (await request_of(scene, user, what)).done_at == NOON
    assert (await user_of(scene, scene.stranger)).deleted_at == EARLIER


@pytest.mark.parametrize(("later", "erased"), [(0, True), (CLOCKS_DIFFER, True), (CLOCKS_DIFFER + 1, False)])
async def test_who_has_logged_in_since_keeps_the_account(scene: Scene, later: int, *, erased: bool) -> None:
    await ask(scene, scene.stranger)
    await scene.set("users", scene.stranger, last_login_at=EARLIER + later)
    removed: list[ErasedFiles] = []
    assert await run(scene, removed) == 1
    assert ((await user_of(scene, scene.stranger)).deleted_at is not None) is erased
    assert len(removed) == erased
    assert (await request_of(scene, scene.stranger)).done_at == NOON, "either way it is answered"


async def test_a_login_since_keeps_no_phone_that_was_taken_back(scene: Scene) -> None:
    await scene.finished()
    await ask(scene, scene.own.owner, PHONE)
    await scene.set("users", scene.own.owner, last_login_at=NOON)
    await run(scene)
    async with scene.storage.reading() as reader:
        assert await reader.erasure_requests.count_phones(scene.own.owner) == 0
        assert await reader.erasure_requests.count_phones(scene.other.owner) == 2
    assert (await user_of(scene, scene.own.owner)).deleted_at is None


@pytest.mark.parametrize("what", [PHONE, ACCOUNT])
async def test_what_an_order_needs_waits_until_that_is_over(scene: Scene, what: ErasureSubject) -> None:
    await scene.served()
    await ask(scene, scene.own.owner, what)
    removed: list[ErasedFiles] = []
    assert (await run(scene, removed), removed) == (1, [])
    assert (await request_of(scene, scene.own.owner, what)).done_at is None
    await finish(scene)
    later = NOON + PAUSE
    assert await run(scene, removed, later) == 1
    assert (await request_of(scene, scene.own.owner, what)).done_at == later
    assert len(removed) == (what == ACCOUNT)
    assert await run(scene, removed, later + PAUSE) == 0


async def test_the_avatar_of_an_erased_account_is_removed(scene: Scene) -> None:
    await scene.set("users", scene.stranger, avatar_file="own.webp")
    await scene.set("users", scene.own.owner, avatar_file="other.webp")
    await ask(scene, scene.stranger)
    removed: list[ErasedFiles] = []
    await run(scene, removed)
    assert removed == [ErasedFiles("own.webp", [], [], [], [])]


# What is written down when WeChat tells of it


async def test_a_request_is_as_old_as_what_wechat_tells_of(scene: Scene) -> None:
    await scene.ordered()
    scene.at = NOON + 7
    await told(scene, "revoked", scene.own.owner, NOON + 3, info="8")
    await told(scene, "closed", scene.own.owner, NOON + 5)
    for what, at in ((PHONE, NOON + 3), (ACCOUNT, NOON + 5)):
        request = await request_of(scene, scene.own.owner, what)
        assert (request.asked_at, request.done_at) == (at, None)


async def test_phones_that_nothing_needs_are_erased_at_once_and_that_is_when_it_was_done(
    scene: Scene,
) -> None:
    await scene.ordered(OrderState.PAID)
    scene.at = NOON + 7
    await told(scene, "revoked", scene.stranger, NOON + 3, info="8")
    request = await request_of(scene, scene.stranger, PHONE)
    assert (request.asked_at, request.done_at) == (NOON + 3, NOON + 7)


@pytest.mark.parametrize("info", ["1;2", "66", "", "x"])
async def test_a_permission_that_gives_nothing_asks_for_nothing(scene: Scene, info: str) -> None:
    await scene.ordered()
    await told(scene, "revoked", scene.own.owner, info=info)
    async with scene.storage.reading() as reader:
        assert await reader.erasure_requests.waiting(0, 9) == []
        assert await reader.erasure_requests.count_phones(scene.own.owner) == 2


@pytest.mark.parametrize("info", ["8", "6,8", "8;16", " 8 ", "[6, 8]"])
async def test_numbers_are_read_however_they_are_parted(scene: Scene, info: str) -> None:
    await scene.ordered()
    await told(scene, "revoked", scene.own.owner, info=info)
    assert (await request_of(scene, scene.own.owner, PHONE)).asked_at == NOON


async def test_a_closed_account_ends_every_session_although_its_data_is_still_needed(scene: Scene) -> None:
    await scene.ordered()
    for number, user in enumerate((scene.own.owner, scene.own.owner, scene.other.owner)):
        given = user, f"hash-{number}", EARLIER, NOON + HOUR
        await scene.run(lambda tx, given=given: tx.sessions.add(*given))
    await told(scene, "closed", scene.own.owner)
    async with scene.storage.reading() as reader:
        left = await reader.connection.fetch_all("SELECT user_id FROM sessions")
    assert [row[0] for row in left] == [scene.other.owner]
