"""What the events about complaints at WeChat change."""

from __future__ import annotations

from typing import Any

from clock import DAY as ONE_DAY
from clock import HOUR
from orders.complaints.trade_events import INFO, TradeComplaintEvents
from storage.writes import NewAttempt
from tests.orders.acts import Act
from tests.orders.scene import EARLIER, Scene
from wechat.push.events import PushedEvent


async def _told(scene: Scene, at: int = 0, **said: str) -> Any:
    info = {"complaint_order_id": "T-1", "status": "1", **said}
    event = PushedEvent("complaint_callback", "", at or scene.at, {INFO: info})
    return await scene.run(lambda tx: TradeComplaintEvents(scene.vault).told(tx, event))


async def told_of_a_trade_complaint(scene: Scene):
    yield
    yield await _told(scene)
    yield await _told(scene, scene.at + 1_000, status="2")


async def told_of_a_trade_complaint_with_its_deadline(scene: Scene):
    yield
    yield await _told(scene, expire_time=str((scene.at + 24 * HOUR) // 1000))


async def told_of_a_deadline_sixty_days_away_and_one_beyond(scene: Scene):
    yield
    yield await _told(scene, expire_time=str(scene.at + 60 * ONE_DAY))
    yield await _told(scene, complaint_order_id="T-2", expire_time=str(scene.at + 60 * ONE_DAY + 1))


async def told_of_a_later_deadline_of_what_was_closed(scene: Scene):
    await _told(scene)
    await _told(scene, complaint_order_id="T-2")
    for complaint_id in (1, 2):
        await scene.set("complaints", complaint_id, state="closed", closed_at=scene.at, closed_by=1)
    yield
    yield await _told(scene, expire_time=str(scene.at + 48 * HOUR + 1), status="3")
    yield await _told(scene, complaint_order_id="T-2", expire_time=str(scene.at + 48 * HOUR), status="3")


async def told_without_a_number(scene: Scene):
    yield
    yield await _told(scene, complaint_order_id="")


async def told_of_a_trade_complaint_about_a_payment(scene: Scene):
    await scene.served()
    new = NewAttempt(
        "T1", 19_800, "CNY", "oUser", "wx1", "1900000109", "陪诊", "https://example.test", EARLIER
    )
    await scene.run(lambda tx: tx.attempts.add(scene.order, new, EARLIER, EARLIER))
    yield
    yield await _told(scene, out_trade_no="T1")
    yield await _told(scene, complaint_order_id="T-2", out_trade_no="T2")


async def told_again_of_what_was_forgotten(scene: Scene):
    await _told(scene)
    await scene.set("complaints", 1, text_sealed="")
    yield
    yield await _told(scene, scene.at + 1_000, status="2")


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
