"""Users and their sessions, patients, escorts."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


@frozen(slots=True)
class User:
    id: int
    openid: str
    nickname: str
    avatar_path: str
    """What a released client sent: a path on that phone, never shown to anyone else."""
    avatar_file: str
    """Name of the uploaded picture in the data folder, or empty."""
    admin_remark: str
    created_at: int
    last_login_at: int
    disabled_at: int | None
    deleted_at: int | None
    nickname_key: str = ""
    """What the nickname is compared by (``personal.names.search_form``)."""
    profile_at: int | None = None
    """When nickname or avatar were last set; NULL in rows from before this was noted."""


class ErasureSubject(StrEnum):
    """What WeChat's platform rules want erased, and what may have to wait for the end of an order."""

    ACCOUNT = "account"
    PHONE = "phone"


@frozen(slots=True)
class ErasureRequest:
    """A user has closed their WeChat account, or taken back a permission: what it gave is erased as soon as no order
    needs it."""

    id: int
    user_id: int
    what: str
    asked_at: int
    done_at: int | None


@frozen(slots=True)
class Session:
    id: int
    user_id: int
    token_hash: str
    created_at: int
    last_seen_at: int
    expires_at: int
    sent_in: str
    """A value of SentIn; empty while it was not used yet, or not since this is recorded."""
    device: str
    """What kind of device logged in; empty when unknown."""


class SentIn(StrEnum):
    """How a client sends its session token: in a header, or, as released clients do, in a field or the query."""

    HEADER = "header"
    FIELD = "field"


@frozen(slots=True)
class Patient:
    id: int
    user_id: int
    name: str
    adult: bool
    sex: str
    """``m`` or ``w``."""
    phone_sealed: str
    phone_tail: str
    id_number_sealed: str
    relation: str
    created_at: int
    deleted_at: int | None
    consented_at: int | None
    """When the user consented to the storing of the ID number; None when a released client did not tell."""
    guardian_consented_at: int | None
    """When a minor's guardian did; None for adults."""
    forget_at: int | None
    """Set while a deleted patient's ID number is still stored: when to look whether it can go."""
    id_kind: str = ""
    """``personal.id_numbers.IdKind`` of the ID number; empty when it is not known."""
    phone_hash: str = ""
    """Keyed hash of the whole number: equal for equal numbers. Empty until the server has read an old row."""
    id_number_hash: str = ""
    name_key: str = ""
    """What the name is compared by (``personal.names.search_form``)."""


class EscortState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


@frozen(slots=True)
class Escort:
    id: int
    user_id: int
    name: str
    phone_sealed: str
    phone_tail: str
    state: str
    remark: str
    applied_at: int
    decided_at: int | None
    name_key: str = ""
    """What the name is compared by (``personal.names.search_form``)."""


class NameKind(StrEnum):
    """Whose names are listed by their parts. Escorts' are not: they are few, and looked through."""

    PATIENT = "patient"
    """Of patients, and those that orders carry."""
    USER = "user"
    """Nicknames, and names of the office's customers."""


@frozen(slots=True)
class NamePart:
    """A beginning of a name, or of what is left of it from a later character on: any part of the name is found by the
    beginning of one of these. One set of rows for a name, however many have it, as long as anything has it."""

    kind: str
    part: str
    name_key: str


@frozen(slots=True)
class Reapplication:
    """The new application of an escort who has been reviewed: nothing of it is in force until it is approved."""

    escort_id: int
    name: str
    phone_sealed: str
    phone_tail: str
    applied_at: int


@frozen(slots=True)
class EscortBooking:
    """An escort is taken on one half (``am`` or ``pm``) of a day by an order."""

    escort_id: int
    visit_date: str
    half: str
    order_id: int
    slot: int = 0
    """0: the order has the half-day for itself; from 1 on: errands, which share it."""
