"""The answers of MySQL or MariaDB, taken from the bytes that come: no waiting and no object for each packet.

How columns are read is remembered by the bytes that describe them, and those are compared whole, so that nothing has to
be forgotten when a table changes.

Protocol: MariaDB's documentation, "Clients & Utilities: Server Client Protocol", text results with EOF packets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiomysql.connection import MAX_PACKET_LEN
from pymysql.constants import SERVER_STATUS
from pymysql.err import InternalError, MySQLError
from pymysql.protocol import FieldDescriptorPacket, MysqlPacket

from frozen_dataclasses import frozen
from storage.connection import Row
from storage.mysql_values import Read, length_at, lost, reader_of, row_of

_HEADER = 4
_OK, _EOF, _ERROR, _LOCAL_FILE = 0x00, 0xFE, 0xFF, 0xFB
_EOF_BYTES = _HEADER + 5
_EOF_BELOW = 9
"""A packet that begins like EOF and is longer is a row whose first column is very long."""
_MOST_COLUMNS = 4_096
_MAX_KNOWN = 2_000
_known: dict[bytes, tuple[Read, ...]] = {}
"""How the columns are read, by the packets that describe them, headers included."""
_likely: dict[tuple[int, bytes], bytes] = {}
"""By their number and the packet of the first column: the packets that described such columns the last time."""


@frozen(slots=True)
class Answer:
    """``count``: rows that the statement's WHERE clause matched."""

    rows: list[Row]
    count: int = 0
    insert_id: int = 0


Answers = list[Answer | MySQLError]
"""To statements, in their order: of each one its answer, or the error that it met."""


