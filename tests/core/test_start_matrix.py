"""Production never starts on development defaults: each thing that must be right, wrong once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from config import Settings, load_settings
from startup import checks
from tests.databases import SQLiteTemplate
from tests.served import command, serving, write_config

APIV3 = "Kx7vPq2mZt9RwLc4NdYb8HsJf3GaUe6T"
GOOD: dict[str, dict[str, Any]] = {
    "server": {"mode": "production", "cookie_secret": "Zq3nVx8LwTe5RbKy7HcMd2PsGf9JaUt4"},
    "wechat": {"appid": "wx8d3f5a7b9c1e2046", "secret": "f3a9c7e15b8d2046a1c3e5f7092b4d68"},
    "pay": {
        "mchid": "1688123457",
        "serial": "5F3A9C7E15B8D2046A1C3E5F7092B4D68AA1C3E5",
        "apiv3_key": APIV3,
        "public_key_id": "PUB_KEY_ID_0168812345720240101",
        "notify_url": "https://escort.cn/wechatpay/notify/",
    },
    "privacy": {"key": "3f7a" * 16},
    "sandbox": {"enabled": False},
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A merchant's private key and a platform's public key, as files."""
    folder = tmp_path_factory.mktemp("cert")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = other.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "key.pem").chmod(0o600)
    (folder / "public.pem").write_bytes(public)
    return folder


@pytest.fixture
def production(tmp_path: Path, keys: Path, sqlite_template: SQLiteTemplate) -> Settings:
    """Settings that a production server starts with."""
    sqlite_template.settings(tmp_path)
    (tmp_path / "key.pem").write_bytes((keys / "key.pem").read_bytes())
    (tmp_path / "key.pem").chmod(0o600)
    pay = {"key_file": str(tmp_path / "key.pem"), "public_key_file": str(keys / "public.pem")}
    given = {**GOOD, "pay": {**GOOD["pay"], **pay}}
    lines = []
    for section, values in given.items():
        lines += [f"[{section}]", *(f"{name} = {_toml(value)}" for name, value in values.items())]
    file = tmp_path / "config.toml"
    write_config(file, "\n".join(lines))
    return load_settings(tmp_path, file, {})


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


async def failures(settings: Settings) -> dict[str, str]:
    """What is failed: check and detail. The clock is not compared: there is no WeChat here."""
    chosen = [check for check in checks.CHECKS if check is not checks.check_clock]
    results = [await check(settings) for check in chosen]
    return {result.name: result.detail for result in results if result.level == "failed"}


async def test_good_settings_pass_every_check(production: Settings) -> None:
    assert await failures(production) == {}


def change(section: str, **values: Any) -> Callable[[Settings], Settings]:
    return lambda settings: settings.replace(section, **values)


def remove_key(settings: Settings) -> Settings:
    (settings.data / "key.pem").unlink()
    return settings


def open_key_to_all(settings: Settings) -> Settings:
    (settings.data / "key.pem").chmod(0o644)
    return settings


