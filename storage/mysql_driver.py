"""aiomysql's connection with another way to read answers, which takes a third of the time.

aiomysql waits twice for every packet, of which each column and each row is one, and describes every column of an answer
anew. Here an answer is taken from the stream in as few pieces as it comes in, what was described in the same bytes is
known already, and a statement has one deadline instead of a timeout around each wait.

Protocol: MariaDB's documentation, "Clients & Utilities: Server Client Protocol", text results with EOF packets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiomysql
from aiomysql.connection import MAX_PACKET_LEN
from pymysql.connections import TEXT_TYPES
from pymysql.constants import CLIENT, COMMAND, CR, SERVER_STATUS
from pymysql.converters import through
from pymysql.err import InternalError, OperationalError
from pymysql.protocol import EOFPacketWrapper, FieldDescriptorPacket, MysqlPacket, OKPacketWrapper

from storage.connection import Row

Read = Callable[[bytes], Any] | None
"""Makes a column's value of its bytes; None: they are the value."""

_CHUNK = 256 * 1024
_HEADER = 4
_NULL, _TWO_BYTES, _THREE_BYTES, _EIGHT_BYTES = 251, 252, 253, 254
_LENGTH_BYTES = {_TWO_BYTES: 2, _THREE_BYTES: 3, _EIGHT_BYTES: 8}
_OK, _EOF, _ERROR, _LOCAL_FILE = 0x00, 0xFE, 0xFF, 0xFB
_EOF_BELOW = 9
"""A packet that begins like EOF and is longer is a row whose first column is very long."""
_BINARY = 63
_CLEAR = "mysql_clear_password"
_MAX_KNOWN = 2_000
_known: dict[bytes, tuple[Read, ...]] = {}
"""How the columns are read, by the packets that describe them: the same bytes always mean the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``count``: rows that the statement's WHERE clause matched."""

    rows: list[Row]
    count: int = 0
    insert_id: int = 0


