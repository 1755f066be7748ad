"""What could not be worked on waits on the overview, until the office has it tried again or has seen to it."""

from __future__ import annotations

import pytest
from tornado.httpclient import HTTPResponse

from handlers.services import Services
from startup.push_consumers import push_consumers
from storage.models import PushedState
from tests.admin.clients import Client
from tests.admin.pushes import give_up
from tests.admin.scenario import Scenario
from wechat.push.inbox import PushInbox


def text_of(answer: HTTPResponse) -> str:
    return answer.body.decode()


async def state_of(scenario: Scenario, event_id: int) -> str:
    async with scenario.storage.reading() as reader:
        found = await reader.pushed_events.get(event_id)
    assert found is not None
    return found.state


async def test_what_was_given_up_is_listed_with_its_user_and_tried_again_once(
    scenario: Scenario, clerk: Client, services: Services
) -> None:
    services.pushes = PushInbox(scenario.storage, scenario.clock, push_consumers(services))
    assert "微信推送的事都处理好了" in await clerk.page("admin/pushes/")
    number = await give_up(scenario)
    await give_up(scenario, 2, "an_event_of_another_version")
    assert "没有处理成功的微信推送" in await clerk.page("admin/")
    page = await clerk.page("admin/pushes/")
    assert "消息的送达结果" in page
    assert "ValueError at x.py:1" in page
    assert "其他" in page
    await clerk.submit("admin/pushes/", f"pushes/{number}/retry/")
    assert await state_of(scenario, number) == PushedState.PENDING
    assert "同事已经处理过" in text_of(await clerk.post(f"admin/pushes/{number}/retry/"))
    assert "同事已经处理过" in text_of(await clerk.post(f"admin/pushes/{number}/discard/"))
    assert await state_of(scenario, number) == PushedState.PENDING


async def test_what_was_seen_to_is_gone(scenario: Scenario, clerk: Client) -> None:
    number = await give_up(scenario)
    await clerk.submit("admin/pushes/", f"pushes/{number}/discard/")
    assert await state_of(scenario, number) == PushedState.DISCARDED
    assert "没有处理成功的微信推送" not in await clerk.page("admin/")


@pytest.mark.parametrize("number", [0, 999])
async def test_an_event_that_is_not_there_is_not_changed(
    scenario: Scenario, clerk: Client, number: int
) -> None:
    assert "同事已经处理过" in text_of(await clerk.post(f"admin/pushes/{number}/discard/"))