def spoil_key(settings: Settings) -> Settings:
    (settings.data / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    return settings


def forget_tables(settings: Settings) -> Settings:
    for file in settings.data.glob("hospital.sqlite3*"):
        file.unlink()
    return settings


MATRIX: dict[str, tuple[str, str, Callable[[Settings], Settings]]] = {
    "the sandbox is asked for": (
        "sandbox",
        "sandbox.enabled",
        lambda s: _stated(s.replace("sandbox", enabled=True), "sandbox.enabled"),
    ),
    "the sandbox is WeChat Pay": (
        "sandbox",
        "pay.api_base",
        change("pay", api_base="http://127.0.0.1:8000/sandbox"),
    ),
    "the sandbox is WeChat": (
        "sandbox",
        "wechat.api_base",
        change("wechat", api_base="http://127.0.0.1:8000/sandbox"),
    ),
    "no cookie secret": ("secrets", "server.cookie_secret", change("server", cookie_secret="")),
    "a short cookie secret": ("secrets", "server.cookie_secret", change("server", cookie_secret="Zq3nVx8")),
    "a placeholder": ("secrets", "server.cookie_secret", change("server", cookie_secret="change-me-" * 4)),
    "one letter many times": ("secrets", "server.cookie_secret", change("server", cookie_secret="x" * 40)),
    "no app secret": ("secrets", "wechat.secret", change("wechat", secret="")),
    "a sample app secret": ("secrets", "wechat.secret", change("wechat", secret="your-app-secret-here")),
    "no appid": ("secrets", "wechat.appid", change("wechat", appid="")),
    "no merchant number": ("secrets", "pay.mchid", change("pay", mchid="")),
    "no serial": ("secrets", "pay.serial", change("pay", serial="")),
    "no APIv3 key": ("secrets", "pay.apiv3_key", change("pay", apiv3_key="")),
    "a placeholder for the monitoring": (
        "secrets",
        "server.metrics_token",
        change("server", metrics_token="change-me-please-now"),
    ),
    "a placeholder APIv3 key": ("secrets", "pay.apiv3_key", change("pay", apiv3_key="0" * 32)),
    "a long APIv3 key": ("secrets", "pay.apiv3_key", change("pay", apiv3_key=APIV3 + "x")),
    "no privacy key": ("secrets", "privacy.key", change("privacy", key="")),
    "a malformed privacy key": ("privacy-key", "privacy.key", change("privacy", key="z" * 64)),
    "an http notify address": (
        "notify-url",
        "pay.notify_url",
        change("pay", notify_url="http://escort.cn/notify/"),
    ),
    "a notify address with a query": (
        "notify-url",
        "pay.notify_url",
        change("pay", notify_url="https://escort.cn/notify/?a=1"),
    ),
    "no notify address": ("notify-url", "pay.notify_url", change("pay", notify_url="")),
    "no merchant key": ("merchant-key", "pay.key_file", remove_key),
    "a key that everybody can read": ("merchant-key", "pay.key_file", open_key_to_all),
    "a key that is none": ("merchant-key", "pay.key_file", spoil_key),
    "no way to know WeChat's key": (
        "platform-keys",
        "pay.public_key_id",
        change("pay", public_key_id="", public_key_file=""),
    ),
    "half a public key": ("platform-keys", "public_key_file", change("pay", public_key_file="")),
    "half a certificate": ("tls", "tls_certificate", change("server", tls_certificate="x.pem")),
    "a certificate that is not there": (
        "tls",
        "tls_certificate",
        change("server", tls_certificate="x.pem", tls_key="y.pem"),
    ),
    "tiers that are none": ("refund-policy", "refund_tiers", change("orders", refund_tiers=[[1, 200]])),
    "a database without tables": ("database", "migrate", forget_tables),
    "a database that cannot be reached": (
        "database",
        "[database]",
        change("database", engine="mysql", port=1, timeout_seconds=2.0),
    ),
}


def _stated(settings: Settings, name: str) -> Settings:
    import dataclasses

    return dataclasses.replace(settings, stated=settings.stated | {name})


@pytest.mark.promise(3)
@pytest.mark.parametrize("case", list(MATRIX))
async def test_production_refuses_to_start_when(production: Settings, case: str) -> None:
    name, key, spoil = MATRIX[case]
    secrets = (APIV3, GOOD["wechat"]["secret"], GOOD["privacy"]["key"], GOOD["server"]["cookie_secret"])
    found = await failures(spoil(production))
    assert name in found, found
    assert key in found[name]
    assert not any(secret in detail for secret in secrets for detail in found.values())


def test_a_production_server_says_in_one_line_why_it_does_not_start(production: Settings) -> None:
    file = production.data / "config.toml"
    file.write_text(file.read_text("utf-8").replace(GOOD["wechat"]["secret"], "change-me-please"), "utf-8")
    for name in ("serve", "check"):
        ended = command(production.data, name)
        assert ended.returncode == 1
        assert "Traceback" not in ended.stderr
        said = ended.stderr if name == "serve" else ended.stdout
        assert f"{file}: wechat.secret: expected a secret, found a placeholder" in said
    assert "[failed ] secrets" in command(production.data, "check").stdout


WITHOUT_WECHAT = """
import sys
import main
from startup import checks
checks.CHECKS = tuple(check for check in checks.CHECKS if check is not checks.check_clock)
sys.exit(main.main(sys.argv[1:]))
"""
"""The program as it is, but that it does not ask WeChat's server for the time."""


@pytest.mark.promise(3)
def test_a_production_server_neither_serves_nor_loads_the_sandbox_and_its_browser_client(
    production: Settings,
) -> None:
    config = (production.data / "config.toml").read_text("utf-8")
    tell_imports = {"PYTHONPROFILEIMPORTTIME": "1"}
    with serving(
        production.data, config=config, settings=tell_imports, program=("-c", WITHOUT_WECHAT)
    ) as served:
        assert httpx.get(f"{served.root}healthz/", trust_env=False).status_code == 200
        for path in ("sandbox/", "sandbox/client/", "sandbox/client/status.json", "sandbox/cashier/"):
            assert httpx.get(served.root + path, trust_env=False).status_code == 404, path
        loaded = {line.rpartition("|")[2].strip() for line in served.errors.splitlines() if "|" in line}
    assert "handlers.application" in loaded, "the imports were not told"
    assert not {name for name in loaded if name.partition(".")[0] == "sandbox"}
    assert not (production.data / "client").exists()
    assert "sandbox" not in served.output


@pytest.mark.promise(22)
async def test_a_server_that_would_take_all_users_for_one_says_so(production: Settings) -> None:
    found = await checks.check_proxies(production)
    assert (found.level, "server.trusted_proxies" in found.detail) == ("warning", True)
    for changed in (
        {"trusted_proxies": ["10.0.0.0/8"]},
        {"tls_certificate": "cert.pem"},
        {"mode": "development"},
    ):
        assert (await checks.check_proxies(production.replace("server", **changed))).level == "ok", changed
