"""What users want others to read, while WeChat or the office has not let it through."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


class ContentKind(StrEnum):
    NICKNAME = "nickname"
    COMMENT = "comment"
    """Of a rating."""
    QUESTION = "question"
    """About the report of a visit."""
    AVATAR = "avatar"


class ContentState(StrEnum):
    UNSENT = "unsent"
    """A picture that WeChat has not been asked about."""
    ASKED = "asked"
    """A picture whose event is awaited."""
    REVIEW = "review"
    """The office decides."""
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"
    """The user has sent something else meanwhile."""


WAITING_CONTENT = (ContentState.UNSENT, ContentState.ASKED, ContentState.REVIEW)


@frozen(slots=True)
class ContentCheck:
    id: int
    user_id: int
    kind: str
    subject_id: int
    """The order that a comment or a question is about; else the user."""
    action_id: str
    """Of a question: the same one again is the same question. Else empty."""
    text_sealed: str
    """Empty for a picture, and once it is published or replaced."""
    file: str
    """Name of a picture in the folder of those that nobody else sees; empty for a text."""
    state: str
    reason: str
    """Why the office decides (``wechat.content_checks.Opinion``)."""
    label: int
    """WeChat's number for what it found; 0: none."""
    trace_id: str | None
    """WeChat's number of the check of a picture."""
    tries: int
    next_at: int | None
    """When WeChat is asked, or no longer waited for; None: nothing happens by itself."""
    submitted_at: int
    decided_at: int | None
    decided_by: int | None
    """The administrator; None while it is not decided, or WeChat did."""


@frozen(slots=True)
class ContentVerdict:
    """What an event of WeChat said about a picture; it may come before the trace id is known here."""

    trace_id: str
    suggest: str
    reason: str
    label: int
    at: int
