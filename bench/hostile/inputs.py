"""One hostile request, drawn from a seed: the same number gives the same request again."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from bench.hostile import values
from bench.hostile.targets import Target
from bench.hostile.wire import request

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""What no value of a header may hold: a head with it is refused, and the connection closed with the body unread."""
_GROUP = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "PROPFIND",
    "A" * 300,
)
NAMES = (
    "0" * 32 + ".jpg",
    "0" * 32 + ".webp",
    "0" * 32 + ".pdf",
    "docs.css",
    "admin.css",
    "a",
    "..",
    ".git",
    "con",
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db00000"
    "000049454e44ae426082"
)
BROKEN: tuple[bytes, ...] = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\n\r\n", b"GET /\r\n\r\n", b"\r\n" * 50,
    b"POST /login/ HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
    b"POST /login/ HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\nshort",
    b"POST /login/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET /catalog/ HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    b"GET /catalog/ HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 3_000 + b"\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /catalog/ HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n",
    b"GET /catalog/ HTTP/1.1\r\nHost: a\r\n folded: 1\r\n\r\n",
    b"GET /catalog/ HTTP/1.1\r\nHost: a\r\nX\x00Y: 1\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /catalog/ HTTP/1.1\nHost: a\n\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /catalog/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /catalog/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
)  # fmt: skip
"""What is no HTTP, or two things at once."""


@dataclass(frozen=True)
class Identity:
    """Who a request claims to be. ``ids``: numbers to try, those of others among them."""

    name: str
    headers: tuple[tuple[str, str], ...]
    ids: tuple[int, ...]
    form_token: str = ""


@dataclass(frozen=True)
class Hostile:
    """``target``: None for what is no HTTP. ``sound``: well-formed, so that an answer must come."""

    raw: bytes
    target: Target | None
    method: str
    sound: bool


def draw(random: Random, targets: Sequence[Target], identity: Identity) -> Hostile:
    if random.random() < 0.02:
        return Hostile(random.choice(BROKEN), None, "", sound=False)
    target = random.choice(targets)
    while target.administration != (identity.name == "owner") and random.random() < 0.8:
        target = random.choice(targets)  # most inputs go where the sender gets beyond the door
    method = target.method if random.random() < 0.95 else random.choice(METHODS)
    fields = _fields(random, target, identity)
    headers = [("Host", "127.0.0.1"), *identity.headers]
    if random.random() < 0.25:
        headers += random.sample(values.HEADERS, random.randint(1, 3))
    query, body = "", b""
    if method in ("GET", "HEAD"):
        query = _form(random, fields)
    else:
        kind, body = _body(random, target, fields)
        headers.append(("Content-Type", kind))
    if identity.form_token and random.random() < 0.97:
        headers.append(("X-XSRFToken", identity.form_token))
    if body or method in ("POST", "PUT", "PATCH"):
        headers.append(("Content-Length", str(len(body))))
    path = _path(random, target.pattern, identity)
    full = (f"{path}?{query}" if query else path).encode("utf-8", "surrogatepass")
    clean = not any(_CONTROL.search(value) for _, value in headers)
    names = [name for name, _ in headers]
    sound = method in METHODS[:7] and clean and len(full) < 8_000 and names.count("Host") == 1
    return Hostile(
        request(method, full, headers, body), target, method, sound and "Content-Encoding" not in names
    )


def _path(random: Random, pattern: str, identity: Identity) -> str:
    def part(match: re.Match[str]) -> str:
        if random.random() < 0.06:
            return quote(values.text(random)[:300], safe="", errors="surrogatepass")
        if "[0-9]" in match[0] and "jpg" not in match[0]:
            return (
                str(random.choice(identity.ids))
                if random.random() < 0.9
                else random.choice(("0", "9" * 18, "9" * 30))
            )
        if "|" in match[0]:
            return random.choice(match[0].strip("()").split("|"))
        return random.choice(NAMES)

    path = _GROUP.sub(part, pattern).replace("\\", "")
    if random.random() < 0.03:
        path += quote(values.text(random)[:200], safe="/", errors="surrogatepass")
    return path


def _fields(random: Random, target: Target, identity: Identity) -> dict[str, Any]:
    """Good fields, of which some are spoilt, missing or invented."""
    fields: dict[str, Any] = {}
    for name, good in target.fields.items():
        is_id = name.lower().endswith("id") and random.random() < 0.7
        fields[name] = str(random.choice(identity.ids)) if is_id else random.choice(good or [""])
    spoilt = random.choice((1, 1, 1, 2, 3, len(fields)))
    for name in random.sample(sorted(fields), min(spoilt, len(fields))):
        if random.random() < 0.1:
            del fields[name]
        else:
            fields[name] = values.value(random)
    if random.random() < 0.1:
        fields[random.choice(values.NAMES)] = values.value(random)
    return fields


def _form(random: Random, fields: dict[str, Any]) -> str:
    pairs = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in fields.items()]
    text = urlencode(pairs, errors="surrogatepass")
    if random.random() < 0.05:
        text += random.choice(
            (
                "&",
                "&=",
                "&&&",
                "&%",
                "&%zz=%",
                "&a=%ff%fe",
                "&a" * 300,
                ";a=1",
                "&a=%u0000",
                text and f"&{text}",
            )
        )
    return text


def _body(random: Random, target: Target, fields: dict[str, Any]) -> tuple[str, bytes]:
    """A body and what it says that it is."""
    draw = random.random()
    if target.upload or draw < 0.05:
        kind, body = _multipart(random, target, fields)
    elif draw < 0.5:
        kind, body = "application/json", json.dumps(fields).encode()
    else:
        kind, body = "application/x-www-form-urlencoded", _form(random, fields).encode()
    if random.random() < 0.05:
        body = _damaged(random, body)
    if random.random() < 0.04:
        kind = random.choice(values.CONTENT_TYPES)
    return kind, body


def _damaged(random: Random, body: bytes) -> bytes:
    cut = random.randrange(len(body) + 1)
    junk = random.choice(
        (
            b"",
            b"\xff\xfe\x00",
            b"[" * 20_000,
            b'{"a":' * 5_000,
            b"\x00" * 100,
            b"}" * 10,
            zlib.compress(b"a" * 10**6),
        )
    )
    return random.choice((body[:cut], body[:cut] + junk + body[cut:], junk, body * 3, body.swapcase()))


def _multipart(random: Random, target: Target, fields: dict[str, Any]) -> tuple[str, bytes]:
    edge = random.choice(("edge", "e" * 70, "a'b", "-" * 30))
    parts = []
    for name, value in fields.items():
        text = value if isinstance(value, str) else json.dumps(value)
        parts.append(
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode("utf-8", "surrogatepass")
        )
    file = random.choice(
        (
            PNG,
            PNG[:40],
            PNG + b"\x00" * 5_000,
            b"GIF89a",
            b"\xff\xd8\xff\xe0",
            b"%PDF-1.4",
            b"<svg/>",
            b"",
            b"PK\x03\x04" * 50,
        )
    )
    name = random.choice(("a.png", "../../x.php", "a" * 400, "a\r\nX: 1", "\x00", 'a"b', "a;b=c", "名.jpg"))
    field = target.upload or random.choice(("file", "avatar", "table", ""))
    parts.append(
        f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode()
        + file
    )
    between = f"--{edge}\r\n".encode()
    body = b"".join(between + part + b"\r\n" for part in parts) + f"--{edge}--\r\n".encode()
    return f"multipart/form-data; boundary={edge}", body
