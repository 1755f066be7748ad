"""内容安全识别: what WeChat refuses to check, what it says, and what the page shows of it."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image
from tornado.web import Application, RequestHandler

from sandbox.content_pictures import judge
from tests.sandbox.test_sandbox_phone_numbers import access_token

NOW = 1_760_000_000_000
HOUR = 3600_000


async def log_in(merchant, person="li"):
    identity = merchant.sandbox.identity
    query = {
        "appid": identity.appid,
        "secret": identity.secret,
        "js_code": f"as:{person}:1",
        "grant_type": "authorization_code",
    }
    return (await merchant.client.get(f"{merchant.base}/sns/jscode2session", params=query)).json()["openid"]


async def check(merchant, own_openid, call="msg_sec_check", **changes):
    token = await access_token(merchant)
    what = (
        {"content": "都很满意"}
        if call == "msg_sec_check"
        else {"media_url": "http://127.0.0.1:9/a.jpg", "media_type": 2}
    )
    body = {"version": 2, "scene": 1, "openid": own_openid, **what, **changes}
    body = {name: value for name, value in body.items() if value is not None}
    return (await merchant.post(f"wxa/{call}?access_token={token}", body)).json()


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"version": 1}, 47001),
        ({"version": "2"}, 47001),
        ({"scene": 0}, 40129),
        ({"scene": 5}, 40129),
        ({"scene": True}, 40129),
        ({"openid": None}, 40003),
        ({"openid": "oSomebodyElse"}, 43104),
        ({"content": ""}, 47001),
        ({"content": 5}, 47001),
        ({"content": "长" * 2501}, 45002),
        ({"mediaurl": "x"}, 47001),
    ],
)
def test_a_text_that_wechat_would_refuse_is_refused(drive_sandbox, changes, errcode):
    async def scenario(merchant):
        openid = await log_in(merchant)
        assert (await check(merchant, openid, **changes))["errcode"] == errcode
        assert (await check(merchant, openid))["errcode"] == 0

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"media_type": 3}, 40004),
        ({"media_url": "avatars/a.webp"}, 40097),
        ({"media_url": "ftp://host/a.jpg"}, 40097),
        ({"media_url": None}, 40097),
        ({"content": "x"}, 47001),
        ({"scene": "1"}, 40129),
    ],
)
def test_a_picture_that_wechat_would_refuse_is_refused(drive_sandbox, changes, errcode):
    async def scenario(merchant):
        openid = await log_in(merchant)
        assert (await check(merchant, openid, "media_check_async", **changes))["errcode"] == errcode

    drive_sandbox(scenario)


def test_words_decide_and_the_page_shows_it(drive_sandbox):
    async def scenario(merchant):
        openid = await log_in(merchant)
        for text, suggest, label in (
            ("都很满意", "pass", 100),
            ("一起赌博", "risky", 20006),
            ("请加微信<b>", "review", 10001),
        ):
            answer = await check(merchant, openid, content=text)
            assert answer["result"] == {"suggest": suggest, "label": label}
            assert answer["trace_id"]
        assert (await check(merchant, openid, "media_check_async"))["errcode"] == 0
        board = (await merchant.client.get(f"{merchant.base}/board/")).text
        for word in ("违规", "说不准", "请加微信&lt;b&gt;", "http://127.0.0.1:9/a.jpg"):
            assert word in board, word
        found = (await merchant.client.get(f"{merchant.base}/content/", params={"openid": openid})).json()
        assert [row["what"] for row in found["content"]] == ["picture", "text", "text", "text"]

    drive_sandbox(scenario)


def test_whoever_was_away_for_two_hours_is_not_checked_until_the_program_is_opened(drive_sandbox):
    now = [NOW]

    async def scenario(merchant):
        openid = await log_in(merchant)
        now[0] += 2 * HOUR
        assert (await check(merchant, openid))["errcode"] == 0
        now[0] += 1
        assert (await check(merchant, openid))["errcode"] == 61010
        assert (await merchant.post("people/", {"person": "li"})).json()["known"] is True
        assert (await check(merchant, openid))["errcode"] == 0
        assert (await merchant.post("people/", {"person": "nobody"})).json() == {"code": 0, "known": False}

    drive_sandbox(scenario, clock=lambda: now[0])


def test_a_picture_that_cannot_be_fetched_or_is_none_says_1008(drive_sandbox):
    class Page(RequestHandler):
        def get(self) -> None:
            self.write("no picture")

    async def scenario(merchant):
        told = []
        merchant.sandbox.pictures.tell = lambda *event: told.append(event)
        merchant.sandbox.settings.content_seconds = 0
        openid = await log_in(merchant)
        server = Application([("/.*", Page)]).listen(0, "127.0.0.1")
        port = next(iter(server._sockets.values())).getsockname()[1]
        traces = [
            (await check(merchant, openid, "media_check_async", media_url=url))["trace_id"]
            for url in ("http://127.0.0.1:9/a.jpg", f"http://127.0.0.1:{port}/a.jpg")
        ]
        async with asyncio.timeout(5):
            while len(told) < 2:
                await asyncio.sleep(0.01)
        server.stop()
        assert {(name, who) for name, who, _ in told} == {("wxa_media_check", openid)}
        assert {said["trace_id"]: said["errcode"] for _, _, said in told} == dict.fromkeys(traces, -1008)

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("colour", "path", "suggest"),
    [
        ("teal", "a.jpg", "pass"),
        ("white", "a.jpg", "pass"),
        ("red", "a.jpg", "risky"),
        ("yellow", "a.jpg", "review"),
        ("teal", "risky-1.jpg", "risky"),
        ("teal", "review.jpg", "review"),
    ],
)
def test_colour_and_name_of_a_picture_decide(colour, path, suggest):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "JPEG")
    assert judge(f"http://host/{path}", buffer.getvalue()) == suggest
