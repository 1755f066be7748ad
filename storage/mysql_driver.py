"""aiomysql's connection, which logs in, with another way to send statements and to read their answers.

aiomysql waits twice for every packet, of which each column and each row is one, and describes every column of an answer
anew. Here the transport hands what comes to an ``AnswerStream``, several statements may go in one trip, and a trip has
one deadline instead of a timeout around each wait.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain
from typing import Any

import aiomysql
from aiomysql.connection import MAX_PACKET_LEN
from pymysql.constants import CLIENT, COMMAND, CR, SERVER_STATUS
from pymysql.converters import escape_item, escape_string
from pymysql.err import InterfaceError, MySQLError, OperationalError

from storage.mysql_answers import Answer, Answers, AnswerStream
from storage.mysql_login import CarefulLogin
from storage.mysql_values import lost

_QUERY = bytes([COMMAND.COM_QUERY])
_NO_GREETING = (ValueError, LookupError, AssertionError, struct.error)
"""What aiomysql and PyMySQL raise of bytes that no server sends."""


class DriverConnection(CarefulLogin, aiomysql.Connection):
    """What was not read of an answer, or came unasked, ends the connection: nothing of it is taken for the next one."""

    _stream: AnswerStream
    _reader: Any
    _writer: Any

    def __init__(self, **address: Any) -> None:
        super().__init__(**address)
        self.client_flag &= ~CLIENT.MULTI_STATEMENTS  # one statement at a time is all that a repository sends
        self._out_of_time = False
        self.used_at = 0.0
        """When it was given back, on the loop's clock."""

    async def open(self) -> None:
        """Raises OperationalError and others of PyMySQL's errors."""
        try:
            await self._connect()
            if self._reader._buffer or self._reader.at_eof():
                raise lost()
        except BaseException as error:
            self.close()
            if isinstance(error, _NO_GREETING):  # what answers there is no MySQL
                raise lost() from error
            raise
        self._stream = AnswerStream(self.encoding, self.decoders, self.server_status)
        self._writer.transport.set_protocol(self._stream)

    def close(self) -> None:
        """At once: a server that is frozen never takes what it was still to be sent."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._writer = self._reader = None

    def escape(self, value: Any) -> str:
        """A value as SQL. By what the session's last answer says of backslashes: aiomysql goes by what the server said
        at the login, before ``sql_mode`` was set, and where the two differ a text ends its own quotes."""
        if not isinstance(value, str):
            escaped: str = escape_item(value, self.charset)
            return escaped
        if self._stream.status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES:
            return "'" + value.replace("'", "''") + "'"
        return "'" + escape_string(value) + "'"

    async def _request_authentication(self) -> None:
        """aiomysql logs in without TLS where the server, or whoever stands before it, says that there is none."""
        if self._ssl_context is not None and not self.server_capabilities & CLIENT.SSL:
            raise OperationalError(CR.CR_SSL_CONNECTION_ERROR, "the server offers no TLS")
        self._refuse_clear(self._server_auth_plugin)
        await super()._request_authentication()

    async def _process_auth(self, plugin_name: bytes, auth_packet: Any) -> None:
        self._refuse_clear(plugin_name.decode("ascii", "replace"))
        await super()._process_auth(plugin_name, auth_packet)

    def _refuse_clear(self, plugin: str) -> None:
        self.refuse_clear_password(plugin, encrypted=self._ssl_context is not None)

    @property
    def is_usable(self) -> bool:
        """Open, and neither the server nor a deadline has ended it, nor has anything come unasked."""
        return (
            self._writer is not None
            and not self._out_of_time
            and self._stream.is_open
            and self._stream.is_quiet
        )

    @property
    def is_in_transaction(self) -> bool:
        return bool(self._stream.status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    async def ask(self, sql: str, seconds: float) -> Answer:
        """Run one statement. Raises as ``ask_all`` does, and what the statement meets."""
        (answer,) = await self.ask_all((sql,), seconds)
        if isinstance(answer, MySQLError):
            raise answer
        return answer

    async def ask_all(self, statements: Sequence[str], seconds: float) -> Answers:
        """Run statements, sent together, one after the other, whatever becomes of those before. Raises PyMySQL's errors
        when the connection is lost, or another task's answers are due here; TimeoutError after ``seconds``. Whoever is
        cancelled here has to close the connection."""
        if self._writer is None:
            raise InterfaceError("the connection is closed")
        sent = [_packets(sql) for sql in statements]
        answers = self._stream.expect([len(packets) for packets in sent])
        if not answers.done():  # it is when the stream has ended
            self._writer.transport.write(b"".join(chain.from_iterable(sent)))
        deadline = self.loop.call_later(seconds, self._run_out_of_time)
        try:
            return await answers
        except MySQLError:
            self.close()
            if self._out_of_time:
                raise TimeoutError from None
            raise
        finally:
            deadline.cancel()

    def _run_out_of_time(self) -> None:
        self._out_of_time = True
        if self._writer is not None:
            self._writer.transport.abort()


def _packets(sql: str) -> list[bytes]:
    """A statement as it is sent. What has 16 MB goes on in a further packet, be it an empty one."""
    body = _QUERY + sql.encode()
    if len(body) < MAX_PACKET_LEN:
        return [len(body).to_bytes(3, "little") + b"\0" + body]
    pieces = [body[start : start + MAX_PACKET_LEN] for start in range(0, len(body) + 1, MAX_PACKET_LEN)]
    return [
        len(piece).to_bytes(3, "little") + bytes([number & 0xFF]) + piece
        for number, piece in enumerate(pieces)
    ]
