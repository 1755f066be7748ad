"""A database of any released version becomes one of today, with all that is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, Integer, MetaData, insert, select

from clock import DAY
from config import DatabaseSettings
from storage import migrate, sqlite_path
from storage.migrations import connect, upgrade
from storage.revision import VERSIONS, newest
from storage.schema import metadata
from tests.core.old_rows import rows
from tests.upgrade.kept import go_back

DROPPED = {("administrators", "failed_logins"), ("administrators", "locked_until"), ("reminders", "next_at")}
"""Columns whose content is no more than a quarter of an hour old, and lives elsewhere since; or was never written."""
RELEASED = sorted(file.stem.partition("_")[0] for file in VERSIONS.glob("[0-9]*.py"))


def adder(engine: Engine) -> Callable[..., None]:
    """``add(connection, table, **values)``: a row whose other columns are 0 or empty, into the schema as it is now."""
    tables = MetaData()
    tables.reflect(engine)

    def add(connection: Connection, table: str, **values: Any) -> None:
        row = {c.name: 0 if isinstance(c.type, Integer) else "" for c in tables.tables[table].columns}
        connection.execute(insert(tables.tables[table]).values({**row, **values}))

    return add


def fill(connection: Connection) -> dict[str, dict[str, Any]]:
    """A row in each table that has none, made up from its columns' types; the rows by table."""
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name != "alembic_version" and connection.execute(select(table)).first() is None:
            row = {column.name: 7 if isinstance(column.type, Integer) else "x" for column in table.columns}
            connection.execute(insert(table).values(row))
    return rows(connection, tables)


@pytest.mark.promise(29)
@pytest.mark.parametrize("released", RELEASED)
def test_every_released_schema_is_brought_up_to_date_and_keeps_its_rows(
    empty: DatabaseSettings, tmp_path: Path, released: str
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, released)
    engine = connect(empty, path)
    with engine.begin() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == released
        before = fill(connection)
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == newest()
        assert compare_metadata(context, metadata) == []
        today = MetaData()
        today.reflect(connection)
        after = rows(connection, today)
    engine.dispose()
    for table, row in before.items():
        kept = {name: value for name, value in row.items() if (table, name) not in DROPPED}
        assert kept.items() <= after[table].items(), table
    until = DAY if released < "0004" else 0
    assert after["patients"]["forget_at"] == before["patients"]["deleted_at"] + until


OLD_STEPS = (
    (1, "paid", "serving", "王芳"),
    (1, "finished", "serving", ""),
    (2, "paid", "serving", "张丽"),
    (2, "serving", "paid", "换人"),
    (2, "paid", "serving", "王芳"),
    (3, "paid", "serving", "王芳"),
)
"""Order, from, to, reason. Escort 8 (王芳) has the first two orders; the third has nobody any more."""


