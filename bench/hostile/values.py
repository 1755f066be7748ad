"""What no field expects: texts, numbers and shapes that have broken other programs.

None of them holds a word that an answer is searched for (``judge.py``): SQL is written in mixed case.
"""

from __future__ import annotations

from random import Random
from typing import Any

SCRIPT = "<script>hx7q(1)</script>"
"""Where a page shows this as it is, a page runs what a user wrote."""

TEXTS: tuple[str, ...] = (
    *(
        '{"a": {}}',
        '{"a": []}',
        '{"a": 1e999}',
        "[{}]",
        "[[1]]",
        '[{"a": []}]',
        '{"": null}',
        '["\\ud800"]',
        '{"a": NaN}',
    ),
    *(
        "",
        " ",
        "0",
        "-1",
        "1.5",
        "1e400",
        "NaN",
        "null",
        "true",
        "undefined",
        "[]",
        "{}",
        "%",
        "%00",
        "%s%s%n",
    ),
    *(
        "9" * 30,
        "9" * 400,
        str(2**31),
        str(2**63),
        str(-(2**63) - 1),
        "0x10",
        "1_000",
        "1,000",
        "٣",
        "１",
        "⑦",
    ),
    *("2026-13-45", "9999-12-31", "0000-00-00", "0001-01-01", "2026-02-30", "2026-02-30T25:61:61+99:99"),
    *("' oR '1'='1", "'; dRoP tAbLe orders; --", "1) uNiOn sElEcT null,null--", '" oR ""="', "\\' oR 1=1#"),
    *("' || sLeEp(5) || '", "1 aNd (sElEcT 1 fRoM (sElEcT sLeEp(5)) x)", "%' eScApE '!", "_%_%_", "\\"),
    *(
        SCRIPT,
        f'"><img src=x onerror={SCRIPT}>',
        f"'-{SCRIPT}-'",
        f"</textarea>{SCRIPT}",
        "javascript:hx7q(1)",
    ),
    *(
        "{{ 7*7 }}",
        "{% import os %}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
        "{0.__class__}",
        "%(password)s",
        "${jndi:ldap://x/}",
    ),
    *(
        "../../../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/etc/passwd\x00.jpg",
        "file:///etc/passwd",
        "....//....//etc/",
    ),
    *(
        "http://169.254.169.254/latest/",
        "//evil.example/",
        "https://evil.example@127.0.0.1/",
        "\\\\evil\\share",
    ),
    *(
        "a\r\nSet-Cookie: hx=1",
        "a\nX-Injected: 1",
        "\r\n\r\n<html>",
        "a\x00b",
        "\x00",
        "\x1b[31m",
        "\x7f",
        "\ufffe",
        "\ufeff",
    ),
    *(
        "\u202e反",
        "\u200b",
        "e\u0301" * 40,
        "Z\u0351\u036b\u0343" * 60,
        "😀" * 70,
        "👩‍👩‍👧‍👦" * 20,
        "ﷺ" * 40,
        "𝕳𝖔𝖘𝖕",
        "\ud800",
    ),
    *(
        "x" * 5_000,
        "长" * 12_000,
        "a" * 60_000,
        " " * 3_000,
        "\t" * 500,
        "(" * 3_000,
        "a," * 4_000,
        "\n" * 2_000,
    ),
    *(
        "=hYpErLiNk(1)",
        "+1+1",
        "-1-1",
        "@sum(1)",
        "|calc",
        "；rm -rf /",
        "`id`",
        "$(id)",
        "& ping -n 5 127.0.0.1 &",
    ),
    *("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "1" * 5_000 + "a", "@" * 300, "a@" * 300, "-" * 5_000, ".." * 200),
    *("￥-1", "￥0.001", "￥1e9", "¥∞", "1٫5", "198元", "-0", "+198", "0198", "198.", ".5", "1.99e2"),
)

SHAPES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, -1e-308, 2**31, 2**53, 2**63, -(2**63) - 1, 10**40),
    *(
        [],
        {},
        [None],
        ["a"],
        [1, "1"],
        {"a": 1},
        {"id": 1},
        {"$ne": None},
        {"$gt": ""},
        {"__proto__": {}},
        [[[[[]]]]],
    ),
    *({"": ""}, {"a" * 300: 1}, ["x"] * 500, {str(n): n for n in range(300)}),
)

