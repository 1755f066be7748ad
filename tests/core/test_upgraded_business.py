"""A business of the last release goes on after the upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Integer, MetaData, insert
from sqlalchemy.exc import IntegrityError

from config import DatabaseSettings
from storage import migrate, sqlite_path
from storage.migrations import connect, upgrade


@pytest.mark.promise(29)
def test_a_business_of_the_last_release_goes_on_after_the_upgrade(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    """Unpaid orders, requests that wait, applications and sealed phones of schema 0004."""
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0004")
    engine = connect(empty, path)
    tables = MetaData()
    tables.reflect(engine)

    def add(connection: Connection, table: str, **values: Any) -> None:
        row = {
            c.name: None if c.nullable else 0 if isinstance(c.type, Integer) else ""
            for c in tables.tables[table].columns
        }
        connection.execute(insert(tables.tables[table]).values({**row, **values}))

    with engine.begin() as connection:
        for user_id in (1, 2):
            add(connection, "users", id=user_id, openid=f"o{user_id}", nickname="王芳")
            add(
                connection,
                "patients",
                id=user_id,
                user_id=user_id,
                name="王小明",
                phone_sealed=f"sealed-{user_id}",
                phone_tail="8000",
                id_number_sealed=f"number-{user_id}",
            )
        for order_id, user_id, state, rank in (
            (1, 1, "unpaid", 3),
            (2, 2, "unpaid", 3),
            (3, 1, "refunding", 1),
            (4, 2, "serving", 2),
        ):
            add(
                connection,
                "orders",
                id=order_id,
                user_id=user_id,
                patient_id=user_id,
                state=state,
                display_rank=rank,
                unpaid_user_id=user_id if state == "unpaid" else None,
                expires_at=900 + order_id,
                patient_name="王 小明",
                state_before_refund="paid" if state == "refunding" else "",
                escort_id=8 if state == "serving" else None,
                paid_fen=58_800,
                visit_date="2026-11-20",
            )
        for order_id in (3, 4):
            add(
                connection,
                "payment_attempts",
                id=order_id,
                order_id=order_id,
                state="paid",
                amount_fen=58_800,
                out_trade_no=f"N{order_id}",
                transaction_id=f"T{order_id}",
                paid_at=5,
            )
        add(
            connection,
            "refunds",
            id=1,
            order_id=3,
            attempt_id=3,
            out_refund_no="R1",
            state="requested",
            amount_fen=58_800,
            source="user",
            reason="改期",
            requested_at=6,
        )
        add(connection, "escorts", id=8, user_id=1, name="王芳", state="approved", phone_sealed="sealed-8")
        add(connection, "escorts", id=9, user_id=2, name="张丽", state="pending", phone_sealed="sealed-9")
        add(connection, "escort_bookings", escort_id=8, visit_date="2026-11-20", half="am", order_id=4)
    migrate(empty, tmp_path)
    with engine.begin() as connection:

        def read(sql: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.exec_driver_sql(sql).all()]

        assert read(
            "SELECT id, state, unpaid_user_id, expires_at, patient_name, patient_name_key FROM orders"
        ) == [
            (1, "unpaid", 1, 901, "王 小明", "王小明"),
            (2, "unpaid", 2, 902, "王 小明", "王小明"),
            (3, "refunding", None, 903, "王 小明", "王小明"),
            (4, "serving", None, 904, "王 小明", "王小明"),
        ]
        assert read("SELECT id, escort_name FROM orders WHERE escort_id = 8") == [(4, "王芳")]
        assert read("SELECT state, kind, amount_fen, reason FROM refunds") == [
            ("requested", "cancel", 58_800, "改期")
        ]
        assert read("SELECT id, state, name, phone_sealed FROM escorts ORDER BY id") == [
            (8, "approved", "王芳", "sealed-8"),
            (9, "pending", "张丽", "sealed-9"),
        ]
        assert read("SELECT escort_id, half, order_id FROM escort_bookings") == [(8, "am", 4)]
        patients = (
            "SELECT id, phone_sealed, phone_tail, phone_hash, id_number_sealed, id_number_hash FROM patients"
        )
        assert read(f"{patients} ORDER BY id") == [
            (1, "sealed-1", "8000", "", "number-1", ""),
            (2, "sealed-2", "8000", "", "number-2", ""),
        ], "to be read once after the start"
        again = "UPDATE orders SET unpaid_user_id = 1, patient_id = {} WHERE id = 3"
        connection.exec_driver_sql(
            again.format(2)
        )  # for another patient the user may have a second unpaid order
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.exec_driver_sql(again.format(1))
    engine.dispose()


@pytest.mark.promise(13)
def test_a_refund_that_was_sent_without_an_answer_keeps_when_that_was(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0013")
    engine = connect(empty, path)
    tables = MetaData()
    tables.reflect(engine)
    rows = (("approved", 50, 70), ("approved", 50, 50), ("processing", 50, 70), ("requested", None, 70))
    with engine.begin() as connection:
        for number, (state, decided_at, updated_at) in enumerate(rows, start=1):
            columns = tables.tables["refunds"].columns
            row: dict[str, Any] = {c.name: 0 if isinstance(c.type, Integer) else "" for c in columns}
            row |= {"id": number, "state": state, "decided_at": decided_at, "updated_at": updated_at}
            row |= {"out_refund_no": str(number), "renews_refund_id": None}
            connection.execute(insert(tables.tables["refunds"]).values(row))
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        times = connection.exec_driver_sql("SELECT unanswered_at FROM refunds ORDER BY id").scalars().all()
    engine.dispose()
    assert times == [70, None, None, None]
