"""Escorts: applications and their decision, remarks."""

from __future__ import annotations

from urllib.parse import urlencode

from handlers.admin import words
from handlers.admin.base import AdminPage
from handlers.admin.order_list import rows
from handlers.admin.seen import mark
from handlers.errors import ApiError, not_found
from handlers.escorts import PHONE
from privacy import masked_phone
from schemas.admin import SeenRemark
from storage import Transaction
from storage.models import Escort, EscortState
from storage.repositories.order_lists import OrderFilter

PAGE = 50
SHOWN = 30
"""So many orders are on an escort's page; it says so, and leads to all of them."""
PENDING, APPROVED = EscortState.PENDING, EscortState.APPROVED
REJECTED, SUSPENDED = EscortState.REJECTED, EscortState.SUSPENDED
DECISIONS: dict[str, tuple[tuple[EscortState, ...], EscortState, str]] = {
    "approve": ((PENDING, REJECTED, SUSPENDED), APPROVED, "approved"),
    "reject": ((PENDING,), REJECTED, "rejected"),
    "suspend": ((APPROVED,), SUSPENDED, "suspended"),
}
"""Act: from which states, to which, and the sentence afterwards."""
ERASED = "这位陪诊员已删除个人资料，不能再审核或安排；本人可以在小程序里重新申请，那会是一份新的申请"


def erased(escort: Escort) -> bool:
    """Has the escort had their personal data deleted? Nobody serves without a name and a phone."""
    return not escort.phone_sealed


def decisions(escort: Escort) -> list[str]:
    """What may be decided about an escort now: nothing once they are erased."""
    return (
        [] if erased(escort) else [act for act, (states, _, _) in DECISIONS.items() if escort.state in states]
    )


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
            escorts = await reader.escorts.page(state, before, PAGE + 1)
            finished = await reader.desk.finished_by_escort([escort.id for escort in escorts[:PAGE]])
            decided = await reader.escorts.get(self.page_number("about") or 0)
        self.render(
            "admin/escorts.html",
            escorts=escorts[:PAGE],
            finished=finished,
            state=state,
            done=self._done(decided),
            first=before is None,
            next=escorts[PAGE - 1].id if len(escorts) > PAGE else "",
            key="before",
        )

    def _done(self, escort: Escort | None) -> str:
        """What was decided, about whom."""
        done = words.DONE.get(self.query_fields.get("done", ""), "")
        return f"{done}：{escort.name}" if done and escort is not None else done


class EscortPage(AdminPage):
    """One escort: application, decision, remark, orders."""

    section = "runners"
    back = "runners/"

    async def find(self, escort_id: str) -> Escort:
        async with self.services.storage.reading() as reader:
            escort = await reader.escorts.get(int(escort_id))
        if escort is None:
            raise not_found()
        return escort

    async def show(self, escort: Escort, phone: str = "", conflict: str | None = None) -> None:
        """The page; ``phone`` in full only when it was just revealed; ``conflict``: the remark that was not saved."""
        async with self.services.storage.reading() as reader:
            orders = await reader.order_lists.page(OrderFilter(escort_id=escort.id), None, SHOWN)
            finished = await reader.desk.finished_by_escort([escort.id])
            table = await rows(reader, orders)
        self.render(
            "admin/escort.html",
            escort=escort,
            decisions=decisions(escort),
            erased=ERASED if erased(escort) else "",
            phone=phone or masked_phone(self.services.vault.open(escort.phone_sealed, PHONE)),
            revealed=bool(phone),
            finished=finished.get(escort.id, 0),
            shown=SHOWN,
            conflict=conflict,
            seen=mark(escort.remark),
            **table,
            now=self.now(),
            filtered=True,
            first=True,
            next="",
            key="",
        )


class EscortHandler(EscortPage):
    async def get(self, escort_id: str) -> None:
        await self.show(await self.find(escort_id))


class DecideHandler(EscortPage):
    """Approve, reject or suspend."""

    async def post(self, escort_id: str, act: str) -> None:
        self.back = f"runners/{int(escort_id)}/"
        states, target, done = DECISIONS[act]

        async def work(tx: Transaction) -> None:
            escort = await tx.escorts.lock(int(escort_id))
            if escort is None:
                raise not_found()
            if erased(escort):
                raise ApiError(409, "escort_erased", ERASED)
            if escort.state not in states:
                raise ApiError(409, "escort_state", "这位陪诊员的状态刚刚变了，请刷新后再看")
            await tx.escorts.move(escort.id, escort.state, target, self.now())
            await self.audit(
                tx, f"escort.{act}", "escort", escort.id, {"state": escort.state}, {"state": target}
            )

        await self.services.storage.run(work)
        if self.body_fields.get("origin") == "list":
            about = {"state": known_state(self.body_fields.get("tab", "")), "about": int(escort_id)}
            self.go("runners/?" + urlencode({name: value for name, value in about.items() if value}), done)
        else:
            self.go(self.back, done)


class EscortRemarkHandler(EscortPage):
    """The remark on an escort. Nobody overwrites what a colleague wrote meanwhile without having seen it."""

    async def post(self, escort_id: str) -> None:
        self.back = f"runners/{escort_id}/"
        given = self.load(SeenRemark())
        remark = given["status"]

        async def work(tx: Transaction) -> Escort | None:
            """The escort as a colleague has left it, when the remark is not the one that was shown."""
            escort = await tx.escorts.lock(int(escort_id))
            if escort is None:
                raise not_found()
            if given["seen"] and given["seen"] != mark(escort.remark):
                return escort
            await tx.escorts.set_remark(escort.id, remark)
            before, after = {"remark": escort.remark}, {"remark": remark}
            await self.audit(tx, "escort.remark", "escort", escort.id, before, after)
            return None

        overtaken = await self.services.storage.run(work)
        if overtaken is None:
            self.go(self.back, "saved")
        else:
            self.set_status(409)
            await self.show(overtaken, conflict=remark)


class RevealEscortHandler(EscortPage):
    """The escort's phone in full: an audited act."""

    async def post(self, escort_id: str) -> None:
        escort = await self.find(escort_id)
        async with self.services.storage.transaction() as tx:
            await self.audit(tx, "escort.reveal.phone", "escort", escort.id)
            await tx.commit()
        await self.show(escort, self.services.vault.open(escort.phone_sealed, PHONE))


ESCORT = r"/admin/runners/([0-9]{1,18})"
routes = [
    (r"/admin/runners/", EscortsHandler),
    (rf"{ESCORT}/", EscortHandler),
    (rf"{ESCORT}/(approve|reject|suspend)/", DecideHandler),
    (rf"{ESCORT}/remark/", EscortRemarkHandler),
    (rf"{ESCORT}/reveal/", RevealEscortHandler),
]