NAMES = (
    "__proto__",
    "constructor",
    "warrant",
    "id[]",
    "id[$ne]",
    "_method",
    "_xsrf",
    "user_id",
    "openid",
    "role",
    "",
    "\x00",
    "a" * 300,
)
"""Of fields that nobody asked for."""

HEADERS: tuple[tuple[str, str], ...] = (
    *(
        ("X-Forwarded-For", v)
        for v in ("127.0.0.1", "::1, 10.0.0.1", "' oR 1=1", "a" * 2_000, "1.1.1.1," * 300, "")
    ),
    *(("X-Forwarded-Proto", v) for v in ("https", "javascript", "a" * 500)),
    *(("X-Request-Id", v) for v in ("a" * 64, "<b>", "' oR 1=1", "é" * 20)),
    *(("X-HTTP-Method-Override", v) for v in ("DELETE", "TRACE")),
    *(("Host", v) for v in ("evil.example", "", "a" * 500, "127.0.0.1:99999", "[::1", "a b")),
    *(
        ("Authorization", v)
        for v in ("Bearer ", "Bearer " + "a" * 5_000, "Basic Og==", "Bearer ' oR 1=1", "Digest x", "é")
    ),
    *(("warrant", v) for v in ("", "a" * 43, "' oR 1=1", "0" * 5_000)),
    *(
        ("Cookie", v)
        for v in (
            "_xsrf=2|a|b|c",
            "a=" + "b" * 5_000,
            "=;=;==",
            'x="\\377"',
            "admin_session=' oR 1=1",
            ";" * 300,
        )
    ),
    *(("Accept-Encoding", v) for v in ("gzip", "gzip;q=nan", "*;q=0")),
    *(("Content-Encoding", v) for v in ("gzip", "deflate", "br", "zstd")),
    *(
        ("Range", v)
        for v in ("bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=0-,0-,0-", "bytes=99999999999999999999-", "x")
    ),
    *(("If-None-Match", v) for v in ("*", '"' + "a" * 3_000, 'W/"x"', "é")),
    *(
        ("If-Modified-Since", v)
        for v in ("yesterday", "Thu, 01 Jan 99999 00:00:00 GMT", "Mon, 32 Foo 2026 25:61:61 GMT")
    ),
    *(
        ("Accept-Language", "a" * 2_000),
        ("Referer", "javascript:1"),
        ("Origin", "null"),
        ("User-Agent", SCRIPT),
    ),
    *(("Wechatpay-Timestamp", v) for v in ("0", "9" * 12, "-1", "x", "1e3")),
    *(("Wechatpay-Serial", v) for v in ("a", "PUB_KEY_ID_0", "a" * 128, "é")),
    *(("Wechatpay-Signature", v) for v in ("AAAA", "WECHATPAY/SIGNTEST/x", "=" * 300, "a" * 2_049)),
    *(("Wechatpay-Nonce", v) for v in ("", "n", "n" * 128)),
)

CONTENT_TYPES = (
    *(
        "",
        "text/plain",
        "text/xml",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/json; charset=utf-16",
    ),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 3_000,
    ),
    *(
        "multipart/mixed; boundary=x",
        "application/xml",
        "application/json\x0b",
        "a" * 500,
        "application/octet-stream",
    ),
)


def text(random: Random) -> str:
    """One of the texts, or a few characters drawn from everywhere."""
    if random.random() < 0.8:
        return random.choice(TEXTS)
    planes = (
        (0, 0x7F),
        (0x80, 0x7FF),
        (0x4E00, 0x9FFF),
        (0x2000, 0x206F),
        (0xD800, 0xDFFF),
        (0x1F300, 0x1FAFF),
    )
    return "".join(chr(random.randint(*random.choice(planes))) for _ in range(random.randint(1, 40)))


def value(random: Random) -> Any:
    """What a field may get as JSON."""
    return random.choice(SHAPES) if random.random() < 0.4 else text(random)
