"""Administrators, their sessions, wrong passwords, the audit log."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


class Role(StrEnum):
    """What an administrator may do: an owner everything, a clerk the daily work, an accountant reads the money."""

    OWNER = "owner"
    CLERK = "clerk"
    ACCOUNTANT = "accountant"


@frozen(slots=True)
class Administrator:
    id: int
    name: str
    password_hash: str
    role: str
    totp_sealed: str
    totp_used_step: int
    """The 30-second step of the code that was used last: no code is accepted twice."""
    created_at: int
    password_changed_at: int
    disabled_at: int | None
    must_change_password: bool
    """Another person has set the password."""


class FailureKind(StrEnum):
    """Where a wrong password was given."""

    LOGIN = "login"
    CONFIRMATION = "confirmation"


@frozen(slots=True)
class PasswordFailures:
    """Wrong passwords in a row for one account: at the login from one network, or, where ``network`` is empty, from all
    that are new to it; when a session was asked for the password (``network`` is empty)."""

    admin_id: int
    kind: str
    network: str
    failures: int
    locked_until: int
    last_at: int


@frozen(slots=True)
class AdminSession:
    id: int
    admin_id: int
    token_hash: str
    address: str
    agent: str
    created_at: int
    last_seen_at: int
    confirmed_at: int
    """When the password was last given."""
    expires_at: int
    ended_at: int | None


@frozen(slots=True)
class AuditEntry:
    id: int
    admin_id: int | None
    admin_name: str
    address: str
    act: str
    subject: str
    subject_id: str
    before_json: str
    after_json: str
    at: int
