"""What the bytes of an answer's rows mean.

Protocol: MariaDB's documentation, "Clients & Utilities: Server Client Protocol", the text protocol's rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymysql.connections import TEXT_TYPES
from pymysql.constants import CR
from pymysql.converters import through
from pymysql.err import OperationalError

from storage.connection import Row

Read = Callable[[bytes], Any] | None
"""Makes a column's value of its bytes; None: they are the value."""

_NULL, _TWO_BYTES, _THREE_BYTES, _EIGHT_BYTES = 251, 252, 253, 254
_LENGTH_BYTES = {_TWO_BYTES: 2, _THREE_BYTES: 3, _EIGHT_BYTES: 8}
_BINARY = 63


def lost() -> OperationalError:
    """What PyMySQL says of a connection that ended, or that sends what cannot be meant."""
    return OperationalError(CR.CR_SERVER_LOST, "Lost connection to MySQL server during query")


def length_at(packet: bytes, at: int) -> tuple[int, int]:
    """A length-encoded integer, and where it ends. Raises OperationalError when it goes on behind the packet, and
    LookupError where none begins."""
    first = packet[at]
    if first < _NULL:
        return first, at + 1
    end = at + 1 + _LENGTH_BYTES[first]
    if end > len(packet):
        raise lost()
    return int.from_bytes(packet[at + 1 : end], "little"), end


def row_of(came: bytes, at: int, end: int, columns: tuple[Read, ...]) -> Row:
    """The row whose packet is from ``at`` to ``end``. Raises OperationalError when its values end elsewhere: nothing of
    the next packet is taken for one of them."""
    values: list[Any] = []
    for read in columns:
        length, begin = came[at], at + 1
        if length == _NULL:
            values.append(None)
            at = begin
            continue
        if length > _NULL:
            length, begin = length_at(came, at)
        at = begin + length
        value = came[begin:at]
        values.append(read(value) if read else value)
    if at != end:
        raise lost()
    return tuple(values)


def reader_of(column: Any, decoders: dict[int, Any]) -> Read:
    """How aiomysql reads a column."""
    kind = column.type_code
    decode = decoders.get(kind)
    if decode is through:
        decode = None
    if kind in TEXT_TYPES and column.charsetnr == _BINARY:
        return decode
    if decode is None:
        return bytes.decode
    return int if decode is int else lambda value: decode(value.decode())
