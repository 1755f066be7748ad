"""What an escort records is sealed, needs a consent, goes into the export, and ends in time or with its user."""

from __future__ import annotations

import base64
import io
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from accounts import forgetting
from accounts.personal_data import OrdersUnderWay
from catalog import unused_files
from clock import DAY, MINUTE, day_bounds
from config import ROOT
from privacy import Vault, new_key
from startup import commands
from startup.backup.taking import back_up
from startup.problems import CommandFailed
from storage import revision
from tests.escort.escorts import apply_as_escort
from tests.http.product import Product
from tests.http.test_own_data import keys_of
from tests.http.test_secrets import everything_stored, pointed_at
from tests.visits.scenario import (
    DOCTOR,
    NOTE,
    QUESTION,
    WORDS,
    Visit,
    begin_visit,
    record_everything,
)


def files_of(product: Product) -> list[Path]:
    folder = product.settings.data / "visits"
    return sorted(folder.iterdir()) if folder.is_dir() else []


async def forget(product: Product) -> None:
    services = product.services
    await forgetting.forget_due(
        product.storage,
        product.clock,
        services.settings.privacy,
        services.visit_photos,
        services.documents,
        "test",
    )


@pytest.mark.promise(35)
async def test_what_was_recorded_is_in_no_file_and_no_log_in_clear(product: Product, tmp_path: Path) -> None:
    visit = await begin_visit(product)
    product.secrets |= set(WORDS)  # looked for in the logs when the product ends
    address = await record_everything(visit)
    shown = (await visit.owner.send("GET", address)).content
    stored = await everything_stored(product)
    for word in (*WORDS, "奥美拉唑", "34.2658", "108.9541"):
        assert word not in stored, word
    for file in product.settings.data.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert shown[100:200] not in content, file.name
            assert not any(word.encode() in content for word in WORDS), file.name

    settings = await pointed_at(product, product.settings)
    target = tmp_path / "backup.tgz"
    back_up(settings, target, revision.newest(), with_keys=False, overwrite=False)
    with tarfile.open(target) as archive:
        names = archive.getnames()
        assert f"files/visits/{address.rpartition('/')[2]}" in names
        for name in names:
            held = archive.extractfile(name)
            if held is not None:
                content = held.read()
                assert shown[100:200] not in content, name
                assert not any(word.encode() in content for word in WORDS), name


@pytest.mark.promise(35)
async def test_what_was_recorded_is_erased_on_wish_with_its_files(product: Product) -> None:
    visit, other = await begin_visit(product), await begin_visit(product, name="2")
    await record_everything(visit)
    await record_everything(other)
    await visit.consent("n", erase="y")
    await check_nothing_is_left(visit)
    assert len(files_of(product)) == 1, "that of somebody else"
    assert (await other.read())["report"]["doctor"] == DOCTOR


async def check_nothing_is_left(visit: Visit) -> None:
    """But that there were steps, a report and a question."""
    read = await visit.read()
    assert [row["kind"] for row in read["steps"]] == ["met"]
    assert (read["steps"][0]["note"], read["steps"][0]["place"], read["steps"][0]["photos"]) == ("", None, [])
    assert (read["report"]["forgotten"], read["report"]["doctor"]) == (True, "")
    assert [(row["text"], row["open"]) for row in read["entries"]] == [("", False)] * 3
    await check_columns(visit)


async def check_columns(visit: Visit) -> None:
    async with visit.product.storage.reading() as reader:
        for table, column in (
            ("visit_steps", "note_sealed"),
            ("visit_steps", "place_sealed"),
            ("visit_reports", "body_sealed"),
            ("report_entries", "text_sealed"),
            ("visit_troubles", "note_sealed"),
        ):
            rows = await reader.connection.fetch_all(
                f"SELECT {column} FROM {table} WHERE order_id = :id", {"id": visit.order_id}
            )
            assert rows, "a look at nothing finds nothing"
            assert {row[0] for row in rows} == {""}, (table, column)
        assert await reader.visits.photos(visit.order_id) == []
    assert not (await visit.order()).visit_record


@pytest.mark.promise(35)
async def test_a_visit_is_forgotten_in_time_and_not_before(product: Product) -> None:
    visit = await begin_visit(product)
    await record_everything(visit)
    await visit.step("done")
    begin, _ = day_bounds((await visit.order()).visit_date)
    days = product.settings.privacy.visit_days
    product.clock.move(
        begin + days * DAY + MINUTE - product.clock()
    )  # of the day itself nothing is forgotten
    visit.owner = await product.login("li")  # the session of then has ended
    await forget(product)
    assert (await visit.read())["report"]["doctor"] == DOCTOR
    assert len(files_of(product)) == 1
    product.clock.move(DAY)
    await forget(product)
    read = await visit.read()
    assert [row["note"] for row in read["steps"]] == ["", ""]
    assert (read["report"]["forgotten"], read["entries"][0]["text"]) == (True, "")
    await check_columns(visit)
    assert files_of(product) == []
    async with product.storage.reading() as reader:
        job = await reader.jobs.get(forgetting.JOB)
    assert job is not None
    assert '"visits": 1' in job.last_result
    await forget(product)
    async with product.storage.reading() as reader:
        job = await reader.jobs.get(forgetting.JOB)
    assert job is not None
    assert '"visits": 0' in job.last_result


