"""Until when a text message about an order makes sense, and what its page tells of the customer's link."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from clock import day_bounds
from handlers.admin.phone import entering
from handlers.admin.phone.order_facts import phone_facts, remind_until
from privacy import CUSTOMER_PHONE, Vault
from storage.models import OrderState

DAY = "2026-11-18"
BEGIN, END = day_bounds(DAY)
VAULT = Vault("ab" * 32)


def order(state: str = OrderState.PAID, **changes: Any) -> Any:
    usual = {"hidden_at": None, "ending": "", "visit_date": DAY, "expires_at": 50, "id": 7, "user_id": 3}
    return SimpleNamespace(**{**usual, "state": state, "origin": "phone", **changes})


@pytest.mark.parametrize(
    ("about", "at", "until"),
    [
        (order(), BEGIN - 1, END),
        (order(), END - 1, END),
        (order(), END, 0),
        (order(OrderState.SERVING), BEGIN, END),
        (order(OrderState.REFUNDING), BEGIN, 0),
        (order(OrderState.FINISHED), BEGIN, 0),
        (order(OrderState.CANCELLED), BEGIN, 0),
        (order(ending="cancelled"), BEGIN, 0),
        (order(hidden_at=1), BEGIN, 0),
        (order(OrderState.UNPAID), 49, 50),
        (order(OrderState.UNPAID), 50, 0),
        (order(OrderState.UNPAID, hidden_at=1), 49, 0),
    ],
)
def test_an_order_is_reminded_of_while_it_waits_for_money_or_for_its_day(
    about: Any, at: int, until: int
) -> None:
    assert remind_until(about, at) == until


class ReaderOf:
    """Reads one customer and these claims."""

    def __init__(self, customer: Any, claims: list[Any]) -> None:
        self.customers = self.claims = self
        self._customer, self._claims = customer, claims

    async def get(self, user_id: int) -> Any:
        assert user_id == 3
        return self._customer

    async def of_order(self, order_id: int) -> list[Any]:
        assert order_id == 7
        return self._claims


def claim(*, used: int | None = None, revoked: int | None = None, expires: int = 100) -> Any:
    return SimpleNamespace(used_at=used, revoked_at=revoked, expires_at=expires)


async def test_only_a_link_that_can_still_be_used_is_open() -> None:
    customer = SimpleNamespace(phone_sealed=VAULT.seal("13800001234", CUSTOMER_PHONE))
    used, revoked, over = claim(used=5), claim(revoked=5), claim(expires=50)
    usable = claim(expires=51)

    async def facts(*claims: Any, about: Any = None) -> dict[str, Any]:
        reader = cast(Any, ReaderOf(customer, list(claims)))
        return await phone_facts(reader, VAULT, about or order(), 50)

    nothing = {"customer": customer, "customer_phone": "138****1234", "open_claim": None, "claimed": None}
    assert await facts() == nothing
    assert await facts(revoked, over) == nothing
    assert await facts(used, revoked, over, usable, claim()) == {
        **nothing,
        "open_claim": usable,
        "claimed": used,
    }
    assert await facts(used, usable, about=order(origin="")) == nothing
    of_a_user = await phone_facts(cast(Any, ReaderOf(None, [])), VAULT, order(), 50)
    assert (of_a_user["customer"], of_a_user["customer_phone"]) == (None, "")


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("9" * 18, int("9" * 18)), ("9" * 19, 0), ("", 0), ("x", 0), ("-7", 0), ("٧", 0)],
)
def test_a_number_of_the_form_or_none(text: str, number: int) -> None:
    assert entering._number(text) == number


GIVEN = {
    "patient_name": "李雷",
    "patient_adult": "y",
    "patient_sex": "m",
    "relation": "本人",
    "patient_phone": "13700004321",
    "customer_phone": "13800001234",
    "id_kind": "resident",
    "id_number": "",
    "consent": "y",
}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ("13700004321", True, True, "resident")),
        ({"patient_phone": ""}, ("13800001234", True, True, "resident")),
        ({"patient_adult": "n"}, ("13700004321", False, True, "resident")),
        ({"consent": ""}, ("13700004321", True, False, "resident")),
        ({"id_kind": None}, ("13700004321", True, True, None)),
    ],
)
def test_the_patient_of_an_order_by_phone(changes: dict[str, Any], found: tuple[Any, ...]) -> None:
    patient = entering._patient({**GIVEN, **changes})
    assert (patient.phone, patient.adult, patient.consent, patient.id_kind) == found
    assert (patient.name, patient.sex, patient.relation, patient.id_number) == ("李雷", "m", "本人", "")
