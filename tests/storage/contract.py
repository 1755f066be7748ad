"""What a method of a repository promises, as a table of cases: the rows that it finds or changes, and rows that differ
from these in one thing, which it leaves alone.

``right``: the columns of a row that is meant. ``also``: what may be different in it. ``wrong``: what makes a row
another one: another user's, another state, a millisecond too early. Everything happens in one transaction that is
given up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from storage import Storage, Transaction
from tests.storage.rows import Row, all_rows, fill

Ask = Callable[[Transaction], Awaitable[Any]]
Page = Callable[[Transaction, int | None, int], Awaitable[Any]]
Act = Callable[[Transaction, Row], Awaitable[Any]]
NOWHERE = 987_654
"""No row has this number."""
GONE: Row = {"": "the row is deleted"}


def ids(found: Any) -> list[Any]:
    return [each.id for each in found]


def as_told(found: Any) -> Any:
    return found


def id_or_none(found: Any) -> Any:
    return None if found is None else found.id


async def _put(tx: Transaction, beside: Sequence[tuple[str, Row]]) -> None:
    for table, values in beside:
        await fill(tx, table, values)


def _sorted(rows: list[Row], order: Sequence[str]) -> list[Row]:
    for name in reversed(order):
        column = name.removeprefix("-")
        rows = sorted(rows, key=lambda row: row[column], reverse=name.startswith("-"))
    return rows


@dataclass(frozen=True)
class Listed:
    """A list: these rows and no other, in this order (``-``: the highest first), page by page."""

    table: str
    right: Row
    ask: Ask | None = None
    wrong: Sequence[Row] = ()
    also: Sequence[Row] = ({}, {})
    order: Sequence[str] = ("id",)
    page: Page | None = None
    """``page(tx, behind, limit)``: what follows the row with this key."""
    limited: Page | None = None
    """The same without a place to go on from."""
    beside: Sequence[tuple[str, Row]] = ()
    """Rows of other tables."""
    told: Callable[[Any], list[Any]] = ids
    key: str = "id"

    async def check(self, storage: Storage) -> None:
        async with storage.transaction() as tx:
            await _put(tx, self.beside)
            half = len(self.wrong) // 2 + 1
            for wrong in self.wrong[:half]:
                await fill(tx, self.table, {**self.right, **wrong})
            assert self.told(await self._all(tx)) == []
            right = [await fill(tx, self.table, self.right)]
            for wrong in self.wrong[half:]:
                await fill(tx, self.table, {**self.right, **wrong})
            right += [await fill(tx, self.table, {**self.right, **also}) for also in self.also]
            expected = [row[self.key] for row in _sorted(right, self.order)]
            assert self.told(await self._all(tx)) == expected
            await self._check_pages(tx, expected)

    async def _all(self, tx: Transaction) -> Any:
        if self.ask is not None:
            return await self.ask(tx)
        by_page = self.page or self.limited
        assert by_page is not None
        return await by_page(tx, None, 100)

    async def _check_pages(self, tx: Transaction, expected: list[Any]) -> None:
        if self.limited is not None:
            assert self.told(await self.limited(tx, None, 2)) == expected[:2]
        if self.page is None:
            return
        behind, read = None, list[Any]()
        for _ in range(len(expected) + 1):
            some = self.told(await self.page(tx, behind, 2))
            assert some == expected[len(read) : len(read) + 2]
            read += some
            behind = read[-1]
        assert read == expected


@dataclass(frozen=True)
class Counted:
    """A count, or whether there is any: of these rows and of no other."""

    table: str
    right: Row
    ask: Ask
    wrong: Sequence[Row] = ()
    also: Sequence[Row] = ({}, {})
    beside: Sequence[tuple[str, Row]] = ()
    total: Callable[[list[Row]], Any] = len
    """What is told of the rows that are meant."""

    async def check(self, storage: Storage) -> None:
        async with storage.transaction() as tx:
            await _put(tx, self.beside)
            for wrong in self.wrong:
                await fill(tx, self.table, {**self.right, **wrong})
            assert await self.ask(tx) == self.total([])
            right = [await fill(tx, self.table, {**self.right, **also}) for also in ({}, *self.also)]
            assert await self.ask(tx) == self.total(right)


@dataclass(frozen=True)
class Found:
    """One row, by what it is called: each by its own name, and none by another. Of several it is the one that ``order``
    puts first."""

    table: str
    right: Row
    ask: Callable[[Transaction, Row], Awaitable[Any]]
    """``ask(tx, row)``: with the columns of the row that is looked for."""
    wrong: Sequence[Row] = ()
    also: Sequence[Row] = ()
    order: Sequence[str] = ("id",)
    by: str = "id"
    beside: Sequence[tuple[str, Row]] = ()
    told: Callable[[Any], Any] = id_or_none
    key: str = "id"

    async def check(self, storage: Storage) -> None:
        async with storage.transaction() as tx:
            await _put(tx, self.beside)
            for wrong in self.wrong:
                row = await fill(tx, self.table, {**self.right, **wrong})
                assert not self.told(await self.ask(tx, {**row, **self.right}))
            right = [await fill(tx, self.table, {**self.right, **also}) for also in ({}, *self.also)]
            expected = _sorted(right, self.order)[0]
            others = {self.by: _other(expected[self.by])} if self.by in self.right else {}
            another = await fill(tx, self.table, {**self.right, **others})
            for row in (expected, another):
                assert self.told(await self.ask(tx, row)) == row[self.key]
            assert not self.told(await self.ask(tx, {**expected, self.by: nobody(expected[self.by])}))


def nobody(like: Any) -> Any:
    """What no row is called."""
    return NOWHERE if isinstance(like, int) else "nobody"


def _other(than: Any) -> Any:
    return NOWHERE - 1 if isinstance(than, int) else "other"


async def _checked_act(tx: Transaction, act: Act, row: Row, told: object, tells: bool) -> None:
    answer = await act(tx, row)
    assert answer == told if tells else answer is None


@dataclass(frozen=True)
class Written:
    """A change of one row: of what there was before only ``after`` is different, and no other row. Where the row is
    not as it has to be, and where there is none, nothing happens, and that is told."""

    table: str
    right: Row
    act: Act
    after: Row
    wrong: Sequence[Row] = ()
    also: Sequence[Row] = ()
    key: str = "id"
    beside: Sequence[tuple[str, Row]] = ()
    tells: bool = True
    """Does it tell how many rows were changed, or whether one was?"""

    async def check(self, storage: Storage) -> None:
        async with storage.transaction() as tx:
            await _put(tx, self.beside)
            named = self.key in self.right
            another = {self.key: _other(self.right[self.key])} if named else {}
            for meant in ({}, *self.also):
                await fill(tx, self.table, {**self.right, **another})
                row = await fill(tx, self.table, {**self.right, **meant})
                before = await all_rows(tx, self.table)
                await _checked_act(tx, self.act, row, 1, self.tells)
                assert await all_rows(tx, self.table) == _changed(before, row, self.after)
                await tx.connection.execute(f"DELETE FROM {self.table}")
            for wrong in self.wrong:
                row = await fill(tx, self.table, {**self.right, **wrong})
                before = await all_rows(tx, self.table)
                await _checked_act(tx, self.act, row, 0, self.tells)
                assert await all_rows(tx, self.table) == before
                await tx.connection.execute(f"DELETE FROM {self.table}")
            row = await fill(tx, self.table, {**self.right, **another})
            before = await all_rows(tx, self.table)
            await _checked_act(tx, self.act, {**row, self.key: nobody(row[self.key])}, 0, self.tells)
            assert await all_rows(tx, self.table) == before


def _changed(before: list[Row], row: Row, after: Row) -> list[Row]:
    key = [name for name in row if name in before[0]]
    mine = {name: row[name] for name in key}
    assert mine in before
    if after is GONE:
        return [each for each in before if each != mine]
    return [{**each, **after} if each == mine else each for each in before]


@dataclass(frozen=True)
class Swept:
    """A change of every row that is meant, and of no other; how many these were."""

    table: str
    right: Row
    act: Ask
    after: Row
    wrong: Sequence[Row] = ()
    also: Sequence[Row] = ({},)
    beside: Sequence[tuple[str, Row]] = ()
    told: Callable[[list[Row]], Any] = len

    async def check(self, storage: Storage) -> None:
        async with storage.transaction() as tx:
            await _put(tx, self.beside)
            for wrong in self.wrong:
                await fill(tx, self.table, {**self.right, **wrong})
            before = await all_rows(tx, self.table)
            assert await self.act(tx) == self.told([])
            assert await all_rows(tx, self.table) == before
            meant = [await fill(tx, self.table, {**self.right, **also}) for also in ({}, *self.also)]
            expected = await all_rows(tx, self.table)
            for row in meant:
                expected = _changed(expected, row, self.after)
            assert await self.act(tx) == self.told(meant)
            assert await all_rows(tx, self.table) == expected


@dataclass(frozen=True)
class Added:
    """A new row, each column as it was given; and its id is told."""

    table: str
    act: Ask
    row: Row
    told: Callable[[Row], Any] = lambda row: row["id"]

    async def check(self, storage: Storage) -> None:
        async with storage.transaction() as tx:
            known = await all_rows(tx, self.table)
            answer = await self.act(tx)
            new = [row for row in await all_rows(tx, self.table) if row not in known]
            assert len(new) == 1
            assert {name: new[0][name] for name in self.row} == self.row
            assert answer == self.told(new[0])


@dataclass(frozen=True)
class Stored:
    """A row that is written whatever was there: a new one, then in the place of the one with the same key."""

    table: str
    row: Row
    act: Act
    after: Row
    """What is different the second time."""
    others: Sequence[Row]
    """What makes it a row of its own, which stays as it is."""

    async def check(self, storage: Storage) -> None:
        async with storage.transaction() as tx:
            for other in self.others:
                await fill(tx, self.table, {**self.row, **other})
            others = await all_rows(tx, self.table)
            for row in (self.row, {**self.row, **self.after}):
                await self.act(tx, row)
                rows = await all_rows(tx, self.table)
                mine = [each for each in rows if each not in others]
                assert [{name: each[name] for name in row} for each in mine] == [row]
                assert len(rows) == len(others) + 1


Promise = Listed | Counted | Found | Written | Swept | Added | Stored
