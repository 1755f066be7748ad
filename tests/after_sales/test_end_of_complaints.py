"""What was said in complaints is exported, erased with its user, and forgotten in time."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from typing import Any

import pytest

from catalog.unused_files import remove_unused
from clock import DAY, HOUR
from storage.models import ComplaintState
from tests.after_sales.complaining import (
    ANSWER,
    MORE,
    NOTE,
    TEXT,
    WORDS,
    action,
    answer,
    close,
    complain,
    complaints,
    stored,
    upload,
)
from tests.http.client import Client
from tests.http.keeping import forget
from tests.http.product import Product


async def answered(product: Product, owner: Client) -> int:
    """A complaint with a photo, an answer and an addition; its id."""
    mine = action()
    await upload(owner, mine)
    sent = await complain(owner, await product.paid_order(owner), photos=mine)
    await answer(product, sent["id"])
    await owner.post("user/addToComplaint/", id=sent["id"], actionId=action(), text=MORE)
    return int(sent["id"])


async def sealed(product: Product) -> list[str]:
    """Everything sealed that is stored of complaints."""
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT text_sealed FROM complaints")
        rows = [*rows, *await reader.connection.fetch_all("SELECT text_sealed FROM complaint_entries")]
    return [str(row[0]) for row in rows if row[0]]


def files_of(product: Product) -> list[str]:
    folder = product.settings.data / "documents"
    return [file.name for file in folder.iterdir()] if folder.exists() else []


@pytest.mark.promise(24)
async def test_a_user_exports_what_they_said_and_what_was_answered_without_the_offices_notes(
    product: Product,
) -> None:
    owner = await product.login("li")
    complaint_id = await answered(product, owner)
    await close(product, complaint_id)
    export: dict[str, Any] = (await owner.get("user/export/"))["data"]
    (row,) = export["complaints"]
    assert (row["text"], [each["text"] for each in row["entries"]]) == (TEXT, [ANSWER, MORE])
    (photo,) = row["photos"]
    shown = await owner.send("GET", f"complaints/photos/{photo['file']}")
    assert base64.b64decode(photo["jpeg"]) == shown.content
    assert NOTE not in str(export)
    other = await product.login("wang")
    assert (await other.get("user/export/"))["data"]["complaints"] == []


@pytest.mark.promise(24, 35)
async def test_an_erasure_takes_what_was_said_and_closes_what_was_open(product: Product) -> None:
    owner = await product.login("li")
    sent = await complain(owner, 0, kind="suggestion")
    mine = action()
    await upload(owner, mine)
    assert len(files_of(product)) == 1, "never sent"
    await complain(await product.login("wang"), 0, kind="suggestion")
    await owner.post("user/deleteMe/", confirm="删除")
    left = await stored(product, sent["id"])
    assert (left.state, left.text_sealed, left.kind) == (ComplaintState.CLOSED, "", "suggestion")
    assert files_of(product) == []
    assert len(await sealed(product)) == 1, "that of the other user"


@pytest.mark.promise(23)
async def test_what_was_said_is_forgotten_some_time_after_it_was_settled(product: Product) -> None:
    owner = await product.login("li")
    complaint_id = await answered(product, owner)
    days = product.settings.privacy.visit_days
    product.clock.move(2 * days * DAY)
    assert "complaints" not in await forget(product), "it is not settled"
    await close(product, complaint_id)
    product.clock.move(days * DAY - HOUR)
    assert "complaints" not in await forget(product)
    owner = await product.login("li")
    assert (await complaints(owner))[0]["text"] == TEXT
    product.clock.move(2 * HOUR)
    assert (await forget(product))["complaints"] == 1
    assert (await sealed(product), files_of(product)) == ([], [])
    (row,) = await complaints(owner)
    assert (row["text"], row["forgotten"], row["photos"]) == ("", True, [])
    assert [each["text"] for each in row["entries"]] == ["", ""]
    refused = await owner.post("user/addToComplaint/", 409, id=complaint_id, actionId=action(), text=MORE)
    assert refused["error"] == "complaint_forgotten"
    assert "complaints" not in await forget(product), "once"


@pytest.mark.promise(23)
async def test_one_that_is_opened_again_while_it_is_being_forgotten_stays(product: Product) -> None:
    owner = await product.login("li")
    complaint_id = await answered(product, owner)
    await close(product, complaint_id)
    product.clock.move((product.settings.privacy.visit_days + 1) * DAY)
    owner = await product.login("li")
    results = await asyncio.gather(
        owner.send(
            "POST", "user/addToComplaint/", data={"id": complaint_id, "actionId": action(), "text": MORE}
        ),
        forget(product),
    )
    left = await stored(product, complaint_id)
    if results[0].status_code == 200:
        assert (left.state, bool(left.text_sealed)) == ("open", True)
    else:
        assert (left.state, left.text_sealed) == ("closed", "")
        assert results[0].json()["error"] == "complaint_forgotten"


async def test_photos_that_were_never_sent_go_after_a_day_with_their_rows(product: Product) -> None:
    owner = await product.login("li")
    kept = action()
    await upload(owner, kept)
    await complain(owner, await product.paid_order(owner), photos=kept)
    await upload(owner)
    assert len(files_of(product)) == 2
    product.clock.move(DAY - HOUR)
    await forget(product)
    assert len(files_of(product)) == 2
    product.clock.move(2 * HOUR)
    assert (await forget(product))["unsent_photos"] == 1
    assert (len(files_of(product)), await product.count("complaint_photos")) == (1, 1)


async def test_a_file_whose_row_was_never_written_is_removed_as_unused_and_others_stay(
    product: Product,
) -> None:
    owner, mine = await product.login("li"), action()
    address = (await upload(owner, mine)).json()["photo"]
    await complain(owner, await product.paid_order(owner), photos=mine)
    orphan = f"{'0' * 32}.jpg"
    product.services.documents.write(orphan, b"left behind by a process that died")
    for name in files_of(product):
        yesterday = time.time() - 25 * 3600
        os.utime(product.settings.data / "documents" / name, (yesterday, yesterday))
    removed = await remove_unused(product.storage, product.clock, product.services.folders, "test")
    assert (removed, len(files_of(product))) == (1, 1)
    assert (await owner.send("GET", address)).status_code == 200


@pytest.mark.promise(35)
async def test_no_backup_no_log_and_no_table_holds_a_word_in_clear(product: Product) -> None:
    owner = await product.login("li")
    await close(product, await answered(product, owner))
    data = product.settings.data
    stored_bytes = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())
    assert not any(word.encode() in stored_bytes for word in WORDS)
    assert not any(word in product.logs.text for word in WORDS)