class AnswerStream(asyncio.Protocol):
    """What a server sends to a client that has logged in.

    ``decoders``: aiomysql's, by column type. ``status``: the server's flags, as its last answer had them.
    """

    def __init__(self, encoding: str, decoders: dict[int, Any], status: int) -> None:
        self._encoding, self._decoders = encoding, decoders
        self.status = status
        self.is_open = True
        self._pieces: list[bytes] = []
        """What has come and is not read."""
        self._missing = 0
        """So many bytes at least have to come before there is more to be read."""
        self._came, self._at, self._sequence = b"", 0, 0
        self._packets: Sequence[int] = ()
        self._due, self._answers = 0, Answers()
        self._waiting: asyncio.Future[Answers] | None = None
        self._columns, self._read, self._rows = 0, tuple[Read, ...](), list[Row]()

    @property
    def is_quiet(self) -> bool:
        """Nothing is due, and nothing has come unasked."""
        return not self._due and not self._pieces

    def expect(self, packets: Sequence[int]) -> asyncio.Future[Answers]:
        """The answers to what is sent next: of each statement, in how many packets it goes, because its answer is
        numbered from there on. Fails with one of PyMySQL's errors when the stream ends before. Raises InternalError
        while somebody else's answers are due, who then gets none either."""
        if self._due:
            self._end(error := InternalError("two ask at once on one connection"))
            raise error
        self._waiting = asyncio.get_running_loop().create_future()
        self._packets, self._due, self._answers = packets, len(packets), []
        self._sequence = packets[0] & 0xFF
        if not self.is_open or self._pieces:
            self._end(lost())
        return self._waiting

    # Called by the transport

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._missing -= len(data)
        if self._missing > 0 or not self._due:
            return
        self._came, self._at = data if len(self._pieces) == 1 else b"".join(self._pieces), 0
        try:
            self._read_on()
        except MySQLError as error:
            self._end(error)
        except Exception:  # not what the protocol allows; PyMySQL raises whatever comes
            self._end(lost())

    def eof_received(self) -> None:
        self._end(lost())

    def connection_lost(self, error: Exception | None) -> None:
        self._end(lost())

    def _end(self, error: MySQLError) -> None:
        self.is_open, self._due = False, 0
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)

    # Reading

    def _read_on(self) -> None:
        """As far as what has come allows."""
        self._missing = 0
        while self._due and (
            self._take_rows() if self._read else self._take_columns() if self._columns else self._take_first()
        ):
            pass
        rest = self._came[self._at :]
        self._pieces, self._came = [rest] if rest else [], b""
        if not self._due and self._waiting is not None:
            waiting, answers = self._waiting, self._answers
            self._waiting, self._answers = None, []  # an idle connection keeps nobody's rows
            if not waiting.done():
                waiting.set_result(answers)

    def _answered(self, answer: Answer | MySQLError) -> None:
        self._answers.append(answer)
        self._due -= 1
        self._columns, self._read, self._rows = 0, (), []
        if self._due:
            self._sequence = self._packets[-self._due] & 0xFF

    def _take_first(self) -> bool:
        """An error, a count of what was changed, or how many columns the rows will have."""
        packet = self._packet()
        if packet is None:
            return False
        if packet[0] == _ERROR:
            self._answered(self._error(packet))
        elif packet[0] == _OK:
            count, at = length_at(packet, 1)
            insert_id, at = length_at(packet, at)
            self._keep_status(packet[at : at + 2])
            self._answered(Answer([], count, insert_id))
        elif packet[0] == _LOCAL_FILE:
            raise InternalError("the server asked for a file")
        else:
            self._columns, end = length_at(packet, 0)
            if not 0 < self._columns <= _MOST_COLUMNS or end != len(packet):
                raise lost()
        return True

    def _take_columns(self) -> bool:
        """The description of the columns, with the packet that ends it, all at once."""
        came, at = self._came, self._at
        first = self._columns, came[at : at + _HEADER + int.from_bytes(came[at : at + 3], "little")]
        described = _likely.get(first, b"")
        if (
            not described
            or not came.startswith(described, at)
            or len(came) - at < len(described) + _EOF_BYTES
        ):
            end = self._end_of_columns()
            if end is None:
                return False
            described = came[at:end]
            if described not in _known:
                self._describe(described)
            _likely[first] = described
        self._read = _known[described]
        self._sequence = self._sequence + self._columns & 0xFF
        self._at = at + len(described)
        last = self._packet()
        if last is None or last[0] != _EOF or len(last) >= _EOF_BELOW:
            raise InternalError("the description of an answer does not end")
        return True

    def _end_of_columns(self) -> int | None:
        """Where the packet begins that ends their description; None when that packet has not come."""
        came, end = self._came, self._at
        for _ in range(self._columns + 1):
            at, body = end, end + _HEADER
            if body > len(came):
                self._lacks(body)
                return None
            end = body + int.from_bytes(came[at : at + 3], "little")
        if end > len(came):
            self._lacks(end)
            return None
        return at

    def _describe(self, packets: bytes) -> None:
        """As aiomysql reads such columns."""
        if len(_known) >= _MAX_KNOWN:
            _known.clear()
            _likely.clear()
        readers = []
        at, sequence = 0, self._sequence
        while at < len(packets):
            end = at + _HEADER + int.from_bytes(packets[at : at + 3], "little")
            if packets[at + 3] != sequence:
                raise lost()
            column = FieldDescriptorPacket(packets[at + _HEADER : end], self._encoding)
            readers.append(reader_of(column, self._decoders))
            at, sequence = end, sequence + 1 & 0xFF
        _known[packets] = tuple(readers)

    def _take_rows(self) -> bool:
        came, at, sequence, read, rows = self._came, self._at, self._sequence, self._read, self._rows
        most = len(came)
        while (body := at + _HEADER) < most:
            length = came[at] | came[at + 1] << 8 | came[at + 2] << 16
            if body + length > most or length == MAX_PACKET_LEN or came[body] >= _EOF:
                break
            if came[at + 3] != sequence:
                raise lost()
            at, sequence = body + length, sequence + 1 & 0xFF
            rows.append(row_of(came, body, at, read))
        self._at, self._sequence = at, sequence
        packet = self._packet()
        if packet is None:
            return False
        if packet[0] == _ERROR:
            self._answered(self._error(packet))
        elif packet[0] == _EOF and len(packet) < _EOF_BELOW:
            self._keep_status(packet[3:5])
            self._answered(Answer(rows, len(rows)))
        else:
            rows.append(row_of(packet, 0, len(packet), read))
        return True

    def _packet(self) -> bytes | None:
        """The next packet; None when it has not come whole. Raises OperationalError when it is not the one that is
        due."""
        came, at = self._came, self._at
        if (body := at + _HEADER) > len(came):
            self._lacks(body)
            return None
        length = came[at] | came[at + 1] << 8 | came[at + 2] << 16
        if length == MAX_PACKET_LEN:
            return self._long_packet()
        if (end := body + length) > len(came):
            self._lacks(end)
            return None
        if came[at + 3] != self._sequence:
            raise lost()
        self._at, self._sequence = end, self._sequence + 1 & 0xFF
        return came[body:end]

    def _long_packet(self) -> bytes | None:
        """One of 16 MB goes on in the next, which may begin with any byte."""
        came, at, sequence, parts = self._came, self._at, self._sequence, []
        while True:
            body = at + _HEADER
            if body > len(came):
                self._lacks(body)
                return None
            end = body + int.from_bytes(came[at : at + 3], "little")
            if end > len(came):
                self._lacks(end)
                return None
            if came[at + 3] != sequence:
                raise lost()
            parts.append(came[body:end])
            at, sequence = end, sequence + 1 & 0xFF
            if end - body < MAX_PACKET_LEN:
                self._at, self._sequence = at, sequence
                return b"".join(parts)

    def _lacks(self, end: int) -> bool:
        self._missing = end - len(self._came)
        return False

    def _keep_status(self, flags: bytes) -> None:
        if len(flags) != 2:
            raise lost()
        self.status = int.from_bytes(flags, "little")
        if self.status & SERVER_STATUS.SERVER_MORE_RESULTS_EXISTS:
            raise InternalError("a statement with more than one answer")

    def _error(self, packet: bytes) -> MySQLError:
        try:
            MysqlPacket(packet, self._encoding).raise_for_error()
        except MySQLError as error:
            return error
        raise AssertionError("unreachable")
