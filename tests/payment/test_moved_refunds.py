"""What a cancellation gives back after a visit was moved: by the new begin, and never more than before the move."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR, shanghai_date
from orders.booking.bookable_days import DayRules
from orders.changing import moves
from orders.changing.changes import ChangeTerms, change_by_office
from orders.visit_time import begin_of
from payment.payables import PayableKey
from payment.refunds.deadlines import rule_of
from payment.refunds.policy import RefundPolicy
from payment.refunds.requests import RefundRequest, request_refund
from storage.models import Cause, RefundKind
from storage.writes import VisitChange
from tests.payment.conftest import ADMIN, PRICE, Shop


async def half_left(shop: Shop) -> int:
    """A paid order of which a cancellation gives half back now."""
    order_id = await shop.paid(visit_time="09:00")
    shop.at = begin_of(await shop.order(order_id)) - 5 * HOUR
    quote = await shop.payments.quote(await shop.order(order_id))
    assert (quote.percent, quote.amount_fen) == (50, PRICE // 2)
    return order_id


def terms(shop: Shop, *, wanted_by_user: bool) -> ChangeTerms:
    return ChangeTerms(
        DayRules.of(shop.settings),
        lambda order: shop.payments.percent(order, shop.at),
        wanted_by_user=wanted_by_user,
    )


async def move_far(shop: Shop, order_id: int, *, wanted_by_user: bool) -> None:
    change = VisitChange(visit_date=shanghai_date(shop.at + 20 * DAY))
    cause = Cause(ADMIN, shop.at, "改到下个月")
    given = terms(shop, wanted_by_user=wanted_by_user)
    await shop.storage.run(lambda tx: change_by_office(tx, order_id, change, cause, given))


@pytest.mark.promise(14)
@pytest.mark.parametrize(("wanted_by_user", "percent"), [(True, 50), (False, 100)])
async def test_a_visit_that_its_user_had_moved_gives_no_more_back_than_before(
    shop: Shop, wanted_by_user: bool, percent: int
) -> None:
    order_id = await half_left(shop)
    await move_far(shop, order_id, wanted_by_user=wanted_by_user)
    order = await shop.order(order_id)
    quote = await shop.payments.quote(order)
    assert (quote.percent, quote.amount_fen) == (percent, PRICE * percent // 100)
    assert shop.payments.rule_of_order(order).percent_now == percent
    user = await shop.user()
    wanted = RefundRequest(RefundKind.CANCEL, "不去了", PRICE * percent // 100)
    policy = shop.payments.context.policy
    await shop.storage.run(
        lambda tx: request_refund(tx, PayableKey(order_id), user.id, wanted, policy, shop.at)
    )


@pytest.mark.promise(14)
async def test_a_request_keeps_what_was_due_when_it_was_asked_for(shop: Shop) -> None:
    user, order_id = await shop.user(), await half_left(shop)
    order = await shop.order(order_id)
    wanted = moves.Move(shanghai_date(shop.at + 20 * DAY), "09:00", (order.visit_date, "09:00"))
    given = terms(shop, wanted_by_user=True)
    moved = await shop.storage.run(
        lambda tx: moves.move_by_user(tx, order_id, user.id, wanted, given, shop.at)
    )
    assert not moved
    shop.pass_time(4 * HOUR)  # by now nothing would come back
    async with shop.storage.reading() as reader:
        request = await reader.order_changes.open_of_order(order_id)
    assert request is not None
    cause = Cause(ADMIN, shop.at)
    await shop.storage.run(lambda tx: moves.decide_request(tx, order_id, request.id, cause, given))
    assert (await shop.payments.quote(await shop.order(order_id))).percent == 50


def test_the_rule_of_a_moved_visit_names_the_last_moment_of_what_is_left() -> None:
    begins, now = 100 * DAY, 50 * DAY
    rule = rule_of(RefundPolicy(), begins, now, paid_at=now - DAY, max_percent=50)
    assert [(each.percent, each.until) for each in rule.deadlines] == [(50, begins - 2 * HOUR)]
    assert rule.percent_now == 50
    nothing = rule_of(RefundPolicy(), begins, now, paid_at=now - DAY, max_percent=0)
    assert (nothing.deadlines, nothing.percent_now) == ((), 0)


@pytest.mark.promise(14)
async def test_a_visit_that_began_before_its_hour_gives_nothing_back_as_one_that_has_begun(
    shop: Shop,
) -> None:
    order_id = await shop.paid(visit_time="18:00")
    begin = begin_of(await shop.order(order_id))
    began = begin - 9 * HOUR
    shop.at = began - 1
    assert (await shop.payments.quote(await shop.order(order_id))).percent == 50
    async with shop.storage.transaction() as tx:
        assert await tx.visits.set_started(order_id, began, began)
        await tx.commit()
    shop.at = began + 1
    assert (await shop.payments.quote(await shop.order(order_id))).percent == 0
    await move_far(shop, order_id, wanted_by_user=False)
    assert (await shop.payments.quote(await shop.order(order_id))).percent == 100
