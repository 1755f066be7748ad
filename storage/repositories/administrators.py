"""Administrators, their sessions, and the audit log of what they do."""

from __future__ import annotations

from typing import Any

from storage.models import Administrator, AdminSession, AuditEntry
from storage.repositories.base import Mapped, Repository
from storage.writes import AdministratorChange, AdminSessionChange, NewAdminSession, columns

_ADMINS = Mapped("administrators", Administrator)
_SESSIONS = Mapped("admin_sessions", AdminSession)
_AUDIT = Mapped("audit_log", AuditEntry)
_INDEXES = {
    ("subject", "subject_id"): "ix_audit_log_subject_subject_id_id",
    ("admin_id", "act"): "ix_audit_log_admin_id_act_id",
    ("act",): "ix_audit_log_act_id",
    ("admin_id",): "ix_audit_log_admin_id_id",
    ("subject",): "ix_audit_log_subject_id",
}
"""The indexes of the log by the columns that they narrow, from the narrowest to the widest."""


class Administrators(Repository):
    async def add(
        self, name: str, password_hash: str, role: str, at: int, must_change_password: bool = False
    ) -> int:
        """``must_change_password``: another person has chosen it. Raises Duplicate when the name is taken."""
        return await self._insert(
            "administrators",
            {
                "name": name,
                "password_hash": password_hash,
                "role": role,
                "totp_sealed": "",
                "totp_used_step": 0,
                "created_at": at,
                "password_changed_at": at,
                "must_change_password": int(must_change_password),
            },
        )

    async def count(self) -> int:
        return await self._count("SELECT COUNT(*) FROM administrators")

    async def all(self) -> list[Administrator]:
        return _ADMINS.all(await self.connection.fetch_all(f"{_ADMINS.select} ORDER BY id"))

    async def lock_all(self) -> None:
        """Lock every account until the transaction ends."""
        await self.connection.certify("administrators")
        await self.connection.fetch_all(f"SELECT id FROM administrators ORDER BY id{self.connection.lock}")

    async def get(self, admin_id: int) -> Administrator | None:
        return _ADMINS.one(
            await self.connection.fetch_one(f"{_ADMINS.select} WHERE id = :id", {"id": admin_id})
        )

    async def by_name(self, name: str) -> Administrator | None:
        """Locked until the transaction ends."""
        await self.connection.certify("administrators")
        row = await self.connection.fetch_one(
            f"{_ADMINS.select} WHERE name = :name{self.connection.lock}", {"name": name}
        )
        return _ADMINS.one(row)

    async def lock(self, admin_id: int) -> Administrator | None:
        """The account, locked until the transaction ends."""
        await self.connection.certify("administrators")
        return _ADMINS.one(
            await self.connection.fetch_one(
                f"{_ADMINS.select} WHERE id = :id{self.connection.lock}", {"id": admin_id}
            )
        )

    async def addresses(self, admin_id: int, limit: int = 100) -> list[str]:
        """Where the last sessions of an account began."""
        rows = await self.connection.fetch_all(
            "SELECT address FROM admin_sessions WHERE admin_id = :id ORDER BY id DESC LIMIT :limit",
            {"id": admin_id, "limit": limit},
        )
        return [str(row[0]) for row in rows]

    async def change(self, admin_id: int, change: AdministratorChange) -> int:
        """Rows matched."""
        return await self._update("administrators", columns(change), "id = :id", {"id": admin_id})

    async def change_as_seen(self, seen: Administrator, change: AdministratorChange) -> bool:
        """Change an account on the strength of the password that was verified against ``seen``; False when the
        password was replaced or the account disabled meanwhile."""
        changed = await self._update(
            "administrators",
            columns(change),
            "id = :id AND password_hash = :seen_hash AND disabled_at IS NULL",
            {"id": seen.id, "seen_hash": seen.password_hash},
        )
        return bool(changed)

    async def use_totp(self, admin_id: int, step: int) -> int:
        """Remember the step of a second factor's code. Rows changed: 0 when it or a later one was used before."""
        return await self.connection.execute(
            "UPDATE administrators SET totp_used_step = :step WHERE id = :id AND totp_used_step < :step",
            {"id": admin_id, "step": step},
        )

    async def add_session(self, session: NewAdminSession) -> int:
        return await self._insert("admin_sessions", columns(session))

    async def find_session(
        self, token_hash: str, at: int, idle_since: int
    ) -> tuple[AdminSession, Administrator] | None:
        """The living session with this hash (used after ``idle_since``) and its enabled administrator."""
        row = await self.connection.fetch_one(
            f"SELECT {_SESSIONS.aliased('s')}, {_ADMINS.aliased('a')} FROM admin_sessions s "
            "JOIN administrators a ON a.id = s.admin_id WHERE s.token_hash = :hash AND s.ended_at IS NULL "
            "AND s.expires_at > :at AND s.last_seen_at > :idle_since AND a.disabled_at IS NULL",
            {"hash": token_hash, "at": at, "idle_since": idle_since},
        )
        if row is None:
            return None
        width = len(_SESSIONS.names)
        session, admin = _SESSIONS.one(row[:width]), _ADMINS.one(row[width:])
        assert session is not None
        assert admin is not None
        return session, admin

    async def change_session(self, session_id: int, change: AdminSessionChange) -> int:
        return await self._update("admin_sessions", columns(change), "id = :id", {"id": session_id})

    async def sessions_of(self, admin_id: int, at: int, idle_since: int) -> list[AdminSession]:
        """The living sessions (used after ``idle_since``), newest first."""
        rows = await self.connection.fetch_all(
            f"{_SESSIONS.select} WHERE admin_id = :id AND ended_at IS NULL AND expires_at > :at "
            "AND last_seen_at > :idle_since ORDER BY id DESC",
            {"id": admin_id, "at": at, "idle_since": idle_since},
        )
        return _SESSIONS.all(rows)

    async def end_sessions(self, admin_id: int, at: int, but: int | None = None) -> int:
        """End every session of an administrator, except ``but``."""
        return await self.connection.execute(
            "UPDATE admin_sessions SET ended_at = :at WHERE admin_id = :id AND ended_at IS NULL AND id <> :but",
            {"id": admin_id, "at": at, "but": but or 0},
        )


