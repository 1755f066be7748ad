"""Whatever bytes come, in whatever pieces: the answers that were sent or an error, never a row that was not sent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

import pymysql.err
import pytest
from pymysql.connections import _lenenc_int
from pymysql.constants import FIELD_TYPE
from pymysql.converters import decoders

from storage.connection import Row
from storage.mysql_answers import Answer, Answers, AnswerStream

Packets = list[bytes]
OK = b"\x00\x07\x09\x02\x00\x00\x00"
EOF = b"\xfe\x00\x00\x02\x00"
ERROR = b"\xff\x28\x04#42000wrong"
KINDS = (FIELD_TYPE.VAR_STRING, FIELD_TYPE.LONGLONG, FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.DATETIME)


def text(value: bytes | None) -> bytes:
    return b"\xfb" if value is None else _lenenc_int(len(value)) + value


def column(kind: int) -> bytes:
    names = b"".join(map(text, (b"def", b"", b"t", b"t", b"c", b"c")))
    return names + b"\x0c" + b"\x21\x00" + b"\xff\x00\x00\x00" + bytes([kind]) + b"\x00\x00\x00" + b"\x00\x00"


def selected(chance: random.Random) -> tuple[Packets, list[Row]]:
    """The packets of a SELECT's answer, and its rows."""
    packets, rows = [_lenenc_int(len(KINDS)), *map(column, KINDS), EOF], []
    for _ in range(chance.randrange(9)):
        said = "陪" * chance.choice([0, 1, 83, 84, 200, 30_000]) if chance.random() < 0.8 else None
        number = chance.randrange(-(2**63), 2**64) if chance.random() < 0.8 else None
        packets.append(
            text(None if said is None else said.encode())
            + text(None if number is None else b"%d" % number)
            + text(b"12.50")
            + text(b"2026-11-30 23:59:59")
        )
        rows.append(
            (
                said,
                number,
                decoders[FIELD_TYPE.NEWDECIMAL]("12.50"),
                decoders[FIELD_TYPE.DATETIME]("2026-11-30 23:59:59"),
            )
        )
    return [*packets, EOF], rows


def several(chance: random.Random) -> tuple[list[Packets], list[Any]]:
    """Of some statements each one's packets, and what is to be told of it: rows, or the error's number."""
    sent: list[Packets] = []
    expected: list[Any] = []
    for _ in range(chance.randrange(1, 5)):
        kind = chance.randrange(4)
        if kind == 0:
            sent.append([OK])
            expected.append([])
        elif kind == 1:
            packets, _ = selected(chance)
            sent.append([*packets[:-1], ERROR])  # among its rows
            expected.append(1064)
        else:
            packets, rows = selected(chance)
            sent.append(packets)
            expected.append(rows)
    return sent, expected


def numbered(answers: Sequence[Packets]) -> list[bytes]:
    """With their headers."""
    return [
        len(packet).to_bytes(3, "little") + bytes([number & 0xFF]) + packet
        for packets in answers
        for number, packet in enumerate(packets, 1)
    ]


def told(answers: Answers) -> list[Any]:
    return [answer.rows if isinstance(answer, Answer) else answer.args[0] for answer in answers]


def received(data: bytes, statements: int, cut: Callable[[], int]) -> list[Any] | None:
    """What is told when this comes, in pieces, and the connection ends behind it; None: that it was lost."""
    stream = AnswerStream("utf8", decoders, 2)
    waiting = stream.expect([1] * statements)
    at = 0
    while at < len(data):
        end = at + cut()
        stream.data_received(data[at:end])
        at = end
    stream.connection_lost(None)
    assert not stream.is_open
    error = waiting.exception()
    assert error is None or isinstance(error, pymysql.err.MySQLError)
    return None if error else told(waiting.result())


@pytest.fixture(scope="module")
def chance() -> random.Random:
    return random.Random(20261130)


async def test_answers_are_whole_in_whatever_pieces_they_come(chance: random.Random) -> None:
    for _ in range(80):
        sent, expected = several(chance)
        most = chance.choice([1, 3, 50, 1_000, 100_000]) if len(str(expected)) < 5_000 else 5_000
        data = b"".join(numbered(sent))
        assert received(data, len(sent), lambda: chance.randint(1, most)) == expected  # noqa: B023


async def test_packets_that_are_missing_doubled_or_in_another_order_are_an_error(
    chance: random.Random,
) -> None:
    for _ in range(200):
        sent, _ = several(chance)
        packets = numbered(sent)
        at, other = chance.randrange(len(packets)), chance.randrange(len(packets))
        before = list(packets)
        how = chance.randrange(3)
        if how == 0:
            del packets[at]
        elif how == 1:
            packets.insert(at, packets[other])
        else:
            packets[at], packets[other] = packets[other], packets[at]
        if packets[: len(before)] == before:  # the last one came once more, behind the answers
            continue
        assert received(b"".join(packets), len(sent), lambda: 700) is None, how


async def test_an_answer_that_is_cut_off_is_an_error(chance: random.Random) -> None:
    for _ in range(200):
        sent, _ = several(chance)
        data = b"".join(numbered(sent))
        assert received(data[: chance.randrange(len(data))], len(sent), lambda: 10_000) is None


