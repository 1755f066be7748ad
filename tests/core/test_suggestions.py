"""Proposals of the assignment desk, whatever waits: possible, always the same, and fair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.escorts.suggestions import HOSPITAL_WORTH, EscortFacts, Suggestion, facts_about, suggest
from orders.serving import free_slot
from orders.visit_time import halves_of
from storage.models import EscortBooking, Order, Takes

DAYS = ("2026-11-30", "2026-12-01")
ERRANDS = 2


def order(order_id: int, **content: Any) -> Order:
    known: dict[str, Any] = {
        "id": order_id,
        "user_id": 1,
        "state": "paid",
        "display_rank": 0,
        "unpaid_user_id": None,
        "hospital_id": 1,
        "hospital_name": "第一医院",
        "department": "",
        "visit_date": DAYS[0],
        "service_id": 1,
        "service_name": "陪诊",
        "service_unit": "半天",
        "price_fen": 100,
        "patient_id": 1,
        "patient_name": "李雷",
        "wishes": "",
        "admin_notes": "",
        "notes_version": 0,
        "escort_id": None,
        "state_before_refund": "",
        "paid_fen": 100,
        "paid_at": 1,
        "refunded_fen": 0,
        "stars": 0,
        "comment": "",
        "created_at": 1,
        "updated_at": 1,
        "expires_at": 1,
        "visit_time": "09:00",
        **content,
    }
    return Order(**known)


escort_ids = st.integers(1, 4)
half_days = st.tuples(escort_ids, st.sampled_from(DAYS), st.sampled_from(("am", "pm")))
order_contents = st.fixed_dictionaries(
    {
        "hospital_id": st.integers(0, 2),
        "visit_date": st.sampled_from(DAYS),
        "visit_time": st.sampled_from(("", "08:30", "11:59", "12:00", "15:00")),
        "takes": st.sampled_from(tuple(Takes)),
        "preferred_escort_id": st.one_of(st.none(), st.integers(1, 6)),
    }
)
waiting = st.lists(order_contents, max_size=14).map(
    lambda contents: [order(100 + place, **content) for place, content in enumerate(contents)]
)
facts = st.builds(
    lambda names, booked, leave, loads, knows: EscortFacts(
        {escort: f"陪诊{escort}" for escort in names},
        [
            EscortBooking(cell[0], cell[1], cell[2], 1_000 + place, slot)
            for place, (cell, slot) in enumerate(booked.items())
        ],
        frozenset(leave),
        loads,
        frozenset(knows),
    ),
    st.sets(escort_ids, max_size=4),
    st.dictionaries(half_days, st.integers(0, ERRANDS), max_size=6),
    st.sets(half_days, max_size=4),
    st.dictionaries(st.tuples(escort_ids, st.sampled_from(("2026-11", "2026-12"))), st.integers(0, 9)),
    st.sets(st.tuples(escort_ids, st.integers(1, 2)), max_size=4),
)


def book(known: EscortFacts, proposals: list[Suggestion]) -> dict[tuple[int, str, str], list[EscortBooking]]:
    """The bookings when every proposal is accepted; each has to fit as ``serving.book`` would have it."""
    taken: dict[tuple[int, str, str], list[EscortBooking]] = {}
    for each in known.bookings:
        taken.setdefault((each.escort_id, each.visit_date, each.half), []).append(each)
    for proposal in proposals:
        if proposal.escort_id is None:
            continue
        assert proposal.escort_id in known.names
        for half in halves_of(proposal.order, proposal.half):
            cell = (proposal.escort_id, proposal.order.visit_date, half)
            assert cell not in known.leave
            slot = free_slot(proposal.order, taken.setdefault(cell, []), ERRANDS)
            assert slot is not None, "two on one half-day"
            taken[cell].append(EscortBooking(cell[0], cell[1], cell[2], proposal.order.id, slot))
    return taken


@given(waiting, facts)
@settings(max_examples=200, deadline=None)
def test_every_proposal_can_be_accepted_together_with_all_others(
    orders: list[Order], known: EscortFacts
) -> None:
    proposals = suggest(orders, known, ERRANDS)
    assert [each.order for each in proposals] == orders
    taken = book(known, proposals)
    for each in proposals:
        if each.escort_id is None:  # then there is no one left with room for it
            assert not [
                escort
                for escort in known.names
                for half in ("am", "pm")
                if all(
                    (escort, each.order.visit_date, part) not in known.leave
                    and free_slot(each.order, taken.get((escort, each.order.visit_date, part), []), ERRANDS)
                    is not None
                    for part in halves_of(each.order, half)
                )
            ]
            assert each.doubts


@given(waiting, facts, st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_same_facts_give_the_same_proposals_in_whatever_order_they_come(
    orders: list[Order], known: EscortFacts, chance: Any
) -> None:
    first = {each.order.id: each for each in suggest(orders, known, ERRANDS)}
    shuffled, names, bookings = list(orders), list(known.names.items()), list(known.bookings)
    for each in (shuffled, names, bookings):
        chance.shuffle(each)
    again = replace(known, names=dict(names), bookings=bookings)
    assert {each.order.id: each for each in suggest(shuffled, again, ERRANDS)} == first


@given(facts, st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_who_has_fewer_orders_comes_first_but_for_those_who_know_the_hospital(
    known: EscortFacts, count: int
) -> None:
    """Errands without limit, so that all are free all the time: only the share decides."""
    free = replace(known, bookings=(), leave=frozenset())
    orders = [order(place, takes=Takes.ERRAND, visit_date=DAYS[0]) for place in range(1, count + 1)]
    load = {escort: free.month_orders.get((escort, "2026-11"), 0) for escort in free.names}
    before = dict(load)
    for each in suggest(orders, free, 99):
        if each.escort_id is not None:
            load[each.escort_id] += 1
    for escort, orders_now in load.items():
        if orders_now > before[escort]:  # given something: no one is left far behind
            assert all(orders_now <= other + HOSPITAL_WORTH + 1 for other in load.values())


def test_whom_the_user_asked_for_comes_before_everything_else():
    known = EscortFacts(
        {1: "王芳", 2: "孙小美"}, month_orders={(1, "2026-11"): 30}, knows=frozenset({(2, 1)})
    )
    (asked,) = suggest([order(5, preferred_escort_id=1)], known, ERRANDS)
    assert (asked.escort_id, asked.reasons[0]) == (1, "用户指定")
    (other,) = suggest([order(5)], known, ERRANDS)
    assert (other.escort_id, other.reasons) == (2, ("去过这家医院", "11 月已有 0 单"))
    (gone,) = suggest([order(5, preferred_escort_id=9)], known, ERRANDS)
    assert gone.escort_id == 2
    assert "用户想要的陪诊员现在不接单" in gone.doubts


def test_of_two_orders_for_one_half_day_the_one_with_less_choice_is_not_left_over():
    known = EscortFacts({1: "王芳"})
    flexible, fixed = order(5, visit_time=""), order(6, visit_time="09:00")
    proposals = suggest([flexible, fixed], known, ERRANDS)
    assert [each.escort_id for each in proposals] == [1, 1]
    assert [each.half for each in proposals] == ["pm", "am"]


@pytest.mark.parametrize("words", ["希望是女陪诊", "最好男士", "要女性陪诊员"])
def test_a_wish_for_a_woman_or_a_man_is_left_to_a_person(words: str):
    (found,) = suggest([order(5, wishes=words)], EscortFacts({1: "王芳"}), ERRANDS)
    assert found.escort_id == 1
    assert any("系统没有记陪诊员的性别" in doubt for doubt in found.doubts)


async def test_no_order_needs_no_facts(storage: Any) -> None:
    async with storage.reading() as reader:
        assert suggest([], await facts_about(reader, [], 1), ERRANDS) == []
        assert await reader.boards.orders_of_month(set(), "2026-11") == {}
        assert await reader.boards.known_hospitals(set(), {1}, "2026-11-01") == set()
