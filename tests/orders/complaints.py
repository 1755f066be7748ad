"""Complaints of two users."""

from __future__ import annotations

from typing import Any

from orders.complaints import handling, sending
from orders.complaints.handling import mark
from orders.complaints.sending import Sent
from storage.models import Actor, Complaint, ComplaintKind
from tests.orders.scene import Scene

CLERK = Actor("admin", 2)


async def complain(scene: Scene, place: int = 0, user: int = 0, **changes: Any) -> Any:
    each = scene.households[place]
    values: dict[str, Any] = {
        "order_id": each.order,
        "kind": ComplaintKind.SERVICE,
        "action_id": f"complain-{place}",
        "text": "陪诊员迟到了",
        **changes,
    }
    return await scene.run(
        lambda tx: sending.complain(
            tx, scene.vault, Sent(**values), user or each.owner, scene.settings.office, scene.at
        )
    )


async def complained_of_each(scene: Scene) -> Complaint:
    await scene.served()
    for place in (0, 1):
        await complain(scene, place)
    return await complaint_of(scene)


async def complaint_of(scene: Scene, complaint_id: int = 1) -> Complaint:
    async with scene.storage.reading() as reader:
        found = await reader.complaints.get(complaint_id)
    assert found is not None
    return found


async def answer(scene: Scene, action: str = "answer-1") -> Any:
    seen = mark(await complaint_of(scene))
    return await scene.run(
        lambda tx: handling.answer(tx, scene.vault, 1, (action, "很抱歉", seen), CLERK, scene.at + 2)
    )


async def answered_of_each(scene: Scene) -> None:
    await complained_of_each(scene)
    await answer(scene)


async def close(scene: Scene) -> Any:
    seen = mark(await complaint_of(scene))
    return await scene.run(
        lambda tx: handling.close(tx, scene.vault, 1, ("close-1", "已道歉", seen), CLERK, scene.at + 3)
    )


async def closed_of_each(scene: Scene) -> None:
    await answered_of_each(scene)
    await close(scene)
