"""``main.py complaint-notifications`` against WeChat's stand-in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from config import ConfigError, Settings, load_settings
from sandbox import Sandbox
from sandbox.app import make_app
from startup import complaint_notifications, development


@pytest.fixture
def acts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Does acts one after the other against a stand-in, with faults in between: the exit codes and what was printed."""

    async def scene(settings: Settings, steps: tuple[Any, ...]) -> list[int]:
        sandbox = Sandbox(tmp_path / "sandbox")
        await sandbox.start()
        sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(make_app(sandbox))
        server.add_sockets(sockets)
        address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        known = development.with_sandbox(settings, sandbox.identity, address)
        codes = []
        try:
            for step in steps:
                if isinstance(step, dict):
                    sandbox.context.faults.switch_on(step, sandbox.clock())
                else:
                    act, url = step if isinstance(step, tuple) else (step, "")
                    given = known.replace("pay", complaint_notify_url=url) if url else known
                    codes.append(await complaint_notifications.run(given, act))
        finally:
            server.stop()
            await sandbox.stop()
        return codes

    def do(*steps: Any) -> tuple[list[int], list[str]]:
        codes = asyncio.run(scene(load_settings(tmp_path, environment={}), steps))
        return codes, capsys.readouterr().out.splitlines()

    return do


def test_an_address_is_registered_replaced_and_removed(acts: Any) -> None:
    first, second = "https://a.example/wechatpay/complaint-notify/", "https://b.example/x/"
    codes, said = acts(
        "show", ("set", first), ("set", first), ("set", second), ("show", first), "remove", "remove", "show"
    )
    assert codes == [0] * 8
    assert [line.startswith("没有登记") for line in said] == [True, *[False] * 6, True]
    assert "已登记" in said[1]
    assert "早已登记" in said[2]
    assert said[3].endswith(second)
    assert said[4] == f"{second}; 设置里是 / the settings say: {first}"
    assert "已取消" in said[5]
    assert "本来就没有登记" in said[6]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"fault": "error", "status": 403, "code": "NO_AUTH"}, "没有开通消费者投诉"),
        ({"fault": "rate_limited"}, "过一会儿再执行"),
        ({"fault": "system_error"}, "可以再执行一次"),
    ],
)
def test_what_went_wrong_says_what_to_do(acts: Any, fault: dict[str, Any], sentence: str) -> None:
    codes, said = acts({**fault, "endpoint": "complaint_address"}, ("set", "https://a.example/x/"))
    assert codes == [1]
    assert sentence in said[0]


@pytest.mark.parametrize(
    "url",
    ["http://a.example/x/", "https://a.example/x/?token=1", f"https://a.example/{'x' * 255}", "a.example"],
)
def test_an_address_that_wechat_refuses_is_never_sent(tmp_path: Path, url: str) -> None:
    settings = load_settings(
        tmp_path, environment={"HA_SERVER_MODE": "production", "HA_PAY_COMPLAINT_NOTIFY_URL": url}
    )
    with pytest.raises(ConfigError, match="complaint_notify_url"):
        complaint_notifications.check_url(settings, url)


def test_a_rehearsal_registers_the_address_that_its_stand_in_reaches(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment={"HA_SERVER_MODE": "staging"})
    complaint_notifications.check_url(settings, "http://127.0.0.1:8000/wechatpay/complaint-notify/")
