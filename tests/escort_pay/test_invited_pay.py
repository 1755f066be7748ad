"""What an invited escort reads of the pay: what the rules give, unless the office says another amount."""

from __future__ import annotations

import pytest

from config.visit_settings import VisitSettings
from orders.escorts import invitations
from orders.escorts.invitations import Office, Terms
from storage import Storage
from tests.core.escorts import Clock, add_escort, invitations_of, paid_order
from tests.escort_pay.paying import rule


@pytest.mark.promise(40)
@pytest.mark.parametrize(
    ("pay_fen", "expected"), [(None, (8_000, 9_500)), (7_700, (7_700, 7_700)), (0, (0, 0))]
)
async def test_who_is_invited_reads_what_the_rules_give_or_what_the_office_says(
    storage: Storage, pay_fen: int | None, expected: tuple[int, int]
) -> None:
    first, second = await add_escort(storage, "王芳", 900), await add_escort(storage, "李娜", 901)
    await rule(storage, 8_000)
    await rule(storage, 9_500, escort=second)
    order = await paid_order(storage)
    office = Office(1, Clock(), VisitSettings())
    terms = Terms("am", pay_fen)
    await storage.run(lambda tx: invitations.offer(tx, order, [first, second], terms, office))
    found = await invitations_of(storage, order)
    assert (found[first].pay_fen, found[second].pay_fen) == expected


async def test_without_a_rule_no_pay_is_stated(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    order = await paid_order(storage)
    office = Office(1, Clock(), VisitSettings())
    await storage.run(lambda tx: invitations.offer(tx, order, [escort], Terms("am", None), office))
    assert (await invitations_of(storage, order))[escort].pay_fen == 0
