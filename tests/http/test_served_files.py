"""Files that are served as they are: pictures, avatars, scripts. What fails is in the one shape, and is not kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.admin.assets import address
from handlers.api.account.pictures import PictureHandler
from tests.http.product import Product
from tests.http.uploading import picture, upload

BEYOND = "bytes=99999999-"


async def addresses(product: Product) -> list[str]:
    """One of each kind; `client.send` looks at the shape of a failure and at how long it may be kept."""
    avatar = (await upload(await product.login("li"), picture()))["avatar"]
    return [
        avatar,
        "static/pic/banner/1.png",
        "static/pic/banner/1.png?v=1",
        "static/docs/start.js",
        address("admin.css"),
    ]


async def test_a_part_that_a_file_does_not_have_is_a_failure_that_nobody_keeps(product: Product) -> None:
    client = await product.client()
    for path in await addresses(product):
        whole = await client.send("GET", path)
        assert whole.status_code == 200, path
        size = len(whole.content)
        for asked in (BEYOND, f"bytes={size}-", "bytes=5-4", "bytes=-0"):
            answer = await client.send("GET", path, headers={"Range": asked})
            assert answer.status_code == 416, (path, asked)
            assert answer.json()["error"] == "range_not_satisfiable"
            assert answer.headers["content-range"] == f"bytes */{size}"
            assert answer.headers["cache-control"] == "no-store"
            assert "expires" not in answer.headers
            assert "etag" not in answer.headers
        head = await client.http.head(path, headers={"Range": BEYOND})
        assert (head.status_code, head.content, head.headers["cache-control"]) == (416, b"", "no-store")


async def test_a_part_of_a_file_is_sent_alone(product: Product) -> None:
    client = await product.client()
    for path in await addresses(product):
        whole = (await client.send("GET", path)).content
        for asked, first, last in (("bytes=2-5", 2, 6), ("bytes=-3", len(whole) - 3, len(whole))):
            answer = await client.send("GET", path, headers={"Range": asked})
            assert (answer.status_code, answer.content) == (206, whole[first:last]), (path, asked)
            assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(whole)}"
        for asked in ("bytes=0-", f"bytes=0-{len(whole) + 9}", "bytes=x", "lines=1-2", "bytes=1-2,4-5"):
            answer = await client.send("GET", path, headers={"Range": asked})
            assert (answer.status_code, answer.content) == (200, whole), (path, asked)


@pytest.mark.parametrize("at", ["looked up", "about to be read"])
async def test_a_file_that_is_removed_on_the_way_is_not_found(
    product: Product, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    user = await product.login("li")
    avatar = (await upload(user, picture()))["avatar"]
    (file,) = product.services.avatars.iterdir()
    step = "get_modified_time" if at == "looked up" else "get_content_size"
    original = getattr(PictureHandler, step)

    def removed(self: PictureHandler) -> object:
        if at == "looked up":
            Path(file).unlink()
            return original(self)
        size = original(self)
        Path(file).unlink()
        return size

    monkeypatch.setattr(PictureHandler, step, removed)
    answer = await user.send("GET", avatar)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
