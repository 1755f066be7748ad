"""One connection to MySQL or MariaDB: the repositories' statements in the driver's words."""

from __future__ import annotations

import re
from collections.abc import Coroutine, Generator, Sequence
from functools import lru_cache
from typing import Any

from pymysql.err import MySQLError

from storage.connection import NOTHING, Connection, Parameters, Row, in_turn
from storage.errors import Contention, StorageError, StorageNotWritable, StorageUnavailable
from storage.mysql_answers import Answer, Answers
from storage.mysql_driver import DriverConnection
from storage.mysql_errors import FAILURES, NOT_READY, code_of, translated
from storage.mysql_nodes import Node, Nodes

ROLL_BACK = "ROLLBACK"
_READS = "SELECT"
_NAMED = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")


@lru_cache(maxsize=1024)
def _placeholders(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


class _Statement:
    """One that waits for others, to go in one trip with them. Its answer is there when it is awaited to the end."""

    __slots__ = ("answer", "sql")
    answer: Answer | MySQLError

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def __await__(self) -> Generator[None, None, Answer | MySQLError]:
        yield
        return self.answer


class MySQLConnection(Connection):
    """A connection in use. Its node is left when it is lost."""

    lock = " FOR UPDATE"
    shared_lock = " LOCK IN SHARE MODE"

    def __init__(self, raw: DriverConnection, nodes: Nodes) -> None:
        self.raw = raw
        self._nodes = nodes
        self._begins = self._in_transaction = self._is_over = False
        self._trip: list[_Statement] | None = None

    def index_hint(self, index: str = "") -> str:
        return f" FORCE INDEX ({index or 'PRIMARY'})"

    def begin(self) -> None:
        """A transaction begins with the next statement."""
        self._begins = self._in_transaction = True

    @property
    def has_begun(self) -> bool:
        """Is there something to be rolled back, if a transaction was to begin?"""
        return not self._begins

    async def _ask(self, sql: str, parameters: Parameters) -> Answer:
        """Raises StorageError."""
        if parameters:
            escape = self.raw.escape
            sql = _placeholders(sql) % {name: escape(value) for name, value in parameters.items()}
        if self._trip is None:
            (answer,) = await self._send([sql])
        elif sql.startswith(_READS):
            self._trip.append(statement := _Statement(sql))
            answer = await statement
        else:
            raise RuntimeError("only reads go together")
        if isinstance(answer, Answer):
            return answer
        raise self._failure(answer) from answer

    async def _send(self, statements: list[str]) -> Answers:
        """Their answers. A transaction that is to begin does so in the same trip when the first statement reads. What
        is written goes when the transaction is known to have begun: without one it would stay, whatever comes after.
        Nor does anything go, but a ROLLBACK, when the server has rolled it back. Raises StorageError."""
        if self._is_over and statements != [ROLL_BACK]:
            raise Contention("MySQL: the transaction was rolled back")
        if not self._begins:
            return await self._exchange(statements)
        self._begins = False
        if statements[0].startswith(_READS):
            begun, *answers = await self._exchange(["BEGIN", *statements])
        else:
            (begun,), answers = await self._exchange(["BEGIN"]), []
        if not isinstance(begun, Answer):
            self.raw.close()
            raise self._failure(begun) from begun
        return answers or await self._exchange(statements)

    async def _exchange(self, statements: list[str]) -> Answers:
        try:
            return await self.raw.ask_all(statements, self._nodes.timeout)
        except FAILURES as error:
            raise self._failure(error) from error
        except BaseException:  # cancelled half-way: the answer is still on its way
            self.raw.close()
            raise

    def _failure(self, error: Exception) -> StorageError:
        meant = translated(error)
        lost = isinstance(meant, StorageUnavailable) and not isinstance(meant, StorageNotWritable)
        if lost or code_of(error) == NOT_READY:
            self.raw.close()
            self._nodes.leave(Node(self.raw.host, self.raw.port))
        self._is_over |= self._in_transaction and isinstance(meant, Contention)
        return meant

    async def together(self, *reads: Coroutine[Any, Any, Any]) -> list[Any]:
        if self._nodes.are_cluster:  # where a lock is a statement more
            return await in_turn(*reads)
        results: list[Any] = [None] * len(reads)
        asked: list[int] = []
        trip = self._trip = []
        try:
            for number, read in enumerate(reads):
                if _goes_on(read, results, number):
                    asked.append(number)
            self._trip = None
            answers = await self._send([statement.sql for statement in trip]) if trip else []
            for number, statement, answer in zip(asked, trip, answers, strict=True):
                statement.answer = answer
                if _goes_on(reads[number], results, number):
                    raise RuntimeError("a read that goes with others is one statement")
            return results
        finally:
            self._trip = None
            for read in reads:
                read.close()

    async def certify(self, name: str) -> None:
        if self._nodes.are_cluster:
            await self._ask(
                "INSERT INTO cluster_locks (name, turns) VALUES (:name, 1) ON DUPLICATE KEY UPDATE turns = turns + 1",
                {"name": name},
            )

    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> int:
        return (await self._ask(sql, parameters)).count

    async def insert(self, sql: str, parameters: Parameters) -> int:
        return (await self._ask(sql, parameters)).insert_id

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        return (await self._ask(sql, parameters)).rows

    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> Row | None:
        rows = (await self._ask(sql, parameters)).rows
        return rows[0] if rows else None


def _goes_on(read: Coroutine[Any, Any, Any], results: list[Any], number: int) -> bool:
    """Run a read as far as it comes without waiting; what it gives in the end is put into ``results``."""
    try:
        read.send(None)
    except StopIteration as ended:
        results[number] = ended.value
        return False
    return True
