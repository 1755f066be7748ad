"""The report of a visit: a draft that the escort edits, sent once; then additions, questions and answers below it.

A draft has a version: the escort who saves says which one was edited, so that an older draft, on another phone or from
a phone that had no network, never takes the place of a newer one.
"""

from __future__ import annotations

from typing import Any

from frozen_dataclasses import frozen
from orders.messages import queue_report_ready
from orders.visits.jobs import ActionReused, Job, VisitOver, lock_job
from orders.visits.sealing import open_report, seal_report
from privacy import REPORT_ENTRY, Vault
from refusals import AccountClosed, InvalidInput, OrderNotFound, Refused, Unknown
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import EntryKind, Order, VisitReport
from storage.writes import NewReportEntry

MAX_OPEN_QUESTIONS = 20
"""Of one order: more wait until some are answered."""


class ReportNewer(Refused):
    """Another draft has been saved since the one that was edited."""

    slug = "report_newer"
    message = "另一台设备上保存过更新的内容，请先刷新，再把您的修改补上"


class ReportSent(Refused):
    """It is final: only additions are possible."""

    slug = "report_sent"
    message = "报告已经发出，不能再修改；可以用「补充」"


class ReportNotSent(Refused):
    """There is nothing yet to ask about, to confirm, or to add to."""

    slug = "report_not_sent"
    message = "报告还没有发出"


class ReportEmpty(InvalidInput):
    """A report says something."""

    says_field = True

    def __init__(self) -> None:
        super().__init__("body", "报告还是空的，请至少写一项再发出")


class QuestionUnknown(Unknown):
    """No such question below this report."""

    slug = "question_not_found"
    message = "没有找到这个问题"


class TooManyQuestions(Refused):
    slug = "too_many_questions"
    message = "还有很多问题在等回答，请稍后再问，或者直接打电话"


@frozen()
class Author:
    """Who writes below a report: ``user``, ``escort`` or ``admin``, and their id."""

    kind: str
    id: int


@frozen()
class Entry:
    """What is written below a report."""

    author: Author
    action_id: str
    text: str


# The escort's draft


async def save_draft(
    tx: Transaction, vault: Vault, order_id: int, escort_id: int, draft: tuple[dict[str, Any], int], at: int
) -> int:
    """Save a draft; its version. ``draft``: the body, and the version that was edited, 0 for the first one. The same
    draft again, whose answer was lost, has the same version.

    Raises OrderNotFound, TakenOff, VisitOver, EscortSuspended, ConsentMissing, ReportNewer, ReportSent, ReportTooLong.
    """
    body, version = draft
    job = await _lock(tx, order_id, escort_id, at)
    sealed = seal_report(vault, body)
    known = await tx.reports.get(order_id)
    if known is None:
        if version:
            raise ReportNewer
        await tx.reports.add_draft(order_id, escort_id, sealed, at)
    elif known.sent_at is not None:
        raise ReportSent
    elif known.version == version + 1 and open_report(vault, known.body_sealed) == body:
        return known.version
    elif not await tx.reports.replace_draft(order_id, escort_id, sealed, version, at):
        raise ReportNewer
    await tx.visits.note_record(job.order.id)
    return version + 1


async def send(tx: Transaction, vault: Vault, order_id: int, escort_id: int, version: int, at: int) -> None:
    """Send the report as the version that the escort has seen; repeating it changes nothing. Raises as
    ``save_draft``, ReportEmpty."""
    job = await _lock(tx, order_id, escort_id, at)
    report = await tx.reports.get(order_id)
    if report is None:
        raise ReportEmpty
    if report.version != version:
        raise ReportNewer
    if report.sent_at is not None:
        return
    if not says_something(open_report(vault, report.body_sealed)):
        raise ReportEmpty
    must_have_changed(await tx.reports.send(order_id, escort_id, at))
    await queue_report_ready(tx, job.order, escort_id, at)


def says_something(body: object) -> bool:
    """Is there any text or amount in it?"""
    if isinstance(body, dict):
        return any(says_something(value) for value in body.values())
    if isinstance(body, list):
        return any(says_something(value) for value in body)
    return bool(body)


async def _lock(tx: Transaction, order_id: int, escort_id: int, at: int) -> Job:
    job = await lock_job(tx, order_id, escort_id, None, at)
    job.check_consent()
    return job


async def _sent_report(tx: Transaction, order_id: int) -> VisitReport:
    report = await tx.reports.get(order_id)
    if report is None or report.sent_at is None:
        raise ReportNotSent
    return report


# What stands below it


