"""Rate limits, counted in this process: a fixed number of requests per key and minute."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from clock import MINUTE, Clock

MOST_KEYS = 100_000


class RateLimiter:
    """A token bucket per key: ``per_minute`` at once, refilled evenly."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], tuple[float, int]] = {}

    def wait_seconds(self, name: str, key: str, per_minute: int) -> int:
        """0 when the request may pass, else after how many seconds to try again. ``per_minute`` 0: no limit."""
        if per_minute <= 0:
            return 0
        now = self._clock()
        tokens, seen = self._buckets.get((name, key), (float(per_minute), now))
        tokens = min(float(per_minute), tokens + max(now - seen, 0) * per_minute / MINUTE)
        if tokens < 1:
            self._buckets[(name, key)] = (tokens, now)
            return max(1, round((1 - tokens) * 60 / per_minute))
        if len(self._buckets) >= MOST_KEYS:
            self._forget(now)
        self._buckets[(name, key)] = (tokens - 1, now)
        return 0

    def _forget(self, now: int) -> None:
        """Buckets that nobody used for a minute are full again and need no memory."""
        self._buckets = {key: value for key, value in self._buckets.items() if now - value[1] < MINUTE}


def client_address(remote: str, forwarded_for: str, trusted: Sequence[str]) -> str:
    """The address a request really came from.

    ``X-Forwarded-For`` counts only when the connection comes from a trusted proxy; read from its right end, the
    first address that is not such a proxy is the client: whatever stands further left may be forged.
    """
    if remote not in trusted:
        return remote
    address = remote
    for part in reversed(forwarded_for.split(",")):
        try:
            address = str(ipaddress.ip_address(part.strip()))
        except ValueError:
            break
        if address not in trusted:
            break
    return address


def household(address: str) -> str:
    """What is counted in place of an address: of IPv6 its /64, which one customer of a provider has for itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)
