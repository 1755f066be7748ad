"""Keys, certificates, the configuration and the data folder: there, right, private, and belonging together."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from config import ROOT, ConfigError, Settings
from payment.wechatpay.signing import MerchantKey
from startup import wiring
from startup.backup.contents import FOLDERS
from startup.backup.swapping import JOURNAL
from startup.checks.result import Result, failed, failed_in_production, ok, warning
from startup.tls import TLSProblem, server_context
from storage import sqlite_path

if TYPE_CHECKING:
    from cryptography import x509

WARN_BEFORE_EXPIRY = timedelta(days=14)
MIN_FREE_BYTES = 200 * 1024 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def exposed(file: Path) -> bool:
    """May others than the owner, or a group that only reads, use the file?"""
    return bool(file.stat().st_mode & _OTHERS & ~stat.S_IRGRP)


def _private(settings: Settings, name: str, key: str, file: Path) -> Result:
    if exposed(file):
        return failed(
            name, f"{settings.source}: {key}: {file} can be read or changed by others; run: chmod 600 {file}"
        )
    return ok(name, f"{file} is its owner's alone")


async def check_config_file(settings: Settings) -> Result:
    """It holds secrets."""
    file, name = settings.file, "config-file"
    if file is None:
        return ok(name, "none: settings come from the environment, or are the defaults")
    if exposed(file):
        return failed_in_production(
            settings, name, f"{file} can be read or changed by others; run: chmod 600 {file}"
        )
    return ok(name, f"{file} is its owner's alone")


async def check_data_folder(settings: Settings) -> Result:
    """Everything that the server writes can be written, and there is room for it."""
    name, data = "data-folder", settings.data
    if (data / JOURNAL).exists():
        return failed(
            name,
            f"a restore into {data} was cut short; run it again: python main.py restore FILE, which first undoes it",
        )
    folders, files = [data, *(data / folder for folder in FOLDERS)], []
    if settings.database.engine == "sqlite":
        files.append(sqlite_path(settings.database, data))
        folders.append(files[0].parent)
    for problem in (*map(_unwritable_folder, folders), *map(_unwritable_file, files)):
        if problem:
            return failed(name, problem)
    room = shutil.disk_usage(_nearest(data)).free
    if room < MIN_FREE_BYTES:
        return warning(name, f"the disk of {data} is almost full: {room // 1024 // 1024} MB are free")
    if not data.exists():
        return ok(name, f"{data} will be made at the first start")
    return ok(name, f"{data} can be written; {room // 1024 // 1024} MB are free")


def _nearest(path: Path) -> Path:
    """The path itself, or the folder above it that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _unwritable_file(file: Path) -> str:
    if not file.exists() or (file.is_file() and os.access(file, os.R_OK | os.W_OK)):
        return ""
    return (
        f"{file} cannot be written by this user"
        if file.is_file()
        else f"expected a file, found the folder {file}"
    )


def _unwritable_folder(folder: Path) -> str:
    """Why the server could not write there; empty when it can. Leaves no trace."""
    found = _nearest(folder)
    if not found.is_dir():
        return f"expected a folder, found the file {found}"
    if not os.access(found, os.R_OK | os.W_OK | os.X_OK):
        return f"{found} cannot be written by this user"
    try:
        with tempfile.TemporaryFile(dir=found):  # without a name where the system can: not even a trace
            return ""
    except OSError as error:
        return f"{found} cannot be written: {error.strerror}"


async def check_merchant_key(settings: Settings) -> Result:
    """The key file can be read, is a key, nobody else may read it, and it belongs to the serial number."""
    name, file = "merchant-key", ROOT / settings.pay.key_file
    try:
        key = wiring.merchant_key(settings)
    except ConfigError as error:
        return failed(name, str(error))
    private = _private(settings, name, "pay.key_file", file)
    return _with_certificate(settings, key, file) if private.level == "ok" else private


