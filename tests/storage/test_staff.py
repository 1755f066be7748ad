"""Administrators, their sessions, wrong passwords and the audit log: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import AdminSession, FailureKind, PasswordFailures
from storage.writes import AdministratorChange, AdminSessionChange, NewAdminSession, columns
from tests.storage.contract import GONE, Added, Counted, Found, Listed, Promise, Stored, Swept, Written
from tests.storage.rows import Row, fill, made

LIVING: Row = {"admin_id": 1, "ended_at": None, "expires_at": 101, "last_seen_at": 51}
DEAD: list[Row] = [{"ended_at": 7}, {"expires_at": 100}, {"last_seen_at": 50}]
LOCK: Row = {
    "admin_id": 1,
    "kind": "login",
    "network": "n1",
    "failures": 3,
    "locked_until": 101,
    "last_at": 50,
}
NEW_SESSION = made(NewAdminSession)


async def _change_as_seen(tx: Transaction, row: Row) -> Any:
    seen = await tx.administrators.get(row["id"])
    if seen is None:
        return False
    stale = row["name"].startswith("stale")
    await tx.connection.execute(
        "UPDATE administrators SET password_hash = :hash WHERE id = :id",
        {"id": row["id"], "hash": "newer" if stale else row["password_hash"]},
    )
    changed = await tx.administrators.change_as_seen(seen, AdministratorChange(role="clerk"))
    await tx.connection.execute(
        "UPDATE administrators SET password_hash = :hash WHERE id = :id",
        {"id": row["id"], "hash": row["password_hash"]},
    )
    return changed


async def _put_failures(tx: Transaction, row: Row) -> None:
    await tx.failures.put(PasswordFailures(**row))


PROMISES: dict[str, Promise] = {
    "an account by its id": Found("administrators", {}, lambda tx, row: tx.administrators.get(row["id"])),
    "an account by its name": Found(
        "administrators", {"name": "li"}, lambda tx, row: tx.administrators.by_name(row["name"]), by="name"
    ),
    "a locked account": Found("administrators", {}, lambda tx, row: tx.administrators.lock(row["id"])),
    "all accounts": Listed("administrators", {}, lambda tx: tx.administrators.all()),
    "how many accounts": Counted("administrators", {}, lambda tx: tx.administrators.count()),
    "a change of an account": Written(
        "administrators",
        {},
        lambda tx, row: tx.administrators.change(row["id"], AdministratorChange(role="clerk")),
        {"role": "clerk"},
    ),
    "a change on the strength of a password": Written(
        "administrators", {"password_hash": "h"}, _change_as_seen, {"role": "clerk"},
        wrong=[{"disabled_at": 5}, {"name": "stale"}],
    ),
    "a code that is used": Written(
        "administrators", {"totp_used_step": 9}, lambda tx, row: tx.administrators.use_totp(row["id"], 10),
        {"totp_used_step": 10}, wrong=[{"totp_used_step": 10}, {"totp_used_step": 11}],
    ),
    "a new session": Added(
        "admin_sessions", lambda tx: tx.administrators.add_session(NEW_SESSION), columns(NEW_SESSION)
    ),
    "living sessions": Listed(
        "admin_sessions", LIVING, lambda tx: tx.administrators.sessions_of(1, 100, 50),
        wrong=[{"admin_id": 2}, *DEAD], order=("-id",),
    ),
    "the living session of a token": Found(
        "admin_sessions", {**LIVING, "token_hash": "t"},
        lambda tx, row: tx.administrators.find_session(row["token_hash"], 100, 50),
        beside=[("administrators", {"id": 1}), ("administrators", {"id": 3, "disabled_at": 4})],
        wrong=[{**each, "token_hash": f"t{number}"} for number, each in enumerate(DEAD)],
        by="token_hash", told=lambda found: found and found[0].id,
    ),
    "a change of a session": Written(
        "admin_sessions", LIVING,
        lambda tx, row: tx.administrators.change_session(row["id"], AdminSessionChange(last_seen_at=77)),
        {"last_seen_at": 77},
    ),
    "where sessions began": Listed(
        "admin_sessions", {"admin_id": 1, "address": "a"},
        limited=lambda tx, _, limit: tx.administrators.addresses(1, limit), wrong=[{"admin_id": 2}],
        also=[{"address": "b"}, {"address": "c"}], order=("-id",), told=list, key="address",
    ),
    "the end of all sessions": Swept(
        "admin_sessions", LIVING, lambda tx: tx.administrators.end_sessions(1, 99), {"ended_at": 99},
        wrong=[{"admin_id": 2}, {"ended_at": 7}],
    ),
    "the end of all sessions but one": Swept(
        "admin_sessions", LIVING, lambda tx: tx.administrators.end_sessions(1, 99, but=44), {"ended_at": 99},
        wrong=[{"admin_id": 2}, {"ended_at": 7}, {"id": 44}],
    ),
    "counted wrong passwords": Found(
        "password_failures", LOCK,
        lambda tx, row: tx.failures.get(row["admin_id"], row["kind"], row["network"]),
        wrong=[{"admin_id": 2}, {"kind": "confirmation"}, {"network": "n2"}],
        order=("admin_id",), by="network", told=lambda found: found and found.network, key="network",
    ),
    "another wrong password": Stored(
        "password_failures", LOCK, _put_failures, {"failures": 4, "locked_until": 222, "last_at": 111},
        others=[{"admin_id": 2}, {"kind": "confirmation"}, {"network": "n2"}],
    ),
    "all failures of an account forgiven": Swept(
        "password_failures", LOCK, lambda tx: tx.failures.forgive(1), GONE,
        wrong=[{"admin_id": 2}], also=[{"kind": "confirmation"}, {"network": "n2"}],
    ),
    "failures of a kind forgiven": Swept(
        "password_failures", LOCK, lambda tx: tx.failures.forgive(1, FailureKind.LOGIN), GONE,
        wrong=[{"admin_id": 2}, {"kind": "confirmation"}], also=[{"network": "n2"}],
    ),
    "failures from a network forgiven": Swept(
        "password_failures", LOCK, lambda tx: tx.failures.forgive(1, network="n1"), GONE,
        wrong=[{"admin_id": 2}, {"network": "n2"}], also=[{"kind": "confirmation"}],
    ),
    "locks that hold": Listed(
        "password_failures", LOCK, lambda tx: tx.failures.locked(100),
        wrong=[{"locked_until": 100, "admin_id": 4}, {"locked_until": 99, "admin_id": 5}],
        also=[{"network": "n0"}, {"network": "n3", "kind": "confirmation"}, {"admin_id": 0, "network": "n9"}],
        order=("admin_id", "kind", "network"), told=lambda found: [each.network for each in found], key="network",
    ),
    "old failures": Swept(
        "password_failures", {**LOCK, "last_at": 99}, lambda tx: tx.failures.sweep(100), GONE,
        wrong=[{"last_at": 100, "network": "n4"}], also=[{"network": "n2"}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_a_session_of_a_disabled_account_is_not_found(storage: Storage) -> None:
    async with storage.transaction() as tx:
        admin = await fill(tx, "administrators", {"name": "li"})
        session = await fill(tx, "admin_sessions", {**LIVING, "admin_id": admin["id"], "token_hash": "t"})
        found = await tx.administrators.find_session("t", 100, 50)
        assert found is not None
        assert isinstance(found[0], AdminSession)
        assert (found[0].id, found[1].id) == (session["id"], admin["id"])
        await tx.administrators.change(admin["id"], AdministratorChange(disabled_at=7))
        assert await tx.administrators.find_session("t", 100, 50) is None
