"""The desk of an escort: today, what comes next, the month, leave; and who loses what when it is another's."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY
from handlers.escort import routes
from orders.escorts import records
from schemas.base import Whole
from storage.models import EscortState, OrderState
from tests.escort.escorts import set_state
from tests.escort.scenario import begin
from tests.http.client import PATIENT
from tests.http.product import Product

ACTION = "action-00000001-0001"


async def test_the_workbench_shows_today_the_next_job_invitations_and_what_is_missing(
    product: Product,
) -> None:
    offering = await begin(product)
    escort = offering.escorts[0]
    empty = await escort.get("escort/workbench/")
    assert empty == {
        "code": 0, "name": "王芳一", "today": [], "next": None, "invitations": [], "unanswered": 0, "questions": [],
        "reports": [], "ratings": {"stars": "", "count": 0}, "statementsToCheck": 0, "documentsWarning": "",
    }  # fmt: skip
    await offering.offer(0)
    shown = await escort.get("escort/workbench/")
    assert [row["id"] for row in shown["invitations"]] == [await offering.invitation(0)]
    await escort.post("escort/accept/", id=shown["invitations"][0]["id"])
    shown = await escort.get("escort/workbench/")
    assert (shown["invitations"], shown["today"]) == ([], [])
    assert (shown["next"]["id"], shown["next"]["stage"], shown["next"]["escortConfirmed"]) == (
        offering.order_id,
        "已安排",
        False,
    )
    product.clock.move(30 * DAY)
    shown = await escort.get("escort/workbench/")
    assert [job["id"] for job in shown["today"]] == [offering.order_id]
    assert shown["next"]["stage"] == "今天就诊"
    product.clock.move(DAY)
    shown = await escort.get("escort/workbench/")
    assert (shown["today"], shown["next"]["id"]) == ([], offering.order_id), "nobody has finished it"
    await offering.owner.post("user/giveVisitConsent/", version="2026-11", agree="y")
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET state = 'finished', ending = 'served', stars = 5", {})
        await tx.commit()
    await records.repair_all(product.storage)
    shown = await escort.get("escort/workbench/")
    assert (shown["next"], [job["id"] for job in shown["reports"]]) == (None, [offering.order_id])
    assert shown["ratings"] == {"stars": "5.0", "count": 1}
    await offering.owner.post("user/giveVisitConsent/", version="2026-11", agree="n")
    assert (await escort.get("escort/workbench/"))["reports"] == [], "none may be written"
    assert (await offering.escorts[1].get("escort/workbench/"))["next"] is None


async def test_jobs_of_a_day_stand_by_their_hour(product: Product) -> None:
    offering = await begin(product, visitTime="14:00")
    await offering.assign(0)
    early = await product.paid_order(offering.owner, visitTime="08:30")
    offering.order_id, late = early, offering.order_id
    await offering.assign(0)
    product.clock.move(30 * DAY)
    shown = await offering.escorts[0].get("escort/workbench/")
    assert [(job["id"], job["time"]) for job in shown["today"]] == [(early, "08:30"), (late, "14:00")]
    assert shown["next"]["id"] == early


async def test_the_calendar_shows_jobs_and_leave_and_leave_names_what_stands_in_the_way(
    product: Product,
) -> None:
    offering = await begin(product)
    escort, day = offering.escorts[0], product.day()
    assert (await escort.get("escort/calendar/", month=day[:7]))["days"] == []
    await offering.assign(0, "pm")
    assert (await escort.post("escort/leave/", day=day, half="am", on="y"))["conflicts"] == []
    assert (await escort.post("escort/leave/", day=day, half="day", on="y", reason="家里有事"))[
        "conflicts"
    ] == [offering.order_id]
    (shown,) = (await escort.get("escort/calendar/", month=day[:7]))["days"]
    assert (shown["day"], shown["leave"]) == (day, ["am", "pm"])
    assert [(job["id"], job["half"], job["patient"]) for job in shown["jobs"]] == [
        (offering.order_id, "pm", "李建国")
    ]
    (trouble,) = (await escort.get("escort/job/", id=offering.order_id))["troubles"]
    assert (trouble["title"], trouble["open"]) == ("当天请假", True)
    assert (await escort.post("escort/leave/", day=day, half="day", on="n"))["conflicts"] == []
    (shown,) = (await escort.get("escort/calendar/", month=day[:7]))["days"]
    assert shown["leave"] == []
    assert (await offering.escorts[1].get("escort/calendar/", month=day[:7]))["days"] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"day": "2026-02-30", "half": "am", "on": "y"},
        {"day": "2020-01-01", "half": "am", "on": "y"},
        {"day": "2026-12-01", "half": "noon", "on": "y"},
        {"day": "2026-12-01", "half": "am", "on": "perhaps"},
        {},
    ],
)
async def test_leave_that_cannot_be_changes_nothing(product: Product, fields: dict[str, str]) -> None:
    offering = await begin(product, 1)
    before = await product.contents()
    await offering.escorts[0].post("escort/leave/", 400, **fields)
    for month in ("2026-13", "2026-1", "x"):
        await offering.escorts[0].get("escort/calendar/", 400, month=month)
    assert await product.contents() == before


async def test_an_escort_says_that_they_will_be_there_and_another_one_has_not_said_so(
    product: Product,
) -> None:
    offering = await begin(product)
    await offering.escorts[0].post("escort/confirmJob/", 404, id=offering.order_id)
    await offering.assign(0)
    await offering.escorts[0].post("escort/confirmJob/", id=offering.order_id)
    confirmed = (await offering.order()).escort_confirmed_at
    assert confirmed is not None
    await offering.escorts[0].post("escort/confirmJob/", id=offering.order_id)
    assert (await offering.order()).escort_confirmed_at == confirmed
    await offering.reassign(1)
    assert (await offering.order()).escort_confirmed_at is None
    await offering.escorts[0].post("escort/confirmJob/", 404, id=offering.order_id)
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET state = 'finished', ending = 'served'", {})
        await tx.commit()
    await offering.escorts[1].post("escort/confirmJob/", 409, id=offering.order_id)


@pytest.mark.promise(35)
async def test_reassigned_in_the_middle_the_old_one_loses_the_details_and_keeps_their_own_steps(
    product: Product,
) -> None:
    offering = await begin(product)
    old, new = offering.escorts
    await offering.assign(0)
    await offering.owner.post("user/giveVisitConsent/", version="2026-11", agree="y")
    note = {"note": "血压偏高", "latitude": "34.2", "longitude": "108.9"}
    await old.post("escort/step/", id=offering.order_id, actionId=ACTION, kind="met", **note)
    assert "血压偏高" in str(await old.get("escort/job/", id=offering.order_id))
    await offering.reassign(1)
    answer = await old.send("GET", "escort/job/", params={"id": offering.order_id})
    left = answer.json()
    assert (left["job"]["former"], left["job"]["patient"], left["job"]["contactPhone"]) == (True, "", "")
    assert [(step["kind"], step["author"]) for step in left["steps"]] == [("met", "")]
    assert (left["steps"][0]["note"], left["steps"][0]["place"]) == ("", None)
    for word in ("李建国", PATIENT["phone"], "请早点到", "血压偏高"):
        assert word not in answer.text
    found = await new.get("escort/job/", id=offering.order_id)
    job, (met,) = found["job"], found["steps"]
    assert (job["patient"], job["former"], job["stage"]) == ("李建国", False, "服务中")
    assert met["author"], "the new escort reads whose step it was"
    told = (await offering.owner.get("user/getVisit/", id=offering.order_id))["steps"]
    assert [step["author"] for step in told] == [met["author"]]
    assert (await old.get("escort/workbench/"))["next"] is None
    assert (await new.get("escort/workbench/"))["next"]["id"] == offering.order_id
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT kind, user_id FROM outbox WHERE kind = 'escort'")
    assert len(rows) == 2, "the family is told once of each escort"


async def test_a_suspended_escort_loses_the_details_at_once(product: Product) -> None:
    offering = await begin(product)
    await offering.assign(0)
    await offering.escorts[0].get("escort/job/", id=offering.order_id)
    await set_state(product, offering.escorts[0], EscortState.SUSPENDED)
    for path in ("escort/job/", "escort/workbench/"):
        refused = await offering.escorts[0].get(path, 403, id=offering.order_id)
        assert refused["error"] == "escort_suspended"


async def test_a_cancelled_order_is_no_job_any_more(product: Product) -> None:
    offering = await begin(product)
    await offering.assign(0)
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET state = 'cancelled', ending = 'cancelled_by_user'", {})
        await tx.commit()
    shown = await offering.escorts[0].get("escort/workbench/")
    assert shown["next"] is None
    month = product.day()[:7]
    assert (await offering.escorts[0].get("escort/calendar/", month=month))["days"] == []
    assert (await offering.order()).state == OrderState.CANCELLED


def calls(order_id: int) -> dict[str, dict[str, Any]]:
    """Every route of escorts that takes the id of an order, with what it needs."""
    action = {"id": order_id, "actionId": ACTION}
    return {
        "GET escort/job/": {"id": order_id},
        "POST escort/confirmJob/": {"id": order_id},
        "POST escort/step/": {**action, "kind": "met"},
        "POST escort/called/": action,
        "POST escort/trouble/": {**action, "kind": "late"},
        "GET escort/report/": {"id": order_id},
        "POST escort/report/": {"id": order_id, "version": 0, "body": "{}"},
        "POST escort/sendReport/": {"id": order_id, "version": 1},
        "POST escort/addToReport/": {**action, "text": "补充"},
        "POST escort/answerQuestion/": {**action, "questionId": 1, "text": "回答"},
        "POST escort/supplement/": {**action, "kind": "other", "amount": "38", "reason": "停车"},
    }


ELSEWHERE = {
    "POST escort/accept/", "POST escort/decline/",  # the id of an invitation: test_invitations.py
    "GET escort/ratings/",  # a page
    "POST escort/profile/",  # years of experience
    "POST escort/photo/",  # tests/visits/test_photos.py
    "POST escort/supplementReceipt/",  # tests/supplements/test_receipts.py
    "GET escort/pay/", "GET escort/statement/",  # the id of a statement: test_pay.py
    "POST escort/confirmStatement/", "POST escort/questionStatement/",
    "POST escort/receiveTransfer/", "POST escort/checkTransfer/",  # the same: test_receiving.py
}  # fmt: skip


@pytest.mark.promise(18)
async def test_the_job_of_another_escort_looks_as_if_it_did_not_exist(product: Product) -> None:
    offering = await begin(product)
    await offering.assign(0)
    before = await product.contents()
    for call, theirs in calls(offering.order_id).items():
        method, path = call.split()
        nobodys = {**theirs, "id": 999_999}
        kind = "params" if method == "GET" else "data"
        answers = [await offering.escorts[1].send(method, path, **{kind: body}) for body in (theirs, nobodys)]
        assert [answer.status_code for answer in answers] == [404, 404], call
        slugs = [(answer.json()["error"], answer.json()["msg"]) for answer in answers]
        assert slugs[0] == slugs[1], call
    assert await product.contents() == before


def test_every_route_of_escorts_that_takes_an_id_is_tried_here() -> None:
    listed = calls(1).keys() | ELSEWHERE
    for pattern, handler, *_ in routes:
        for method in ("get", "post"):
            declared = getattr(getattr(handler, method), "operation", None)
            inputs = declared.inputs if declared else []
            if any(isinstance(field, Whole) for schema in inputs for field in schema.fields.values()):
                assert f"{method.upper()} {pattern.lstrip('/')}" in listed, pattern
