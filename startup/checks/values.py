"""Settings whose values can be judged by themselves: secrets, identifiers, policies, messages."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin

from accounts.administrators import AccountRefused, check_name, check_password
from config import Settings
from payment.refunds.policy import read_tiers
from startup.checks.result import Result, failed, failed_in_production, ok, warning
from wechat.fields import fit_all
from wechat.message_facts import EXAMPLE, EXAMPLE_ESCORT, TELLS, MessageKind, fill, template_of

_PLACEHOLDER = re.compile(
    r"^(change|your|example|sample|placeholder|secret|password|<|填|请)|(.)\2{5,}|^(0123|1234|abcd)",
    re.IGNORECASE,
)
_FORMS = {
    "wechat.appid": (r"wx[0-9a-f]{16}", "wx and 16 hexadecimal digits"),
    "pay.mchid": (r"[0-9]{8,10}", "8 to 10 digits"),
    "pay.serial": (r"[0-9A-Fa-f:]{8,60}", "hexadecimal digits"),
}
_TEMPLATE = re.compile(r"[0-9A-Za-z_-]{20,64}")
_OFFICIAL = {
    "wechat.api_base": "https://api.weixin.qq.com",
    "pay.api_base": "https://api.mch.weixin.qq.com",
}


async def check_mode(settings: Settings) -> Result:
    return ok("mode", f"{settings.server.mode}; settings from {settings.source}")


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
    if missing := [name for name, (value, _) in needed.items() if not value]:
        others = f"; missing, too: {', '.join(missing[1:])}" if missing[1:] else ""
        return failed("secrets", f"{settings.source}: {missing[0]}: expected a value, found nothing{others}")
    for name, (value, shortest) in needed.items():
        if len(value) < shortest:
            return failed(
                "secrets",
                f"{settings.source}: {name}: expected {shortest} characters or more, found {len(value)}",
            )
        if _is_placeholder(name, value):
            return failed("secrets", f"{settings.source}: {name}: expected a secret, found a placeholder")
    if _PLACEHOLDER.search(settings.server.metrics_token):
        return failed(
            "secrets", f"{settings.source}: server.metrics_token: expected a secret, found a placeholder"
        )
    if len(settings.pay.apiv3_key.encode()) != 32:
        return failed(
            "secrets", f"{settings.source}: pay.apiv3_key: expected 32 characters, found another length"
        )
    return ok("secrets", "all present, none is a placeholder")


def _is_placeholder(name: str, value: str) -> bool:
    if name == "privacy.key":  # digits repeat by chance; one that was typed by hand has few different ones
        return len(set(value.lower())) < 4 or value.lower().startswith("0123456789abcdef")
    return name not in ("pay.mchid", "pay.serial") and bool(_PLACEHOLDER.search(value))


async def check_identifiers(settings: Settings) -> Result:
    """What WeChat has given has WeChat's form: the numbers are easily put into each other's places."""
    for name, (pattern, expected) in _FORMS.items():
        section, _, key = name.partition(".")
        value = getattr(getattr(settings, section), key)
        if value and not settings.development and not re.fullmatch(pattern, value):
            return failed("identifiers", f"{settings.source}: {name}: expected {expected}, found {value}")
    return ok("identifiers", f"appid {settings.wechat.appid}, merchant {settings.pay.mchid}")


async def check_sandbox(settings: Settings) -> Result:
    """The stand-in lets anyone log in as anyone and pay with nothing."""
    if settings.development:
        return ok("sandbox", "on, under sandbox/" if settings.sandbox.enabled else "off")
    if settings.staging:
        return warning(
            "sandbox", f"a rehearsal: WeChat's stand-in at {settings.sandbox.address} takes no money"
        )
    if "sandbox.enabled" in settings.stated and settings.sandbox.enabled:
        return failed(
            "sandbox", f"{settings.source}: sandbox.enabled: expected false in production, found true"
        )
    for name, expected in _OFFICIAL.items():
        section, _, key = name.partition(".")
        value = getattr(getattr(settings, section), key)
        if value.rstrip("/") != expected:
            return failed(
                "sandbox", f"{settings.source}: {name}: expected {expected} in production, found {value}"
            )
    return ok("sandbox", "off")


async def check_refund_policy(settings: Settings) -> Result:
    try:
        tiers = read_tiers(settings.orders.refund_tiers)
    except ValueError as error:
        return failed("refund-policy", f"{settings.source}: orders.refund_tiers: {error}")
    grace = settings.orders.refund_grace_minutes
    lines = [f"≥ {tier.hours_before} h: {tier.percent} %" for tier in tiers]
    return ok("refund-policy", ", ".join([*lines, f"{grace} min after paying: 100 %"] if grace else lines))


async def check_messages(settings: Settings) -> Result:
    """Every field of a template can be filled: one that cannot makes WeChat refuse each message."""
    sent = []
    for kind in MessageKind:
        template, fields = template_of(settings.wechat, kind)
        where = f"{settings.source}: wechat.message_{kind}"
        if template and not _TEMPLATE.fullmatch(template):
            return failed("messages", f"{where}: expected the id of a template, found {template}")
        if template and not fields:
            return failed("messages", f"{where}_fields: expected the template's fields, found none")
        names = [field.partition("=")[0] for field in fields]
        if twice := {name for name in names if names.count(name) > 1}:
            return failed("messages", f"{where}_fields: expected each field once, found {min(twice)} twice")
        try:
            fit_all(fill(fields, EXAMPLE, EXAMPLE_ESCORT, TELLS[kind]))
        except ValueError as error:
            return failed("messages", f"{where}_fields: {error}")
        sent += [str(kind)] if template else []
    return ok("messages", f"sent: {', '.join(sent) or 'none'}")


async def check_push(settings: Settings) -> Result:
    """The message push can be proved to be WeChat's, and is encrypted."""
    wechat, where = settings.wechat, f"{settings.source}: wechat"
    if not wechat.push_token:
        if wechat.push_aes_key:
            return failed(
                "push", f"{where}.push_token: expected the Token beside push_aes_key, found nothing"
            )
        return ok("push", "off")
    for name, value in (("push_token", wechat.push_token), ("push_aes_key", wechat.push_aes_key)):
        if _PLACEHOLDER.search(value):
            return failed("push", f"{where}.{name}: expected a secret, found a placeholder")
    if not wechat.push_aes_key:
        return warning(
            "push",
            f"{where}.push_aes_key: expected an EncodingAESKey and 安全模式, found none: in plain mode the signature "
            "does not cover the message, so that events which erase data (permissions taken back, closed accounts) or "
            "tell of settlements are refused",
        )
    address = urljoin(settings.pay.notify_url, "../../wechat/push/")
    return ok("push", f"on, encrypted; the address for WeChat's back end is {address}")


async def check_first_administrator(settings: Settings) -> Result:
    """The account that an empty database gets would be accepted."""
    name, admin = "first-administrator", settings.admin
    tries: list[tuple[str, Callable[[], None]]] = [("first_name", lambda: check_name(admin.first_name))]
    if admin.first_password:
        tries.append(("first_password", lambda: check_password(admin.first_password, admin.first_name)))
    for key, attempt in tries:
        try:
            attempt()
        except AccountRefused as error:
            return failed(name, f"{settings.source}: admin.{key}: {error}")
    if _PLACEHOLDER.search(admin.first_password):
        return failed_in_production(
            settings,
            name,
            f"{settings.source}: admin.first_password: expected a password, found a placeholder",
        )
    return ok(name, f"{admin.first_name}, on an empty database")
