"""Who is told what about an order: its user, the members, the payer, and the escort."""

from __future__ import annotations

import json

import pytest

from orders import ending, messages, serving
from orders.transitions import Action, transition
from storage.models import (
    Actor,
    Cause,
    Ending,
    EscortState,
    MemberRole,
    MemberScope,
    Order,
    OrderState,
    RefundState,
    User,
)
from storage.writes import NewRefund, OrderMove
from tests.core.rows import add_order, order_of
from tests.payment.conftest import PRICE, Shop, shop, shop_settings
from wechat.message_facts import MessageFacts, MessageKind, MessageOutcome
from wechat.outbox import page_of

__all__ = ["shop", "shop_settings"]
ADMIN = Actor("admin", 1)


class People:
    """An order with family, a payer, one whose membership has ended, and an escort."""

    def __init__(self, storage) -> None:
        self.storage = storage
        self.ids: dict[str, int] = {}
        self.order_id = self.escort_id = 0

    async def order(self) -> Order:
        return await order_of(self.storage, self.order_id)

    async def told(self, kind: MessageKind) -> dict[str, MessageFacts]:
        async with self.storage.reading() as reader:
            rows = await reader.connection.fetch_all(
                "SELECT user_id, payload FROM outbox WHERE kind = :kind ORDER BY id", {"kind": kind}
            )
        names = {user_id: name for name, user_id in self.ids.items()}
        found = [(names[row[0]], MessageFacts.from_json(row[1])) for row in rows]
        assert len(dict(found)) == len(found), "nobody is told twice"
        return dict(found)


@pytest.fixture
def people(storage, io_loop) -> People:
    return io_loop.run_sync(lambda: gather(storage))


async def gather(storage) -> People:
    people = People(storage)
    async with storage.transaction() as tx:
        for name in ("owner", "family", "payer", "ended", "escort"):
            people.ids[name] = await tx.users.find_or_add(f"openid-{name}", 1_000)
        people.order_id = await add_order(tx, people.ids["owner"], OrderState.PAID)
        for name, role in (("family", "family"), ("payer", "payer"), ("ended", "family")):
            member = await tx.members.add(
                people.ids["owner"],
                people.ids[name],
                MemberScope.ORDER,
                people.order_id,
                MemberRole(role),
                1_000,
            )
            if name == "ended":
                await tx.members.end(member, 2_000)
        await tx.escorts.apply(people.ids["escort"], "王芳", "", "2222", 1_000)
        escort = await tx.escorts.of_user(people.ids["escort"])
        assert escort is not None
        people.escort_id = escort.id
        await tx.escorts.move(escort.id, escort.state, EscortState.APPROVED, 1_000)
        await serving.assign(tx, people.order_id, escort.id, "am", Cause(ADMIN, 5_000))
        await tx.commit()
    return people


async def test_who_comes_when_it_begins_and_the_report_are_told_to_user_and_members(people):
    order = await people.order()
    async with people.storage.transaction() as tx:
        await messages.queue_started(tx, order, 6_000, 6_000)
        await messages.queue_report_ready(tx, order, people.escort_id, 7_000)
        await messages.queue_report_ready(tx, order, people.escort_id, 8_000)
        await tx.commit()
    for kind in (MessageKind.ESCORT, MessageKind.STARTED, MessageKind.REPORT):
        told = await people.told(kind)
        assert set(told) == {"owner", "family", "payer"}, kind
        assert {facts.amount_fen for facts in told.values()} == {0}
        assert {page_of(kind, facts) for facts in told.values()} == {
            f"pages/order/order?id={people.order_id}"
        }


async def test_another_time_is_told_to_user_members_and_escort_on_pages_they_can_open(people):
    order = await people.order()
    async with people.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET visit_time = '09:00'")
        after = await tx.orders.get(order.id)
        await messages.queue_moved(tx, order, after, 6_000)
        await tx.commit()
    told = await people.told(MessageKind.MOVED)
    assert set(told) == {"owner", "family", "payer", "escort"}
    pages = {name: page_of(MessageKind.MOVED, facts) for name, facts in told.items()}
    assert pages["escort"] == f"packages/escort/job/job?id={order.id}"
    assert pages["family"] == pages["owner"] == f"pages/order/order?id={order.id}"


