"""What checks compare with what really uses a setting: addresses, files, messages, the database. And change nothing."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import config
from config import ConfigError, DatabaseSettings, Settings, load_settings
from privacy import Vault, new_key
from startup import checks
from startup.checks.clock import judge_skew
from startup.checks.database import check_database_line, check_privacy_key
from startup.checks.files import exposed
from startup.checks.result import Result
from startup.sealed import CONTEXTS
from storage import Storage
from storage.inspection import trigger_names
from storage.repositories.sealed import SEALED_COLUMNS, row_number
from tests.core.test_start_matrix import change, failures, keys, production
from tests.served import command

__all__ = ["keys", "production"]

Spoil = Callable[[Settings], Settings]


def certificate(
    folder: Path, *, begins: float = -1, ends: float = 90, serial: int | None = None, key: Any = None
) -> Path:
    """A certificate and ``tls.key`` in the folder, valid from and to so many days from now."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "escort.cn")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=begins))
        .not_valid_after(now + datetime.timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("escort.cn")]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    write_key(folder / "tls.key", key)
    return folder / "tls.pem"


def write_key(file: Path, key: Any, password: bytes = b"") -> None:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how))
    file.chmod(0o600)


def with_tls(spoil: Callable[[Path], object] = lambda folder: None, **dates: float) -> Spoil:
    def made(settings: Settings) -> Settings:
        certificate(settings.data, **dates)  # type: ignore[arg-type]
        spoil(settings.data)
        files = {"tls_certificate": str(settings.data / "tls.pem"), "tls_key": str(settings.data / "tls.key")}
        return settings.replace("server", **files)

    return made


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


def notify(url: str, **more: str) -> Spoil:
    return change("pay", notify_url=url, **more)


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


# ---------------------------------------------------------------- what is stored


def test_every_sealed_column_is_known_to_the_checks_and_to_the_rotation() -> None:
    from storage.schema import metadata

    columns = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert set(SEALED_COLUMNS) == columns == set(CONTEXTS)
    assert all(metadata.tables[table].columns[row_number(table)].primary_key for table, _ in columns)


async def fill_column(storage: Storage, table: str, column: str, values: list[str]) -> None:
    """Rows of a table whose other columns do not matter."""
    from storage.schema import metadata

    columns = [found for found in metadata.tables[table].columns if not found.nullable and found.name != "id"]
    async with storage.transaction() as tx:
        for number, value in enumerate(values):
            row: dict[str, Any] = {
                found.name: number + 1 if found.type.python_type is int else str(number) for found in columns
            }
            row |= {found.name: "" for found in columns if found.name.endswith("_sealed")}
            row[column] = value
            names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
            await tx.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)
        await tx.commit()


def at(production: Settings, database: DatabaseSettings, key: str, *previous: str) -> Settings:
    settings = production.replace("privacy", key=key, previous_keys=list(previous))
    import dataclasses

    return dataclasses.replace(settings, database=database)


@pytest.mark.promise(23)
@pytest.mark.parametrize(("table", "column"), SEALED_COLUMNS)
async def test_a_wrong_privacy_key_is_told_with_its_id(
    production: Settings, storage: Storage, database_settings: DatabaseSettings, table: str, column: str
) -> None:
    right, older, wrong = new_key(), new_key(), new_key()
    context = CONTEXTS[table, column]

    async def judged(key: str, *previous: str) -> Result:
        return await check_privacy_key(at(production, database_settings, key, *previous))

    assert (await judged(wrong)).level == "ok", "nothing is stored yet"
    middle = [Vault(older).seal("13800138000", context)]
    sealed = [Vault(right).seal("13800138000", context) for _ in range(2)]
    await fill_column(storage, table, column, ["", sealed[0], *middle, sealed[1]])
    found = await judged(wrong)
    assert found.level == "failed"
    assert f"expected the key {Vault(right).key_id}, which sealed values of {table}.{column}" in found.detail
    assert Vault(wrong).key_id in found.detail
    assert "\n" not in found.detail
    assert right not in found.detail + wrong
    forgotten = await judged(right)
    assert forgotten.level == "failed", "the value in the middle needs the older key"
    assert Vault(older).key_id in forgotten.detail
    assert (await judged(right, older)).level == "ok"
    assert (await judged(older, right)).level == "ok"


async def test_before_a_migration_nothing_is_said_of_the_key_but_that(
    production: Settings, tmp_path: Path
) -> None:
    from storage import migrate

    database = DatabaseSettings(path=str(tmp_path / "older.sqlite3"))
    migrate(database, revision="0001")
    found = await check_privacy_key(at(production, database, new_key()))
    assert (found.level, "after the migration" in found.detail) == ("warning", True)


@pytest.mark.promise(23)
async def test_values_that_were_put_into_another_column_do_not_count_as_opened(
    production: Settings, storage: Storage, database_settings: DatabaseSettings
) -> None:
    key = new_key()
    await fill_column(storage, "patients", "phone_sealed", [Vault(key).seal("x", "patients.id_number")])
    found = await check_privacy_key(at(production, database_settings, key))
    assert (found.level, "changed or damaged" in found.detail) == ("failed", True)


