"""How WeChat writes times and numbers."""

from __future__ import annotations

import datetime
import secrets
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def rfc3339(at: int) -> str:
    """Milliseconds as WeChat writes times: ``2018-06-08T10:34:56+08:00``."""
    return datetime.datetime.fromtimestamp(at // 1000, SHANGHAI).isoformat()


def stamp(at: int) -> str:
    """Fourteen digits of local time, as they appear inside WeChat's numbers."""
    return datetime.datetime.fromtimestamp(at // 1000, SHANGHAI).strftime("%Y%m%d%H%M%S")


def digits(count: int) -> str:
    return str(secrets.randbelow(10**count)).zfill(count)
