"""Pictures of the catalog: from a phone, from a form that names them, too large, damaged, odd."""

from __future__ import annotations

import asyncio
import io
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog import picture_decoder, picture_refusals, uploaded_pictures
from handlers import application
from handlers.admin.catalog import uploads
from tests.admin.catalog.test_catalog import HOSPITAL, catalog_of
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.core.pictures import jpeg_of_scans

BANNERS = "admin/catalog/banners/new/"
MEGABYTE = 1024 * 1024


def picture(size: tuple[int, int] = (3000, 1000), mode: str = "RGB", kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, "teal" if mode != "1" else 1).save(buffer, kind)
    return buffer.getvalue()


async def test_a_banner_is_made_small_and_served_under_its_own_name(owner: Client, scenario: Scenario):
    answer = await owner.upload(BANNERS, {"title": "春节", "link": ""}, ("picture_file", "x.exe", picture()))
    assert answer.code == 302
    address = (await catalog_of(owner))["banners"][0]["picture"]
    assert address.startswith("static/pic/uploads/")
    got = await owner.get(address)
    assert got.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(got.body)).size == (1500, 500)
    assert "x.exe" not in address


@pytest.mark.parametrize(
    "content", [b"not a picture", picture(kind="GIF"), b"<svg onload=alert(1)>", picture()[:200]]
)
async def test_what_is_no_picture_is_refused(owner: Client, content: bytes):
    answer = await owner.upload(BANNERS, {"title": "x"}, ("picture_file", "a.png", content))
    assert answer.code == 400
    assert "不是可用的图片" in answer.body.decode()


async def test_a_form_cannot_name_a_file_that_is_no_picture(owner: Client, scenario: Scenario):
    for name in (
        "static/pic/../../main.py",
        "/etc/passwd",
        "static/pic/uploads/../hospital.sqlite3",
        "https://x/",
    ):
        await owner.post("admin/catalog/hospitals/new/", {**HOSPITAL, "picture": name})
    async with scenario.storage.reading() as reader:
        assert {each.picture for each in await reader.catalog.hospitals()} == {""}


def from_a_phone(size: int) -> bytes:
    """A photo as a phone makes it: of that many bytes, most of them behind the picture that is shown."""
    photo = picture((400, 300), kind="JPEG")
    return photo + b"\0" * (size - len(photo))


@pytest.mark.parametrize("megabytes", [3, 8])
async def test_a_photo_as_it_comes_from_a_phone_is_taken(owner: Client, megabytes: int):
    photo = from_a_phone(megabytes * MEGABYTE)
    answer = await owner.upload(BANNERS, {"title": "春节", "link": ""}, ("picture_file", "a.jpg", photo))
    assert answer.code == 302
    kept = await owner.get((await catalog_of(owner))["banners"][0]["picture"])
    assert len(kept.body) < 50_000


async def test_a_photo_above_the_limit_is_refused_beside_its_field_and_the_form_stays(owner: Client):
    photo = from_a_phone(uploads.MAX_UPLOAD_BYTES + 1)
    answer = await owner.upload(
        BANNERS, {"title": "写好的标题", "link": ""}, ("picture_file", "a.jpg", photo)
    )
    page = answer.body.decode()
    assert answer.code == 400
    assert f'<span class="problem">图片不能超过 {uploads.MAX_UPLOAD_MB} MB' in page
    assert 'value="写好的标题"' in page
    assert f"不超过 {uploads.MAX_UPLOAD_MB} MB" in await owner.page(BANNERS), "the hint names the true limit"


async def test_a_body_above_every_limit_is_refused_with_a_page(owner: Client, visitor: Client):
    photo = from_a_phone(25 * MEGABYTE)
    answer = await owner.upload(BANNERS, {"title": "x"}, ("picture_file", "a.jpg", photo))
    page = answer.body.decode()
    assert answer.code == 413
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>内容太大</h1>" in page
    assert "后退" in page
    answer = await owner.post("admin/orders/1/notes/", {"notes": "长" * 200_000})
    assert (answer.code, "内容太大" in answer.body.decode()) == (413, True), (
        "other pages keep the common limit"
    )
    answer = await owner.post("admin/orders/edit/notes/", {"notes": "长" * 200_000})
    assert answer.headers["Content-Type"].startswith("application/json"), "the kept endpoints speak JSON"


async def test_a_large_body_is_read_only_for_who_is_logged_in(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
):
    from handlers.admin.catalog.entry import EntryHandler

    def held(self: Any) -> None:
        raise AssertionError("a stranger's large body was kept in memory")

    monkeypatch.setattr(EntryHandler, "prepare", held)
    await visitor.get("admin/login/")
    answer = await visitor.upload(BANNERS, {}, ("picture_file", "a.jpg", from_a_phone(3 * MEGABYTE)))
    assert answer.code == 401
    assert "请重新登录" in answer.body.decode()


async def test_large_bodies_wait_for_each_other_and_one_that_breaks_off_frees_its_place(owner: Client):
    host, port = owner.base.split("/")[2].split(":")
    cookies = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    for _ in range(5):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"POST /{BANNERS} HTTP/1.1\r\nHost: x\r\nCookie: {cookies}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {5 * MEGABYTE}\r\n\r\nabc".encode()
        )
        await writer.drain()
        await asyncio.sleep(0)
        writer.close()
    photo = from_a_phone(2 * MEGABYTE)
    answers = await asyncio.gather(
        *(
            owner.upload(BANNERS, {"title": "x", "link": ""}, ("picture_file", "a.jpg", photo))
            for _ in range(5)
        )
    )
    assert [answer.code for answer in answers] == [302] * 5


