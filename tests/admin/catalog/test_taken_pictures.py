"""Which picture an entry of the catalog has after its form was sent: the upload, the one that is named, or its own."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from catalog.picture_files import PREFIX, UPLOADS, write_file
from config import Settings
from handlers.admin.catalog import uploads
from handlers.admin.catalog.entry import EntryHandler
from handlers.admin.catalog.forms import FormField
from handlers.errors import ApiError
from handlers.services import Services
from refusals import Busy
from tests.admin.catalog.test_catalog import HOSPITAL
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

LONG_AGO = 1_000_000_000
OWN, OTHER = f"{PREFIX}{UPLOADS}own.png", f"{PREFIX}{UPLOADS}other.png"


@pytest.fixture
def folder(settings: Settings, services: Services) -> Path:
    """Two uploads that nobody has touched for long."""
    found = settings.data / "uploads"
    for name in ("own.png", "other.png"):
        write_file(found / name, b"a picture")
        os.utime(found / name, (LONG_AGO, LONG_AGO))
    return found


def touched(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.stat().st_mtime > LONG_AGO)


async def save(owner: Client, scenario: Scenario, picture: str) -> str:
    """The hospital with the picture ``OWN`` is saved with the name of another one; which it has then."""
    row = {**HOSPITAL, "address": "", "phone": "", "introduction": "", "logo": "", "picture": OWN}
    async with scenario.storage.transaction() as tx:
        await tx.catalog.add("hospitals", {**row, "position": 10})
        await tx.commit()
    answer = await owner.post("admin/catalog/hospitals/1/", {**HOSPITAL, "grade": "二甲", "picture": picture})
    assert answer.code == 302
    async with scenario.storage.reading() as reader:
        entry = await reader.catalog.entry("hospitals", 1)
    assert entry.grade == "二甲"
    return str(entry.picture)


async def test_a_picture_that_exists_is_taken_and_kept_for_another_day(
    owner: Client, scenario: Scenario, folder: Path
):
    assert await save(owner, scenario, OTHER) == OTHER
    assert touched(folder) == ["other.png"]


async def test_an_entry_keeps_the_picture_that_it_has(owner: Client, scenario: Scenario, folder: Path):
    assert await save(owner, scenario, OWN) == OWN
    assert touched(folder) == []


async def test_an_entry_can_give_its_picture_up(owner: Client, scenario: Scenario, folder: Path):
    assert await save(owner, scenario, "") == ""


@pytest.mark.parametrize(
    "named", [f"{PREFIX}{UPLOADS}gone.png", f"{UPLOADS}other.png", "other.png", "https://example.com/a.png"]
)
async def test_instead_of_one_that_does_not_exist_an_entry_keeps_its_own(
    owner: Client, scenario: Scenario, folder: Path, named: str
):
    assert await save(owner, scenario, named) == OWN
    assert touched(folder) == []


PHOTO = FormField("photo", "照片", "picture", side=600)


class Sent:
    """A form that was sent with an upload."""

    def __init__(self, content: bytes | None, named: str = "") -> None:
        files = {} if content is None else {"photo_file": [SimpleNamespace(body=content)]}
        self.request = SimpleNamespace(files=files)
        self.body_fields = {"photo": named}
        self.services = "the services"
        self.busy: ApiError | None = None

    async def take(self, problems: dict[str, str]) -> None:
        page: Any = self
        await EntryHandler._take_picture(page, PHOTO, None, problems)


async def test_an_upload_is_made_as_small_as_its_field_says(monkeypatch: pytest.MonkeyPatch):
    async def keep(*given: Any) -> str:
        return str(given)

    monkeypatch.setattr(uploads, "keep", keep)
    sent, problems = Sent(b"content", OTHER), dict[str, str]()
    await sent.take(problems)
    assert sent.body_fields["photo"] == str(("the services", b"content", 600, "照片"))
    assert (problems, sent.busy) == ({}, None)


@pytest.mark.parametrize(
    ("failure", "problem", "busy"),
    [
        (ApiError(400, "not_a_picture", "照片：太大：请缩小"), "太大：请缩小", None),
        (ApiError(400, "not_a_picture", "不是图片"), "不是图片", None),
        (ApiError(503, "busy", "照片：请过几秒再试"), "请过几秒再试", 503),
        (Busy("太忙了"), "太忙了", 503),
    ],
    ids=str,
)
async def test_what_is_wrong_with_an_upload_stands_beside_its_field(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, problem: str, busy: int | None
):
    async def keep(*given: Any) -> str:
        raise failure

    monkeypatch.setattr(uploads, "keep", keep)
    sent, problems = Sent(b"content", OTHER), dict[str, str]()
    await sent.take(problems)
    assert problems == {"photo": problem}
    assert (sent.busy.status if sent.busy else None) == busy
    assert sent.body_fields == {"photo": OTHER}


async def test_that_one_picture_had_to_wait_is_not_forgotten_over_another_that_is_none(
    monkeypatch: pytest.MonkeyPatch,
):
    failures: list[Exception] = [Busy("太忙了"), ApiError(400, "not_a_picture", "照片：不是图片")]

    async def keep(*given: Any) -> str:
        raise failures.pop(0)

    monkeypatch.setattr(uploads, "keep", keep)
    sent = Sent(b"content")
    for problem in ("太忙了", "不是图片"):
        problems: dict[str, str] = {}
        await sent.take(problems)
        assert problems == {"photo": problem}
    assert sent.busy is not None
    assert sent.busy.status == 503


@pytest.mark.parametrize("content", [None, b""])
async def test_an_empty_upload_is_none(content: bytes | None):
    sent, problems = Sent(content), dict[str, str]()
    await sent.take(problems)
    assert (sent.body_fields, problems) == ({"photo": ""}, {})
