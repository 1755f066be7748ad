"""What every part of the stand-in shares, and the small facts of WeChat's formats."""

from __future__ import annotations

import datetime
import itertools
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from .errors import PayError
from .faults import Faults
from .identity import Identity
from .settings import Settings
from .signing import Keyring, Signer
from .state import State

SHANGHAI = ZoneInfo("Asia/Shanghai")
_NOTIFY_URL = re.compile(r"https?://[^\s?#]+")


@dataclass
class World:
    """The merchant, the keys, the clock (ms) and everything remembered."""

    identity: Identity
    keyring: Keyring
    clock: Callable[[], int]
    state: State
    faults: Faults
    settings: Settings
    _turns: itertools.count[int] = field(default_factory=itertools.count)

    def signer(self, target: str, asked: str, scopes: list[str]) -> Signer:
        """The platform key for a reply or a notification (`target`: replies, notifications).

        `asked` is the key mode of the request: public_key or certificate.
        """
        if self.faults.take("rotated_key", scopes, target=target):
            return self.keyring.rotated
        mode = getattr(self.settings, f"signer_{target}")
        if mode == "as_asked":
            mode = asked
        elif mode == "alternate":
            mode = ("public_key", "certificate")[next(self._turns) % 2]
        return self.keyring.public_key if mode == "public_key" else self.keyring.certificate


def rfc3339(at: int) -> str:
    """Milliseconds as WeChat writes times: `2018-06-08T10:34:56+08:00`."""
    return datetime.datetime.fromtimestamp(at // 1000, SHANGHAI).isoformat()


def stamp(at: int) -> str:
    """Fourteen digits of local time, as they appear inside WeChat's numbers."""
    return datetime.datetime.fromtimestamp(at // 1000, SHANGHAI).strftime("%Y%m%d%H%M%S")


def digits(count: int) -> str:
    return str(secrets.randbelow(10**count)).zfill(count)


def text_field(body: dict[str, Any], name: str, longest: int, *, at: str = "", required: bool = True) -> str:
    """A text of 1 to `longest` characters from a request. Raises PARAM_ERROR."""
    value = body.get(name)
    pointer = f"{at}/{name}"
    if value is None and not required:
        return ""
    if value is None:
        raise PayError(400, "PARAM_ERROR", f"缺少参数 {pointer}", pointer)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise PayError(400, "PARAM_ERROR", f"{pointer} 应为 1 到 {longest} 个字符", pointer)
    return value


def fen_field(body: dict[str, Any], name: str, *, at: str) -> int:
    """A whole, positive number of fen. Raises PARAM_ERROR."""
    value = body.get(name)
    if type(value) is not int or not 1 <= value <= 100_000_000_00:
        raise PayError(400, "PARAM_ERROR", f"{at}/{name} 应为正整数，单位为分", f"{at}/{name}")
    return value


def object_field(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise PayError(400, "PARAM_ERROR", f"缺少参数 /{name}", f"/{name}")
    return value


def url_field(body: dict[str, Any], longest: int, *, required: bool) -> str:
    """A notify_url: absolute, without a query. Raises PARAM_ERROR."""
    url = text_field(body, "notify_url", longest, required=required)
    if url and not _NOTIFY_URL.fullmatch(url):
        raise PayError(400, "PARAM_ERROR", "notify_url 必须是不带参数的完整地址", "/notify_url")
    return url
