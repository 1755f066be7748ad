"""What an entry of the audit log can be about: its page, the table of its name, the words of its states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, timedelta
from typing import Any

from frozen_dataclasses import frozen
from handlers.admin.labels import ESCORT_STATUS, PROGRESS, REFUND_STATE
from handlers.admin.pay.base import STATE
from schemas.invoices import STATE as INVOICE_STATE
from storage.models import CATALOG_TABLES


def _page(path: str) -> Callable[[str], str]:
    """A page that has the number of its row in its address; empty for what is no number."""
    return lambda number: path.format(number) if number.isascii() and number.isdigit() else ""


def _page_of_bill(day: str) -> str:
    try:
        return f"reconcile/?before={date.fromisoformat(day) + timedelta(1)}"
    except (ValueError, OverflowError):
        return ""


@frozen()
class Subject:
    """What an act can be about: its page below ``admin/`` by its id, the table of its name, the words of its states."""

    page: Callable[[str], str] = lambda _: ""
    table: str = ""
    states: Mapping[Any, str] = field(default_factory=dict)


SUBJECTS = {
    "order": Subject(_page("orders/{}/"), states=PROGRESS),
    "escort": Subject(_page("runners/{}/"), "escorts", ESCORT_STATUS),
    "refund": Subject(_page("refunds/{}/"), states=REFUND_STATE),
    "case": Subject(_page("cases/{}/")),
    "statement": Subject(_page("pay/statements/{}/"), states=STATE),
    "pay_rule": Subject(lambda _: "pay/rules/"),
    "complaint": Subject(_page("complaints/{}/")),
    "invoice": Subject(_page("invoices/{}/"), states=INVOICE_STATE),
    "content": Subject(lambda _: "content/"),
    "user": Subject(_page("users/{}/")),
    "administrator": Subject(_page("accounts/#account-{}"), "administrators"),
    "bill": Subject(_page_of_bill),
    "plan": Subject("runners/plan/?day={}".format),
    "alarm": Subject(lambda _: "alarms/"),
    "push": Subject(lambda _: "pushes/"),
    "day": Subject(lambda _: "days/"),
    "cash": Subject("cash/?day={}".format),
    **{table: Subject(_page(f"catalog/{table}/{{}}/"), table) for table in CATALOG_TABLES},
}
"""Of an escort and a refund ``approved`` has different words. What is not here has neither page nor name."""