class AuditLog(Repository):
    """Append-only: rows are added and read, nothing else."""

    async def add(
        self,
        admin: Administrator | None,
        address: str,
        act: str,
        subject: str,
        subject_id: str | int,
        at: int,
        before_json: str = "",
        after_json: str = "",
    ) -> None:
        await self._insert(
            "audit_log",
            {
                "admin_id": admin.id if admin else None,
                "admin_name": admin.name if admin else "",
                "address": address,
                "act": act,
                "subject": subject,
                "subject_id": str(subject_id)[:64],
                "before_json": before_json,
                "after_json": after_json,
                "at": at,
            },
        )

    async def page(
        self,
        before: int | None = None,
        limit: int = 50,
        act: str = "",
        admin_id: int | None = None,
        subject: str = "",
        subject_id: str = "",
        until: int | None = None,
        since: int | None = None,
    ) -> list[AuditEntry]:
        """Newest first: of one act, one administrator, about one thing, from ``since`` on and before ``until`` (ms);
        or all."""
        where, parameters = list[str](), dict[str, Any]()
        given = {"act": act, "admin_id": admin_id, "subject": subject, "subject_id": subject_id}
        for column, value in given.items():
            if value:
                where.append(f"{column} = :{column}")
                parameters[column] = value
        index = next(
            (name for columns, name in _INDEXES.items() if all(given[column] for column in columns)), ""
        )
        hint = self.connection.index_hint(index) if index else ""
        if until is not None:
            where.append("at < :until")
            parameters["until"] = until
            beyond = await self._last_before(until) + 1
            before = beyond if before is None else min(before, beyond)
        if since is not None:
            first = await self._first_since(since)
            if not first:
                return []
            where += ["at >= :since", "id >= :first"]
            parameters |= {"since": since, "first": first}
        return await self._newest(_AUDIT, where, parameters, before, limit, source=f"audit_log{hint}")

    async def _last_before(self, until: int) -> int:
        """The highest id before a moment: pages walk by id, and must not begin years later.

        Ids and moments rise together but for the time that a transaction takes; a minute is more than that.
        """
        newest = await self._count("SELECT MAX(at) FROM audit_log WHERE at < :until", {"until": until})
        return await self._count(
            "SELECT MAX(id) FROM audit_log WHERE at >= :first AND at < :until",
            {"first": newest - 60_000, "until": until},
        )

    async def _first_since(self, since: int) -> int:
        """The lowest id from a moment on, 0 without any: a page of a day that has few acts ends there."""
        oldest = await self._count("SELECT MIN(at) FROM audit_log WHERE at >= :since", {"since": since})
        return await self._count(
            "SELECT MIN(id) FROM audit_log WHERE at >= :since AND at <= :last",
            {"since": since, "last": oldest + 60_000},
        )
