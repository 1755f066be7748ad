"""Administrators, their sessions, and patients."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class AdministratorChange:
    password_hash: str | Kept = KEPT
    password_changed_at: int | Kept = KEPT
    must_change_password: bool | Kept = KEPT
    role: str | Kept = KEPT
    totp_sealed: str | Kept = KEPT
    totp_used_step: int | Kept = KEPT
    disabled_at: int | Kept | None = KEPT


@frozen(slots=True)
class NewAdminSession:
    admin_id: int
    token_hash: str
    address: str
    agent: str
    created_at: int
    last_seen_at: int
    confirmed_at: int
    expires_at: int


@frozen(slots=True)
class AdminSessionChange:
    token_hash: str | Kept = KEPT
    last_seen_at: int | Kept = KEPT
    confirmed_at: int | Kept = KEPT
    ended_at: int | Kept | None = KEPT


@frozen(slots=True)
class PatientColumns:
    """A patient's columns that the user decides: of a new one what is kept is empty."""

    name: str | Kept = KEPT
    adult: bool | Kept = KEPT
    sex: str | Kept = KEPT
    relation: str | Kept = KEPT
    phone_sealed: str | Kept = KEPT
    phone_tail: str | Kept = KEPT
    phone_hash: str | Kept = KEPT
    id_kind: str | Kept = KEPT
    id_number_sealed: str | Kept = KEPT
    id_number_hash: str | Kept = KEPT
    consented_at: int | Kept | None = KEPT
    guardian_consented_at: int | Kept | None = KEPT
