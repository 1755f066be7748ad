"""Who else may see an order, and what users have agreed to."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


class MemberRole(StrEnum):
    FAMILY = "family"
    PAYER = "payer"


class MemberScope(StrEnum):
    ORDER = "order"
    PATIENT = "patient"
    """All later orders of the patient too."""


@frozen(slots=True)
class Member:
    """A user with whom the owner shares an order, or all orders of a patient."""

    id: int
    owner_id: int
    user_id: int
    scope: str
    scope_id: int
    role: str
    joined_at: int
    ended_at: int | None
    live_user_id: int | None
    """The user's id until it ends, NULL afterwards: once per order or patient."""


@frozen(slots=True)
class MemberLink:
    """A one-time card by which an owner invites; only the token's hash is stored."""

    id: int
    owner_id: int
    scope: str
    scope_id: int
    role: str
    token_hash: str
    created_at: int
    expires_at: int
    used_at: int | None
    used_by: int | None
    revoked_at: int | None


class ConsentKind(StrEnum):
    VISIT_RECORD = "visit_record"
    """The escort may record notes, photos and a report of the visit."""


@frozen(slots=True)
class Consent:
    """A user agreed to a text of a version. One who did not agree when asked has one that was withdrawn at once, so
    that they are not asked about the same text again."""

    id: int
    user_id: int
    kind: str
    version: str
    given_at: int
    withdrawn_at: int | None


@frozen(slots=True)
class MessagePermission:
    """How many messages of a kind WeChat will deliver to a user, as far as its answers tell."""

    user_id: int
    kind: str
    remaining: int
    refused: bool
    """The user switched this kind off, or WeChat said so."""
    updated_at: int
    answered_at: int = 0
    """When the user gave the newest answer that is known."""
    voided_at: int = 0
    """Whatever was permitted before does not count any more."""


class AnswerSource(StrEnum):
    """Who told of a permission, or used one that nobody had told of."""

    CLIENT = "client"
    PUSH = "push"
    SENT = "sent"
    """A message that WeChat took although no permission was known: its user's answer may still be told."""


@frozen(slots=True)
class MessageAnswer:
    """One permission as one source has told it, kept for a day: the mini-program and WeChat both tell of it, in any
    order. ``paired``: the other one has told of it, too; ``counted``: it added one to what remains."""

    id: int
    user_id: int
    kind: str
    source: str
    at: int
    paired: bool
    counted: bool
