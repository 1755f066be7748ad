"""The report of a visit: drafts on two phones, sent once, asked about, confirmed."""

from __future__ import annotations

import asyncio
import json

import pytest

from clock import HOUR, MINUTE
from orders.visits import confirming, reports
from storage import Transaction
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.conftest import StartProduct
from tests.http.product import Product, until
from tests.visits.scenario import ADDITION, ANSWER, DOCTOR, QUESTION, REPORT, begin_visit, picture


async def test_an_older_draft_never_takes_the_place_of_a_newer_one(product: Product) -> None:
    visit = await begin_visit(product)
    blank = await visit.escort.get("escort/report/", id=visit.order_id)
    assert (blank["version"], blank["state"], blank["body"]["medicines"]) == (0, "none", [])
    assert (await visit.save(0, doctor="一"))["version"] == 1
    assert (await visit.save(1, doctor="二"))["version"] == 2
    assert (await visit.save(1, doctor="二"))["version"] == 2, "the answer was lost, and it is sent again"
    for version in (0, 1, 3):
        assert (await visit.save(version, 409, doctor="三"))["error"] == "report_newer"
    kept = await visit.escort.get("escort/report/", id=visit.order_id)
    assert (kept["body"]["doctor"], kept["version"], kept["state"]) == ("二", 2, "draft")


