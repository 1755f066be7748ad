"""Avatars that users upload: encoded again, one per user, and refused when they are no pictures."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from catalog.picture_refusals import TOO_COSTLY, NotAPicture, TooCostly
from tests.http.product import Product
from tests.http.uploading import picture, upload


async def test_an_avatar_is_encoded_again_and_replaces_the_one_before(product: Product) -> None:
    user = await product.login("li")
    first = (await upload(user, picture(kind="JPEG") + b"<script>"))["avatar"]
    shown = await user.send("GET", first)
    assert shown.headers["content-type"] == "image/webp"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    unchanged = await user.send("GET", first, headers={"If-None-Match": shown.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert Image.open(io.BytesIO(shown.content)).size == (256, 256)
    assert b"<script>" not in shown.content
    second = (await upload(user, picture((1, 3000))))["avatar"]
    assert (await user.get("user/me/"))["user"]["avatar"] == second
    assert (await user.send("GET", first)).status_code == 404
    assert len(list(product.services.avatars.iterdir())) == 1


async def test_what_is_no_picture_is_refused_and_not_kept(product: Product) -> None:
    user = await product.login("li")
    bomb = b"GIF89a\xff\xff\xff\xff" + b"\x00" * 100
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    for content in (
        b"",
        b"x",
        svg,
        picture()[:60],
        bomb,
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        picture(kind="BMP"),
    ):
        assert (await upload(user, content, status=400))["error"] == "not_a_picture"
    assert (await upload(user, picture(), "other", 400))["error"] == "invalid_input"
    assert not product.services.avatars.exists() or not list(product.services.avatars.iterdir())
    assert (await user.get("user/me/"))["user"]["avatar"] == ""


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TooCostly, TOO_COSTLY),
        (NotAPicture, "这个文件不是可用的图片，请换一张（JPG、PNG 或 WebP）"),
    ],
)
async def test_an_avatar_that_cannot_be_decoded_is_refused_with_what_to_do(
    product: Product, monkeypatch: pytest.MonkeyPatch, error: type[Exception], sentence: str
) -> None:
    async def avatar(_: bytes) -> bytes:
        raise error

    monkeypatch.setattr(product.services.avatar_decoder, "avatar", avatar)
    user = await product.login("li")
    refused = await upload(user, picture(), status=400)
    assert (refused["error"], refused["msg"]) == ("not_a_picture", sentence)
