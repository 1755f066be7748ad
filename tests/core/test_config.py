"""Settings: declared once, documented completely, and errors that say where, which, what was expected and found."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import config
from config import SECTIONS, ConfigError, Settings, load_settings

EVERY = [(section, item) for section, kind in SECTIONS.items() for item in dataclasses.fields(kind)]


def load(folder: Path, text: str = "", **environment: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return load_settings(folder, file, environment)


def refusal(folder: Path, text: str = "", **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **environment)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_example_file_is_the_one_that_the_command_prints() -> None:
    assert (config.ROOT / "config.example.toml").read_text("utf-8") == config.example()


def test_every_setting_is_in_the_example_with_its_default_and_meaning(tmp_path: Path) -> None:
    lines = config.example().splitlines()
    for _, item in EVERY:
        assert any(line.startswith(f"# {item.name} = ") for line in lines), item.name
        assert item.metadata["help"]
    uncommented = "\n".join(
        line.removeprefix("# ")
        if " = " in line and line.startswith("# ") and "(numbers" not in line
        else line
        for line in lines
        if not line.startswith("# Each can")
    )
    values = tomllib.loads(uncommented)
    del values["pay"]["mchid"], values["wechat"]["secret"]  # stated, they ask for a stated mode
    del values["server"]["mode"]
    given = {
        f"HA_{s}_{k}".upper(): str(v)
        for s, keys in values.items()
        for k, v in keys.items()
        if isinstance(v, str)
    }
    assert dataclasses.replace(load(tmp_path, **given), stated=frozenset()) == load(tmp_path)


def test_without_a_file_the_mode_is_development(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.development
    assert settings.sandbox.enabled
    assert settings.server.port == 8000


@pytest.mark.parametrize(("section", "item"), EVERY, ids=lambda value: getattr(value, "name", value))
def test_a_wrong_type_names_file_key_expected_and_found(tmp_path: Path, section: str, item: Any) -> None:
    kind = get_type_hints(SECTIONS[section])[item.name]
    wrong, found = ("7", "7") if kind is str else ('"seven"', "seven")
    message = refusal(tmp_path, f"[{section}]\n{item.name} = {wrong}")
    assert message.startswith(f"{tmp_path}/config.toml: {section}.{item.name}: expected ")
    assert ", found " in message
    if item.metadata["secret"]:
        assert found not in message.partition(", found ")[2].replace("a value that is kept secret", "")
    else:
        assert found in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server]\nprot = 8000", ["config.toml: server.prot", "unknown setting", "port"]),
        ("[serve]\nport = 8000", ["[serve]", "unknown section", "server"]),
        ("server = 5", ["server", "expected a section", "found 5"]),
        ("[server", ["not valid TOML"]),
        ("[server]\nport = 70000", ["server.port", "expected a whole number", "found 70000"]),
        ("[server]\nport = 80.5", ["server.port", "found 80.5"]),
        ("[server]\nport = true", ["server.port", "found true"]),
        ('[server]\nmode = "prod"', ["server.mode", "found", "prod"]),
        ('[database]\nengine = "postgres"', ["database.engine", "postgres"]),
        ("[orders]\nunpaid_hours = 0", ["orders.unpaid_hours", "found 0"]),
        ("[orders]\nhorizon_days = 361", ["orders.horizon_days", "found 361"]),
        ("[orders]\nrefund_tiers = [[1]]", ["orders.refund_tiers", "pairs"]),
        ('[server]\ntrusted_proxies = ["10.0.0.0/8", "nginx"]', ["server.trusted_proxies", "'nginx'"]),
        ('[server]\ntrusted_proxies = [""]', ["server.trusted_proxies", "neither an address"]),
        ('[server]\ntrusted_proxies = [" 10.0.0.1"]', ["server.trusted_proxies", "neither an address"]),
        ('[server]\ntrusted_proxies = ["10.0.0.1:80"]', ["server.trusted_proxies", "neither an address"]),
        ('[server]\ntrusted_proxies = ["10.0.0.0/33"]', ["server.trusted_proxies", "neither an address"]),
        ('[server]\ntrusted_proxies = ["0.0.0.0/0"]', ["server.trusted_proxies", "forge"]),
        ('[server]\ntrusted_proxies = ["::/0"]', ["server.trusted_proxies", "forge"]),
        ('[users]\nreleased_clients_end = "2027-1-31"', ["users.released_clients_end", "2027-1-31"]),
        ('[server]\ntrusted_proxies = "10.0.0.1"', ["server.trusted_proxies", "a list of texts"]),
        ("[limits]\nlogin_per_minute = -1", ["limits.login_per_minute", "found -1"]),
        ('[pay]\nmchid = "1900000001"', ["server.mode", 'expected "production"', "found nothing"]),
    ],
)
def test_what_is_wrong_in_the_file_is_said_in_one_line(tmp_path: Path, text: str, words: list[str]) -> None:
    message = refusal(tmp_path, text)
    for word in words:
        assert word in message


def test_a_secret_of_the_wrong_type_is_not_quoted(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[privacy]\nkey = 123456789")
    assert "123456789" not in message
    assert "kept secret" in message
    message = refusal(tmp_path, HA_PRIVACY_PREVIOUS_KEYS="abcdef0123")
    assert "privacy" in message.lower()


def test_the_environment_comes_over_the_file_and_is_named_in_errors(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "[server]\nport = 1\n[database]\nname = 'a'",
        HA_SERVER_PORT="9001",
        HA_SERVER_TRUSTED_PROXIES='["10.0.0.1"]',
        HA_PAY_USE_CERTIFICATES="true",
        HA_DATABASE_PASSWORD="12345",
    )
    assert (settings.server.port, settings.database.name) == (9001, "a")
    assert settings.server.trusted_proxies == ["10.0.0.1"]
    assert settings.pay.use_certificates is True
    assert settings.database.password == "12345"
    assert "server.port" in settings.stated
    message = refusal(tmp_path, HA_SERVER_PORT="many")
    assert message.startswith("environment: HA_SERVER_PORT: expected a whole number, found")
    assert "unknown setting" in refusal(tmp_path, HA_SERVER_PROT="1")
    assert "unknown setting" in refusal(tmp_path, HA_NOTHING="1")


def test_a_file_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration file"):
        load_settings(tmp_path, tmp_path / "other.toml", {})
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path, tmp_path / "folder", {})
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path, tmp_path / "bytes.toml", {})


def test_everything_the_old_secrets_file_held_has_its_place() -> None:
    names = {f"{section}.{item.name}" for section, item in EVERY}
    assert {
        "server.cookie_secret",
        "database.host",
        "database.name",
        "database.user",
        "database.password",
        "wechat.appid",
        "wechat.secret",
        "admin.first_password",
        "pay.mchid",
        "pay.serial",
        "pay.apiv3_key",
        "pay.notify_url",
        "server.tls_certificate",
        "server.tls_key",
    } <= names
    assert config.PaySettings().key_file == "cert/apiclient_key.pem"


@pytest.mark.parametrize(
    "text", ["2026-13-01", "20261129", "2026-1-1", "29.11.2026", "2026-02-30", " 2026-11-29"]
)
def test_the_day_on_which_the_books_begin_is_a_day(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"pay\.books_begin"):
        load_settings(tmp_path, environment={"HA_PAY_BOOKS_BEGIN": text})
    assert (
        load_settings(tmp_path, environment={"HA_PAY_BOOKS_BEGIN": "2026-11-29"}).pay.books_begin
        == "2026-11-29"
    )


def test_the_customer_service_number_can_be_dialled(tmp_path: Path) -> None:
    for number in ("", "400-800-1234", "029-85321234", "+86 138 0013 8000", "12320"):
        assert load(tmp_path, HA_ORDERS_PHONE=number).orders.phone == number
    for number in ("------", "1389123456"):
        assert "a phone number such as" in refusal(tmp_path, HA_ORDERS_PHONE=number)
