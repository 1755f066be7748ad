"""A clerk who acts on the one complaint that there is."""

from __future__ import annotations

from clock import MINUTE
from orders.complaints.handling import mark
from payment.complaints.acts import PlannedAct
from storage.models.wechat_complaints import ComplaintActKind
from tests.wechat_complaints.complaining import Desk

ANSWER, CLERK, OTHER = "已经联系您，费用会退回", 1, 2


async def plan(
    desk: Desk, kind: ComplaintActKind, text: str = "", action: str = "a" * 20, **more: object
) -> int:
    """A clerk who sees the complaint as it is sends something; the act's id."""
    complaint = await desk.one()
    wanted = PlannedAct(kind, action, text, mark(complaint), **more)  # type: ignore[arg-type]
    act_id, _ = await desk.storage.run(
        lambda tx: desk.complaints.plan(tx, complaint.id, wanted, CLERK, desk.shop.at)
    )
    return act_id


async def complained(desk: Desk, **wish: object) -> str:
    number = await desk.file(await desk.paid(), **wish)
    await desk.poll()
    return number


async def settled(desk: Desk) -> None:
    """Rounds until every act has ended."""
    for _ in range(12):
        desk.shop.pass_time(MINUTE + 1)
        await desk.round()
        if all(act.ended_at is not None for act in await desk.acts((await desk.one()).id)):
            return
    raise AssertionError("an act never ended")
