"""A visit as it is read: everything recorded about it, and the names that belong to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import field

from accounts import consents
from accounts.consents import ConsentState
from frozen_dataclasses import frozen
from storage import Reader
from storage.models import Order, ReportEntry, VisitPhoto, VisitReport, VisitStep, VisitTrouble
from storage.views import VisitVersion


@frozen()
class Visit:
    """What is stored of a visit, sealed as it is."""

    order: Order
    consent: ConsentState
    steps: list[VisitStep]
    photos: list[VisitPhoto]
    troubles: list[VisitTrouble]
    report: VisitReport | None
    entries: list[ReportEntry] = field(default_factory=list)
    escort_names: dict[int, str] = field(default_factory=dict)
    """By escort; empty once they are erased."""
    user_names: dict[int, str] = field(default_factory=dict)
    """Nicknames of those who asked, by user."""


async def read(reader: Reader, order: Order) -> Visit:
    steps = await reader.visits.steps(order.id)
    report = await reader.reports.get(order.id)
    entries = await reader.reports.entries(order.id)
    escort_ids = {step.escort_id for step in steps} | _authors(entries, "escort")
    if report is not None:
        escort_ids.add(report.escort_id)
    return Visit(
        order=order,
        consent=await consents.visit_record(reader, order.user_id),
        steps=steps,
        photos=await reader.visits.photos(order.id),
        troubles=await reader.visits.troubles(order.id),
        report=report,
        entries=entries,
        escort_names={escort.id: escort.name for escort in await reader.escorts.some(escort_ids)},
        user_names=await reader.users.nicknames(_authors(entries, "user")),
    )


def _authors(entries: Iterable[ReportEntry], kind: str) -> set[int]:
    return {entry.author_id for entry in entries if entry.author_kind == kind}


def version_text(version: VisitVersion, *seen_as: object) -> str:
    """Changes when anything about the visit does. ``seen_as``: what else the answer depends on, such as who reads."""
    return hashlib.sha256(repr((version.facts, seen_as)).encode()).hexdigest()[:20]
