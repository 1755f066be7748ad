"""One order with all that is known of it."""

from __future__ import annotations

from typing import Any

from accounts.patients import reveal
from catalog.questions import read_answers
from clock import shanghai_date
from handlers.admin.after_sales.order_facts import after_sales_facts
from handlers.admin.formats import day_text
from handlers.admin.offline.handling import form_at
from handlers.admin.offline.order_facts import offline_facts
from handlers.admin.orders.change_form import change_facts
from handlers.admin.orders.invitation_rows import shown_invitations
from handlers.admin.orders.sharing import sharing_facts
from handlers.admin.orders.visit_facts import visit_facts
from handlers.admin.page import AdminPage
from handlers.admin.pay.order_facts import pay_facts
from handlers.admin.phone.order_facts import phone_facts, remind_until
from handlers.admin.shipping.order_facts import shipping_facts
from handlers.admin.stale_forms import fingerprint
from handlers.admin.supplements.rows import supplement_facts
from handlers.errors import not_found, refused
from orders.escorts.availability import candidates
from orders.stage import stage_of
from orders.transitions import Action, allowed
from orders.visit_time import settled_halves
from payment import payables
from payment.cases import holds_payable
from payment.refunds.amount_checks import of_ending
from payment.refunds.cancellation import may_end
from payment.refunds.decisions import may_refund
from payment.refunds.fingerprints import payable_fingerprint
from payment.refunds.quotes import Quote, undecided
from privacy import (
    ESCORT_PHONE,
    ORDER_CONTACT_PHONE,
    PATIENT_ID_NUMBER,
    PATIENT_PHONE,
    masked_id_number,
    masked_phone,
)
from schemas.admin import Reveal
from schemas.wire import ENDING, STAGE, id_kind_name
from storage import Reader, Transaction
from storage.models import (
    PAYMENT_MISMATCH,
    REFUNDS_ON_THEIR_WAY,
    UNSERVED,
    Attempt,
    Ending,
    Escort,
    FinanceCase,
    Order,
    Patient,
)

MAX_RENEWALS = 20
ACTS = (Action.ASSIGN, Action.UNASSIGN, Action.FINISH, Action.REOPEN)


def _endings(quote: Quote) -> list[tuple[Ending, str, int]]:
    """How an order that will not be served may end, in words, and what goes back by default (fen)."""
    return [(ending, ENDING[ending], of_ending(ending, quote).proposed_fen) for ending in UNSERVED]