def _with_certificate(settings: Settings, key: MerchantKey, file: Path) -> Result:
    """WeChat's tool writes ``apiclient_cert.pem`` beside the key: where it is, it must fit."""
    name, beside = "merchant-key", file.with_name("apiclient_cert.pem")
    if not beside.is_file():
        return ok(name, f"{file} is its owner's alone")
    from cryptography import x509  # 1 MB that a start without such files does not need

    try:
        certificate = x509.load_pem_x509_certificate(beside.read_bytes())
    except (OSError, ValueError) as error:
        return warning(name, f"{beside} is no certificate: {error}")
    serial = f"{certificate.serial_number:X}"
    if serial.lstrip("0") != key.serial_no.lstrip("0"):
        return failed(
            name, f"{settings.source}: pay.serial: expected {serial} ({beside}), found {key.serial_no}"
        )
    if _public(certificate) != _public(key.private_key):
        return failed(name, f"{settings.source}: pay.key_file: {file} does not belong to {beside}")
    return _check_dates(settings, name, beside, [certificate]) or ok(name, f"{file} belongs to {beside}")


def _public(holder: x509.Certificate | RSAPrivateKey) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _check_dates(settings: Settings, name: str, file: Path, chain: list[x509.Certificate]) -> Result | None:
    """What is wrong with the dates of a certificate file, if anything."""
    now = datetime.now(UTC)
    for certificate in chain:
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if ends <= now:
            return failed_in_production(settings, name, f"{file} has expired on {ends:%Y-%m-%d}")
        if begins > now:
            return failed_in_production(settings, name, f"{file} is valid only from {begins:%Y-%m-%d}")
        if ends - now < WARN_BEFORE_EXPIRY:
            return warning(name, f"{file} expires on {ends:%Y-%m-%d}")
    return None


async def check_platform_keys(settings: Settings) -> Result:
    """Without a way to know WeChat's key, no notification could ever be believed."""
    name = "platform-keys"
    if bool(settings.pay.public_key_id) != bool(settings.pay.public_key_file):
        return failed(
            name, f"{settings.source}: pay.public_key_id and pay.public_key_file: expected both or neither"
        )
    if not settings.pay.public_key_id and not settings.pay.use_certificates:
        return failed(
            name,
            f"{settings.source}: pay.public_key_id: expected a key, or use_certificates = true, found neither",
        )
    try:
        keys = wiring.platform_keys(settings)
    except ConfigError as error:
        return failed(name, str(error))
    if settings.pay.public_key_id and _is_our_own_key(settings):
        return failed(
            name,
            f"{settings.source}: pay.public_key_file: expected WeChat Pay's public key, found the merchant's own",
        )
    modes = [*keys.serials(), *(["certificates"] if settings.pay.use_certificates else [])]
    return ok(name, ", ".join(modes))


def _is_our_own_key(settings: Settings) -> bool:
    try:
        own = _public(wiring.merchant_key(settings).private_key)
    except ConfigError:
        return False
    pem = (ROOT / settings.pay.public_key_file).read_bytes()
    return load_pem_public_key(pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == own


async def check_tls(settings: Settings) -> Result:
    """The certificate can be used with its key, and for how long."""
    name, certificate, key = "tls", settings.server.tls_certificate, settings.server.tls_key
    if not certificate and not key:
        return ok(name, "plain HTTP; a proxy must speak HTTPS to the outside")
    if not (certificate and key):
        return failed(
            name, f"{settings.source}: server.tls_certificate and tls_key: expected both or neither"
        )
    for setting, file in (("tls_certificate", ROOT / certificate), ("tls_key", ROOT / key)):
        if not file.is_file():
            return failed(name, f"{settings.source}: server.{setting}: expected a PEM file, found no {file}")
    from cryptography import x509

    try:
        server_context(settings)
        chain = x509.load_pem_x509_certificates((ROOT / certificate).read_bytes())
    except (TLSProblem, OSError, ValueError) as error:
        return failed(name, str(error))
    private = _private(settings, name, "server.tls_key", ROOT / key)
    if private.level != "ok":
        return private
    if dated := _check_dates(settings, name, ROOT / certificate, chain):
        return dated
    return ok(name, f"{ROOT / certificate}, until {min(one.not_valid_after_utc for one in chain):%Y-%m-%d}")
