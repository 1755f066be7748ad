"""What the made-up business of ``business.py`` has to do with visits: one order that is shared, served and told of,
offers to escorts, leave, blocked days, and what waits for the office."""

from __future__ import annotations

from collections.abc import Sequence

from accounts import consents
from clock import HOUR, MINUTE
from orders import messages, serving
from orders.booking import bookable_days
from orders.escorts import invitations, leaves
from orders.escorts.invitations import Office, Terms
from orders.escorts.leaves import HalfDays
from privacy import ORDER_CONTACT_PHONE
from storage import Transaction
from storage.models import Actor, BlockedDay, Cause, MemberRole, MemberScope, StepKind, TroubleKind
from tests.admin import visits
from tests.admin.acts_about_days import ask_to_move
from tests.admin.scenario import Scenario
from tests.admin.sharing import order_of, paid_by, send_card, share

OFFICE = Actor("admin", 1)
PATIENT = "欧阳建国"
LONG_NICKNAME = "相亲相爱一家人群里的二女儿张丽华（常驻上海，晚上八点以后再打电话）"[:32]


async def shared_order(scenario: Scenario, escort_id: int) -> int:
    """Today's visit of an order that a son pays and the family follows; its id."""
    order_id = await scenario.order(
        patient=PATIENT,
        visit_date=scenario.day(0),
        visit_time="09:30",
        campus="东院区",
        meeting_point="门诊楼一层大厅咨询台",
        contact_phone_sealed=scenario.services.vault.seal("13700001357", ORDER_CONTACT_PHONE),
        contact_phone_tail="1357",
        mobility="wheelchair",
        wishes="老人听力不好，请说慢一点",
    )
    son, _ = await share(scenario, order_id, "儿子（上海）", MemberRole.PAYER, MemberScope.PATIENT)
    daughter, _ = await share(scenario, order_id, LONG_NICKNAME)
    await send_card(scenario, order_id)
    await paid_by(scenario, order_id, son)
    before = await order_of(scenario, order_id)

    async def assign(tx: Transaction) -> None:
        at = scenario.clock()
        await serving.assign(tx, order_id, escort_id, "am", Cause(OFFICE, at))
        earlier = await tx.orders.get(order_id)
        assert earlier is not None
        await messages.queue_moved(tx, before, earlier, at)

    await scenario.storage.run(assign)
    for kind in (StepKind.DEPARTED, StepKind.ARRIVED, StepKind.MET):
        await visits.step(scenario, order_id, escort_id, kind)
    await visits.trouble(scenario, order_id, escort_id, TroubleKind.UNWELL)
    await _deliver(scenario, {daughter: ("refused", "43101"), son: ("pending", "-1 no access token")})
    return order_id


async def _deliver(scenario: Scenario, others: dict[int, tuple[str, str]]) -> None:
    """All that waits goes out, but for the messages of ``others``."""
    at = scenario.clock()
    async with scenario.storage.transaction() as tx:
        for message in await tx.outbox.due(at, 1000):
            state, error = others.get(message.user_id, ("sent", ""))
            again = at + 5 * MINUTE if state == "pending" else None
            await tx.outbox.finish(message.id, state, at, again, error)
        await tx.commit()


async def offered_orders(scenario: Scenario, escorts: Sequence[int]) -> None:
    """Tomorrow's visit is offered to two escorts, one of whom cannot; of another one nobody has answered."""
    office = Office(OFFICE.id or 0, scenario.clock, scenario.services.settings.visits)
    asked = await scenario.order(patient="司徒秀兰", visit_date=scenario.day(1), visit_time="15:00")
    older = await scenario.order(patient="上官志强", visit_date=scenario.day(2), visit_time="16:00")

    async def offer(tx: Transaction) -> None:
        await invitations.offer(tx, asked, escorts, Terms("pm", 15000), office)
        for invitation in await tx.invitations.of_order(asked):
            if invitation.escort_id == escorts[0]:
                await invitations.decline(tx, invitation.id, escorts[0], "那天下午要接孩子", scenario.clock)
        await invitations.offer(tx, older, escorts[:1], Terms("pm"), office)
        for invitation in await tx.invitations.of_order(older):
            await invitations.decline(tx, invitation.id, escorts[0], "离得太远", scenario.clock)

    await scenario.storage.run(offer)


async def leave_and_blocked_days(scenario: Scenario, escort_id: int) -> None:
    async def work(tx: Transaction) -> None:
        for days, half, reason in ((1, "am", "孩子开家长会"), (4, "day", "体检"), (5, "day", "体检")):
            await leaves.take(tx, escort_id, HalfDays(scenario.day(days), half), reason, scenario.clock)
        for days, half, hospital_id, reason in (
            (6, "day", 0, "公司培训"),
            (9, "pm", 1, "医院停诊半天"),
            (33, "day", 0, "元旦放假"),
        ):
            day = BlockedDay(0, scenario.day(days), half, hospital_id, reason, 1, scenario.clock())
            await bookable_days.block(tx, day)

    await scenario.storage.run(work)


async def waiting_for_the_office(scenario: Scenario, escort_id: int) -> None:
    """A request to move, and a report that was not written."""
    moving = await scenario.order(patient="皇甫静", visit_date=scenario.day(5), visit_time="09:00")
    await ask_to_move(scenario, moving, scenario.day(8))
    over = await scenario.order(patient="诸葛明", visit_date=scenario.day(-1), visit_time="08:30")

    async def assign(tx: Transaction) -> None:
        order = await tx.orders.get(over)
        assert order is not None
        await consents.answer(tx, order.user_id, consents.VISIT_RECORD_VERSION, True, scenario.clock())
        await serving.assign(tx, over, escort_id, "am", Cause(OFFICE, scenario.clock()))

    await scenario.storage.run(assign)
    await visits.step(scenario, over, escort_id, StepKind.MET)
    await scenario.storage.run(lambda tx: serving.finish(tx, over, OFFICE, scenario.clock() - 20 * HOUR))


async def add_visits(scenario: Scenario, escorts: Sequence[int]) -> int:
    """All of it; the id of the shared order."""
    shared = await shared_order(scenario, escorts[2])
    await offered_orders(scenario, escorts)
    await leave_and_blocked_days(scenario, escorts[1])
    await waiting_for_the_office(scenario, escorts[0])
    return shared
