"""A rehearsal: production in everything but the money, never by accident, and never on a customer's database."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.processes import free_port
from config import ROOT, SECTIONS, ConfigError, Settings, load_settings
from sandbox import load_identity
from startup import staging
from startup.backup import contents
from startup.checks import database
from storage import Storage
from tests.core.test_serving import soon, wait_until
from tests.http.client import PATIENT, order_fields
from tests.served import command, environment, serving, write_config

PASSWORD = "Rehearse-2026-well"
AT = 1_790_000_000_000
CONFIG = f"""
[server]
mode = "staging"
cookie_secret = "Zq3nVx8LwTe5RbKy7HcMd2PsGf9JaUt4"
trusted_proxies = ["127.0.0.1"]
[privacy]
key = "{"3f7a" * 16}"
[admin]
first_password = "{PASSWORD}"
"""


def settings_of(mode: str, tmp_path: Path, **more: dict[str, Any]) -> Settings:
    file = tmp_path / f"{mode}.toml"
    write_config(file, f'[server]\nmode = "{mode}"\n')
    settings = load_settings(tmp_path, file, {})
    for section, values in more.items():
        settings = settings.replace(section, **values)
        stated = settings.stated | {f"{section}.{key}" for key in values}
        settings = replace(settings, stated=frozenset(stated))
    return settings


@pytest.mark.parametrize("name", [*sorted(staging.FILLED), "wechat.message_paid"])
def test_merchant_data_is_refused(name: str, tmp_path: Path) -> None:
    section, _, key = name.partition(".")
    settings = settings_of("staging", tmp_path, **{section: {key: "something"}})
    with pytest.raises(ConfigError, match=re.escape(name)):
        staging.refuse_merchant_data(settings)


def test_what_the_stand_in_gives_is_refused_or_is_a_switch(tmp_path: Path) -> None:
    """So that a rehearsal never begins to mix what the stand-in gives with what WeChat gave."""
    before = settings_of("staging", tmp_path)
    after = staging.with_stand_in(before, load_identity(tmp_path / "sandbox"))
    given = {
        f"{section}.{item.name}"
        for section, kind in SECTIONS.items()
        for item in fields(kind)
        if getattr(getattr(before, section), item.name) != getattr(getattr(after, section), item.name)
    }
    switches = {
        *("wechat.phone_numbers", "wechat.links", "wechat.content_checks", "shipping.enabled"),
        *("pay.complaints", "pay.notify_url", "transfers.scene_id"),
    }
    templates = {name for name in given if name.startswith("wechat.message_")}
    assert templates
    assert given == staging.FILLED | switches | templates


def test_a_rehearsal_without_its_stand_in_says_how_to_start_one(tmp_path: Path) -> None:
    write_config(tmp_path / "config.toml", CONFIG)
    for words in (["serve"], ["check"], ["migrate"]):
        ended = command(tmp_path, *words)
        assert ended.returncode == 1
        assert "start `main.py sandbox` with the same --data" in ended.stderr
    assert not (tmp_path / "sandbox").exists()


async def test_a_database_serves_customers_or_rehearsals_and_never_both(
    storage: Storage, tmp_path: Path
) -> None:
    production, rehearsal = settings_of("production", tmp_path), settings_of("staging", tmp_path)
    await staging.claim_database(storage, settings_of("development", tmp_path), AT)
    async with storage.reading() as reader:
        assert await reader.installation.mode() == ""
    await asyncio.gather(*(staging.claim_database(storage, rehearsal, AT) for _ in range(4)))
    await staging.claim_database(storage, rehearsal, AT)
    with pytest.raises(ConfigError, match="made in a rehearsal"):
        await staging.claim_database(storage, production, AT)
    async with storage.transaction() as tx:
        await tx.connection.execute("DELETE FROM installation")
        await tx.commit()
    await asyncio.gather(*(staging.claim_database(storage, production, AT) for _ in range(4)))
    for other in (rehearsal, settings_of("development", tmp_path)):
        with pytest.raises(ConfigError, match="that of customers"):
            await staging.claim_database(storage, other, AT)


@pytest.mark.parametrize("words", [["serve", "--port", "0"], ["reconcile", "2026-09-01"]])
def test_whoever_forgets_the_configuration_does_nothing_to_the_database_of_customers(
    words: list[str], tmp_path: Path
) -> None:
    assert command(tmp_path, "migrate").returncode == 0
    database = tmp_path / "hospital.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO installation (id, mode, since) VALUES (1, 'production', 1)")
        connection.commit()
    ended = command(tmp_path, *words)
    assert (ended.returncode, "this database is that of customers" in ended.stderr) == (1, True)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM administrators").fetchone() == (0,)


async def test_of_two_modes_that_begin_at_once_one_has_the_database(storage: Storage, tmp_path: Path) -> None:
    both = [settings_of(mode, tmp_path) for mode in ("production", "staging")]
    ended = await asyncio.gather(
        *(staging.claim_database(storage, settings, AT) for settings in both), return_exceptions=True
    )
    assert [type(one) for one in ended if one is not None] == [ConfigError]


async def test_what_was_used_before_there_were_marks_is_not_rehearsed_on(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storage.transaction() as tx:
        await tx.users.find_or_add("somebody", AT)
        await tx.commit()
    with pytest.raises(ConfigError, match="an empty database"):
        await staging.claim_database(storage, settings_of("staging", tmp_path), AT)
    monkeypatch.setattr(database, "why_not_durable", lambda _: "")  # the tests' MariaDB is made for speed
    found = await database._judge_database(settings_of("staging", tmp_path), storage)
    assert (found.level, "an empty database" in found.detail) == ("failed", True)
    await staging.claim_database(storage, settings_of("production", tmp_path), AT)


def test_a_rehearsal_restores_its_configuration_and_no_key_of_the_stand_in(tmp_path: Path) -> None:
    at_stand_in = {
        "key_file": str(tmp_path / "merchant.pem"),
        "public_key_file": str(tmp_path / "wechat.pem"),
    }
    unpacked = tmp_path / "unpacked"
    (unpacked / "keys").mkdir(parents=True)
    for file in (tmp_path / "merchant.pem", tmp_path / "wechat.pem"):
        file.touch()
    for name in ("config.toml", "pay.key_file", "pay.public_key_file"):
        (unpacked / "keys" / name).touch()
    stated = settings_of("staging", tmp_path)
    saved = contents.keys(stated.replace("pay", **at_stand_in))
    assert [name for name, _ in saved] == [contents.CONFIG]
    places = [place for new, place in contents.targets(stated, unpacked, with_keys=True) if new]
    assert places == [tmp_path / "staging.toml"], "an empty name would mean the program's own folder"


@contextmanager
def stand_in(folder: Path, port: int) -> Iterator[str]:
    """``main.py sandbox``, ready: its address."""
    words = ["--data", str(folder), "--config", str(folder / "config.toml"), "sandbox", "--port", str(port)]
    with (folder / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "main.py", *words], cwd=ROOT, env=environment(), stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{address}sandbox/", trust_env=False)
                break
            except httpx.HTTPError:
                assert time.monotonic() < deadline, (folder / "sandbox.log").read_text()
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def test_an_operator_rehearses_with_the_stand_in_beside_the_server(tmp_path: Path) -> None:
    port = free_port()
    write_config(tmp_path / "config.toml", f'{CONFIG}[sandbox]\naddress = "http://127.0.0.1:{port}"\n')
    with stand_in(tmp_path, port) as wechat:
        assert command(tmp_path, "migrate").returncode == 0
        made = command(tmp_path, "admin", "create", "rehearser", "--password-stdin", given=f"{PASSWORD}\n")
        assert made.returncode == 0, made.stderr
        with (
            serving(tmp_path, config=(tmp_path / "config.toml").read_text(), port=free_port()) as served,
            httpx.Client(base_url=served.root, trust_env=False) as http,
        ):
            checked = command(
                tmp_path, "check", settings={"HA_SERVER_PORT": served.root.split(":")[2].strip("/")}
            )
            assert "[warning] sandbox: a rehearsal" in checked.stdout
            assert "[failed ]" not in checked.stdout
            assert http.get(f"{wechat}sandbox/client/status.json").json()["state"] in (
                "building",
                "ready",
                "failed",
            )
            login = http.get("admin/login/")
            assert "演练环境" in login.text
            assert "__Host-" in login.headers["set-cookie"]
            assert "Secure" in login.headers["set-cookie"]
            assert "演练环境" in http.get("docs/").text
            warrant = http.get("login/", params={"code": f"as:li:{time.time_ns()}"}).json()["warrant"]
            http.headers["Authorization"] = f"Bearer {warrant}"
            friend = http.post("user/add1friend/", data=PATIENT).json()["id"]
            order = http.post("user/create1order/", data=order_fields(friend, soon())).json()
            prepay_id = order["payment"]["package"].partition("=")[2]
            http.post(f"{wechat}sandbox/cashier/", json={"prepay_id": prepay_id, "outcome": "success"})
            wait_until(lambda: http.get("user/getOrderStatus/").json()["data"][0]["progress"] == "已付款")
    production = CONFIG.replace('"staging"', '"production"')
    write_config(tmp_path / "config.toml", production)
    assert "made in a rehearsal" in command(tmp_path, "check").stdout
