"""Rate limits, counted in this process: a fixed number of requests per key and minute."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

from clock import MINUTE, Clock
from config import IPNetwork, read_network

MAX_KEYS = 100_000
MAX_ADDRESS = 64
"""Characters of an address with its port; what is longer in a header is none, and is not kept."""
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](:[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}|(?P<plain>[^\[\]]+)")


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
        if len(self._buckets) >= MAX_KEYS:
            self._make_room(now)
        self._buckets[(name, key)] = (tokens - 1, now)
        return 0

    def _make_room(self, now: int) -> None:
        """Buckets that nobody used for a minute are full again and need no memory. When all were used, the oldest ones
        go: a flood from very many addresses must not cost a walk over all of them each time."""
        self._buckets = {key: value for key, value in self._buckets.items() if now - value[1] < MINUTE}
        for key in list(self._buckets)[: len(self._buckets) - MAX_KEYS * 9 // 10]:
            del self._buckets[key]


def client_address(remote: str, forwarded_for: str, trusted: Sequence[str]) -> str:
    """The address a request really came from.

    ``X-Forwarded-For`` counts only when the connection comes from a trusted proxy; read from its right end, the
    first address that is not such a proxy is the client: whatever stands further left may be forged.
    """
    if not (forwarded_for and trusted):
        return _plain_address(remote)
    found = parse_address(remote)
    if found is None:
        return remote
    networks = _networks(tuple(trusted))
    for part in reversed(forwarded_for.split(",")):
        if not any(found in network for network in networks):
            break
        before = parse_address(part) if len(part) <= MAX_ADDRESS else None
        if before is None:
            break
        found = before
    return str(found)


@lru_cache(maxsize=4096)
def _plain_address(remote: str) -> str:
    """That of a connection. Kept by it alone: a header may be long, and anybody sends as many as they like."""
    found = parse_address(remote)
    return remote if found is None else str(found)


@lru_cache(maxsize=8)
def _networks(trusted: tuple[str, ...]) -> tuple[IPNetwork, ...]:
    return tuple(read_network(text) for text in trusted)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> IPAddress | None:
    """An address as proxies write it, also with a port: ``203.0.113.9:51234``, ``[2001:db8::1]:443``; None when it is
    none. An IPv4 address that arrived over IPv6 is the IPv4 address."""
    match = _WITH_PORT.fullmatch(text.strip().strip('"'))
    if match is None:
        return None
    host = match["v6"] or match["v4"] or match["plain"]
    try:
        found = ipaddress.ip_address(host.partition("%")[0])  # the name of an interface is no part of it
    except ValueError:
        return None
    return (isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped) or found


def rate_limit_network(address: str) -> str:
    """What is counted in place of an address: of IPv6 its /64, which one customer of a provider has for itself."""
    found = parse_address(address)
    if found is None:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)


def masked_address(address: str) -> str:
    """An address that stands for many: of IPv4 the last part is 0, of IPv6 the first 48 bits are left."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "-"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    bits = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((str(found), bits), strict=False).network_address)
