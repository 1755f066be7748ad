"""What users have agreed to: that the escort records notes, photos and a report of their visits (PIPL, art. 29: a
separate consent to sensitive information).

The consent of the user who ordered counts, for all their orders. Every answer is kept with the version of the text and
its time; without one that is in force, and after a withdrawal, nothing is recorded. What was recorded before stays
until it is forgotten, or erased on wish (``orders.visits.records``).
"""

from __future__ import annotations

from frozen_dataclasses import frozen
from refusals import AccountClosed, Refused
from storage import Reader, Transaction
from storage.models import Consent, ConsentKind

VISIT_RECORD_VERSION = "2026-11"
"""Of the text that users are shown now (``Front/``). A new version is asked for again; what was agreed to before stays
in force until it is withdrawn."""


class ConsentOutdated(Refused):
    """The user has read another text than the one that counts now."""

    slug = "consent_outdated"
    message = "说明文字有更新，请刷新后重新阅读"


class ConsentMissing(Refused):
    """There is no consent in force to what would be recorded."""

    slug = "consent_missing"
    message = "用户还没有同意记录就诊情况，现在只能记录步骤，不能写备注、照片和报告"


@frozen()
class ConsentState:
    """What the user's consent to the record is: ``version``, of the text to agree to."""

    given: bool
    version: str
    ask_now: bool
    """Has the user never answered about this version?"""


def state_of(newest: Consent | None) -> ConsentState:
    """From the user's last answer."""
    given = newest is not None and newest.withdrawn_at is None
    asked = newest is not None and newest.version == VISIT_RECORD_VERSION
    return ConsentState(given, VISIT_RECORD_VERSION, not asked)


async def visit_record(reader: Reader, user_id: int) -> ConsentState:
    """Does the user who ordered agree to a record of their visits?"""
    return state_of(await reader.consents.newest(user_id, ConsentKind.VISIT_RECORD))


async def answer(tx: Transaction, user_id: int, version: str, agrees: bool, at: int) -> None:
    """Record what the user answered to the text of a version. The same answer again changes nothing.

    Raises ConsentOutdated for another version than the one of now (withdrawing needs none), AccountClosed.
    """
    if not await tx.users.lock_living(user_id):
        raise AccountClosed
    if agrees and version != VISIT_RECORD_VERSION:
        raise ConsentOutdated
    state = await visit_record(tx, user_id)
    if state.given == agrees and not state.ask_now:
        return
    if agrees:
        await tx.consents.withdraw(
            user_id, ConsentKind.VISIT_RECORD, at
        )  # replaced by the one to the newer text
        await tx.consents.add(user_id, ConsentKind.VISIT_RECORD, version, at, withdrawn_at=None)
        return
    await tx.consents.withdraw(user_id, ConsentKind.VISIT_RECORD, at)
    if state.ask_now:  # remembered, so that nobody is asked about the same text twice
        await tx.consents.add(user_id, ConsentKind.VISIT_RECORD, VISIT_RECORD_VERSION, at, withdrawn_at=at)