class DriverConnection(aiomysql.Connection):
    """What was not read of an answer, or came unasked, ends the connection: nothing of it is taken for the next one."""

    _next_seq_id: int

    def __init__(self, **address: Any) -> None:
        super().__init__(**address)
        self.client_flag &= ~CLIENT.MULTI_STATEMENTS  # one statement at a time is all that a repository sends
        self._came, self._at = b"", 0
        self._out_of_time = False
        self.used_at = 0.0
        """When it was given back, on the loop's clock."""

    async def open(self) -> None:
        """Raises OperationalError and others of PyMySQL's errors."""
        await self._connect()

    async def _request_authentication(self) -> None:
        """aiomysql logs in without TLS where the server, or whoever stands before it, says that there is none."""
        if self._ssl_context is not None and not self.server_capabilities & CLIENT.SSL:
            raise OperationalError(CR.CR_SSL_CONNECTION_ERROR, "the server offers no TLS")
        self._refuse_clear_password(self._server_auth_plugin)
        await super()._request_authentication()

    async def _process_auth(self, plugin_name: bytes, auth_packet: Any) -> None:
        self._refuse_clear_password(plugin_name.decode("ascii", "replace"))
        await super()._process_auth(plugin_name, auth_packet)

    def _refuse_clear_password(self, plugin: str) -> None:
        """aiomysql tells the password itself to whoever asks for it in clear, on a plain connection too."""
        if plugin == _CLEAR and self._ssl_context is None:
            raise OperationalError(
                CR.CR_AUTH_PLUGIN_ERR, "the server wants the password in clear, without TLS"
            )

    @property
    def is_usable(self) -> bool:
        """Open, and neither the server nor a deadline has ended it, nor has anything come unasked."""
        reader = self._reader
        return (
            reader is not None
            and not self._out_of_time
            and not reader.eof_received
            and not reader.at_eof()
            and reader.exception() is None
            and self._at == len(self._came)
        )

    @property
    def is_in_transaction(self) -> bool:
        return bool(self.get_transaction_status())

    async def ask(self, sql: str, seconds: float) -> Answer:
        """Run one statement. Raises PyMySQL's errors; TimeoutError after ``seconds``. Whoever is cancelled here has to
        close the connection."""
        deadline = self.loop.call_later(seconds, self._run_out_of_time)
        try:
            await self._execute_command(COMMAND.COM_QUERY, sql)
            return await self._answer()
        finally:
            deadline.cancel()

    def _run_out_of_time(self) -> None:
        self._out_of_time = True
        if self._writer is not None:
            self._writer.transport.abort()

    # An answer

    async def _answer(self) -> Answer:
        packet = await self._packet()
        if packet[0] == _OK:
            told = OKPacketWrapper(MysqlPacket(packet, self.encoding))
            self._keep_status(told.server_status)
            return Answer([], told.affected_rows, told.insert_id)
        if packet[0] == _LOCAL_FILE:
            self.close()
            raise InternalError("the server asked for a file")
        columns, _ = _length(packet, 0)
        read = await self._columns(columns)
        rows = await self._rows(read)
        return Answer(rows, len(rows))

    def _keep_status(self, status: int) -> None:
        self.server_status = status
        if status & SERVER_STATUS.SERVER_MORE_RESULTS_EXISTS:
            self.close()
            raise InternalError("a statement with more than one answer")

    async def _columns(self, count: int) -> tuple[Read, ...]:
        described = [await self._packet() for _ in range(count)]
        end = await self._packet()
        if end[0] != _EOF or len(end) >= _EOF_BELOW:
            self.close()
            raise InternalError("the description of an answer does not end")
        key = b"".join(described)
        if (read := _known.get(key)) is None:
            if len(_known) >= _MAX_KNOWN:
                _known.clear()
            read = _known[key] = tuple(
                _read(FieldDescriptorPacket(one, self.encoding), self.decoders) for one in described
            )
        return read

    async def _rows(self, read: tuple[Read, ...]) -> list[Row]:
        rows: list[Row] = []
        while True:
            packet = await self._packet()
            if packet[0] == _EOF and len(packet) < _EOF_BELOW:
                told = EOFPacketWrapper(MysqlPacket(packet, self.encoding))
                self._keep_status(told.server_status)
                return rows
            rows.append(_row(packet, read))

    # Packets

    async def _packet(self) -> bytes:
        """The next packet. Raises OperationalError when the connection ends, and what an error packet says."""
        packet = piece = await self._piece()
        if packet and packet[0] == _ERROR:
            MysqlPacket(packet, self.encoding).raise_for_error()
        while len(piece) == MAX_PACKET_LEN:  # it goes on in the next one, which may begin with any byte
            piece = await self._piece()
            packet += piece
        return packet

    async def _piece(self) -> bytes:
        while (piece := self._next()) is None:
            await self._receive()
        return piece

    def _next(self) -> bytes | None:
        """A packet that has come already. Raises OperationalError when it is not the one that is due."""
        came, start = self._came, self._at
        body = start + _HEADER
        if len(came) < body:
            return None
        end = body + int.from_bytes(came[start : start + 3], "little")
        if len(came) < end:
            return None
        if came[start + 3] != self._next_seq_id:
            self.close()
            raise OperationalError(CR.CR_SERVER_LOST, "Lost connection to MySQL server during query")
        self._next_seq_id = (self._next_seq_id + 1) % 256
        self._at = end
        return came[body:end]

    async def _receive(self) -> None:
        try:
            data = await self._reader.read(_CHUNK)
        except OSError:
            data = b""
        if not data:
            self.close()
            if self._out_of_time:
                raise TimeoutError
            raise OperationalError(CR.CR_SERVER_LOST, "Lost connection to MySQL server during query")
        self._came, self._at = self._came[self._at :] + data, 0


def _length(packet: bytes, at: int) -> tuple[int, int]:
    """A length-encoded integer, and where it ends."""
    first = packet[at]
    if first < _NULL:
        return first, at + 1
    end = at + 1 + _LENGTH_BYTES[first]
    return int.from_bytes(packet[at + 1 : end], "little"), end


def _row(packet: bytes, columns: tuple[Read, ...]) -> Row:
    values: list[Any] = []
    at = 0
    for read in columns:
        length = packet[at]
        at += 1
        if length == _NULL:
            values.append(None)
            continue
        if length > _NULL:
            length, at = _length(packet, at - 1)
        value = packet[at : at + length]
        at += length
        values.append(read(value) if read else value)
    return tuple(values)


def _read(column: Any, decoders: dict[int, Any]) -> Read:
    """As aiomysql reads it."""
    kind = column.type_code
    decode = decoders.get(kind)
    if decode is through:
        decode = None
    if kind in TEXT_TYPES and column.charsetnr == _BINARY:
        return decode
    if decode is None:
        return bytes.decode
    return int if decode is int else lambda value: decode(value.decode())
