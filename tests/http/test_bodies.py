"""Bodies that are broken, huge, deep or of an unknown kind: the documented 4xx, and nothing stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.http.client import PATIENT, Client
from tests.http.conftest import StartProduct
from tests.http.product import Product, until

FORM = "application/x-www-form-urlencoded"
ADD = "user/add1friend/"


async def send(user: Client, content: Any, kind: str | None, path: str = ADD) -> Any:
    headers = {} if kind is None else {"Content-Type": kind}
    return await user.send("POST", path, content=content, headers=headers)


async def test_broken_json_is_refused(product: Product) -> None:
    user = await product.login("li")
    before = await product.contents()
    deep = b"[" * 100_000 + b"]" * 100_000
    for content in (
        b"{",
        b"{'a': 1}",
        b"\xff\xfe",
        b"[1, 2]",
        b'"text"',
        b"5",
        b"null",
        b"{}{}",
        b'{"name": NaN}',
        deep,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"name": "\\ud800"}',
        b'{"a": 1,}',
        b'{"name": "\x00"}',
    ):
        answer = await send(user, content, "application/json; charset=utf-8")
        assert (answer.status_code, answer.json()["error"]) == (400, "broken_json"), content[:20]
    assert await product.contents() == before


async def test_huge_numbers_are_refused_by_name(product: Product) -> None:
    user = await product.login("li")
    for number in (
        b"1e400",
        b"9" * 400,
        b"-" + b"9" * 4000,
        b"1.7976931348623157e308",
        b"18446744073709551616",
    ):
        answer = await send(user, b'{"id": ' + number + b"}", "application/json", "user/delete1order/")
        assert answer.status_code == 400, number[:20]


async def test_broken_forms_are_refused(product: Product) -> None:
    user = await product.login("li")
    before = await product.contents()
    for content in (
        b"name=%ff%fe",
        b"\xff\xfe\xfd=1",
        b"&".join(b"f%d=1" % n for n in range(2000)),
        b"%ed%a0%80=1",
    ):
        answer = await send(user, content, FORM)
        assert answer.status_code == 400, content[:20]
    for content in (b"=====", b"&&&&", b"name", b"%", b"%zz=%zz", b"a=b;c=d"):
        answer = await send(user, content, FORM)
        assert answer.json()["error"] == "invalid_input", content
    assert await product.contents() == before


async def test_of_a_repeated_field_the_last_counts(product: Product) -> None:
    user = await product.login("li")
    form = "&".join([*(f"{name}={value}" for name, value in PATIENT.items()), "name=王小明"])
    assert (await send(user, form.encode(), FORM)).status_code == 200
    assert (await user.get("user/getFriends/"))["data"][0]["name"] == "王小明"
    twice = b'{"id": "x", "id": 0}'
    assert (await send(user, twice, "application/json", "user/delete1friend/")).status_code == 400


async def test_unknown_kinds_of_body_are_415(product: Product) -> None:
    user = await product.login("li")
    for kind in (
        "text/plain",
        "application/xml",
        "image/png",
        "multipart/form-data; boundary=x",
        "json",
        ";",
        "x/*",
    ):
        answer = await send(user, b"name=a", kind)
        # without what the boundary announces, a multipart body is broken rather than unknown
        assert answer.status_code == (400 if "multipart" in kind else 415), kind
    assert (await send(user, b"name=a", None)).status_code == 415
    for kind in ("text/plain", FORM, "application/json"):
        answer = await send(user, b"x", kind, "user/avatar/")
        assert answer.status_code == 415, kind


async def test_a_body_of_twenty_megabytes_is_413_and_is_not_kept(product: Product) -> None:
    user = await product.login("li")
    before = await product.contents()
    for kind in (FORM, "application/json", "multipart/form-data; boundary=x", "text/plain"):
        for path in (ADD, "user/avatar/", "no/such/route/", "wechatpay/notify/", "admin/orders/edit/notes/"):
            answer = await send(user, b"x" * 20_000_000 if path == ADD else b"x" * 1_100_000, kind, path)
            assert answer.status_code == 413, (kind, path)
    assert await product.contents() == before


@pytest.mark.parametrize(("kilobytes", "limit"), [(1024, "1 MB"), (1536, "1.5 MB"), (500, "500 KB")])
async def test_what_is_too_large_is_told_the_limit_and_a_picture_what_to_do(
    start_product: StartProduct, kilobytes: int, limit: str
) -> None:
    product = await start_product(limits={"body_kilobytes": kilobytes})
    user = await product.login("li")
    photo = {"files": {"avatar": ("photo.jpg", b"x" * kilobytes * 1024, "image/jpeg")}}
    announced = await user.send("POST", "user/avatar/", **photo)
    in_chunks = await send(
        user, chunks(kilobytes // 90 + 1), "multipart/form-data; boundary=x", "user/avatar/"
    )
    for answer in (announced, in_chunks):
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
        assert answer.json()["msg"] == f"图片不能超过 {limit}，请换一张小一点的图片"
    answer = await send(user, b"x" * (kilobytes * 1024 + 1), FORM)
    assert answer.json()["msg"] == f"提交的内容太大，不能超过 {limit}"


async def chunks(number: int) -> AsyncIterator[bytes]:
    for _ in range(number):
        yield b"x" * 100_000


async def test_a_body_of_unknown_length_is_bounded_too(product: Product) -> None:
    user = await product.login("li")
    for path in (ADD, "user/avatar/", "no/such/route/"):
        answer = await send(user, chunks(30), FORM, path)
        assert answer.status_code == 413, path
    answer = await send(user, chunks(1), FORM)
    assert answer.json()["error"] == "invalid_input"
    assert product.application.in_flight == 0


@pytest.mark.parametrize("path", [ADD, "user/avatar/", "no/such/route/"])
async def test_a_length_that_a_proxy_doubled_is_bounded_too(product: Product, path: str) -> None:
    length = product.application.max_bytes + 1
    answer = await raw_answer(product, path, f"{length}, {length}", b"x" * length)
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:100]
    length = 100
    answer = await raw_answer(product, path, f"{length}\r\nContent-Length: {length}", b"x" * length)
    assert not answer.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 5")), answer[:100]
    assert product.application.in_flight == 0


@pytest.mark.parametrize("length", ["9" * 5_000, "9" * 30, "1, 2"])
async def test_a_length_that_is_refused_leaves_nothing_in_flight(product: Product, length: str) -> None:
    answer = await raw_answer(product, ADD, length, b"")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 ")), answer[:100]
    assert product.application.in_flight == 0


async def raw_answer(product: Product, path: str, length: str, body: bytes) -> bytes:
    host, port = product.root.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


async def test_an_upload_that_breaks_off_leaves_nothing_in_flight(product: Product) -> None:
    host, port = product.root.split("/")[2].split(":")
    for length, kind in ((1000, FORM), (5_000_000, FORM), (1000, "multipart/form-data; boundary=x")):
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /user/avatar/ HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\nabc"
        writer.write(head.encode())
        await writer.drain()
        await until(lambda: asyncio.sleep(0, product.application.in_flight))
        writer.close()
        await until(lambda: asyncio.sleep(0, not product.application.in_flight))


async def test_broken_http_closes_the_connection_without_a_traceback(product: Product) -> None:
    host, port = product.root.split("/")[2].split(":")
    for line in (
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"\r\n" * 5,
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(line)
        writer.write_eof()
        assert b"Traceback" not in await asyncio.wait_for(reader.read(), 5)
        writer.close()
    assert (await (await product.client()).get("healthz/"))["status"] == "ok"
