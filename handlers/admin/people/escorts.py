"""Escorts: applications and their decision, remarks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from clock import DAY, shanghai_date
from handlers.admin import labels
from handlers.admin.orders.listing import rows
from handlers.admin.page import AdminPage
from handlers.admin.paging import ALL_SHOWN, cut, pager
from handlers.admin.remarks import ESCORT_REMARK, save_remark
from handlers.admin.stale_forms import changed_since, fingerprint, fingerprints
from handlers.errors import not_found
from orders.escorts import leaves, qualifications
from orders.escorts import profiles as escort_profiles
from orders.escorts.records import NO_RECORD
from orders.escorts.review import (
    DecisionRefused,
    EscortChanged,
    EscortErased,
    basis_of_decision,
    decide,
    decisions,
    is_erased,
)
from privacy import ESCORT_PHONE as PHONE
from privacy import masked_phone
from schemas.admin import Remark
from schemas.escort_profile import portrait_url
from storage import Transaction
from storage.filters import OrderFilter
from storage.models import Escort, EscortState, Reapplication

PAGE = 50
FINISHED_WITHIN = 30 * DAY
"""The list shows what each escort has done lately; the escort's page, all."""
SHOWN = 30
"""So many orders are on an escort's page; it says so, and leads to all of them."""
DONE = {"approve": "approved", "reject": "rejected", "suspend": "suspended"}
"""The sentence afterwards."""


_SHOWN = {
    "state": "状态",
    "name": "姓名",
    "phone": "电话",
    "new_name": "新申请的姓名",
    "new_phone": "新申请的电话",
    "applied_at": "申请时间",
}
"""What a decision is about, and what it is called when it has changed."""


def _what_changed(error: EscortChanged) -> str:
    told = "、".join(label for name, label in _SHOWN.items() if name in error.changed - {"applied_at"})
    what = f"{told}变了" if told else "本人又重新提交了申请"
    return f"没有保存：您打开页面以后，{what}。现在的内容见下，请核对后再决定。"


def known_state(given: object) -> str:
    """A state as a query or a form names it; empty, which means all, for anything else."""
    return str(given) if given in set(EscortState) else ""


class EscortsHandler(AdminPage):
    """The escorts, newest application first."""

    section = "runners"

    async def get(self) -> None:
        before = self.page_number("before")
        state = known_state(self.query_fields.get("state", ""))
        async with self.services.storage.reading() as reader:
            escorts, last = cut(await reader.escorts.page(state, before, PAGE + 1), PAGE)
            applications = await reader.escorts.applications({escort.id for escort in escorts})
            month_ago = shanghai_date(self.now() - FINISHED_WITHIN)
            finished = await reader.desk.finished_by_escort([escort.id for escort in escorts], month_ago)
            profiles = await reader.escort_profiles.waiting({escort.id for escort in escorts})
            decided = await reader.escorts.get(self.page_number("about") or 0)
        self.render(
            "admin/people/escorts.html",
            escorts=escorts,
            applications=applications,
            fingerprint_of=lambda escort: fingerprints(
                basis_of_decision(escort, applications.get(escort.id))
            ),
            finished=finished,
            profiles=profiles,
            state=state,
            done=self._done(decided),
            **pager("before", first=before is None, following=last.id if last else ""),
        )

    def _done(self, escort: Escort | None) -> str:
        """What was decided, about whom."""
        done = labels.DONE.get(self.query_fields.get("done", ""), "")
        return f"{done}：{escort.name}" if done and escort is not None else done


