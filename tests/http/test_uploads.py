"""Uploaded pictures: what one file may cost, and who waits for whom."""

from __future__ import annotations

import asyncio
import io
import os
import resource
import signal
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from catalog import picture_decoder, picture_process, picture_refusals, uploaded_pictures
from catalog.picture_decoder import DecoderBusy, PictureDecoder
from catalog.picture_structure import MAX_JPEG_SCANS, MAX_PNG_CHUNKS, jpeg_scans, png_chunks
from config import ROOT
from handlers.errors import as_api_error
from tests.core.pictures import chunk, jpeg_of_scans, png, png_of_chunks
from tests.http.client import Client
from tests.http.product import Product
from tests.served import serving


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 300)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


async def upload(user: Client, content: bytes) -> Any:
    return await user.send("POST", "user/avatar/", files={"avatar": ("me.png", content, "image/png")})


def children() -> list[str]:
    """The commands of the decoding processes that this process has started and that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                if "picture_process" in command and parent == str(os.getpid()):
                    found.append(command)
    return found


# What one file may cost


def test_passes_are_counted_as_a_decoder_meets_them():
    usual = jpeg_of_scans(1, 64)
    assert jpeg_scans(usual) == usual.count(b"\xff\xda") <= 12
    thumbnail = b"\xff\xe1" + (2 + len(usual)).to_bytes(2) + usual
    assert jpeg_scans(usual[:2] + thumbnail + usual[2:]) == jpeg_scans(usual), "a thumbnail is skipped"
    assert jpeg_scans(usual + b"\xff\xda" * 1000) == jpeg_scans(usual), "so is what follows the picture"
    assert jpeg_scans(jpeg_of_scans(5_000, 64)) == MAX_JPEG_SCANS + 1
    assert jpeg_scans(b"\xff\xd8" + b"\xff" * 10_000) == 0
    assert png_chunks(png_of_chunks(MAX_PNG_CHUNKS * 2)) == MAX_PNG_CHUNKS + 1


def test_what_the_encoders_in_use_write_is_far_below_the_limits():
    noise = Image.frombytes("RGB", (1000, 1000), os.urandom(3_000_000)).resize((3000, 3000))
    for options in ({"progressive": True}, {"progressive": True, "optimize": True, "subsampling": 0}):
        buffer = io.BytesIO()
        noise.save(buffer, "JPEG", quality=95, **options)
        assert jpeg_scans(buffer.getvalue()) <= MAX_JPEG_SCANS / 4
    buffer = io.BytesIO()
    noise.save(buffer, "PNG", compress_level=1)
    assert png_chunks(buffer.getvalue()) <= MAX_PNG_CHUNKS / 4


ANIMATED = [Image.new("RGB", (2000, 2000), (number, 0, 0)) for number in range(0, 240, 8)]


def animation(kind: str) -> bytes:
    buffer = io.BytesIO()
    ANIMATED[0].save(buffer, kind, save_all=True, append_images=ANIMATED[1:], loop=0)
    return buffer.getvalue()


def text_chunk(kind: bytes, size: int) -> bytes:
    return chunk(kind, b"a\0\0" + zlib.compress(bytes(size), 9))


HOSTILE = {
    "thousands of passes over 25 million pixels": lambda: jpeg_of_scans(3_000, 5_000),
    "as many passes as are allowed": lambda: jpeg_of_scans(MAX_JPEG_SCANS - 11, 2_400),
    "too many for so many pixels": lambda: jpeg_of_scans(MAX_JPEG_SCANS - 11, 5_000),
    "the most passes for the largest": lambda: jpeg_of_scans(6, 5_000),
    "a bomb of a picture": lambda: png((5_000, 5_000), 16, 6, bytes(40_000)),
    "900 million pixels": lambda: png((30_000, 30_000), 1, 0, bytes(3_750)),
    "a bomb of a text": lambda: png((8, 8), 8, 0, bytes(8), extra=text_chunk(b"zTXt", 200_000_000)),
    "many bombs of texts": lambda: png((8, 8), 8, 0, bytes(8), extra=text_chunk(b"zTXt", 1_000_000) * 900),
    "a bomb of a profile": lambda: png((8, 8), 8, 0, bytes(8), extra=text_chunk(b"iCCP", 200_000_000)),
    "80,000 pieces": lambda: png_of_chunks(80_000),
    "20,000 pieces": lambda: png_of_chunks(MAX_PNG_CHUNKS - 10),
    "an animated GIF": lambda: animation("GIF"),
    "an animated WebP": lambda: animation("WEBP"),
    "a WebP that says it is huge": lambda: b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + b"\xfe\x3f\0" * 2,
    "a GIF of comments": lambda: b"GIF89a\1\0\1\0\0\0\0!\xfe" + (b"\xff" + bytes(255)) * 3_900 + b"\0",
    "nothing but markers": lambda: b"\xff\xd8" + b"\xff\xe0\0\2" * 250_000,
    "nothing but fill": lambda: b"\xff\xd8" + b"\xff" * 1_000_000,
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_no_file_within_the_limit_of_size_keeps_a_core_busy(what: str):
    content = HOSTILE[what]()
    assert len(content) < 1024 * 1024
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with suppress(picture_refusals.NotAPicture):
        await PictureDecoder().avatar(content)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 2.5, "seconds of a core"
    assert not children()


async def test_the_limits_of_the_process_end_what_slips_through(monkeypatch: pytest.MonkeyPatch):
    """The same picture without the look at its structure: the operating system stops it, and the next one works."""
    program = (
        "import catalog.uploaded_pictures as uploaded_pictures, catalog.picture_process as process\n"
        "uploaded_pictures.is_too_costly = lambda content: False\n"
        "process.CPU_SECONDS = 1\n"
        "process.main('square', 256)"
    )
    decoder = PictureDecoder()
    start = asyncio.create_subprocess_exec

    async def without_the_look(*_: str, **options: Any) -> Any:
        return await start(sys.executable, "-c", program, **options)

    content = jpeg_of_scans(20_000, 5_000)
    with monkeypatch.context() as changed:
        changed.setattr(asyncio, "create_subprocess_exec", without_the_look)
        began = time.monotonic()
        with pytest.raises(picture_refusals.TooCostly):
            await decoder.avatar(content)
        assert time.monotonic() - began < picture_decoder.SECONDS
        changed.setattr(picture_decoder, "SECONDS", 0.3)
        with pytest.raises(picture_refusals.TooCostly):
            await decoder.avatar(content)
    assert not children()
    assert await decoder.avatar(picture())


async def test_the_process_inherits_no_setting_and_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HA_PRIVACY_KEY", "0" * 64)
    start, seen = asyncio.create_subprocess_exec, []

    async def watched(*command: str, **options: Any) -> Any:
        seen.append(options)
        return await start(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    assert await PictureDecoder().avatar(picture())
    assert not [name for name in seen[0]["env"] if name.startswith(("HA_", "PYTHON"))]
    assert seen[0]["cwd"] == ROOT


async def test_a_picture_that_nobody_waits_for_any_more_is_not_decoded_on():
    task = asyncio.create_task(PictureDecoder().avatar(jpeg_of_scans(40, 2_400)))
    while not children():
        assert not task.done()
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not children()


def test_a_large_photo_may_have_the_passes_that_cameras_write_and_a_small_one_more():
    for extra, side in ((4, 5_000), (40, 2_400), (50, 500)):
        assert uploaded_pictures.open_picture(jpeg_of_scans(extra, side), side=64).width == 64
    for extra, side in ((20, 5_000), (90, 500)):
        with pytest.raises(picture_refusals.TooCostly):
            uploaded_pictures.open_picture(jpeg_of_scans(extra, side), side=64)


def test_a_server_stops_in_time_while_pictures_wait_and_are_decoded(tmp_path: Path):
    content = jpeg_of_scans(50, 2_500)
    with serving(tmp_path) as served, ThreadPoolExecutor(9) as threads:

        def log_in(number: int) -> str:
            answer = httpx.get(f"{served.root}login/", params={"code": f"as:u{number}:stop"}, timeout=30)
            return str(answer.json()["warrant"])

        def send(warrant: str) -> int:
            files = {"avatar": ("me.jpg", content, "image/jpeg")}
            address = f"{served.root}user/avatar/"
            return httpx.post(address, headers={"warrant": warrant}, files=files, timeout=60).status_code

        answers = [threads.submit(send, warrant) for warrant in [log_in(number) for number in range(9)]]
        while not any(answer.done() for answer in answers):
            time.sleep(0.05)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(12) == 0
        assert {answer.result() for answer in answers} <= {200, 503}


# Who waits for whom


async def test_nobody_waits_for_ever_for_their_turn(product: Product, monkeypatch: pytest.MonkeyPatch):
    user, other = await product.login("li"), await product.login("wang")
    monkeypatch.setattr(picture_decoder, "WAIT_SECONDS", 0.2)
    entered, leave = asyncio.Event(), asyncio.Event()
    answer = picture_decoder._answer

    async def held(*arguments: Any) -> bytes:
        entered.set()
        await leave.wait()
        return await answer(*arguments)

    monkeypatch.setattr(picture_decoder, "_answer", held)
    first = asyncio.create_task(upload(user, picture()))
    await entered.wait()
    busy = await upload(other, picture())
    assert (busy.status_code, busy.json()["error"], busy.headers["Retry-After"]) == (503, "busy", "5")
    assert "请过几秒再试" in busy.json()["msg"]
    leave.set()
    assert (await first).status_code == 200
    assert (await upload(other, picture())).status_code == 200


async def test_only_so_many_files_wait_in_memory(monkeypatch: pytest.MonkeyPatch):
    decoder, leave = PictureDecoder(), asyncio.Event()

    async def held(*_: Any) -> bytes:
        await leave.wait()
        return b"ok webp\nx"

    monkeypatch.setattr(picture_decoder, "_answer", held)
    tasks = [asyncio.create_task(decoder.avatar(b"")) for _ in range(picture_decoder.MAX_WAITING + 1)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(DecoderBusy) as refused:
        await decoder.avatar(b"")
    error = as_api_error(refused.value)
    assert error is not None
    assert (error.status, error.headers) == (503, {"Retry-After": "5"})
    leave.set()
    assert await asyncio.gather(*tasks) == [b"x"] * len(tasks)


async def test_avatars_do_not_hold_up_the_catalog(product: Product, monkeypatch: pytest.MonkeyPatch):
    entered, answer = asyncio.Event(), picture_decoder._answer

    async def held(content: bytes, task: str, side: int) -> bytes:
        if task == "square":
            entered.set()
            await asyncio.Event().wait()
        return await answer(content, task, side)

    monkeypatch.setattr(picture_decoder, "_answer", held)
    waiting = asyncio.create_task(product.services.avatar_decoder.avatar(picture()))
    await entered.wait()
    assert (await product.services.catalog_decoder.for_catalog(picture(), 100))[1] == "jpg"
    waiting.cancel()


def test_the_process_has_time_enough_and_less_than_its_parent_waits():
    assert 2 <= picture_process.CPU_SECONDS < picture_decoder.SECONDS < 10
