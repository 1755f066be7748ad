"""What a setting is, and what may be checked about one."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, validate

from personal.phones import PhoneError, read_service_phone

VERSION = "1.0.0"
ENVIRONMENT_PREFIX = "HA_"
ROOT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """A setting that cannot be used. The message is one line: where, key, expected, found."""


def setting(default: Any, help: str, *, secret: bool = False, check: Any = None) -> Any:
    """Declare a setting: its default, what it means, whether it is secret, a marshmallow validator."""
    metadata = {"help": help, "secret": secret, "check": check}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def day_or_empty(text: str) -> None:
    """A calendar day as 2026-11-29, or nothing."""
    try:
        if text and (len(text) != 10 or date.fromisoformat(text).isoformat() != text):
            raise ValueError
    except ValueError:
        raise ValidationError("a day is written as 2026-11-29") from None


_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def clock_time(text: str) -> None:
    """A time of the day, 00:00 to 24:00."""
    if not _TIME.fullmatch(text):
        raise ValidationError("a time is written as 08:30")


def clock_range(text: str) -> None:
    """Two times of one day."""
    begin, _, end = text.partition("-")
    if not (_TIME.fullmatch(begin) and _TIME.fullmatch(end) and begin < end):
        raise ValidationError("a range of times is written as 08:00-20:00")


IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_network(text: str) -> IPNetwork:
    """An address or a network; one of IPv4 that is written as IPv6 is of IPv4. Raises ValueError."""
    network = ipaddress.ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        return ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
    return network


def proxy_networks(values: list[str]) -> None:
    for text in values:
        try:
            everybody = read_network(text).prefixlen == 0
        except ValueError:
            raise ValidationError(
                f"{text!r} is neither an address nor a network such as 10.0.0.0/8"
            ) from None
        if everybody:
            raise ValidationError(f"{text!r} would let everybody forge their address")


PORT = validate.Range(0, 65535)
POSITIVE = validate.Range(1, 1_000_000)
NOT_NEGATIVE = validate.Range(0, 1_000_000)
BASE_PATH = validate.Regexp(
    r"^(/(?!\.{1,2}(/|$))[0-9A-Za-z._~-]+)*\Z", error="a prefix such as /api, or nothing"
)


def service_phone(text: str) -> None:
    """Empty, or a number that can be dialled."""
    try:
        if text:
            read_service_phone(text)
    except PhoneError:
        raise ValidationError("a phone number such as 400-800-1234 or 029-85321234") from None