def _refund_choices(order: Order, quote: Quote) -> list[tuple[str, int]]:
    """Amounts (fen) that an administrator often gives back, with their names; each once."""
    wanted = (("按规则", quote.amount_fen), ("一半", order.paid_fen // 2), ("全部", quote.remaining_fen))
    choices: dict[int, str] = {}
    for name, fen in wanted:
        if 0 < fen <= quote.remaining_fen:
            choices.setdefault(fen, name)
    return [(name, fen) for fen, name in choices.items()]


def _finish_doubts(order: Order, at: int) -> list[str]:
    """Why the visit may not be over yet, in sentences."""
    doubts = []
    if order.escort_id is None:
        doubts.append("还没有安排陪诊员")
    if order.visit_date > shanghai_date(at):
        doubts.append(f"就诊日期 {day_text(order.visit_date)} 还没有到")
    return doubts


def _holds(case: FinanceCase, attempts: list[Attempt]) -> bool:
    """Is this the case of a payment that keeps the order from being paid or deleted?"""
    return case.kind == PAYMENT_MISMATCH and any(
        attempt.out_trade_no == case.reference and holds_payable(attempt) for attempt in attempts
    )


class OrderPage(AdminPage):
    """Shows an order: patient, timeline, money, notes, and what may be done with it now."""

    section = "orders"
    back = "orders/"

    @property
    def errands(self) -> int:
        """So many errands may share a half-day of one escort."""
        return self.services.settings.visits.errands_per_half_day

    @property
    def for_complaint(self) -> int | None:
        """The complaint because of which money is given back here, as the address or the form says."""
        given = self.body_fields.get("complaint_id") or self.query_fields.get("complaint", "")
        text = str(given)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

    async def show(self, order_id: int, **more: Any) -> None:
        """The page. ``more`` says what has just happened on it:

        ``revealed``: numbers to show in full; ``conflict``, ``answer_conflict``: a note, an answer to a rating that
        was not saved; ``refund_error`` and ``typed_refund``: why a refund was refused, and what its form held;
        ``ending_error`` and ``typed_ending``: the same of a cancellation; ``amount_to_confirm``: an amount in fen that
        the form must confirm; ``assign_error`` and ``chosen``, ``invite_error`` and ``typed_invite``,
        ``reassign_error`` and ``typed_reassign``: the same of what arranges who serves it; ``pay_error`` and
        ``typed_pay``: the same of the escort's pay; ``invite_note``: who was left out; ``reopen_error``: why the order
        was not reopened; ``change_error`` and ``typed_change``: the same of a change, or ``about_request``;
        ``change_taken``: because of its escort; ``offline_error``, ``offline_act`` and ``typed_offline``: why money
        outside of WeChat was not recorded, by which form of which supplement, and what it held; ``claim_error`` and
        ``claim_made``: why there is no new link for the customer, or that link; ``sms_error``, ``sms``: the same of a
        text message; ``visit_opened``: what was recorded of the visit, in clear; ``supplement_error``,
        ``supplement_refused`` (0: a new one) and ``typed_supplement``: the same of a supplement.
        """
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(order_id)
            if order is None:
                raise not_found()
            facts = await self._facts(reader, order)
        nothing: dict[str, Any] = {"revealed": {}, "conflict": None, "refund_error": None, "typed_refund": {}}
        nothing |= {"answer_conflict": None, "answer_fingerprint": fingerprint(order.rating_answer)}
        nothing |= {"ending_error": None, "typed_ending": {}, "amount_to_confirm": None}
        nothing |= {"assign_error": "", "chosen": {}, "reopen_error": "", "visit_opened": None}
        nothing |= {"change_error": None, "typed_change": {}, "change_taken": False, "about_request": False}
        nothing |= {"invite_error": "", "typed_invite": {}, "invite_note": ""}
        nothing |= {"reassign_error": "", "typed_reassign": {}}
        nothing |= {"claim_error": "", "claim_made": None, "sms_error": "", "sms": None}
        nothing |= {"offline_error": None, "offline_act": ("", ""), "typed_offline": form_at(self.now())}
        nothing |= {"supplement_error": None, "supplement_refused": 0, "typed_supplement": {}}
        nothing |= {"pay_error": "", "typed_pay": {}}
        self.render("admin/orders/order.html", order=order, **{**nothing, **facts, **more})

    async def _facts(self, reader: Reader, order: Order) -> dict[str, Any]:
        at = self.now()
        patient = await reader.patients.get(order.patient_id)
        escort = await reader.escorts.get(order.escort_id) if order.escort_id else None
        refunds = await reader.refunds.of_order(order.id)
        history = await reader.orders.history(order.id)
        attempts = await reader.attempts.of_order(order.id)
        cases = await reader.finance.cases_of_order(order.id)
        payable = payables.of_order(order)
        quote = self.services.payments.quote_of(payable, refunds, at)
        offline = await offline_facts(reader, order, attempts)
        on_their_way = {refund.id for refund in refunds if refund.state in REFUNDS_ON_THEIR_WAY}
        waits = bool(on_their_way - offline["by_hand"])
        return {
            **await change_facts(reader, order),
            **await after_sales_facts(reader, order),
            "for_complaint": self.for_complaint,
            **await visit_facts(reader, order),
            **await sharing_facts(reader, order, attempts, at),
            **offline,
            **await supplement_facts(reader, order),
            **await shipping_facts(reader, order, attempts),
            **await pay_facts(reader, order, owner=self.owner),
            **await phone_facts(reader, self.services.vault, order, at),
            "sms_offered": self.services.settings.wechat.links and remind_until(order, at) > 0,
            "company_phone": self.services.settings.orders.phone,
            "patient": self._patient(patient),
            "escort": escort,
            "escort_phone": self._masked(escort.phone_sealed, ESCORT_PHONE) if escort else "",
            "user": await reader.users.get(order.user_id),
            "history": history,
            "reapplied": escort is not None and await reader.escorts.application(escort.id) is not None,
            "attempts": attempts,
            "refunds": refunds,
            "cases": [case for case in cases if case.state == "open" or _holds(case, attempts)],
            "stage": STAGE[stage_of(order, at)],
            "contact_phone": self._masked(order.contact_phone_sealed, ORDER_CONTACT_PHONE),
            "answers": read_answers(order.answers),
            "preferred": await self._preferred(reader, order),
            "settled": settled_halves(order.takes, order.visit_time),
            "bookings": await reader.escorts.bookings_of_order(order.id),
            "candidates": await candidates(reader, order, self.errands, self.now()),
            "invitations": await shown_invitations(reader, order, at),
            "quote": quote,
            "actors": {admin.id: admin.name for admin in await reader.administrators.all()},
            "acts": {action.name.lower() for action in ACTS if allowed(action, order.state)},
            "refundable": may_refund(payable) and not undecided(payable, refunds),
            "endable": may_end(order) and not undecided(payable, refunds),
            "endings": _endings(quote),
            "over": order.ending not in ("", Ending.SERVED),
            "fingerprint": payable_fingerprint(payable, refunds),
            "finish_doubts": _finish_doubts(order, at),
            "waits_for_wechat": waits,
            "renewal": self._renewal(waits),
            "refund_choices": _refund_choices(order, quote),
            "now": at,
        }

    def _renewal(self, waits: bool) -> int:
        """How often the page has renewed itself, the next time included; 0 when it need not, or has done so enough.

        It waits for WeChat's word on a refund, but not for ever: an open page must not keep a session alive.
        """
        times = (self.page_number("renewal") or 0) + 1
        return times if waits and times <= MAX_RENEWALS else 0

    @staticmethod
    async def _preferred(reader: Reader, order: Order) -> Escort | None:
        """Whom the user asked for, while that is not who comes."""
        if order.preferred_escort_id in (None, order.escort_id):
            return None
        return await reader.escorts.get(order.preferred_escort_id or 0)

    def _masked(self, sealed: str, context: str) -> str:
        return masked_phone(self.services.vault.open(sealed, context))

    def _patient(self, patient: Patient | None) -> dict[str, str]:
        """The patient with masked numbers; empty once erased."""
        if patient is None or not patient.phone_sealed:
            return {}
        vault = self.services.vault
        return {
            "name": patient.name,
            "sex": {"m": "男", "w": "女"}.get(patient.sex, ""),
            "adult": "成年" if patient.adult else "未成年",
            "relation": patient.relation,
            "phone": self._masked(patient.phone_sealed, PATIENT_PHONE),
            "id_kind": id_kind_name(patient.id_kind) or "证件",
            "deleted": "y" if patient.deleted_at else "",
            "id_number": masked_id_number(vault.open(patient.id_number_sealed, PATIENT_ID_NUMBER)),
        }


class OrderHandler(OrderPage):
    """One order with all that is known of it."""

    async def get(self, order_id: str) -> None:
        await self.show(int(order_id))


class RevealHandler(OrderPage):
    """The patient's phone or ID number in full: an audited act; for the ID number the password is asked again."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        what = self.load(Reveal())["what"]
        if what == "id_number" and not await self.confirmed(f"查看订单 #{order_id} 就诊人的证件号码"):
            return
        async with self.services.storage.transaction() as tx:
            order = await tx.orders.get(int(order_id))
            patient = await tx.patients.get(order.patient_id) if order else None
            if order is None or patient is None:
                raise not_found()
            number = reveal(self.services.vault, patient, what)
            await self.audit(
                tx, f"patient.reveal.{what}", ("patient", patient.id), after={"order": order.id, "what": what}
            )
            await tx.commit()
        await self.show(order.id, revealed={what: number})


class RevealContactHandler(OrderPage):
    """The phone to call on the day of the visit in full: an audited act."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"

        async def sealed(tx: Transaction) -> str:
            order = await tx.orders.get(int(order_id))
            if order is None:
                raise not_found()
            if not order.contact_phone_sealed:
                raise refused("no_contact_phone", "这个订单没有另外的联系电话，请打就诊人的电话")
            return order.contact_phone_sealed

        found = await self.audited("order.reveal.contact_phone", ("order", int(order_id)), sealed)
        number = self.services.vault.open(found, ORDER_CONTACT_PHONE)
        await self.show(int(order_id), revealed={"contact_phone": number})


routes = [
    (r"/admin/orders/([0-9]{1,18})/reveal/contact/", RevealContactHandler),
    (r"/admin/orders/([0-9]{1,18})/", OrderHandler),
    (r"/admin/orders/([0-9]{1,18})/reveal/", RevealHandler),
]
