"""What a start is told without being refused: certificates that end soon, plain HTTP, clocks, exposed files."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, Settings, load_settings
from startup import checks
from startup.checks.clock import judge_skew
from startup.checks.database import check_database_line
from startup.checks.files import exposed
from tests.core.spoilt_settings import notify, with_tls
from tests.core.test_start_matrix import change, keys, production

__all__ = ["keys", "production"]


async def warnings(settings: Settings) -> dict[str, str]:
    chosen = [check for check in checks.CHECKS if check is not checks.check_clock]
    results = [await check(settings) for check in chosen]
    return {result.name: result.detail for result in results if result.level == "warning"}


async def test_a_certificate_that_ends_soon_is_told_in_time(production: Settings) -> None:
    assert "expires on" in (await warnings(with_tls(ends=3)(production)))["tls"]
    assert "tls" not in await warnings(with_tls(ends=30)(production))


async def test_a_certificate_for_another_name_than_wechat_calls_is_told(production: Settings) -> None:
    settings = notify("https://pay.other.cn/wechatpay/notify/")(with_tls()(production))
    assert "pay.other.cn is not in the certificate" in (await warnings(settings))["listening"]
    assert "listening" not in await warnings(with_tls()(production))


async def test_a_message_push_in_plain_mode_is_told(production: Settings) -> None:
    plain = production.replace("wechat", push_token="q8Zk3vT1xWcR")
    told = (await warnings(plain))["push"]
    assert "does not cover the message" in told
    assert "erase data" in told
    secure = plain.replace("wechat", push_aes_key="q8Zk3vT1xWcR5nYb7HsJf2GaUe6LpKd9mVtQ4oBiXyE")
    assert "push" not in await warnings(secure)
    results = {result.name: result.detail for result in [await checks.check_push(secure)]}
    assert results["push"].endswith("https://escort.cn/wechat/push/")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("push_token", "ab"),
        ("push_token", "a" * 33),
        ("push_token", "a b c"),
        ("push_aes_key", "A" * 42),
        ("push_aes_key", "A" * 44),
        ("push_aes_key", "A" * 42 + "="),
        ("push_aes_key", "A" * 43 + "\n"),
    ],
)
def test_a_token_or_key_of_the_message_push_of_another_form_is_refused(
    tmp_path: Path, key: str, value: str
) -> None:
    with pytest.raises(ConfigError, match=f"wechat.{key}"):
        load_settings(tmp_path, None, {f"HA_WECHAT_{key.upper()}": value})


async def test_plain_http_on_the_network_is_told(production: Settings) -> None:
    assert production.server.listening_address == "127.0.0.1"
    assert "listening" not in await warnings(production)
    exposed_server = change("server", address="0.0.0.0")(production)
    assert "plain HTTP" in (await warnings(exposed_server))["listening"]
    assert with_tls()(production).server.listening_address == "", "HTTPS is for everybody"


@pytest.mark.parametrize(
    ("database", "told"),
    [
        ({"engine": "mysql", "host": "10.0.0.5"}, True),
        ({"engine": "mysql", "host": "db.example.cn"}, True),
        ({"engine": "mysql", "host": "db.example.cn", "tls_ca": "ca.pem"}, False),
        ({"engine": "mysql", "host": "127.0.0.1"}, False),
        ({"engine": "mysql", "host": "::1"}, False),
        ({"engine": "mysql", "host": "localhost"}, False),
        ({"engine": "sqlite", "host": "db.example.cn"}, False),
    ],
)
async def test_a_remote_database_without_tls_is_told(
    production: Settings, database: dict[str, str], told: bool
) -> None:
    result = await check_database_line(production.replace("database", **database))
    assert result.level == ("warning" if told else "ok")


@pytest.mark.parametrize("bits", [0o604, 0o620, 0o610, 0o602, 0o601, 0o660, 0o644, 0o777])
def test_a_file_is_exposed_when_others_may_use_it(tmp_path: Path, bits: int) -> None:
    file = tmp_path / "key.pem"
    file.touch()
    file.chmod(bits)
    assert exposed(file)
    for private in (0o600, 0o400, 0o640, 0o440, 0o700):
        file.chmod(private)
        assert not exposed(file)


@pytest.mark.parametrize(
    "value", ["api", "api/", "/api/", "//", "/", "/a//b", "/api?x", "/a b", "/..", "/a/./b", "/api\n"]
)
def test_a_base_path_that_no_request_begins_with_is_refused(tmp_path: Path, value: str) -> None:
    import json

    file = tmp_path / "config.toml"
    file.write_text(f"[server]\nbase_path = {json.dumps(value)}\n")
    with pytest.raises(ConfigError, match=r"server\.base_path: expected"):
        load_settings(tmp_path, file, {})


@pytest.mark.parametrize("value", ["", "/api", "/api/v1.0", "/a_b-c~d", "/.well"])
def test_a_base_path_is_accepted(tmp_path: Path, value: str) -> None:
    assert load_settings(tmp_path, None, {"HA_SERVER_BASE_PATH": value}).server.base_path == value


@pytest.mark.parametrize(
    ("skew_ms", "level"),
    [
        (0, "ok"),
        (59_999, "ok"),
        (-60_000, "ok"),
        (60_001, "failed"),
        (-60_001, "failed"),
        (3_600_000, "failed"),
    ],
)
def test_a_clock_that_differs_by_more_than_a_minute_stops_the_start(skew_ms: int, level: str) -> None:
    result = judge_skew(skew_ms)
    assert (result.level, "expected WeChat's time" in result.detail) == (level, level == "failed")


async def test_the_clock_is_compared_with_the_date_that_wechat_answers(production: Settings) -> None:
    import asyncio
    import time
    from email.utils import formatdate

    for ahead, level in ((0, "ok"), (3600, "failed"), (-300, "failed")):

        async def answer(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ahead: int = ahead
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            date = formatdate(time.time() + ahead, usegmt=True)
            writer.write(
                f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        settings = production.replace("pay", api_base=f"http://127.0.0.1:{port}")
        assert (await checks.check_clock(settings)).level == level
        server.close()
