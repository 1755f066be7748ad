"""Start-up checks: each looks at one thing that must be right, and says what it found.

A failed check stops a production server; in development only those that make no sense to ignore do.
"""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from clock import now_ms, to_ms
from config import ROOT, ConfigError, Settings
from payment.policy import read_tiers
from startup import wiring
from storage import StorageError, open_storage, revision

MOST_SKEW_MS = 60_000
_PLACEHOLDER = re.compile(
    r"^(change|your|example|sample|placeholder|secret|password|<|填|请)|(.)\2{5,}|^(0123|1234|abcd)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Result:
    """``level``: ``ok``, ``warning`` (the server starts) or ``failed`` (it does not)."""

    name: str
    level: str
    detail: str

    def line(self) -> str:
        return f"[{self.level:^7}] {self.name}: {self.detail}"


Check = Callable[[Settings], Awaitable[Result]]


def _ok(name: str, detail: str) -> Result:
    return Result(name, "ok", detail)


def _failed(name: str, detail: str) -> Result:
    return Result(name, "failed", detail)


async def check_mode(settings: Settings) -> Result:
    return _ok("mode", f"{settings.server.mode}; settings from {settings.source}")


async def check_secrets(settings: Settings) -> Result:
    """Every secret that production needs is there, long enough, and no placeholder."""
    needed = {
        "server.cookie_secret": (settings.server.cookie_secret, 32),
        "wechat.appid": (settings.wechat.appid, 8),
        "wechat.secret": (settings.wechat.secret, 16),
        "pay.mchid": (settings.pay.mchid, 6),
        "pay.serial": (settings.pay.serial, 8),
        "pay.apiv3_key": (settings.pay.apiv3_key, 32),
        "privacy.key": (settings.privacy.key, 64),
    }
    for name, (value, shortest) in needed.items():
        if not value:
            return _failed("secrets", f"{settings.source}: {name}: expected a value, found nothing")
        if len(value) < shortest:
            return _failed(
                "secrets",
                f"{settings.source}: {name}: expected {shortest} characters or more, found {len(value)}",
            )
        if name not in ("pay.mchid", "pay.serial", "privacy.key") and _PLACEHOLDER.search(value):
            return _failed("secrets", f"{settings.source}: {name}: expected a secret, found a placeholder")
    if _PLACEHOLDER.search(settings.server.metrics_token):
        return _failed(
            "secrets", f"{settings.source}: server.metrics_token: expected a secret, found a placeholder"
        )
    if len(settings.pay.apiv3_key.encode()) != 32:
        return _failed(
            "secrets", f"{settings.source}: pay.apiv3_key: expected 32 characters, found another length"
        )
    return _ok("secrets", "all present, none is a placeholder")


async def check_privacy_key(settings: Settings) -> Result:
    try:
        vault = wiring.vault(settings)
    except ConfigError as error:
        return _failed("privacy-key", str(error))
    return _ok("privacy-key", f"key {vault.key_id} seals")


async def check_merchant_key(settings: Settings) -> Result:
    """The key file can be read, is a key, and nobody else may read it."""
    try:
        wiring.merchant_key(settings)
    except ConfigError as error:
        return _failed("merchant-key", str(error))
    return _private(settings, "merchant-key", "pay.key_file", ROOT / settings.pay.key_file)


async def check_platform_keys(settings: Settings) -> Result:
    """Without a way to know WeChat's key, no notification could ever be believed."""
    name = "platform-keys"
    if bool(settings.pay.public_key_id) != bool(settings.pay.public_key_file):
        return _failed(
            name, f"{settings.source}: pay.public_key_id and pay.public_key_file: expected both or neither"
        )
    if not settings.pay.public_key_id and not settings.pay.use_certificates:
        return _failed(
            name,
            f"{settings.source}: pay.public_key_id: expected a key, or use_certificates = true, found neither",
        )
    try:
        keys = wiring.platform_keys(settings)
    except ConfigError as error:
        return _failed(name, str(error))
    modes = [*keys.serials(), *(["certificates"] if settings.pay.use_certificates else [])]
    return _ok(name, ", ".join(modes))


def _private(settings: Settings, name: str, key: str, file: Path) -> Result:
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~stat.S_IRGRP:
        return _failed(name, f"{settings.source}: {key}: {file} can be read by everybody; chmod 600 it")
    return _ok(name, f"{file} is readable by its owner alone")


async def check_tls(settings: Settings) -> Result:
    certificate, key = settings.server.tls_certificate, settings.server.tls_key
    if not certificate and not key:
        return _ok("tls", "plain HTTP; a proxy must speak HTTPS to the outside")
    if not (certificate and key):
        return _failed(
            "tls", f"{settings.source}: server.tls_certificate and tls_key: expected both or neither"
        )
    for name, file in (("tls_certificate", ROOT / certificate), ("tls_key", ROOT / key)):
        if not file.is_file():
            return _failed("tls", f"{settings.source}: server.{name}: expected a PEM file, found no {file}")
    return _private(settings, "tls", "server.tls_key", ROOT / key)


async def check_proxies(settings: Settings) -> Result:
    """Behind a proxy that is not named, all users are one address: one guess at a password locks out everybody."""
    trusted, server = settings.server.trusted_proxies, settings.server
    if not settings.development and not trusted and not server.tls_certificate:
        problem = (
            f"{settings.source}: server.trusted_proxies: expected the proxy that speaks HTTPS, found nothing: "
            "all users would share its address, and with it limits and locks"
        )
        return Result("proxies", "warning", problem)
    return _ok("proxies", ", ".join(trusted) or "none; X-Forwarded-For is not believed")


async def check_notify_url(settings: Settings) -> Result:
    url = settings.pay.notify_url
    try:
        wiring.merchant(settings)
    except ConfigError as error:
        return _failed("notify-url", str(error))
    if not settings.development and not url.startswith("https://"):
        return _failed("notify-url", f"{settings.source}: pay.notify_url: expected https://…, found {url}")
    return _ok("notify-url", url)


async def check_sandbox(settings: Settings) -> Result:
    """The stand-in lets anyone log in as anyone and pay with nothing."""
    if settings.development:
        return _ok("sandbox", "on, under sandbox/" if settings.sandbox.enabled else "off")
    if "sandbox.enabled" in settings.stated and settings.sandbox.enabled:
        return _failed(
            "sandbox", f"{settings.source}: sandbox.enabled: expected false in production, found true"
        )
    official = {
        "wechat.api_base": (settings.wechat.api_base, "https://api.weixin.qq.com"),
        "pay.api_base": (settings.pay.api_base, "https://api.mch.weixin.qq.com"),
    }
    for name, (value, expected) in official.items():
        if value.rstrip("/") != expected:
            return _failed(
                "sandbox", f"{settings.source}: {name}: expected {expected} in production, found {value}"
            )
    return _ok("sandbox", "off")


async def check_refund_policy(settings: Settings) -> Result:
    try:
        tiers = read_tiers(settings.orders.refund_tiers)
    except ValueError as error:
        return _failed("refund-policy", f"{settings.source}: orders.refund_tiers: {error}")
    return _ok("refund-policy", ", ".join(f"≥ {tier.hours_before} h: {tier.percent} %" for tier in tiers))


async def check_database(settings: Settings) -> Result:
    """The database answers, is at the newest schema, and a commit survives a crash."""
    storage = open_storage(settings.database, settings.data)
    try:
        await storage.open()
        found, newest = await revision.current(storage), revision.newest()
        durability = await storage.durability()
        administrators = 0
        if found == newest:
            async with storage.reading() as reader:
                administrators = await reader.administrators.count()
    except StorageError as error:
        return _failed("database", f"{settings.source}: [database]: {error}")
    finally:
        await storage.close()
    if found != newest:
        level = "warning" if settings.development else "failed"
        state = f"schema {found or 'none'}, expected {newest}; run: python main.py migrate"
        return Result("database", level, state)
    if problem := _not_durable(durability):
        return Result("database", "warning" if settings.development else "failed", problem)
    if not administrators and not settings.admin.first_password and not settings.development:
        return Result("database", "warning", "no administrator yet; run: python main.py admin create NAME")
    words = ", ".join(f"{name}={value}" for name, value in sorted(durability.items()))
    return _ok("database", f"{settings.database.engine}, schema {found}; {words}")


def _not_durable(found: dict[str, str]) -> str:
    """Why a committed payment could be lost in a crash; empty when it could not (promise 28)."""
    if "journal_mode" in found:
        if found["journal_mode"] != "wal" or int(found["synchronous"]) < 2:
            return f"SQLite is not durable: expected journal_mode=wal and synchronous=2, found {found}"
        return ""
    if found.get("innodb_flush_log_at_trx_commit") != "1":
        value = found.get("innodb_flush_log_at_trx_commit")
        return f"not durable: expected innodb_flush_log_at_trx_commit = 1, found {value}"
    if found.get("innodb_doublewrite", "ON").upper() in ("OFF", "0"):
        return "not durable: expected innodb_doublewrite = ON, found OFF"
    return ""


async def check_clock(settings: Settings) -> Result:
    """WeChat refuses requests, and we refuse notifications, when the clocks differ by five minutes."""
    if settings.development:
        return _ok("clock", "not compared in development")
    try:
        async with asyncio.timeout(5), httpx.AsyncClient(trust_env=False) as client:
            answer = await client.head(settings.pay.api_base)
        skew = to_ms(parsedate_to_datetime(answer.headers["Date"])) - now_ms()
    except (TimeoutError, httpx.HTTPError, KeyError, ValueError) as error:
        return Result("clock", "warning", f"could not be compared with WeChat's ({type(error).__name__})")
    if abs(skew) > MOST_SKEW_MS:
        return _failed(
            "clock", f"expected WeChat's time within 60 s, found a difference of {skew / 1000:.0f} s"
        )
    return _ok("clock", f"{skew / 1000:+.0f} s from WeChat's")


CHECKS: tuple[Check, ...] = (
    check_mode,
    check_secrets,
    check_privacy_key,
    check_merchant_key,
    check_platform_keys,
    check_tls,
    check_proxies,
    check_notify_url,
    check_sandbox,
    check_refund_policy,
    check_database,
    check_clock,
)


async def run_checks(settings: Settings) -> list[Result]:
    """Every check, in order; none stops the others."""
    return [await check(settings) for check in CHECKS]