async def test_a_packet_whose_length_is_wrong_is_an_error(chance: random.Random) -> None:
    for _ in range(300):
        sent, _ = several(chance)
        packets = numbered(sent)
        at = chance.randrange(len(packets))
        length = int.from_bytes(packets[at][:3], "little")
        wrong = chance.choice([0, length - 1, length + 1, length + 4, length * 2, 2**24 - 2, 2**24 - 1])
        if wrong == length or wrong < 0 or packets[at][4:] in (OK, ERROR):  # their text may have any length
            continue
        packets[at] = wrong.to_bytes(3, "little") + packets[at][3:]
        assert received(b"".join(packets), len(sent), lambda: 10_000) is None, (at, length, wrong)


@pytest.mark.parametrize(
    "row",
    [
        b"\x05abcd" + b"\xfb" * 3,  # the first value takes one of the next ones
        b"\x04abcd" + b"\xfb" * 2,
        b"\x04abcd" + b"\xfb" * 4,
        b"\xfc\xff\xff" + b"abcd" + b"\xfb" * 3,
        b"\xfd\xff\xff\xff" + b"abcd" + b"\xfb" * 3,
        b"\xfe" + b"\xff" * 8 + b"abcd" + b"\xfb" * 3,
        b"\xfb\xfb\xfb\xff",
        b"\xfb\xfb\xfb\xfc\x01",
        b"\xfb\xfb\x03abc\xfb",  # no decimal number
        b"\xfb\x03abc\xfb\xfb",
        b"\x01\xff\xfb\xfb\xfb",  # not UTF-8
        b"",
    ],
)
async def test_a_row_that_does_not_fit_its_packet_is_an_error(row: bytes) -> None:
    start = [_lenenc_int(len(KINDS)), *map(column, KINDS), EOF]
    following = [text(b"x" * 300) + b"\xfb" * 3, EOF]
    assert received(b"".join(numbered([[*start, row, *following]])), 1, lambda: 10_000) is None


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\xfb",
        b"\xff",
        b"\xff\x01",
        EOF,
        b"\x00",
        b"\x00\x01",
        b"\x00\xfc\x01",
        OK[:4],
        b"\xfc\x00\x00",
        b"\xfe" + b"\xff" * 8,
        b"\xfd\xff\xff\xff",
        b"\x02\x00",
        OK[:3] + b"\x0a\x00\x00\x00",
    ],
)
async def test_an_answer_that_begins_with_what_cannot_be_ends_at_once(packet: bytes) -> None:
    stream = AnswerStream("utf8", decoders, 2)
    waiting = stream.expect([1])
    stream.data_received(b"".join(numbered([[packet]])))
    assert isinstance(waiting.exception(), pymysql.err.MySQLError)


async def test_bytes_of_any_kind_end_in_an_error_or_in_answers(chance: random.Random) -> None:
    for _ in range(600):
        sent, _ = several(chance)
        data = bytearray(b"".join(numbered(sent)))
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(min(len(data), 400))] = chance.randrange(256)
        answers = received(bytes(data), len(sent), lambda: 10_000)
        assert answers is None or len(answers) == len(sent)


async def test_nothing_is_asked_while_answers_are_due(chance: random.Random) -> None:
    stream = AnswerStream("utf8", decoders, 2)
    first = stream.expect([1])
    with pytest.raises(pymysql.err.InternalError):
        stream.expect([1])
    with pytest.raises(pymysql.err.InternalError):
        await first
    assert not stream.is_open


async def test_an_idle_stream_keeps_no_rows() -> None:
    packets, rows = selected(random.Random(3))
    assert rows
    stream = AnswerStream("utf8", decoders, 2)
    waiting = stream.expect([1])
    stream.data_received(b"".join(numbered([packets])))
    assert told(waiting.result()) == [rows]
    assert (stream._waiting, stream._answers, stream._rows, stream._came) == (None, [], [], b"")
    assert stream.is_quiet


async def test_the_description_of_columns_is_not_remembered_without_end() -> None:
    from storage import mysql_answers

    for number in range(mysql_answers._MAX_KNOWN + 10):
        named = column(FIELD_TYPE.LONG).replace(b"\x01c\x01c", b"\x01c" + text(b"c%d" % number))
        data = b"".join(numbered([[b"\x01", named, EOF, text(b"%d" % number), EOF]]))
        assert received(data, 1, lambda: 10_000) == [[(number,)]]
    assert len(mysql_answers._known) <= mysql_answers._MAX_KNOWN


def test_the_pieces_of_a_long_answer_are_not_joined_over_and_over() -> None:
    """6 MB in pieces of 1 KB: each byte is copied a few times, not thousands of times."""
    asyncio.run(_long_answer())


async def _long_answer() -> None:
    packets = [b"\x01", column(FIELD_TYPE.VAR_STRING), EOF, text(b"x" * 6_000_000), EOF]
    loop = asyncio.get_running_loop()
    data, began = b"".join(numbered([packets])), loop.time()
    assert received(data, 1, lambda: 1_024) == [[("x" * 6_000_000,)]]
    assert loop.time() - began < 5  # about 0.1; tens of seconds when each piece is joined to those before
