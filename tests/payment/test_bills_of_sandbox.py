"""The stand-in's bills, in every form, against the books."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY, HOUR, SECOND, shanghai_date
from storage.models import OrderState
from tests.payment.conftest import ADMIN
from tests.payment.sandbox_shop import SandboxShop
from tests.payment.telling import Tell, stand_in_folder, stand_in_identity, tell

__all__ = ["stand_in_folder", "stand_in_identity", "tell"]


BILL_FAULTS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("", {}, set()),
    ("bill_missing_row", {"row": 0}, {"bill_payment_missing_there"}),
    ("bill_missing_row", {"row": 2}, {"bill_refund_missing_there"}),
    ("bill_extra_row", {}, {"bill_payment_missing_here"}),
    ("bill_changed_row", {"row": 0}, {"bill_amount_differs"}),
    ("bill_changed_row", {"row": 2}, {"bill_refund_amount_differs"}),
]


@pytest.mark.promise(30)
@pytest.mark.parametrize(("fault", "parameters", "kinds"), BILL_FAULTS)
def test_the_daily_bill_of_the_stand_in_shows_every_difference(
    tell: Tell, fault: str, parameters: dict[str, Any], kinds: set[str]
) -> None:
    _tell_a_day(tell, fault, parameters, kinds)


@pytest.mark.promise(30)
@pytest.mark.parametrize("form", ["without_settled", "oldest", "reordered"])
@pytest.mark.parametrize(("fault", "parameters", "kinds"), [BILL_FAULTS[0], BILL_FAULTS[4]])
def test_every_form_of_the_bill_is_compared(
    tell: Tell, form: str, fault: str, parameters: dict[str, Any], kinds: set[str]
) -> None:
    _tell_a_day(tell, fault, parameters, kinds, form)


def _tell_a_day(
    tell: Tell, fault: str, parameters: dict[str, Any], kinds: set[str], form: str = "full"
) -> None:
    async def story(sandbox_shop: SandboxShop) -> None:
        sandbox_shop.pass_time(DAY - sandbox_shop.at % DAY + 2 * HOUR)  # 10:00 in Shanghai, well within a day
        day = shanghai_date(sandbox_shop.at)
        for count in range(2):
            user = await sandbox_shop.user(f"oUser{count}")
            order_id, _ = await sandbox_shop.payments.place(user, sandbox_shop.content())
            await sandbox_shop.pay(order_id)
            await sandbox_shop.until_state(order_id, OrderState.PAID)
        await sandbox_shop.payments.start_refund(order_id, ADMIN, 8_800)
        sandbox_shop.pass_time(SECOND)
        await sandbox_shop.sweep()
        sandbox_shop.pass_time(DAY + HOUR)
        await sandbox_shop.sweep()
        sandbox_shop.sandbox.context.settings.bill_form = form
        for target in ("trade", "fundflow"):  # the same fault in both bills
            if fault:
                await sandbox_shop.fault(fault, target=target, **parameters)
        result = await sandbox_shop.payments.reconcile(day)
        found = {difference.kind for difference in result.differences if "flow" not in difference.kind}
        assert found == kinds
        assert set(await sandbox_shop.cases()) == {difference.kind for difference in result.differences}
        again = await sandbox_shop.payments.reconcile(day)
        assert (again.differences, again.new_cases) == ([], 0)
        assert "fee" in await sandbox_shop.balance()

    tell(story)
