"""``main.py wechat-paths``: what WeChat was told, and what a refusal says to do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from config import Settings, load_settings
from startup import wechat_paths


class WeChat:
    """What each path is answered with, by its end."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.told: dict[str, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == "stable_token":
            return httpx.Response(200, json={"access_token": "token", "expires_in": 7200})
        self.told[name] = json.loads(request.content)["path"]
        answer = self.answers.get(name, 0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, json={"errcode": answer, "errmsg": "said by WeChat"})


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return load_settings(tmp_path, environment={})


def run(settings: Settings, wechat: WeChat, monkeypatch: pytest.MonkeyPatch) -> int:
    def client(*_: Any, **__: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(wechat))

    monkeypatch.setattr("wechat.api.open_client", client)
    monkeypatch.setattr("wechat.tokens.open_client", client)
    return asyncio.run(wechat_paths.set_paths(settings))


def test_both_paths_are_told_and_listed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wechat = WeChat()
    assert run(settings, wechat, monkeypatch) == 0
    assert wechat.told == {
        "update_order_detail_path": "pages/order/order?out_trade_no=${商品订单号}",
        "set_msg_jump_path": "pages/order/order",
    }
    assert capsys.readouterr().out.count("[  ok   ]") == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (10060035, "订单中心协议"),
        (48001, "没有这个权限"),
        (-1, "过一会儿"),
        (40165, "40165 微信没有接受"),
        (httpx.ReadTimeout("slow"), "可以再执行一次"),
        (httpx.ConnectError("away"), "过一会儿"),
    ],
)
def test_a_refusal_says_what_to_do_and_the_other_path_is_told_all_the_same(
    answer: Any,
    said: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wechat = WeChat(update_order_detail_path=answer)
    assert run(settings, wechat, monkeypatch) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("[failed ] 订单中心")
    assert said in first
    assert second.startswith("[  ok   ] 发货消息")
