"""What checks compare with what really uses a setting: addresses, files, messages, the database. And change nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from config import Settings
from startup.checks.files import MIN_FREE_BYTES, check_data_folder
from tests.core.spoilt_settings import Spoil, certificate, notify, with_tls, write_key
from tests.core.test_start_matrix import change, failures, keys, production

__all__ = ["keys", "production"]


def another_key(folder: Path, password: bytes = b"") -> None:
    write_key(folder / "tls.key", rsa.generate_private_key(public_exponent=65537, key_size=2048), password)


def mode(name: str, bits: int) -> Spoil:
    def spoiled(settings: Settings) -> Settings:
        (settings.data / name).chmod(bits)
        return settings

    return spoiled


def merchant_certificate(*, fits_serial: bool, fits_key: bool) -> Spoil:
    """``apiclient_cert.pem`` beside the merchant's key, as WeChat's tool writes it."""

    def made(settings: Settings) -> Settings:
        pem = (settings.data / "key.pem").read_bytes()
        key = serialization.load_pem_private_key(pem, None) if fits_key else None
        serial = int(settings.pay.serial, 16) if fits_serial else 12345
        certificate(settings.data, key=key, serial=serial).rename(settings.data / "apiclient_cert.pem")
        return settings

    return made


def a_file_for_bills(settings: Settings) -> Settings:
    (settings.data / "bills").write_text("")
    return settings


def stating(spoil: Spoil, name: str) -> Spoil:
    import dataclasses

    return lambda s: dataclasses.replace(spoil(s), stated=s.stated | {name})


BASED = change("server", base_path="/api")
REFUSED: dict[str, tuple[str, str, Spoil]] = {
    "a notify address without its last slash": (
        "notify-url",
        "pay.notify_url: expected an address that ends in /wechatpay/notify/",
        notify("https://escort.cn/wechatpay/notify"),
    ),
    "a notify address with another path": (
        "notify-url",
        "pay.notify_url",
        notify("https://escort.cn/pay/notify/"),
    ),
    "transfers of a scene whose report is not known": (
        "transfers",
        "transfers.scene_id: expected 1005",
        change("transfers", scene_id="1000"),
    ),
    "a transfer above the ceiling of a day": (
        "transfers",
        "transfers.max_yuan: expected at most escort_day_max_yuan (2000), found 3000",
        change("transfers", scene_id="1005", max_yuan=3000),
    ),
    "an escort's ceiling above that of all": (
        "transfers",
        "transfers.escort_day_max_yuan: expected at most day_max_yuan (1000), found 2000",
        change("transfers", scene_id="1005", day_max_yuan=1000),
    ),
    "the transfers' notify address for payments": (
        "notify-url",
        "transfers.notify_url: expected an address that ends in /wechatpay/transfer-notify/",
        change("transfers", scene_id="1005", notify_url="https://escort.cn/wechatpay/notify/"),
    ),
    "the refunds' notify address for payments": (
        "notify-url",
        "pay.notify_url",
        notify("https://escort.cn/wechatpay/refund-notify/"),
    ),
    "another refund address": (
        "notify-url",
        "pay.refund_notify_url",
        change("pay", refund_notify_url="https://escort.cn/wechatpay/notify/"),
    ),
    "an http refund address": (
        "notify-url",
        "pay.refund_notify_url",
        change("pay", refund_notify_url="http://escort.cn/wechatpay/refund-notify/"),
    ),
    "the complaints' notify address for payments": (
        "notify-url",
        "pay.complaint_notify_url: expected an address that ends in /wechatpay/complaint-notify/",
        change("pay", complaints=True, complaint_notify_url="https://escort.cn/wechatpay/notify/"),
    ),
    "a notify address without the base path": ("notify-url", "/api/wechatpay/notify/", BASED),
    "a notify address on this machine": (
        "notify-url",
        "on the internet",
        notify("https://127.0.0.1/wechatpay/notify/"),
    ),
    "a notify address in the office": (
        "notify-url",
        "on the internet",
        notify("https://10.1.2.3/wechatpay/notify/"),
    ),
    "a notify address without a domain": (
        "notify-url",
        "on the internet",
        notify("https://shop/wechatpay/notify/"),
    ),
    "an unknown fact": (
        "messages",
        "wechat.message_paid_fields: expected field=fact with one of service, hospital",
        change("wechat", message_paid_fields=["thing1=servise"]),
    ),
    "a fact of another message": (
        "messages",
        "escort",
        change("wechat", message_paid_fields=["name1=escort"]),
    ),
    "an unknown field": ("messages", "thingy1", change("wechat", message_escort_fields=["thingy1=service"])),
    "a field without a fact": ("messages", "thing1", change("wechat", message_refund_fields=["thing1"])),
    "a fact that its field cannot hold": (
        "messages",
        "message_paid_fields",
        change("wechat", message_paid_fields=["amount1=service"]),
    ),
    "one field twice": (
        "messages",
        "thing1",
        change("wechat", message_paid_fields=["thing1=service", "thing1=hospital"]),
    ),
    "a template without fields": (
        "messages",
        "message_paid_fields",
        change("wechat", message_paid="K3pVq2mZt9RwLc4NdYb8HsJf3GaUe6TxWkQ7uB5nM1o", message_paid_fields=[]),
    ),
    "a template's name for its id": (
        "messages",
        "message_paid",
        change("wechat", message_paid="支付成功通知"),
    ),
    "a key of the message push without its token": (
        "push",
        "wechat.push_token",
        change("wechat", push_aes_key="q8Zk3vT1xWcR5nYb7HsJf2GaUe6LpKd9mVtQ4oBiXyE"),
    ),
    "a token of the message push that is none": (
        "push",
        "placeholder",
        change("wechat", push_token="yourtoken"),
    ),
    "a key of the message push that is none": (
        "push",
        "wechat.push_aes_key: expected a secret",
        change("wechat", push_token="q8Zk3vT1xWcR", push_aes_key="A" * 43),
    ),
    "certificate and key of two pairs": ("tls", "do not belong together", with_tls(another_key)),
    "a key with a password": (
        "tls",
        "without a password",
        with_tls(lambda folder: another_key(folder, b"secret")),
    ),
    "a certificate that has expired": ("tls", "has expired", with_tls(begins=-90, ends=-1)),
    "a certificate of the future": ("tls", "valid only from", with_tls(begins=2)),
    "a certificate that is none": (
        "tls",
        "tls_certificate",
        with_tls(lambda f: (f / "tls.pem").write_text("x")),
    ),
    "a TLS key that everybody can read": (
        "tls",
        "tls_key",
        with_tls(lambda folder: (folder / "tls.key").chmod(0o644)),
    ),
    "a configuration that everybody can read": ("config-file", "chmod 600", mode("config.toml", 0o644)),
    "a configuration that a group can change": ("config-file", "chmod 600", mode("config.toml", 0o660)),
    "a merchant key that a group can change": ("merchant-key", "pay.key_file", mode("key.pem", 0o620)),
    "a merchant key that others can run": ("merchant-key", "pay.key_file", mode("key.pem", 0o601)),
    "another merchant serial": (
        "merchant-key",
        "pay.serial",
        merchant_certificate(fits_serial=False, fits_key=True),
    ),
    "another merchant key": (
        "merchant-key",
        "pay.key_file",
        merchant_certificate(fits_serial=True, fits_key=False),
    ),
    "a file where a folder should be": ("data-folder", "bills", a_file_for_bills),
    "an appid that is none": ("identifiers", "wechat.appid", change("wechat", appid="gh_0123456789ab")),
    "a merchant number that is none": ("identifiers", "pay.mchid", change("pay", mchid="wx8d3f5a7b9c1e2046")),
    "a typed privacy key": ("secrets", "privacy.key", change("privacy", key="0123456789abcdef" * 4)),
    "a privacy key of zeros": ("secrets", "privacy.key", change("privacy", key="0" * 64)),
    "an address of another machine": ("listening", "server.address", change("server", address="192.0.2.1")),
    "a weak first password": (
        "first-administrator",
        "first_password",
        change("admin", first_password="admin123"),
    ),
    "MariaDB's host for SQLite": (
        "database",
        'database.engine: expected "mysql" beside database.host',
        stating(change("database", host="db.escort.cn"), "database.host"),
    ),
}
ACCEPTED: dict[str, Spoil] = {
    "a prefix that a proxy strips": notify("https://escort.cn/api/wechatpay/notify/"),
    "the base path": lambda s: BASED(notify("https://escort.cn/api/wechatpay/notify/")(s)),
    "a refund address on another host": change(
        "pay", refund_notify_url="https://refund.escort.cn/wechatpay/refund-notify/"
    ),
    "a certificate that holds": with_tls(),
    "a configuration that a group can read": mode("config.toml", 0o640),
    "a merchant key that a group can read": mode("key.pem", 0o640),
    "a merchant key that only its owner can read": mode("key.pem", 0o400),
    "the merchant's own certificate": merchant_certificate(fits_serial=True, fits_key=True),
}


@pytest.mark.promise(3)
@pytest.mark.parametrize("case", list(REFUSED))
async def test_refused_is(production: Settings, case: str) -> None:
    name, words, spoil = REFUSED[case]
    found = await failures(spoil(production))
    assert list(found) == [name], found
    assert words in found[name]


@pytest.mark.parametrize("case", list(ACCEPTED))
async def test_accepted_is(production: Settings, case: str) -> None:
    assert await failures(ACCEPTED[case](production)) == {}


@pytest.mark.parametrize("url", ["https://escort.cn/wechatpay/notify", "https://escort.cn/pay/", ""])
async def test_a_key_that_is_missing_hides_no_wrong_notify_address(production: Settings, url: str) -> None:
    found = await failures(production.replace("pay", notify_url=url, key_file="none.pem"))
    assert list(found) == ["merchant-key", "notify-url"]
    assert "pay.key_file" in found["merchant-key"]
    assert "pay.notify_url" in found["notify-url"]
    assert url in found["notify-url"]


@pytest.mark.parametrize("place", [".", "bills", "hospital.sqlite3"])
async def test_what_the_servers_user_cannot_write_is_told_and_nothing_is_left_behind(
    production: Settings, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (production.data / "bills").mkdir()
    found = production.data / place
    mode = found.stat().st_mode

    def access(path: Path, wanted: int) -> bool:
        """As a user of no rank: the tests may run as root, who is refused nothing."""
        return bool(wanted & os.W_OK == 0 or path.stat().st_mode & 0o200)

    monkeypatch.setattr(os, "access", access)
    assert (await check_data_folder(production)).level == "ok"
    found.chmod(0o500)
    try:
        before = sorted(production.data.iterdir())
        result = await check_data_folder(production)
        assert (result.level, f"{found.resolve()} cannot be written" in result.detail) == ("failed", True)
        assert sorted(production.data.iterdir()) == before
    finally:
        found.chmod(mode)


async def test_a_disk_that_is_almost_full_is_told(
    production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, level in ((MIN_FREE_BYTES, "ok"), (MIN_FREE_BYTES - 1, "warning")):
        usage = SimpleNamespace(total=1 << 40, used=1, free=free)
        monkeypatch.setattr(shutil, "disk_usage", lambda path, usage=usage: usage)
        assert (await check_data_folder(production)).level == level
