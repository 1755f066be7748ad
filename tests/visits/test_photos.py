"""Photos of a visit: what is taken, what is cleaned, what is refused, and who sees them."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from orders.visits import photos
from privacy import VISIT_PHOTO, PrivacyError, Vault, new_key
from tests.core.pictures import jpeg_of_scans, png
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.visits.scenario import Visit, begin_visit, picture

GPS = 0x8825


def with_gps() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Phone of Li"
    exif[0x0112] = 6  # turned
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (34.0, 15.0, 30.5)
    return picture((300, 200), exif=exif.tobytes())


def heic() -> bytes:
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + os.urandom(4000)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "HEIC": (heic, "HEIC"),
    "cut off": (lambda: picture((800, 600))[:3000], "不完整"),
    "a text": (lambda: b"GIF89a is only what it begins with", "不完整"),
    "one pass after another": (lambda: jpeg_of_scans(1_000, 64), "格式太特殊"),
    "a bomb": (lambda: png((30_000, 30_000), 1, 0, bytes(3_750)), "像素太多"),
    "nothing": (lambda: b"", "不完整"),
}


@pytest.mark.promise(35)
async def test_a_photo_is_kept_without_its_place_upright_and_sealed(product: Product) -> None:
    visit = await begin_visit(product)
    step = visit.action()
    await visit.step("met", actionId=step)
    original = with_gps()
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(GPS)
    answer = await visit.photo(original, step)
    assert answer.status_code == 200, answer.text
    address = answer.json()["photo"]
    (row,) = (await visit.read())["steps"]
    assert row["photos"] == [address]

    shown = await visit.owner.send("GET", address)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["cache-control"] == "no-store"
    seen = Image.open(io.BytesIO(shown.content))
    assert seen.size == (200, 300)
    assert not dict(seen.getexif())
    assert b"Phone of Li" not in shown.content

    (file,) = (product.settings.data / "visits").iterdir()
    sealed = file.read_bytes()
    assert sealed.startswith(f"{product.services.vault.key_id}.".encode())
    assert shown.content[:200] not in sealed
    assert product.services.vault.open_file(sealed, f"{VISIT_PHOTO}:{file.name}") == shown.content


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_no_usable_photo_is_refused_clearly_and_leaves_nothing(
    product: Product, what: str
) -> None:
    visit = await begin_visit(product)
    step = visit.action()
    await visit.step("met", actionId=step)
    content, word = REFUSED[what]
    before = await product.contents()
    answer = await visit.photo(content(), step)
    assert (answer.status_code, answer.json()["error"]) == (400, "not_a_picture")
    assert word in answer.json()["msg"]
    assert list(answer.json()["fields"]) == ["file"]
    assert await product.contents() == before
    assert files_of(product) == []


async def test_a_photo_above_the_limit_is_refused_before_it_is_read_and_a_large_one_below_it_is_kept(
    product: Product,
) -> None:
    visit = await begin_visit(product)
    step = visit.action()
    await visit.step("met", actionId=step)
    noise = Image.frombytes("RGB", (1600, 1200), os.urandom(1600 * 1200 * 3))
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG", quality=95)
    assert len(buffer.getvalue()) > 1024 * 1024, "more than other bodies may have"
    assert (await visit.photo(buffer.getvalue(), step)).status_code == 200
    refused = await visit.photo(picture() + bytes(12 * 1024 * 1024), step)
    assert (refused.status_code, refused.json()["error"]) == (413, "too_large")
    assert "10 MB" in refused.json()["msg"]
    for client, status in ((visit.owner, 401), (await product.client(), 401)):  # neither is an escort
        files = {"file": ("photo.jpg", bytes(3 * 1024 * 1024), "image/jpeg")}
        answer = await client.send("POST", "escort/photo/", params={"id": visit.order_id}, files=files)
        assert answer.status_code == status


async def test_the_same_photo_sent_again_or_at_once_is_one(product: Product) -> None:
    visit = await begin_visit(product)
    step, action = visit.action(), visit.action()
    await visit.step("met", actionId=step)
    answers = await asyncio.gather(*(visit.photo(picture(), step, actionId=action) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["photo"] for answer in answers}) == 1
    assert (await visit.photo(picture(), step, actionId=action)).json()["repeated"] is True
    assert await product.count("visit_photos") == 1
    assert len(files_of(product)) == 1, "what came second has left no file"


async def test_a_step_has_nine_photos_and_an_order_so_many(start_product: StartProduct) -> None:
    product = await start_product(visits={"photos_per_order": 10})
    visit = await begin_visit(product)
    first, second = visit.action(), visit.action()
    await visit.step("met", actionId=first)
    await visit.step("parted", actionId=second)
    for _ in range(photos.MAX_PER_STEP):
        assert (await visit.photo(picture((8, 8)), first)).status_code == 200
    refused = await visit.photo(picture((8, 8)), first)
    assert (refused.status_code, refused.json()["error"]) == (409, "too_many_photos")
    assert (await visit.photo(picture((8, 8)), second)).status_code == 200
    refused = await visit.photo(picture((8, 8)), second)
    assert (refused.status_code, refused.json()["msg"]) == (409, "一个订单最多 10 张照片")
    assert len(files_of(product)) == 10


async def test_a_photo_belongs_to_a_step_of_the_same_escort_and_order(product: Product) -> None:
    visit, second = await begin_visit(product), await begin_visit(product, name="2")
    foreign = second.action()
    await second.step("met", actionId=foreign)
    for step in (foreign, "a-step-that-is-not-there"):
        assert (await visit.photo(picture(), step)).json()["error"] == "step_missing"
    assert (await visit.photo(picture(), "bad")).status_code == 400
    assert files_of(product) == []


@pytest.mark.promise(34, 35)
async def test_the_photo_of_a_step_that_was_kept_still_arrives_after_the_reassignment(
    product: Product,
) -> None:
    visit = await begin_visit(product)
    step = visit.action()
    await visit.step("met", actionId=step, phoneTime=product.clock())
    product.clock.move(60_000)
    await visit.unassign()
    await visit.assign(await escort_of(product, await apply_as_escort(product, "zhao")))
    kept = await visit.photo(picture(), step)
    assert kept.status_code == 200, kept.text
    assert (await visit.photo(picture())).json()["error"] == "taken_off", "of no step of hers"
    assert (await visit.escort.send("GET", kept.json()["photo"])).status_code == 404


@pytest.mark.promise(35)
async def test_a_sealed_file_opens_under_its_own_name_and_key_alone(product: Product) -> None:
    visit = await begin_visit(product)
    first, second = [(await visit.photo(picture())).json()["photo"] for _ in range(2)]
    folder = product.settings.data / "visits"
    one, two = (folder / address.rpartition("/")[2] for address in (first, second))
    two.write_bytes(one.read_bytes())
    assert (await visit.owner.send("GET", second)).status_code == 500
    assert (await visit.owner.send("GET", first)).status_code == 200
    with pytest.raises(PrivacyError):
        Vault(new_key()).open_file(one.read_bytes(), f"{VISIT_PHOTO}:{one.name}")
    one.unlink()
    assert (await visit.owner.send("GET", first)).status_code == 404


async def test_a_limit_counts_the_photos_of_an_escort(start_product: StartProduct) -> None:
    product = await start_product(limits={"photo_per_minute": 1})
    visit = await begin_visit(product)
    assert (await visit.photo(picture())).status_code == 200
    assert (await visit.photo(picture())).status_code == 429


def files_of(product: Product) -> list[Path]:
    folder = product.settings.data / "visits"
    return sorted(folder.iterdir()) if folder.is_dir() else []


async def test_a_photo_needs_the_consent_and_a_multipart_form(product: Product) -> None:
    visit: Visit = await begin_visit(product, consented=False)
    refused = await visit.photo(picture())
    assert (refused.status_code, refused.json()["error"]) == (409, "consent_missing")
    query = {"id": visit.order_id, "actionId": visit.action()}
    assert (
        await visit.escort.send("POST", "escort/photo/", params=query, data={"file": "x"})
    ).status_code == 415
    answer = await visit.escort.send(
        "POST", "escort/photo/", params=query, files={"other": ("x", b"x", "x/y")}
    )
    assert (answer.status_code, answer.json()["msg"]) == (400, "请选择一张照片")
