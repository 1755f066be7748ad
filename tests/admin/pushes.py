"""An event that WeChat has pushed and that could not be worked on."""

from __future__ import annotations

from storage.writes import NewInboxEvent
from tests.admin.scenario import Scenario


async def give_up(scenario: Scenario, number: int = 1, event: str = "subscribe_msg_sent_event") -> int:
    at = scenario.clock()
    async with scenario.storage.transaction() as tx:
        await tx.users.find_or_add("openid-1", at)
        await tx.pushed_events.add(NewInboxEvent(str(number), event, "openid-1", at, "{}", at))
        await tx.connection.execute(
            "UPDATE pushed_events SET state = 'failed', next_at = NULL, last_error = 'ValueError at x.py:1' "
            "WHERE event_key = :key",
            {"key": str(number)},
        )
        row = await tx.connection.fetch_one("SELECT MAX(id) FROM pushed_events")
        await tx.commit()
    assert row is not None
    return int(row[0])
