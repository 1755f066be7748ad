"""The pages of complaints: the list by deadline, opening, answering, giving money back, closing."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from clock import HOUR
from handlers.admin.after_sales import complaints
from orders.complaints.handling import mark
from storage.models import ComplaintKind
from tests.admin.acts_after_sales import complaint, read_complaint
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario
from tests.after_sales.complaining import ANSWER, NOTE, TEXT


def listed(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<tr data-href="[^"]*complaints/(\d+)/"', page)]


async def test_the_most_urgent_stands_first_and_overdue_ones_are_red(clerk: Client, scenario: Scenario):
    order = await scenario.order("finished")
    first = await complaint(scenario, order)
    scenario.clock.at += HOUR
    second = await complaint(scenario, order, ComplaintKind.FEE)
    page = await clerk.page("admin/complaints/")
    assert listed(page) == [first, second]
    assert "超时" not in page
    scenario.clock.at += 23 * HOUR + 1
    await clerk.log_in()
    page = await clerk.page("admin/complaints/")
    assert page.count('<span class="badge red">超时</span>') == 1
    overview = await clerk.page("admin/")
    assert "投诉待答复，其中 1 件超时" in overview
    assert 'complaints/?tab=open"' in overview
    assert listed(await clerk.page("admin/complaints/?kind=fee")) == [second]
    assert listed(await clerk.page("admin/complaints/?mine=1")) == []
    assert TEXT not in page


async def test_a_long_list_has_pages_that_leave_nothing_out(clerk: Client, scenario: Scenario):
    order = await scenario.order("finished")
    ids: list[int] = []
    for _ in range(22):
        ids += [await complaint(scenario, order) for _ in range(3)]
        order = await scenario.order("finished")
        scenario.clock.at += 1
    seen: list[int] = []
    path = "admin/complaints/"
    while path:
        page = await clerk.page(path)
        seen += listed(page)
        found = re.search(r'href="\?([^"]*)" rel="next"', page)
        path = "admin/complaints/?" + found[1].replace("&amp;", "&") if found else ""
    assert seen == ids
    for wrong in ("x", "1", "1-", "-1", "9" * 40 + "-1"):
        assert listed(await clerk.page(f"admin/complaints/?after={wrong}")) == ids[:30]


@pytest.mark.parametrize(
    ("after", "place"),
    [
        ("7-3", (7, 3)),
        ("0-3", (0, 3)),
        (f"{'9' * 18}-{'8' * 18}", (int("9" * 18), int("8" * 18))),
        (f"{'9' * 19}-3", None),
        (f"7-{'8' * 19}", None),
        ("", None),
        ("7", None),
        ("7-", None),
        ("-3", None),
        ("7-x", None),
        ("x-3", None),
        ("7-3-1", None),
        ("٧-3", None),
        ("7-٣", None),
    ],
)
def test_a_place_has_two_numbers_of_at_most_eighteen_digits_or_is_the_first_page(
    after: str, place: tuple[int, int] | None
):
    page = cast(Any, SimpleNamespace(query_fields={"after": after}))
    assert complaints.ComplaintsHandler._place(page) == place


async def test_what_was_said_is_opened_by_an_audited_act_and_answered_from_there(
    clerk: Client, scenario: Scenario
):
    complaint_id = await complaint(scenario, await scenario.order("finished"), photos=2, text=HOSTILE)
    path = f"admin/complaints/{complaint_id}/"
    closed = await clerk.page(path)
    assert "onerror" not in closed
    assert f'action="../../../../{path}answer/' not in closed, "nobody answers what they have not read"
    opened = (await clerk.post(f"{path}reveal/")).body.decode()
    assert "<script>alert(1)</script>" not in opened
    assert "&lt;script&gt;alert(1)" in opened
    assert opened.count("data:image/jpeg;base64,") == 2
    assert await scenario.audited() == ["complaint.reveal"]
    form = dict(
        re.findall(
            r'name="(fingerprint|action_id)" value="([^"]*)"', opened[opened.index('id="answering"') :]
        )[:2]
    )
    for _ in range(2):  # a double click
        answer = await clerk.post(f"{path}answer/", {**form, "text": ANSWER})
        assert answer.code == 302
    answered = await read_complaint(scenario, complaint_id)
    assert (answered.state, answered.assigned_to) == ("answered", 2)
    async with scenario.storage.reading() as reader:
        assert len(await reader.complaints.entries([complaint_id])) == 1
    assert listed(await clerk.page("admin/complaints/?tab=answered&mine=1")) == [complaint_id]
    assert "投诉待解决" in await clerk.page("admin/")


async def test_a_stale_second_tab_is_refused_and_keeps_what_was_typed(
    clerk: Client, owner: Client, scenario: Scenario
):
    complaint_id = await complaint(scenario, await scenario.order("finished"))
    path, seen = f"admin/complaints/{complaint_id}/", mark(await read_complaint(scenario, complaint_id))
    scenario.clock.at += 1
    assert (await owner.post(f"{path}assign/", {"admin_id": 1})).code == 302
    for act in ("answer", "close"):
        refused = await clerk.post(
            f"{path}{act}/", {"fingerprint": seen, "action_id": f"a-stale-tab-{act}-1", "text": NOTE}
        )
        assert refused.code == 409
        text = refused.body.decode()
        assert "刚刚有变化" in text
        assert NOTE in text, "what was typed is not lost"
    assert (await clerk.post(f"{path}assign/", {"fingerprint": seen, "admin_id": 2})).code == 409
    assert (await read_complaint(scenario, complaint_id)).assigned_to == 1
    wrong = await clerk.post(f"{path}assign/", {"admin_id": 999})
    assert wrong.code == 400


async def test_money_that_goes_back_because_of_it_is_linked_in_the_same_act(
    clerk: Client, owner: Client, scenario: Scenario
):
    order = await scenario.order("finished")
    complaint_id, other = await complaint(scenario, order), await complaint(scenario)
    page = await owner.page(f"admin/complaints/{complaint_id}/")
    assert f"orders/{order}/?complaint={complaint_id}#refunding" in page
    form = await owner.page(f"admin/orders/{order}/?complaint={complaint_id}")
    assert f'name="complaint_id" value="{complaint_id}"' in form
    given = {"amount": "100", "reason": "陪诊员迟到", "sure": "100"}
    refused = await owner.post(f"admin/orders/{order}/refund/", {**given, "complaint_id": other})
    assert refused.code == 404 or "没有退款" in refused.body.decode()
    async with scenario.storage.reading() as reader:
        assert await reader.refunds.of_order(order) == [], "no refund for a complaint about something else"
    answer = await owner.post(f"admin/orders/{order}/refund/", {**given, "complaint_id": complaint_id})
    assert (answer.code, f"complaints/{complaint_id}/" in answer.headers["Location"]) == (302, True)
    async with scenario.storage.reading() as reader:
        (refund,) = await reader.refunds.of_order(order)
    assert await scenario.log() == [
        (
            "refund.start",
            None,
            {"order": order, "amount_fen": 10_000, "reason": "陪诊员迟到", "complaint": complaint_id},
        )
    ]
    assert (await read_complaint(scenario, complaint_id)).refund_id == refund.id
    assert f"refunds/{refund.id}/" in await clerk.page(f"admin/complaints/{complaint_id}/")


async def test_it_is_closed_with_a_note_and_leaves_the_queues(clerk: Client, scenario: Scenario):
    complaint_id = await complaint(scenario, None, ComplaintKind.SUGGESTION)
    path = f"admin/complaints/{complaint_id}/"
    for act, text in (("note", "已转给店主"), ("close", NOTE)):
        answer = await clerk.post(f"{path}{act}/", {"action_id": f"closing-it-now-{act}", "text": text})
        assert answer.code == 302, answer.body.decode()
    assert (await read_complaint(scenario, complaint_id)).state == "closed"
    assert "投诉" not in re.sub(r"<nav.*?</nav>", "", await clerk.page("admin/"), flags=re.DOTALL)
    assert listed(await clerk.page("admin/complaints/?tab=closed")) == [complaint_id]
    again = await clerk.post(
        f"{path}close/", {"action_id": "closing-it-again-1", "text": NOTE, "fingerprint": "x"}
    )
    assert again.code == 409


async def test_an_accountant_sees_no_complaint(accountant: Client, scenario: Scenario):
    complaint_id = await complaint(scenario, await scenario.order("finished"))
    for path in ("admin/complaints/", f"admin/complaints/{complaint_id}/"):
        assert (await accountant.get(path)).code == 403
    assert "complaints/" not in await accountant.page("admin/invoices/")


async def test_the_settled_ones_are_told_page_by_page_too(
    clerk: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(complaints, "PAGE", 2)
    ids = [await complaint(scenario, None, ComplaintKind.SUGGESTION) for _ in range(3)]
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE complaints SET state = 'closed', closed_at = created_at")
        await tx.commit()
    page = await clerk.page("admin/complaints/?tab=closed")
    assert listed(page) == [ids[2], ids[1]]
    assert f'href="?tab=closed&amp;after=0-{ids[1]}" rel="next"' in page
    assert listed(await clerk.page(f"admin/complaints/?tab=closed&after=0-{ids[1]}")) == [ids[0]]


async def test_sources_are_offered_where_there_can_be_others_or_one_is_asked_for(
    clerk: Client, scenario: Scenario
):
    ids = [await complaint(scenario, None, ComplaintKind.SUGGESTION) for _ in range(2)]
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE complaints SET source = 'trade' WHERE id = :id", {"id": ids[1]})
        await tx.commit()

    async def shown(query: str) -> tuple[list[int], bool]:
        page = await clerk.page(f"admin/complaints/{query}")
        return listed(page), "所有来源" in page

    assert await shown("") == (ids, False)
    assert await shown("?source=nonsense") == (ids, False)
    assert await shown("?source=own") == (ids[:1], True)
    assert await shown("?source=trade") == (ids[1:], True)
    assert await shown("?kind=nonsense&mine=0") == (ids, False)
    assert await shown("?kind=fee") == ([], False)
    services = scenario.services
    services.settings = services.settings.replace("wechat", push_token="a token of the platform")
    assert await shown("") == (ids, True)


async def test_the_lists_say_what_to_do_while_they_are_empty(clerk: Client):
    for tab in ("open", "answered", "closed", "all", "nonsense"):
        assert 'class="empty"' in await clerk.page(f"admin/complaints/?tab={tab}")
