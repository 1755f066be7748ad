"""A clerk enters an order for a customer who called, in one form: it looks the customer up by phone, shows the days
that can be booked, and places the order.
"""

from __future__ import annotations

from typing import Any

from accounts import office_customers
from accounts.office_customers import CustomerContact
from accounts.patients import PatientContent
from catalog.questions import read_questions
from clock import shanghai_date
from handlers.admin.orders.listing import rows
from handlers.admin.page import AdminPage
from handlers.admin.paging import ALL_SHOWN
from handlers.errors import ApiError
from money import amount_text
from orders.booking import phone_orders
from orders.booking.bookable_days import DayRules, DayState, days_from
from orders.booking.day_places import Visit
from orders.booking.phone_orders import PhoneOrder, PhoneOrdering
from orders.booking.placing import Bookable
from personal.phones import PhoneError, read_phone
from refusals import InvalidInput, Refused
from schemas.admin_phone import PhoneOrderForm
from schemas.wire import ID_KINDS, RELATIONS
from storage import Reader, Transaction
from storage.models import Cause, Service

MAX_ORDERS = 10
"""So many former orders of the customer are shown."""
ORDER_FIELDS = (
    "service_id",
    "hospital_id",
    "hospital_name",
    "department",
    "visit_date",
    "visit_time",
    "campus",
    "meeting_point",
    "contact_phone",
    "appointment",
    "mobility",
    "hearing",
    "wishes",
)


class NewPhoneOrderHandler(AdminPage):
    """The form; sent with ``act`` look it only shows what belongs to what was typed, and keeps all of it."""

    section = "orders"
    back = "orders/"

    async def get(self) -> None:
        await self.show({})

    async def post(self) -> None:
        if self.body_fields.get("act") == "look":
            await self.show(self._typed_fields(), looked=True)
            return
        try:
            given = self.load(PhoneOrderForm())
            order_id = await self._place(given)
        except (ApiError, Refused) as error:
            problem = self.form_error(error)
            field = error.field if isinstance(error, InvalidInput) else ""
            await self.show(self._typed_fields(), problem=problem, field=field, looked=True)
            return
        self.redirect_done(f"orders/{order_id}/", "phone-ordered")

    def _typed_fields(self) -> dict[str, str]:
        return {name: value for name, value in self.body_fields.items() if isinstance(value, str)}

    async def _place(self, given: dict[str, Any]) -> int:
        services = self.services
        snapshot = await services.catalog.get(self.now())
        bookable = Bookable(
            snapshot.services,
            {hospital_id: hospital["name"] for hospital_id, hospital in snapshot.hospitals.items()},
            services.settings.orders.horizon_days,
        )
        service_id = given["service_id"]
        order = {name: given[name] for name in ORDER_FIELDS} | {
            "answers": self._answers(snapshot.services.get(service_id)),
            "preferred_escort_id": None,
            "shown_price": str(self.body_fields.get(f"price_{service_id}", "")),
        }
        contact = CustomerContact(given["customer_name"], given["customer_phone"])
        entry = PhoneOrder(contact, given["patient_id"] or _patient(given), order)
        ordering = PhoneOrdering(services.vault, bookable, services.settings)
        cause = Cause(self.actor, self.now())

        async def work(tx: Transaction) -> int:
            placed = await phone_orders.place(tx, entry, ordering, cause)
            after = {"user_id": placed.user_id, "patient": placed.patient_id, "service_id": service_id}
            after |= {"visit_date": given["visit_date"], "hospital_id": given["hospital_id"]}
            await self.audit(tx, "order.phone", ("order", placed.order_id), after=after)
            return placed.order_id

        return await services.storage.run(work)

    def _answers(self, service: Service | None) -> dict[str, str]:
        questions = read_questions(service.questions) if service is not None else []
        return {each.key: str(self.body_fields.get(f"answer_{each.key}", "")) for each in questions}

    async def show(
        self,
        typed: dict[str, str],
        problem: ApiError | None = None,
        field: str = "",
        *,
        looked: bool = False,
    ) -> None:
        """The form with what was typed, the customer with that phone, and the days for that service and hospital."""
        snapshot = await self.services.catalog.get(self.now())
        service = snapshot.services.get(_number(typed.get("service_id", "")))
        hospital = snapshot.hospitals.get(_number(typed.get("hospital_id", "")))
        async with self.services.storage.reading() as reader:
            customer, patients, table = await self._customer(reader, typed.get("customer_phone", ""))
            days = await self._days(reader, service, _number(typed.get("hospital_id", "")))
        fields = set(problem.fields or {}) if problem is not None else set()
        self.render(
            "admin/phone/new.html",
            typed=typed,
            problem=problem,
            wrong=fields | ({field} if field else set()),
            looked=looked,
            customer=customer,
            patients=patients,
            services=list(snapshot.services.values()),
            hospitals=[(number, each["name"]) for number, each in snapshot.hospitals.items()],
            hospital=hospital,
            service=service,
            questions=read_questions(service.questions) if service is not None else [],
            days=days,
            amount_text=amount_text,
            id_kinds=list(ID_KINDS),
            relations=RELATIONS,
            **table,
            now=self.now(),
            filtered=True,
            **ALL_SHOWN,
        )

    async def _customer(self, reader: Reader, typed_phone: str) -> tuple[Any, list[Any], dict[str, Any]]:
        """The customer with this phone, their patients and their last orders."""
        nothing: dict[str, Any] = await rows(reader, [], self.now())
        try:
            phone = read_phone(typed_phone)
        except PhoneError:
            return None, [], nothing
        customer = await office_customers.find(reader, self.services.vault, phone)
        if customer is None:
            return None, [], nothing
        orders = await reader.orders.of_user(customer.user_id, MAX_ORDERS, hidden=True)
        patients = await reader.patients.of_user(customer.user_id)
        return customer, patients, await rows(reader, orders, self.now())

    async def _days(self, reader: Reader, service: Service | None, hospital_id: int) -> list[DayState]:
        if service is None:
            return []
        at = self.now()
        visit = Visit(shanghai_date(at), "", service.takes, hospital_id)
        rules = DayRules.of(self.services.settings)
        return await days_from(reader, rules, visit, self.services.settings.orders.horizon_days + 1, at)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _patient(given: dict[str, Any]) -> PatientContent:
    return PatientContent(
        name=given["patient_name"],
        adult=given["patient_adult"] == "y",
        sex=given["patient_sex"],
        relation=given["relation"],
        phone=given["patient_phone"] or given["customer_phone"],
        id_kind=given.get("id_kind"),
        id_number=given["id_number"],
        consent=given["consent"] == "y",
    )


routes = [(r"/admin/orders/new/", NewPhoneOrderHandler)]