@pytest.mark.promise(23)
async def test_rotation_with_a_wrong_key_changes_nothing_and_says_which_is_missing(
    production: Settings, storage: Storage, database_settings: DatabaseSettings
) -> None:
    from startup.commands import CommandFailed, rotate_privacy_key

    right, wrong = new_key(), new_key()
    sealed = Vault(right).seal("13800138000", "escorts.phone")
    await fill_column(storage, "escorts", "phone_sealed", [sealed])
    with pytest.raises(CommandFailed, match=f"expected the key {Vault(right).key_id}.*nothing was changed"):
        await rotate_privacy_key(at(production, database_settings, wrong))
    async with storage.reading() as reader:
        assert await reader.sealed.samples("escorts", "phone_sealed") == [sealed, sealed]
    assert await rotate_privacy_key(at(production, database_settings, wrong, right)) == 0
    async with storage.reading() as reader:
        assert (await reader.sealed.samples("escorts", "phone_sealed"))[0].startswith(Vault(wrong).key_id)


async def test_missing_append_only_triggers_are_told(
    production: Settings, storage: Storage, database_settings: DatabaseSettings
) -> None:
    from startup.checks.database import check_append_only

    settings = at(production, database_settings, new_key())
    assert (await check_append_only(settings)).level == "ok"
    lost = "ledger_no_delete"
    assert lost in trigger_names()
    async with storage.transaction() as tx:
        await tx.connection.execute(f"DROP TRIGGER {lost}")
        await tx.commit()
    try:
        found = await check_append_only(settings)
        assert (found.level, lost in found.detail, "audit_log" in found.detail) == ("warning", True, False)
    finally:
        from storage.inspection import trigger_statement

        async with storage.transaction() as tx:  # MariaDB's tables are the next test's, too
            await tx.connection.execute(trigger_statement(lost, sqlite="sqlite" in database_settings.engine))
            await tx.commit()
    assert (await check_append_only(settings)).level == "ok"


# ---------------------------------------------------------------- as an operator


def files(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = [folder, *folder.rglob("*")]
    return {
        str(file.relative_to(folder)): (stat.st_mtime_ns, stat.st_size, stat.st_mode)
        for file in found
        for stat in [file.stat()]
    }


@pytest.mark.parametrize("left", ["nothing", "a database", "a journal of a crash"])
def test_check_changes_nothing(tmp_path: Path, left: str) -> None:
    folder = tmp_path / "data"
    configuration = tmp_path / "config.toml"
    configuration.write_text("")
    configuration.chmod(0o600)
    if left != "nothing":
        folder.mkdir()
        assert command(folder, "migrate").returncode == 0
    if left == "a journal of a crash":
        code = (
            "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode=WAL'); "
            "c.execute('CREATE TABLE crashed (id INTEGER)'); c.commit(); os._exit(0)"
        )
        subprocess.run([sys.executable, "-c", code, str(folder / "hospital.sqlite3")], check=True)
        assert (folder / "hospital.sqlite3-wal").stat().st_size
    before = files(tmp_path)
    where = ["--data", str(folder), "--config", str(configuration)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HA_")}
    ended = subprocess.run(
        [sys.executable, "main.py", *where, "check"],
        cwd=config.ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    after = files(tmp_path)
    (
        after.pop("data/hospital.sqlite3-shm", None),
        before.pop("data/hospital.sqlite3-shm", None),
    )  # locks live there
    assert after == before


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    assert command(folder, "migrate").returncode == 0
    file = folder / "hospital.sqlite3"
    whole = bytearray(file.read_bytes())
    assert "[  ok   ] integrity" in command(folder, "check").stdout
    for page in range(2, 12):
        whole[page * 4096 + 8 : page * 4096 + 400] = b"\xff" * 392
    file.write_bytes(whole)
    ended = command(folder, "check")
    assert ended.returncode == 1
    assert "[failed ] integrity" in ended.stdout
    assert "Traceback" not in ended.stderr
    file.write_bytes(b"not a database at all" * 500)
    ended = command(folder, "check")
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert "[failed ] database" in ended.stdout


def test_a_development_server_does_not_start_with_another_key_either(tmp_path: Path) -> None:
    from tests.http.client import PATIENT
    from tests.served import environment, serving

    folder = tmp_path / "data"
    with serving(folder) as served:
        import httpx

        with httpx.Client(base_url=served.root, trust_env=False) as user:
            warrant = user.get("login/", params={"code": "as:li:1"}).json()["warrant"]
            assert (
                user.post("user/add1friend/", data=PATIENT, headers={"warrant": warrant}).json()["code"] == 0
            )
    (folder / "development-secrets.json").unlink()
    for name in ("check", "serve"):
        ended = subprocess.run(
            [sys.executable, "main.py", "--data", str(folder), "--config", str(folder / "config.toml"), name],
            cwd=config.ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 1
        said = ended.stdout if name == "check" else ended.stderr
        assert "privacy.key: expected the key " in said
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("url", ["https://escort.cn/wechatpay/notify", "https://escort.cn/pay/", ""])
async def test_a_key_that_is_missing_hides_no_wrong_notify_address(production: Settings, url: str) -> None:
    found = await failures(production.replace("pay", notify_url=url, key_file="none.pem"))
    assert list(found) == ["merchant-key", "notify-url"]
    assert "pay.key_file" in found["merchant-key"]
    assert "pay.notify_url" in found["notify-url"]
    assert url in found["notify-url"]