async def test_of_two_drafts_saved_at_once_one_is_refused(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.save(0)

    async def save(text: str) -> int:
        body = json.dumps({"doctor": text})
        answer = await visit.escort.send(
            "POST", "escort/report/", data={"id": visit.order_id, "version": 1, "body": body}
        )
        return answer.status_code

    assert sorted(await asyncio.gather(*(save(text) for text in "abcd"))) == [200, 409, 409, 409]


async def test_a_report_is_sent_once_and_only_added_to_afterwards(product: Product) -> None:
    visit = await begin_visit(product)
    mine = {"id": visit.order_id}
    await visit.escort.post("escort/addToReport/", 409, **mine, actionId=visit.action(), text="x")
    saved = await visit.save(0)
    assert (await visit.read())["report"] is None, "a draft is the escort's"
    assert (await visit.escort.post("escort/sendReport/", 409, **mine, version=9))["error"] == "report_newer"
    for _ in range(2):
        await visit.escort.post("escort/sendReport/", **mine, version=saved["version"])
    assert (await visit.save(1, 409))["error"] == "report_sent"
    action = visit.action()
    for _ in range(2):
        await visit.escort.post("escort/addToReport/", **mine, actionId=action, text=ADDITION)
    read = await visit.read()
    report = read["report"]
    assert (report["doctor"], report["author"], report["confirmedBy"]) == (DOCTOR, "王芳", "")
    assert report["outlays"] == [{"what": "打印费", "amountFen": 1250, "amount": "￥12.50"}]
    assert [(row["kind"], row["text"], row["author"]) for row in read["entries"]] == [
        ("addition", ADDITION, "陪诊员 王芳")
    ]
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT COUNT(*) FROM outbox WHERE kind = 'report'")
    assert rows[0][0] == 1


async def test_an_empty_report_is_not_sent_and_a_malformed_one_not_kept(product: Product) -> None:
    visit = await begin_visit(product)
    nothing = {"doctor": " ", "examinations": [], "medicines": [], "papers": [], "outlays": [], "summary": ""}
    saved = await visit.save(0, **nothing, nextVisit={"day": "", "note": ""})
    refused = await visit.escort.post("escort/sendReport/", 400, id=visit.order_id, version=saved["version"])
    assert refused["msg"] == "报告还是空的，请至少写一项再发出"
    for body in (
        "no JSON",
        "[]",
        json.dumps({"doctor": 5}),
        json.dumps({"doctor": "x" * 4001}),
        json.dumps({"medicines": [{"use": "a name is missing"}]}),
        json.dumps({"medicines": [{"name": "x"}] * 31}),
        json.dumps({"outlays": [{"what": "x", "amountFen": -1}]}),
        json.dumps({"nextVisit": {"day": "tomorrow"}}),
        json.dumps({"diagnosis": "unknown part"}),
    ):
        await visit.escort.post("escort/report/", 400, id=visit.order_id, version=1, body=body)
    fits = "字" * 4000
    await visit.save(1, doctor=fits, summary=fits)
    too_long = [{"name": "药" * 60, "use": "说" * 200}] * 30
    refused = await visit.save(2, 400, doctor=fits, summary=fits, medicines=too_long)
    assert refused["msg"] == "报告太长了，请写得简短一些"
    assert (await visit.escort.get("escort/report/", id=visit.order_id))["version"] == 2


async def test_the_family_asks_and_escort_or_office_answer(product: Product) -> None:
    visit = await begin_visit(product)
    ask = {"id": visit.order_id, "text": QUESTION}
    early = await visit.owner.post("user/askReport/", 409, **ask, actionId=visit.action())
    assert early["error"] == "report_not_sent"
    await visit.send_report()
    action = visit.action()
    await asyncio.gather(*(visit.owner.post("user/askReport/", **ask, actionId=action) for _ in range(5)))
    await visit.owner.post("user/askReport/", **ask, actionId=visit.action())
    first, second = (await visit.read())["entries"]
    assert [(row["text"], row["open"], row["author"]) for row in (first, second)] == [
        (QUESTION, True, "您")
    ] * 2
    desk = await visit.escort.get("escort/workbench/")
    assert (desk["unanswered"], [job["id"] for job in desk["questions"]]) == (2, [visit.order_id])

    answer = {"id": visit.order_id, "text": ANSWER}
    await visit.escort.post(
        "escort/answerQuestion/", **answer, questionId=first["id"], actionId=visit.action()
    )
    unknown = await visit.escort.post(
        "escort/answerQuestion/", 404, **answer, questionId=999, actionId=visit.action()
    )
    assert unknown["error"] == "question_not_found"

    async def answer_as_office(tx: Transaction) -> None:
        entry = reports.Entry(reports.Author("admin", 1), "office-action-0001", "请放心")
        await reports.answer_as_office(
            tx, product.services.vault, visit.order_id, second["id"], entry, product.clock()
        )

    for _ in range(2):
        await product.storage.run(answer_as_office)
    assert (await visit.escort.get("escort/workbench/"))["questions"] == []
    rows = (await visit.read())["entries"]
    assert [(row["kind"], row["questionId"], row["author"], row["open"]) for row in rows] == [
        ("question", None, "您", False),
        ("question", None, "您", False),
        ("answer", first["id"], "陪诊员 王芳", False),
        ("answer", second["id"], "客服", False),
    ]


async def test_questions_wait_in_a_number(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_OPEN_QUESTIONS", 2)
    visit = await begin_visit(product)
    await visit.send_report()
    ask = {"id": visit.order_id, "text": QUESTION}
    actions = [visit.action() for _ in range(3)]
    for action in actions[:2]:
        await visit.owner.post("user/askReport/", **ask, actionId=action)
    refused = await visit.owner.post("user/askReport/", 409, **ask, actionId=actions[2])
    assert refused["error"] == "too_many_questions"
    await visit.owner.post("user/askReport/", **ask, actionId=actions[0])  # it has arrived before


async def test_a_report_is_confirmed_by_the_family_once(product: Product) -> None:
    visit = await begin_visit(product)
    assert (await visit.owner.post("user/confirmReport/", 409, id=visit.order_id))[
        "error"
    ] == "report_not_sent"
    await visit.send_report()
    await visit.owner.post("user/confirmReport/", id=visit.order_id)
    confirmed = (await visit.read())["report"]["confirmedTime"]
    product.clock.move(HOUR)
    await visit.owner.post("user/confirmReport/", id=visit.order_id)
    report = (await visit.read())["report"]
    assert (report["confirmedTime"], report["confirmedBy"]) == (confirmed, "user")
    assert (await visit.escort.get("escort/report/", id=visit.order_id))["state"] == "confirmed"
    await visit.owner.post("user/askReport/", id=visit.order_id, actionId=visit.action(), text=QUESTION)


async def test_a_report_that_nobody_confirms_counts_as_confirmed_in_time(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.send_report()
    hours = product.settings.visits.report_confirm_hours

    async def confirm() -> int:
        return await confirming.confirm_due(product.storage, product.clock, hours, "test")

    product.clock.move(hours * HOUR - MINUTE)
    assert await confirm() == 0
    product.clock.move(MINUTE + 1000)
    assert await confirm() == 1
    assert await confirm() == 0
    assert (await visit.read())["report"]["confirmedBy"] == "time"


async def test_the_server_confirms_by_itself(start_product: StartProduct) -> None:
    product = await start_product(background=True)

    async def done() -> bool:
        async with product.storage.reading() as reader:
            job = await reader.jobs.get(confirming.JOB)
        return job is not None and job.finished_at is not None and not job.last_error

    await until(done)


async def test_a_new_escort_goes_on_with_the_draft_and_adds_to_what_was_sent(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.save(0)
    other = await apply_as_escort(product, "zhao", called="赵敏")
    await visit.unassign()
    await visit.assign(await escort_of(product, other))
    assert (await visit.save(1, 409))["error"] == "taken_off"
    await visit.escort.get("escort/report/", 404, id=visit.order_id)
    draft = await other.get("escort/report/", id=visit.order_id)
    assert (draft["body"]["doctor"], draft["version"]) == (DOCTOR, 1)
    body = json.dumps(REPORT)
    await other.post("escort/report/", id=visit.order_id, version=1, body=body)
    await other.post("escort/sendReport/", id=visit.order_id, version=2)
    assert (await visit.read())["report"]["author"] == "赵敏"


async def test_what_a_visit_says_is_answered_with_304_until_anything_changes(product: Product) -> None:
    visit = await begin_visit(product)
    path = {"params": {"id": visit.order_id}}

    async def changed(tag: str) -> str:
        headers = {"If-None-Match": tag}
        same = await visit.owner.send("GET", "user/getVisit/", **path, headers=headers)
        return "" if same.status_code == 304 else str(same.headers["etag"])

    tag = (await visit.owner.send("GET", "user/getVisit/", **path)).headers["etag"]
    assert await changed(tag) == ""
    action = visit.action()
    asked = {"id": visit.order_id, "actionId": visit.action(), "text": QUESTION}
    for change in (
        lambda: visit.step("met", actionId=action),
        lambda: visit.photo(picture(), action),
        lambda: visit.trouble("late"),
        lambda: visit.send_report(),
        lambda: visit.owner.post("user/askReport/", **asked),
        lambda: visit.owner.post("user/confirmReport/", id=visit.order_id),
        lambda: visit.step("done"),
        lambda: visit.consent("n"),
        lambda: visit.consent("n", erase="y"),
    ):
        await change()
        new = await changed(tag)
        assert new, "something has changed"
        assert await changed(new) == ""
        tag = new
