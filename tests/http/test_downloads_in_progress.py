"""How far a download is: what is written of it, how often, and that the file does not depend on it."""

from __future__ import annotations

import pytest

from clock import MINUTE, SECOND
from handlers.downloads import LOST_AFTER, Downloads
from storage import Storage, StorageError
from storage.models import Download, DownloadState

TICKET = "0123456789abcdef"
AT = 1_795_060_800_000


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def downloads(storage: Storage, clock: Clock) -> Downloads:
    return Downloads(storage, clock)


def row(sent: int, at: int, state: DownloadState = DownloadState.SENDING) -> Download:
    return Download(7, TICKET, 500, sent, state, at)


async def test_a_download_is_written_when_it_begins_and_once_a_second(
    downloads: Downloads, clock: Clock
) -> None:
    sending = await downloads.begin(7, TICKET, 500)
    assert await downloads.find(7, TICKET) == row(0, AT)
    for later, told in (
        (0, row(0, AT)),
        (SECOND - 1, row(0, AT)),
        (SECOND, row(30, AT + SECOND)),
        (2 * SECOND - 1, row(30, AT + SECOND)),
        (2 * SECOND + 5, row(50, AT + 2 * SECOND + 5)),
        (3 * SECOND + 4, row(50, AT + 2 * SECOND + 5)),
    ):
        clock.now = AT + later
        await sending.add(10)
        assert await downloads.find(7, TICKET) == told, later
    await sending.end(complete=True)
    assert await downloads.find(7, TICKET) == row(60, clock.now, DownloadState.DONE)


@pytest.mark.parametrize(("complete", "state"), [(True, DownloadState.DONE), (False, DownloadState.BROKEN)])
async def test_of_two_ends_the_first_one_counts(
    downloads: Downloads, clock: Clock, *, complete: bool, state: DownloadState
) -> None:
    sending = await downloads.begin(7, TICKET, 500)
    clock.now += 5
    await sending.end(complete=complete)
    clock.now += 5
    await sending.end(complete=not complete)
    assert await downloads.find(7, TICKET) == row(0, AT + 5, state)


async def test_a_download_is_found_by_its_session_and_its_ticket(downloads: Downloads) -> None:
    await downloads.begin(7, TICKET, 500)
    await downloads.begin(8, TICKET, 9)
    found = await downloads.find(8, TICKET)
    assert (found and found.total) == 9
    for session, ticket in ((9, TICKET), (7, TICKET[::-1]), (7, "")):
        assert await downloads.find(session, ticket) is None


async def test_only_what_is_still_being_sent_is_broken_by_silence(downloads: Downloads, clock: Clock) -> None:
    sending = await downloads.begin(7, TICKET, 500)
    clock.now = AT + LOST_AFTER
    assert await downloads.find(7, TICKET) == row(0, AT)
    clock.now += 1
    assert await downloads.find(7, TICKET) == row(0, AT, DownloadState.BROKEN)
    await sending.end(complete=True)
    ended = clock.now
    clock.now += 10 * LOST_AFTER
    assert await downloads.find(7, TICKET) == row(0, ended, DownloadState.DONE)
    assert LOST_AFTER == 5 * MINUTE


async def test_without_a_ticket_nothing_is_written_whatever_becomes_of_it(
    storage: Storage, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def written(*_: object) -> None:
        raise AssertionError("something was written")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "run", written)
        sending = await downloads.begin(7, "", 500)
        await sending.add(1)
        await sending.end(complete=True)
        with pytest.raises(AssertionError):
            await downloads.begin(7, TICKET, 500)


async def test_a_file_goes_on_while_its_progress_cannot_be_written(
    storage: Storage, downloads: Downloads, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = await downloads.begin(7, TICKET, 500)

    async def full(*_: object) -> None:
        raise StorageError("full")

    clock.now += SECOND
    with monkeypatch.context() as patch:
        patch.setattr(storage, "run", full)
        await sending.add(20)
    assert await downloads.find(7, TICKET) == row(0, AT)
    clock.now += SECOND
    await sending.add(20)
    assert await downloads.find(7, TICKET) == row(40, clock.now)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "run", full)
        await sending.end(complete=True)
