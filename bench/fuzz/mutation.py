"""Spoil an input a little: most of it stays what a parser expects, so that it gets beyond the first check."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from bench.hostile import values

PIECES: tuple[bytes, ...] = (
    *(b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80"),
    *(b"\r", b"\n", b"\r\n", b"\t", b" ", b'"', b"'", b"`", b",`", b",", b";", b"-", b"+", b"."),
    *(b"0", b"9" * 30, b"1e9", b"NaN", b"Infinity", b"-0", b"null", b"true", b"[", b"{", b"}", b"]"),
    *(b"\\", b"\\u0000", b"--", b"\r\n\r\n", b"filename=", b"name=", b";boundary=", b"Content-Disposition:"),
    *(b"<", b"&amp;", b"<!DOCTYPE a>", b"]]>"),
    *(text.encode() for text in ("长", "😀", "\u202e", "\u200b", "（元）", "٣")),
)


def spoil(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """The content with one to six changes; ``others``: inputs of the same kind, to take pieces of."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        content = random.choice(_CHANGES)(random, content, others)
    return content


def spoil_text(random: Random, text: str, others: Sequence[str]) -> str:
    """The same for characters."""
    for _ in range(random.choice((1, 1, 2, 3))):
        at, end = sorted((random.randrange(len(text) + 1), random.randrange(len(text) + 1)))
        draw = random.random()
        if draw < 0.4:
            text = text[:at] + values.text(random)[: random.choice((1, 2, 5, 200))] + text[at:]
        elif draw < 0.6:
            text = text[:at] + text[end:]
        elif draw < 0.8:
            text = text[:at] + random.choice(others) + text[end:]
        else:
            text = text[:at] + text[at:end] * random.choice((2, 3, 50)) + text[end:]
    return text[:20_000]


def spoil_json(random: Random, value: Any) -> Any:
    """The same for an object that was JSON: some of its values, at any depth, are others, missing or repeated."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice(sorted(value))
        spoilt = dict(value)
        if random.random() < 0.15:
            del spoilt[name]
        else:
            spoilt[name] = spoil_json(random, value[name])
        return spoilt
    if isinstance(value, list) and value and random.random() < 0.7:
        at = random.randrange(len(value))
        return [*value[:at], spoil_json(random, value[at]), *value[at + random.randrange(2) :]]
    return values.value(random)


def as_json(value: Any) -> bytes:
    """Also what orjson would refuse: halves of surrogate pairs, numbers of any size, NaN."""
    return json.dumps(value).encode()


def _flip(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    if not content:
        return content
    at = random.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :]


def _insert(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice(PIECES) + content[at:]


def _replace(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice(PIECES) + content[at + random.choice((1, 2, 8)) :]


def _cut(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    at, end = sorted((random.randrange(len(content) + 1), random.randrange(len(content) + 1)))
    return content[:at] + content[min(end, at + random.choice((1, 4, 40, 10**9))) :]


def _repeat(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    at = random.randrange(len(content) + 1)
    piece = content[at : at + random.choice((1, 10, 100))]
    return content[:at] + piece * random.choice((2, 10, 300)) + content[at:]


def _cross(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    other = random.choice(others)
    at, end = random.randrange(len(content) + 1), random.randrange(len(other) + 1)
    return content[:at] + other[end : end + random.choice((10, 200, 10**9))]


def _lines(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    lines = content.split(b"\n")
    at, to = random.randrange(len(lines)), random.randrange(len(lines))
    lines.insert(to, lines[at] if random.random() < 0.5 else lines.pop(at))
    return b"\n".join(lines)


_CHANGES = (_flip, _flip, _insert, _insert, _replace, _cut, _repeat, _cross, _lines)