@pytest.mark.promise(33)
async def test_a_cancelled_order_is_told_to_everybody_with_the_amount_to_who_may_see_it(people):
    async with people.storage.transaction() as tx:
        order = await tx.orders.lock(people.order_id)
        await transition(
            tx, order, Action.ASK_REFUND, Cause(ADMIN, 6_000), OrderMove(state_before_refund=order.state)
        )
        order = await tx.orders.lock(people.order_id)
        await ending.end_unserved(tx, order, Ending.CANCELLED_BY_COMPANY, Cause(ADMIN, 7_000))
        await messages.queue_cancellation(tx, order, 9_900, 7_000)
        await tx.commit()
    refund, cancelled = await people.told(MessageKind.REFUND), await people.told(MessageKind.CANCELLED)
    assert {name: facts.amount_fen for name, facts in refund.items()} == {"owner": 9_900}
    assert set(cancelled) == {"family", "payer", "escort"}
    assert {facts.amount_fen for facts in cancelled.values()} == {0}
    assert page_of(MessageKind.CANCELLED, cancelled["escort"]) == "packages/escort/workbench/workbench"
    assert page_of(MessageKind.CANCELLED, cancelled["family"]) == f"pages/order/order?id={people.order_id}"


async def paid_by_another(shop: Shop) -> tuple[int, User, User]:
    owner, payer = await shop.user(), await shop.user("oPayer1")
    order_id = await shop.placed(owner)
    await shop.storage.run(
        lambda tx: tx.members.add(owner.id, payer.id, MemberScope.ORDER, order_id, MemberRole.PAYER, shop.at)
    )
    await shop.payments.resume(order_id, payer)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    for _ in range(2):
        await shop.payments.notify({}, shop.wechat.paid_notice(number))
    return order_id, owner, payer


async def amounts(shop: Shop, kind: str) -> dict[int, list[int]]:
    async with shop.storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT user_id, payload FROM outbox WHERE kind = :kind ORDER BY id", {"kind": kind}
        )
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(json.loads(row[1])["amount_fen"])
    return found


async def test_the_payment_is_told_to_the_user_and_to_who_paid(shop: Shop) -> None:
    _, owner, payer = await paid_by_another(shop)
    assert await amounts(shop, "paid") == {owner.id: [PRICE], payer.id: [PRICE]}


@pytest.mark.parametrize("still_member", [True, False])
async def test_a_refund_is_told_to_the_user_and_to_whose_money_it_was(shop: Shop, still_member: bool) -> None:
    order_id, owner, payer = await paid_by_another(shop)
    if not still_member:
        async with shop.storage.transaction() as tx:
            (member,) = await tx.members.live_of_user(payer.id)
            await tx.members.end(member.id, shop.at)
            await tx.commit()
    refund_id = await shop.payments.request_refund(order_id, owner, "行程有变", PRICE)
    await shop.payments.approve_refund(refund_id, ADMIN, note="同意")
    await shop.sweep()
    refund = await shop.refund(order_id)
    assert refund.state == RefundState.PROCESSING
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    told = await amounts(shop, "refund")
    assert told[owner.id] == told[payer.id]
    assert PRICE in told[payer.id]


async def test_an_order_of_before_members_could_pay_is_told_to_its_user(people):
    order = await people.order()
    async with people.storage.transaction() as tx:
        refund_id = await tx.refunds.add(NewRefund(order.id, 999, "R" * 32, 100, 100, "", "admin"), 6_000)
        refund = await tx.refunds.get(refund_id)
        assert refund is not None
        await messages.queue_refund_outcome(tx, order, refund, MessageOutcome.REFUNDED, 7_000)
        await tx.commit()
    assert set(await people.told(MessageKind.REFUND)) == {"owner"}
