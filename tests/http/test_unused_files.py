"""No file stays which nobody refers to: avatars replaced, deleted or never saved, pictures of forms that were left."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from catalog import unused_files
from storage.models import PICTURE_COLUMNS, EscortProfile
from storage.schema import metadata
from tests.http.product import Product
from tests.http.test_uploads import picture, upload


@pytest.mark.promise(24)
async def test_of_four_avatars_at_once_and_a_deletion_nothing_stays(product: Product):
    user = await product.login("li")
    answers = await asyncio.gather(*(upload(user, picture(size=(300, 300 + n))) for n in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    kept = (await user.get("user/me/"))["user"]["avatar"]
    assert [f"avatars/{file.name}" for file in product.services.avatars.iterdir()] == [kept]
    await user.post("user/deleteMe/", confirm="删除")
    assert list(product.services.avatars.iterdir()) == []
    for answer in answers:
        assert (await user.send("GET", answer.json()["avatar"])).status_code == 404


@pytest.mark.promise(24)
async def test_an_avatar_that_arrives_while_the_user_is_being_deleted_does_not_stay(product: Product):
    for number in range(4):
        user = await product.login(f"li{number}")
        uploads = [asyncio.create_task(upload(user, picture())) for _ in range(3)]
        await asyncio.sleep(0.05 * number)
        await user.post("user/deleteMe/", confirm="删除")
        assert {answer.status_code for answer in await asyncio.gather(*uploads)} <= {200, 401}
        assert list(product.services.avatars.glob("*")) == []


def old(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    long_ago = time.time() - unused_files.GRACE_SECONDS - 60
    os.utime(file, (long_ago, long_ago))
    return file


async def test_files_that_nothing_refers_to_are_removed(product: Product):
    user = await product.login("li")
    kept = product.services.avatars / (await upload(user, picture())).json()["avatar"].rpartition("/")[2]
    data = product.settings.data
    orphans = [
        old(data / "avatars" / f"{'0' * 32}.webp"),
        old(data / "uploads" / f"{'0' * 24}.jpg"),
        old(data / "uploads" / f"{'1' * 24}.png"),
        old(data / "bills" / "2026-11-01-trade.0123abcd.part"),
    ]
    stay = [
        kept,
        old(data / "avatars" / "README.webp"),
        old(data / "bills" / "2026-11-01-trade.csv"),
        *(old(data / "uploads" / f"{number:024x}.jpg") for number in range(0x100, 0x105)),
        data / "uploads" / f"{'2' * 24}.jpg",
    ]
    os.utime(kept, (0, 0))
    stay[-1].write_bytes(b"just being uploaded")
    places = [(table, column) for table, columns in PICTURE_COLUMNS.items() for column in columns]
    async with product.storage.transaction() as tx:
        for number, (table, column) in enumerate(places, start=0x100):
            name = f"static/pic/uploads/{number:024x}.jpg"
            values: dict[str, Any] = {column: name, "archived_at": 1 if number % 2 else None}
            assert await tx.catalog.change(table, (await tx.catalog.lock_all(table))[0].id, values)
        await tx.commit()
    assert await unused_files.remove_unused(
        product.storage, product.clock, product.services.folders, "test"
    ) == len(orphans)
    assert [file.exists() for file in (*orphans, *stay)] == [False] * len(orphans) + [True] * len(stay)
    async with product.storage.reading() as reader:
        job = await reader.jobs.get(unused_files.JOB)
    assert job is not None
    assert (job.last_result, job.last_error) == ('{"removed": 4}', "")
    assert (
        await unused_files.remove_unused(product.storage, product.clock, product.services.folders, "test")
        == 0
    )


async def test_the_avatars_of_many_users_are_read_in_pieces(
    product: Product, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(unused_files, "AT_ONCE", 2)
    files = []
    for number in range(5):
        user = await product.login(f"user{number}")
        files.append(product.services.avatars / (await upload(user, picture())).json()["avatar"][8:])
        os.utime(files[-1], (0, 0))
    gone = old(product.services.avatars / f"{'0' * 32}.webp")
    assert (
        await unused_files.remove_unused(product.storage, product.clock, product.services.folders, "test")
        == 1
    )
    assert [file.exists() for file in (*files, gone)] == [True] * 5 + [False]


async def test_two_processes_do_not_remove_at_once(product: Product):
    gone = old(product.services.avatars / f"{'0' * 32}.webp")
    at = product.clock()
    async with product.storage.transaction() as tx:
        assert await tx.jobs.claim(unused_files.JOB, "another process", at, at + 60_000)
        await tx.commit()
    assert (
        await unused_files.remove_unused(product.storage, product.clock, product.services.folders, "test")
        == 0
    )
    assert gone.exists()


def test_every_column_that_names_a_picture_is_looked_at():
    found = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if any(word in column.name for word in ("picture", "logo", "photo", "image", "portrait"))
    }
    of_the_catalog = {(table, column) for table, columns in PICTURE_COLUMNS.items() for column in columns}
    assert found == of_the_catalog | {
        ("escort_profiles", name) for name in ("portrait_file", "new_portrait_file")
    }


async def test_portraits_of_escorts_stay_while_they_are_shown_or_wait(product: Product):
    folder = product.services.folders.portraits
    shown, waiting, gone = (old(folder / f"{digit * 32}.webp") for digit in "abc")
    async with product.storage.transaction() as tx:
        profile = EscortProfile(7, shown.name, "", 0, None, None, waiting.name, "", 0, 5)
        await tx.escort_profiles.save(profile)
        await tx.commit()
    assert (
        await unused_files.remove_unused(product.storage, product.clock, product.services.folders, "test")
        == 1
    )
    assert [file.exists() for file in (shown, waiting, gone)] == [True, True, False]