class EscortPage(AdminPage):
    """One escort: application, decision, remark, orders."""

    section = "runners"
    back = "runners/"
    opened_document: tuple[int, str] = (0, "")
    """The document that was just opened, as a picture in the page."""
    document_problem: tuple[int, str] = (0, "")
    """Why a document was not decided."""

    async def find(self, escort_id: str) -> Escort:
        return await self.read_one(lambda reader: reader.escorts.get(int(escort_id)))

    async def show(
        self,
        escort: Escort,
        phones: tuple[str, str] = ("", ""),
        conflict: str | None = None,
        problem: str = "",
        leave_error: str = "",
        typed_leave: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """The page; ``phones``, in force and of the new application, in full only when they were just revealed;
        ``conflict``: the remark that was not saved; ``problem``: why a decision was not; ``leave_error``: why what was
        typed about leave was not."""
        async with self.services.storage.reading() as reader:
            application = await reader.escorts.application(escort.id)
            orders = await reader.order_lists.page(OrderFilter(escort_id=escort.id), None, SHOWN)
            profile = await escort_profiles.own(reader, escort.id)
            records = await reader.escort_records.of({escort.id})
            leave = await leaves.coming(reader, escort.id, self.now())
            documents = await reader.qualifications.of_escort(escort.id)
            table = await rows(reader, orders, self.now())
        self.render(
            "admin/people/escort.html",
            documents=documents,
            document_titles=qualifications.TITLES,
            document_fingerprint=lambda each: fingerprints(qualifications.basis_of_decision(each)),
            days_left=lambda each: qualifications.days_left(each, self.now()),
            opened_document=self.opened_document,
            document_problem=self.document_problem,
            leave=leave,
            leave_error=leave_error,
            typed_leave=typed_leave,
            today=shanghai_date(self.now()),
            escort=escort,
            application=application,
            decisions=decisions(escort, application),
            fingerprint=fingerprints(basis_of_decision(escort, application)),
            problem=problem,
            erased=EscortErased.message if is_erased(escort) else "",
            phone=phones[0] or masked_phone(self.services.vault.open(escort.phone_sealed, PHONE)),
            new_phone=phones[1] or (masked_phone(self._phone(application)) if application else ""),
            revealed=any(phones),
            shown=SHOWN,
            profile=profile,
            profile_waits=escort_profiles.waits(profile),
            profile_fingerprint=fingerprints(escort_profiles.basis_of_decision(profile)),
            record=records.get(escort.id, NO_RECORD),
            portrait_url=portrait_url,
            conflict=conflict,
            remark_fingerprint=fingerprint(escort.remark),
            **table,
            now=self.now(),
            filtered=True,
            **ALL_SHOWN,
        )

    def _phone(self, application: Reapplication) -> str:
        return self.services.vault.open(application.phone_sealed, PHONE)


class EscortHandler(EscortPage):
    async def get(self, escort_id: str) -> None:
        await self.show(await self.find(escort_id))


class DecideHandler(EscortPage):
    """Approve, reject or suspend what the page has shown: nobody decides about an application that has changed."""

    async def post(self, escort_id: str, act: str) -> None:
        self.back = f"runners/{int(escort_id)}/"
        shown = self.shown_fingerprint()

        async def work(tx: Transaction) -> None:
            escort = await tx.escorts.lock(int(escort_id))
            if escort is None:
                raise not_found()
            application = await tx.escorts.application(escort.id)
            state = await decide(tx, escort, act, self.now(), lambda now: changed_since(shown, now))
            about = {"application": "new"} if application is not None and act != "suspend" else {}
            await self.audit(
                tx, f"escort.{act}", ("escort", escort.id), {"state": escort.state, **about}, {"state": state}
            )

        try:
            await self.services.storage.run(work)
        except EscortChanged as error:
            await self._again(escort_id, _what_changed(error))
        except DecisionRefused:
            await self._again(escort_id, "这位陪诊员的状态不允许这样做，现在的状态见下。")
        else:
            self._done(escort_id, DONE[act])

    async def _again(self, escort_id: str, problem: str) -> None:
        self.set_status(409)
        await self.show(await self.find(escort_id), problem=problem)

    def _done(self, escort_id: str, done: str) -> None:
        if self.body_fields.get("origin") == "list":
            about = {"state": known_state(self.body_fields.get("tab", "")), "about": int(escort_id)}
            self.redirect_done(
                "runners/?" + urlencode({name: value for name, value in about.items() if value}), done
            )
        else:
            self.redirect_done(self.back, done)


class EscortRemarkHandler(EscortPage):
    """The remark on an escort. Nobody overwrites what a colleague wrote meanwhile without having seen it."""

    async def post(self, escort_id: str) -> None:
        self.back = f"runners/{escort_id}/"
        remark, shown = self.load(Remark())["status"], self.shown_fingerprint()
        stale = await save_remark(
            self, ESCORT_REMARK, int(escort_id), remark, lambda escort: fingerprint(escort.remark) != shown
        )
        if stale is None:
            self.redirect_done(self.back, "saved")
        else:
            self.set_status(409)
            await self.show(stale, conflict=remark)


class RevealEscortHandler(EscortPage):
    """The escort's phone in full: an audited act."""

    async def post(self, escort_id: str) -> None:
        escort = await self.find(escort_id)
        application = await self.audited(
            "escort.reveal.phone", ("escort", escort.id), lambda tx: tx.escorts.application(escort.id)
        )
        new = self._phone(application) if application else ""
        await self.show(escort, (self.services.vault.open(escort.phone_sealed, PHONE), new))


ESCORT = r"/admin/runners/([0-9]{1,18})"
routes = [
    (r"/admin/runners/", EscortsHandler),
    (rf"{ESCORT}/", EscortHandler),
    (rf"{ESCORT}/(approve|reject|suspend)/", DecideHandler),
    (rf"{ESCORT}/remark/", EscortRemarkHandler),
    (rf"{ESCORT}/reveal/", RevealEscortHandler),
]