async def add(tx: Transaction, vault: Vault, order_id: int, entry: Entry, at: int) -> int:
    """An addition of the order's escort; its id. Raises as ``save_draft``, ReportNotSent, ActionReused."""
    await _lock(tx, order_id, entry.author.id, at)
    await _sent_report(tx, order_id)
    return await _write(tx, _row(vault, order_id, entry, EntryKind.ADDITION, at))


async def ask(tx: Transaction, vault: Vault, order: Order, entry: Entry, at: int) -> int:
    """A question of a user who may ask (``orders.sharing.access``); its id. It is open until it is answered. Raises
    AccountClosed, ReportNotSent, TooManyQuestions, ActionReused."""
    waiting = await lock_to_ask(tx, order, entry)
    if waiting is not None and waiting >= MAX_OPEN_QUESTIONS:
        raise TooManyQuestions
    return await _write(tx, _row(vault, order.id, entry, EntryKind.QUESTION, at))


async def lock_to_ask(tx: Transaction, order: Order, entry: Entry) -> int | None:
    """Lock what a question needs; how many questions of the order are open, None when this one is there already. Raises
    AccountClosed, ReportNotSent."""
    for user_id in sorted({order.user_id, entry.author.id}):
        if not await tx.users.lock_living(user_id):
            raise AccountClosed if user_id == entry.author.id else OrderNotFound
    await tx.orders.lock(order.id)
    await _sent_report(tx, order.id)
    if await tx.reports.entry_of_action(entry.author.kind, entry.author.id, entry.action_id) is not None:
        return None
    return sum(each.open for each in await tx.reports.entries(order.id))


async def publish_question(tx: Transaction, vault: Vault, order_id: int, entry: Entry, at: int) -> int:
    """A question that waited for the office's consent, whose author is locked; its id. Raises ReportNotSent."""
    await tx.orders.lock(order_id)
    await _sent_report(tx, order_id)
    return await _write(tx, _row(vault, order_id, entry, EntryKind.QUESTION, at))


async def answer_as_escort(
    tx: Transaction, vault: Vault, order_id: int, question_id: int, entry: Entry, at: int
) -> int:
    """The order's escort answers; the id. Raises as ``add``, QuestionUnknown."""
    await _lock(tx, order_id, entry.author.id, at)
    return await _answer(tx, vault, order_id, question_id, entry, at)


async def answer_as_office(
    tx: Transaction, vault: Vault, order_id: int, question_id: int, entry: Entry, at: int
) -> int:
    """An administrator answers, also after the visit has been settled. Raises OrderNotFound, QuestionUnknown,
    ActionReused."""
    found = await tx.orders.get(order_id)
    if found is None:
        raise OrderNotFound
    if not await tx.users.lock_living(found.user_id):
        raise VisitOver("用户已删除个人资料，不能再回答")
    await tx.orders.lock(order_id)
    return await _answer(tx, vault, order_id, question_id, entry, at)


async def _answer(
    tx: Transaction, vault: Vault, order_id: int, question_id: int, entry: Entry, at: int
) -> int:
    question = await tx.reports.entry(question_id)
    if question is None or question.order_id != order_id or question.kind != EntryKind.QUESTION:
        raise QuestionUnknown
    answer_id = await _write(tx, _row(vault, order_id, entry, EntryKind.ANSWER, at, question_id))
    await tx.reports.close_question(question_id)
    return answer_id


def _row(
    vault: Vault, order_id: int, entry: Entry, kind: EntryKind, at: int, question_id: int | None = None
) -> NewReportEntry:
    return NewReportEntry(
        order_id=order_id,
        kind=kind,
        question_id=question_id,
        author_kind=entry.author.kind,
        author_id=entry.author.id,
        action_id=entry.action_id,
        text_sealed=vault.seal(entry.text, REPORT_ENTRY),
        open=kind == EntryKind.QUESTION,
        at=at,
    )


async def _write(tx: Transaction, row: NewReportEntry) -> int:
    """Under the order's lock. The same action again is the same entry."""
    known = await tx.reports.entry_of_action(row.author_kind, row.author_id, row.action_id)
    if known is not None:
        if (known.order_id, known.kind) != (row.order_id, row.kind):
            raise ActionReused
        return known.id
    await tx.visits.note_record(row.order_id)
    return await tx.reports.add_entry(row)


# Confirming


async def confirm(tx: Transaction, order: Order, at: int) -> None:
    """A user who may confirm has read it; repeating it changes nothing. Raises ReportNotSent."""
    await tx.orders.lock(order.id)
    await _sent_report(tx, order.id)
    await tx.reports.confirm(order.id, "user", at)
