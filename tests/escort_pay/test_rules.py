"""Which rule of pay holds, what it gives to the fen, and that a new one touches nothing that is earned."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.escort_pay.rules import PayInput, amount_of, holding_rule
from storage import Storage
from storage.models import PayRule, PayRuleKind
from tests.escort_pay.paying import add_escort, adds_up, amounts, entries, finished, reopen, rule

FIXED, PERCENT, NONE = PayRuleKind.FIXED, PayRuleKind.PERCENT, PayRuleKind.NONE
DAY = "2026-11-10"


def a_rule(value: int, kind: str = FIXED, service: int = 0, escort: int = 0, **more: object) -> PayRule:
    given: dict[str, object] = {"id": 1, "valid_from": "2026-01-01", "created_by": 1, "created_at": 1, **more}
    return PayRule(service_id=service, escort_id=escort, kind=kind, value=value, **given)  # type: ignore[arg-type]


@pytest.mark.promise(40)
@pytest.mark.parametrize(
    ("price", "hundredths", "expected"),
    [
        (19_800, 5_000, 9_900),
        (1, 5_000, 1),  # half a fen is rounded up
        (1, 4_999, 0),
        (3, 5_000, 2),
        (333, 3_333, 111),  # 110.9889
        (10_000, 1, 1),
        (4_999, 1, 0),  # 0.4999
        (5_000, 1, 1),  # 0.5
        (14_999, 1, 1),  # 1.4999
        (15_000, 1, 2),  # 1.5
        (99_999_999, 10_000, 99_999_999),
        (19_800, 0, 0),
        (0, 5_000, 0),
    ],
)
def test_a_percentage_is_rounded_half_up_to_the_fen(price: int, hundredths: int, expected: int) -> None:
    assert amount_of(a_rule(hundredths, PERCENT), price) == expected


@pytest.mark.promise(40)
@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_percentage_is_never_more_than_half_a_fen_off(price: int, hundredths: int) -> None:
    exact = Fraction(price * hundredths, 10_000)
    off = amount_of(a_rule(hundredths, PERCENT), price) - exact
    assert -Fraction(1, 2) < off <= Fraction(1, 2)


@pytest.mark.promise(40)
def test_the_most_specific_rule_holds_and_of_these_the_latest() -> None:
    everything = a_rule(100, id=1)
    service = a_rule(200, service=4, id=2)
    escort = a_rule(300, escort=7, id=3)
    both = a_rule(400, service=4, escort=7, id=4)
    rules = [both, everything, escort, service]

    def value(*left: PayRule, service_id: int = 4, escort_id: int = 7, day: str = DAY) -> int | None:
        found = holding_rule(left, service_id, escort_id, day)
        return found.value if found else None

    assert value(*rules) == 400
    assert value(everything, service, escort) == 300
    assert value(everything, service) == 200
    assert value(everything) == 100
    assert value() is None
    assert value(*rules, escort_id=8) == 200
    assert value(*rules, service_id=5) == 300
    assert value(*rules, service_id=5, escort_id=8) == 100
    later = a_rule(410, service=4, escort=7, id=5, valid_from="2026-11-10")
    assert value(*rules, later, day="2026-11-09") == 400
    assert value(*rules, later, day="2026-11-10") == 410
    same_day = a_rule(420, service=4, escort=7, id=6, valid_from="2026-11-10")
    assert value(same_day, later, *rules) == 420, "of two of one day the newest"
    backdated = a_rule(430, service=4, escort=7, id=9, valid_from="2026-11-01")
    assert value(backdated, later, *rules) == 410, "entered later, but from an earlier day"


@pytest.mark.promise(40)
def test_an_exception_that_ends_leaves_the_general_rule() -> None:
    rules = [
        a_rule(100, id=1),
        a_rule(300, escort=7, id=2),
        a_rule(0, NONE, escort=7, id=3, valid_from="2026-11-10"),
    ]
    before, after = holding_rule(rules, 4, 7, "2026-11-09"), holding_rule(rules, 4, 7, "2026-11-10")
    assert before is not None
    assert after is not None
    assert (before.value, after.value) == (300, 100)


@pytest.mark.promise(40)
async def test_a_change_of_the_rules_touches_nothing_that_is_earned(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 5_000, PERCENT)
    first = await finished(storage, escort)
    await rule(storage, 9_000, PERCENT)
    second = await finished(storage, escort)
    assert (await amounts(storage, first), await amounts(storage, second)) == ([9_900], [17_820])
    await adds_up(storage)


@pytest.mark.promise(40)
async def test_the_rule_of_the_day_of_the_visit_holds_not_that_of_the_finish(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    await rule(storage, 12_000, day="2026-11-11")
    assert await amounts(storage, await finished(storage, escort, visit_date="2026-11-10")) == [8_000]
    assert await amounts(storage, await finished(storage, escort, visit_date="2026-11-11")) == [12_000]


@pytest.mark.promise(40)
async def test_an_order_that_is_finished_again_earns_by_the_rules_of_now(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    order = await finished(storage, escort)
    await reopen(storage, order)
    await rule(storage, 9_000)
    from tests.escort_pay.paying import finish

    await finish(storage, order)
    assert await amounts(storage, order) == [8_000, -8_000, 9_000]
    assert [entry.reference for entry in await entries(storage, order)] == [
        f"order:{order}:1",
        f"reversal:{order}:1",
        f"order:{order}:2",
    ]
    await adds_up(storage)


@pytest.mark.promise(40)
@pytest.mark.parametrize(
    ("value", "kind", "service", "escort"),
    [
        (-1, FIXED, 0, 0),
        (1_000_001, FIXED, 0, 0),
        (-1, PERCENT, 0, 0),
        (10_001, PERCENT, 0, 0),
        (0, NONE, 0, 0),
        (100, FIXED, 999, 0),
        (100, FIXED, 0, 999),
    ],
)
async def test_a_rule_that_cannot_be_right_is_refused(
    storage: Storage, value: int, kind: str, service: int, escort: int
) -> None:
    with pytest.raises(PayInput):
        await rule(storage, value, kind, service, escort)
    async with storage.reading() as reader:
        assert await reader.escort_pay.all_rules() == []
