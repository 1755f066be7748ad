"""What the made-up business of ``business.py`` has from WeChat's platform: a complaint made there, a transfer whose end
the office has to find out, content that waits for a decision, a pushed event that was given up; and a supplement."""

from __future__ import annotations

from clock import DAY, shanghai_date
from orders.escort_pay import wechat_payment
from privacy import CONTENT_TEXT
from storage.models import ContentKind, ContentState, SupplementState
from storage.writes import NewContentCheck, NewInboxEvent, NewTransfer
from tests.admin.acts_at_wechat import complaint_at_wechat
from tests.admin.scenario import Scenario
from tests.admin.supplements import pay_in_cash, put
from tests.escort_pay.paying import confirm, finished, issue, mark_of


async def add_platform(scenario: Scenario, escort: int) -> None:
    over = await scenario.order("finished", patient="诸葛孔明", visit_date=scenario.day(-4))
    await complaint_at_wechat(scenario, over)
    await pay_in_cash(scenario, await put(scenario, over, SupplementState.OPEN))
    await _transfer(scenario, escort)
    at = scenario.clock()
    async with scenario.storage.transaction() as tx:
        for kind in (ContentKind.NICKNAME, ContentKind.COMMENT):
            sealed = scenario.services.vault.seal("很好的服务", CONTENT_TEXT)
            await tx.content.add(NewContentCheck(1, kind, 1, ContentState.REVIEW, at, text_sealed=sealed))
        await tx.pushed_events.add(NewInboxEvent("given-up", "wxa_media_check", "", at, "{}", at))
        await tx.connection.execute("UPDATE pushed_events SET state = 'failed', next_at = NULL")
        await tx.commit()


async def _transfer(scenario: Scenario, escort: int) -> None:
    """The second statement is being paid by a transfer of which WeChat tells other facts than were asked for."""
    at = scenario.clock()
    await finished(scenario.storage, escort, at, visit_date=shanghai_date(at - DAY))
    statement = await issue(scenario.storage, escort, shanghai_date(at)[:7], at + 1)
    await confirm(scenario.storage, statement.id, escort, at + 2)
    seen = await mark_of(scenario.storage, statement.id)
    number = "T2026112200000000000000000000001"
    async with scenario.storage.transaction() as tx:
        await wechat_payment.begin(tx, statement.id, seen, at + 3)
        wanted = NewTransfer(
            statement.id, escort, number, statement.total_fen, "wx1", "1900000001", "openid", "{}", "", 1
        )
        await tx.transfers.add(wanted, at)
        await tx.finance.open_case("transfer_mismatch", number, "{}", at)
        await tx.commit()