async def test_who_comes_when_too_many_pictures_wait_keeps_the_form_and_hears_when_to_come_again(
    owner: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(picture_decoder, "MAX_WAITING", 0)
    answer = await owner.upload(BANNERS, {"title": "写好的标题"}, ("picture_file", "a.png", picture()))
    assert (answer.code, answer.headers["Retry-After"]) == (503, "5")
    page = answer.body.decode()
    assert "请过几秒再试" in page
    assert 'value="写好的标题"' in page


@asynccontextmanager
async def slow_senders(owner: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """As many as may send something large at once have begun, were admitted, and go no further."""
    admit, admitted = application.HospitalApplication.admit, asyncio.Semaphore(0)

    async def noted(*given: Any) -> Any:
        refusal = await admit(*given)
        if refusal is None:
            admitted.release()
        return refusal

    host, port = owner.base.split("/")[2].split(":")
    cookies = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    head = (
        f"POST /{BANNERS} HTTP/1.1\r\nHost: x\r\nCookie: {cookies}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {5 * MEGABYTE}\r\n\r\nabc"
    )
    monkeypatch.setattr(application.HospitalApplication, "admit", noted)
    slow = []
    try:
        for _ in range(application.MAX_LARGE_BODIES):
            _, writer = await asyncio.open_connection(host, int(port))
            slow.append(writer)
            writer.write(head.encode())
            await writer.drain()
            await asyncio.wait_for(admitted.acquire(), 20)
        yield
    finally:
        for writer in slow:
            writer.close()


async def test_who_sends_slowly_keeps_nobody_else_waiting(owner: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(application, "MAX_LARGE_WAIT_SECONDS", 0.2)
    photo, fields = from_a_phone(2 * MEGABYTE), {"title": "x", "link": ""}
    async with slow_senders(owner, monkeypatch):
        answer = await owner.upload(BANNERS, fields, ("picture_file", "a.jpg", photo))
        assert (answer.code, answer.headers["Retry-After"]) == (503, "10")
        assert "过几秒再提交一次" in answer.body.decode()
    for _ in range(100):
        answer = await owner.upload(BANNERS, fields, ("picture_file", "a.jpg", photo))
        if answer.code != 503:
            break
    assert answer.code == 302


async def test_a_picture_that_takes_too_much_work_is_told_apart(owner: Client):
    content = jpeg_of_scans(1_000, 64)
    answer = await owner.upload(BANNERS, {"title": "x"}, ("picture_file", "a.jpg", content))
    assert answer.code == 400
    assert picture_refusals.TOO_COSTLY in answer.body.decode()


async def test_a_picture_with_too_many_pixels_is_told_apart(owner: Client):
    large = picture((5001, 5000), "1")
    answer = await owner.upload(BANNERS, {"title": "x"}, ("picture_file", "a.png", large))
    assert answer.code == 400
    assert "万像素），请先缩小" in answer.body.decode()


def with_odd_exif() -> bytes:
    """On its side, and with an unsigned field stored as negative: Pillow cannot write such EXIF again."""
    entries = [(0x112, 3, 1, struct.pack("<HH", 6, 0)), (0x128, 9, 1, struct.pack("<i", -5))]
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries))
    exif += b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    buffer = io.BytesIO()
    Image.new("RGB", (60, 20), "teal").save(buffer, "JPEG", exif=exif + struct.pack("<I", 0))
    return buffer.getvalue()


async def test_a_photo_with_odd_exif_is_taken_upright(owner: Client):
    fields = {"title": "x", "link": ""}
    assert (await owner.upload(BANNERS, fields, ("picture_file", "a.jpg", with_odd_exif()))).code == 302
    kept = await owner.get((await catalog_of(owner))["banners"][0]["picture"])
    assert Image.open(io.BytesIO(kept.body)).size == (20, 60)
    uploaded_pictures.encode_square(with_odd_exif(), 256)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_put_upright(orientation: int):
    upright = Image.new("RGB", (40, 80), "white")
    upright.paste("red", (0, 0, 20, 40))
    turned = {  # as the camera's sensor saw it
        1: [],
        2: [0],
        3: [3],
        4: [1],
        5: [5],
        6: [2],
        7: [6],
        8: [4],
    }
    seen = upright
    for step in turned[orientation]:
        seen = seen.transpose(Image.Transpose(step))
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x112] = orientation
    seen.save(buffer, "JPEG", exif=exif, quality=95)
    opened = uploaded_pictures.open_picture(buffer.getvalue())
    assert opened.size == (40, 80)
    green = opened.getchannel("G")
    assert [green.getpixel(at) for at in ((10, 20), (30, 20), (10, 60), (30, 60))] == [
        pytest.approx(level, abs=20) for level in (0, 255, 255, 255)
    ]


def test_what_was_left_out_of_an_avatar_is_white():
    logo = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    palette = Image.new("P", (300, 300), 0)
    palette.info["transparency"] = 0
    for kind, drawn in (("PNG", logo), ("WEBP", logo), ("GIF", palette), ("PNG", palette)):
        buffer = io.BytesIO()
        drawn.save(buffer, kind, **({"transparency": 0} if drawn.mode == "P" else {}))
        avatar = Image.open(io.BytesIO(uploaded_pictures.encode_square(buffer.getvalue(), 256))).convert(
            "RGB"
        )
        assert avatar.getpixel((128, 128)) == (255, 255, 255), (kind, drawn.mode)


async def test_a_transparent_picture_of_the_catalog_stays_transparent(owner: Client, tmp_path: Path):
    buffer = io.BytesIO()
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(buffer, "PNG")
    encoded, ending = uploaded_pictures.encode_for_catalog(buffer.getvalue(), 100)
    assert ending == "png"
    assert Image.open(io.BytesIO(encoded)).convert("RGBA").getchannel("A").getextrema() == (0, 0)