@pytest.mark.promise(24, 35)
async def test_the_record_goes_with_its_user(product: Product) -> None:
    visit = await begin_visit(product)
    await record_everything(visit)
    assert (await visit.owner.post("user/deleteMe/", 409, confirm="删除"))["error"] == OrdersUnderWay.slug
    await visit.step("done")
    await visit.owner.post("user/deleteMe/", confirm="删除")
    await check_columns(visit)
    assert files_of(product) == []
    late = await visit.step("summary", note=NOTE)
    assert late["noteKept"] is False, "nothing slips in behind the erasure"
    async with product.storage.reading() as reader:
        steps = await reader.visits.steps(visit.order_id)
    assert [step.kind for step in steps] == ["met", "done", "summary"], "the books stay"


@pytest.mark.promise(24, 35)
async def test_an_escort_who_leaves_takes_the_name_along_and_leaves_the_familys_record(
    product: Product,
) -> None:
    visit = await begin_visit(product)
    await record_everything(visit)
    await visit.step("done")
    own = (await visit.escort.get("user/export/"))["data"]["escortSteps"]
    assert [(row["title"], row["place"]) for row in own] == [
        ("已接到", {"latitude": 34.2658, "longitude": 108.9541}),
        ("完成", None),
    ]
    await visit.escort.post("user/deleteMe/", confirm="删除")
    read = await visit.read()
    assert (read["report"]["doctor"], read["report"]["author"]) == (DOCTOR, "")
    assert read["steps"][0]["note"] == NOTE
    assert read["steps"][0]["place"] is None, "where the escort was"
    assert "王芳" not in str(read)


@pytest.mark.promise(24)
async def test_the_export_has_everything_about_ones_visits_and_nothing_of_others(product: Product) -> None:
    visit, other = await begin_visit(product), await begin_visit(product, name="2")
    address = await record_everything(visit)
    shown = (await visit.owner.send("GET", address)).content
    data: dict[str, Any] = (await visit.owner.get("user/export/"))["data"]
    (row,) = data["visits"]
    assert row["orderId"] == visit.order_id
    names = (ROOT / "Front" / "texts" / "data-names.js").read_text("utf-8")
    unnamed = {name for name in keys_of(data) if not re.search(rf"\b{name}: '", names)}
    assert not unnamed, "shown in the mini-program under a name that no person knows"
    assert all(word in str(row) for word in WORDS)
    (photo,) = row["photos"]
    assert base64.b64decode(photo["jpeg"]) == shown
    assert [asked["text"] for asked in data["questions"]] == [QUESTION]
    theirs = (await other.owner.get("user/export/"))["data"]
    assert (theirs["visits"], theirs["questions"]) == ([], [])
    assert not any(word in str(theirs) for word in WORDS)


@pytest.mark.promise(23, 35)
async def test_the_rotation_of_the_key_covers_everything_recorded_and_the_files(
    product: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    visit = await begin_visit(product)
    address = await record_everything(visit)
    shown = (await visit.owner.send("GET", address)).content
    old, new = product.settings.privacy.key, new_key()
    rotating = await pointed_at(product, product.settings.replace("privacy", key=new, previous_keys=[old]))
    assert await commands.rotate_privacy_key(rotating) == 0
    assert "visit_photos: 1" in capsys.readouterr().out
    product.services.vault = Vault(new)
    product.services.visit_photos = type(product.services.visit_photos)(
        product.settings.data / "visits", product.services.vault
    )
    assert (await visit.owner.send("GET", address)).content == shown
    assert (await visit.read())["report"]["doctor"] == DOCTOR
    (file,) = files_of(product)
    sealed = file.read_bytes()
    assert await commands.rotate_privacy_key(rotating) == 0
    assert file.read_bytes() == sealed, "a second run finds nothing to do"
    wrong = await pointed_at(product, product.settings.replace("privacy", key=new_key()))
    with pytest.raises(CommandFailed):
        await commands.rotate_privacy_key(wrong)


@pytest.mark.promise(35)
async def test_a_file_that_no_visit_names_is_removed_and_that_of_a_visit_stays(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await begin_visit(product)
    address = await record_everything(visit)
    folder = product.settings.data / "visits"
    (folder / ("0" * 32 + ".jpg")).write_bytes(b"left behind")
    (folder / f".{'0' * 32}.jpg.new").write_bytes(b"half of a rotation")
    (folder / "notes.txt").write_bytes(b"an operator's own")

    async def remove() -> int:
        services = product.services
        return await unused_files.remove_unused(product.storage, product.clock, services.folders, "test")

    assert await remove() == 0, "they are new"
    monkeypatch.setattr(unused_files, "GRACE_SECONDS", -1.0)
    monkeypatch.setattr(unused_files, "AT_ONCE", 1)
    assert await remove() == 2
    assert [file.name for file in files_of(product)] == sorted([address.rpartition("/")[2], "notes.txt"])
    assert (await visit.owner.send("GET", address)).status_code == 200


@pytest.mark.promise(35)
async def test_an_escort_of_another_order_opens_no_photo(product: Product) -> None:
    visit = await begin_visit(product)
    address = await record_everything(visit)
    other = await apply_as_escort(product, "zhao")
    for reader in (other, await product.login("stranger")):
        answer = await reader.send("GET", address)
        assert (answer.status_code, answer.json()["error"]) == (404, "order_not_found")
    assert (await (await product.client()).send("GET", address)).status_code == 401
    for name in ("0" * 32 + ".jpg", "../config.toml", "..%2fconfig.toml"):
        assert (await visit.owner.send("GET", f"visits/photos/{name}")).status_code == 404
    assert io.BytesIO((await visit.owner.send("GET", address)).content).read(2) == b"\xff\xd8"
