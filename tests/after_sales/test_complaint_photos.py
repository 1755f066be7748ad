"""Photos of complaints: what is taken, what is cleaned, what is refused."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from tests.after_sales.complaining import action, upload
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.visits.scenario import picture
from tests.visits.test_photos import heic, with_gps


@pytest.mark.promise(35)
async def test_a_photo_is_kept_sealed_without_its_place_and_once_per_action(product: Product) -> None:
    owner, mine = await product.login("li"), action()
    answers = await asyncio.gather(*(upload(owner, mine, with_gps()) for _ in range(3)))
    assert {each.status_code for each in answers} == {200}
    assert len({each.json()["photo"] for each in answers}) == 1
    (file,) = (product.settings.data / "documents").iterdir()
    assert file.read_bytes().startswith(f"{product.services.vault.key_id}.".encode())
    shown = await owner.send("GET", answers[0].json()["photo"])
    assert not dict(Image.open(io.BytesIO(shown.content)).getexif())
    assert b"Phone of Li" not in shown.content


@pytest.mark.parametrize("what", ["HEIC", "text", "nothing", "no file"])
async def test_what_is_no_photo_is_refused_and_leaves_nothing(product: Product, what: str) -> None:
    owner = await product.login("li")
    content = {"HEIC": heic(), "text": b"%PDF-1.7 is no photo", "nothing": b"", "no file": b""}[what]
    if what == "no file":
        answered = await owner.send(
            "POST", "user/complaintPhoto/", params={"actionId": action()}, files={"other": ("x", b"x")}
        )
    else:
        answered = await upload(owner, content=content)
    assert (answered.status_code, list(answered.json()["fields"])) == (400, ["file"])
    assert await product.count("complaint_photos") == 0
    folder = product.settings.data / "documents"
    assert not folder.exists() or not list(folder.iterdir())


async def test_photos_that_are_never_sent_are_limited(start_product: StartProduct) -> None:
    product = await start_product(limits={"complaint_photo_per_minute": 0})
    owner, small = await product.login("li"), picture((8, 8))
    for _ in range(24):
        assert (await upload(owner, content=small)).status_code == 200
    refused = await upload(owner, content=small)
    assert (refused.status_code, refused.json()["error"]) == (409, "too_many_photos")