@pytest.mark.promise(24, 29)
def test_names_of_escorts_in_old_histories_and_messages_become_numbers(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0002")
    engine = connect(empty, path)
    add = adder(engine)
    with engine.begin() as connection:
        add(connection, "escorts", id=8, name="王芳", user_id=1)
        for order_id, escort_id in ((1, 8), (2, 8), (3, None)):
            add(connection, "orders", id=order_id, escort_id=escort_id, unpaid_user_id=None)
        for number, (order_id, before, after, reason) in enumerate(OLD_STEPS, start=1):
            states = {"from_state": before, "to_state": after, "reason": reason}
            add(connection, "order_history", id=number, order_id=order_id, **states)
        for number, (kind, state) in enumerate((("escort", "sent"), ("escort", "pending"), ("paid", "sent"))):
            message = {"kind": kind, "reference": str(number), "state": state, "payload": "王芳"}
            add(connection, "outbox", id=number + 1, **message)
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        steps = connection.exec_driver_sql("SELECT escort_id, reason FROM order_history ORDER BY id").all()
        payloads = connection.exec_driver_sql("SELECT payload FROM outbox ORDER BY id").all()
        halves = connection.exec_driver_sql("SELECT DISTINCT half FROM orders").all()
    engine.dispose()
    assert [tuple(step) for step in steps] == [
        (8, ""),
        (None, ""),
        (None, ""),
        (None, "换人"),
        (8, ""),
        (None, ""),
    ]
    assert [row[0] for row in payloads] == ["{}", "王芳", "王芳"]
    assert [row[0] for row in halves] == [""]


@pytest.mark.promise(29)
def test_messages_of_before_learn_their_order_from_what_they_tell(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0021")
    engine = connect(empty, path)
    tables = MetaData()
    tables.reflect(engine)
    told = ('{"order_id": 7, "at": 1}', "not read", "[]", '{"order_id": "8"}', '{"at": 1}', '{"order_id": 9}')
    blank = {c.name: 0 if isinstance(c.type, Integer) else "" for c in tables.tables["outbox"].columns}
    with engine.begin() as connection:
        for number, payload in enumerate(told, start=1):
            row = {**blank, "id": number, "reference": str(number), "payload": payload}
            connection.execute(insert(tables.tables["outbox"]).values(row))
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        found = connection.exec_driver_sql("SELECT order_id FROM outbox ORDER BY id").all()
    engine.dispose()
    assert [row[0] for row in found] == [7, None, None, None, None, 9]


@pytest.mark.promise(29)
def test_what_a_user_deleted_stays_off_the_list_and_what_does_not_agree_is_asked_about_again(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0004")
    engine = connect(empty, path)
    add = adder(engine)
    with engine.begin() as connection:
        for order_id, state, ender in (
            (1, "cancelled", "user"),
            (2, "cancelled", "system"),
            (3, "unpaid", ""),
        ):
            unpaid = {"unpaid_user_id": 5 if state == "unpaid" else None, "visit_date": "2026-01-01"}
            add(connection, "orders", id=order_id, user_id=5, state=state, updated_at=order_id * 10, **unpaid)
            if ender:
                step = {"id": order_id, "order_id": order_id, "to_state": state, "actor_kind": ender}
                add(connection, "order_history", **step)
        for attempt_id, open_order_id in ((1, 3), (2, None)):
            numbers = {"out_trade_no": f"N{attempt_id}", "transaction_id": f"T{attempt_id}"}
            again = {"open_order_id": open_order_id, "next_query_at": None, "updated_at": 77}
            add(connection, "payment_attempts", id=attempt_id, state="mismatch", **numbers, **again)
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        hidden = connection.exec_driver_sql("SELECT id, hidden_at FROM orders ORDER BY id").all()
        due = connection.exec_driver_sql("SELECT next_query_at FROM payment_attempts ORDER BY id").all()
    engine.dispose()
    assert [tuple(row) for row in hidden] == [(1, 10), (2, None), (3, None)]
    assert [row[0] for row in due] == [77, None]


@pytest.mark.promise(29, 33)
def test_requests_that_wait_are_cancellations_and_finished_orders_were_served(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0008")
    engine = connect(empty, path)
    add = adder(engine)
    refunds = (
        ("user", "requested", 3),
        ("user", "rejected", 4),
        ("user", "processing", 3),
        ("admin", "approved", 3),
        ("user", "requested", 2),  # of a visit that is over: only money can come back
    )
    orders = (
        ("finished", ""),
        ("refunding", "finished"),
        ("refunding", "serving"),
        ("paid", ""),
        ("cancelled", ""),
    )
    with engine.begin() as connection:
        for number, (source, state, order_id) in enumerate(refunds, start=1):
            unique = {"out_refund_no": str(number), "renews_refund_id": None, "order_id": order_id}
            add(connection, "refunds", id=number, source=source, state=state, **unique)
        for number, (state, before) in enumerate(orders, start=1):
            add(connection, "orders", id=number, state=state, state_before_refund=before, unpaid_user_id=None)
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        kinds = connection.exec_driver_sql("SELECT kind FROM refunds ORDER BY id").scalars().all()
        endings = connection.exec_driver_sql("SELECT ending FROM orders ORDER BY id").scalars().all()
    engine.dispose()
    assert kinds == ["cancel", "money_back", "money_back", "money_back", "money_back"]
    assert endings == ["served", "served", "", "", ""]


@pytest.mark.promise(29)
def test_finished_visits_that_are_there_are_counted_for_their_escorts(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0037")
    engine = connect(empty, path)
    add = adder(engine)
    visits = (
        (1, "finished", 5),
        (1, "finished", 0),
        (1, "finished", 2),
        (1, "refunded", 4),
        (1, "serving", 0),
        (2, "finished", 0),
        (3, "refunding", 5),
        (None, "finished", 3),
    )
    with engine.begin() as connection:
        for escort in (1, 2, 3):
            add(connection, "escorts", id=escort, user_id=escort)
        for number, (escort_id, state, stars) in enumerate(visits, start=1):
            visit = {"escort_id": escort_id, "state": state, "stars": stars, "unpaid_user_id": None}
            add(connection, "orders", id=number, **visit)
    for _ in range(2):
        migrate(empty, tmp_path)
        with engine.begin() as connection:
            found = connection.exec_driver_sql("SELECT * FROM escort_records ORDER BY escort_id").all()
        assert [tuple(map(int, row)) for row in found] == [(1, 3, 2, 7), (2, 1, 0, 0)]
        go_back(empty, tmp_path, "0037")
    engine.dispose()


@pytest.mark.promise(29)
def test_names_that_are_there_are_found_in_any_writing_after_the_upgrade(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0004")
    engine = connect(empty, path)
    tables = MetaData()
    tables.reflect(engine)
    names = ["王小明", "王 小明", "古丽•买买提", "Alexander Wei", "José", "字" * 63, ""]
    with engine.begin() as connection:
        for table, column in (("orders", "patient_name"), ("users", "nickname")):
            for number, name in enumerate(names, start=1):
                row: dict[str, Any] = {
                    c.name: 0 if isinstance(c.type, Integer) else "" for c in tables.tables[table].columns
                }
                row |= {"id": number, column: name}
                row |= {"unpaid_user_id": None} if table == "orders" else {"openid": f"o{number}"}
                connection.execute(insert(tables.tables[table]).values(row))
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        for table, column in (("orders", "patient_name"), ("users", "nickname")):
            found = connection.exec_driver_sql(
                f"SELECT {column}, {column}_key FROM {table} ORDER BY id"
            ).all()
            assert [row[0] for row in found] == names, "shown as it was written"
            assert [row[1] for row in found] == [
                "王小明",
                "王小明",
                "古丽买买提",
                "alexanderwei",
                "jose",
                "字" * 63,
                "",
            ]
    engine.dispose()
