"""Nicknames, comments and questions: published, refused, or kept until the office has looked."""

from __future__ import annotations

import asyncio

import pytest

from clock import HOUR
from tests.content.writing import (
    FINE,
    RISKY,
    UNSURE,
    decide,
    finished_visit,
    kinds,
    me,
    nickname,
    published_nickname,
    rating,
    visit_with_report,
    waiting,
)
from tests.http.product import Product


async def test_a_nickname_is_published_refused_or_waits(product: Product) -> None:
    user = await product.login("li")
    await nickname(user, FINE)
    assert await published_nickname(product, "li") == FINE
    refused = await nickname(user, RISKY, 400)
    assert refused["error"] == "content_refused"
    assert refused["fields"] == {"nickname": [refused["msg"]]}
    assert refused["msg"].startswith("这个昵称里可能有不适合公开的内容")
    assert await waiting(product) == []
    await nickname(user, UNSURE)
    assert await published_nickname(product, "li") == FINE
    shown = await me(user)
    assert (shown["nickname"], shown["nicknameState"]) == (UNSURE, "pending")
    (check,) = await waiting(product)
    assert (check.kind, check.reason, check.label) == ("nickname", "review", 10001)
    assert UNSURE not in check.text_sealed
    await decide(product, check.id, approve=True)
    assert await published_nickname(product, "li") == UNSURE
    assert ((await me(user))["nickname"], (await me(user))["nicknameState"]) == (UNSURE, "")


async def test_a_rejected_nickname_leaves_the_one_of_before_and_its_user_is_told(product: Product) -> None:
    user = await product.login("li")
    await nickname(user, FINE)
    await nickname(user, UNSURE)
    await decide(product, (await waiting(product))[0].id, approve=False)
    shown = await me(user)
    assert (shown["nickname"], shown["nicknameState"]) == (FINE, "rejected")
    await nickname(user, FINE)
    assert (await me(user))["nicknameState"] == "", "what is published already is asked about no more"


async def test_only_the_newest_nickname_waits_and_the_same_one_is_asked_about_once(product: Product) -> None:
    user = await product.login("li")
    for text in (UNSURE, UNSURE, "疑似老李"):
        await nickname(user, text)
    (check,) = await waiting(product)
    assert len(product.sandbox.context.state.content_traces) == 2
    await nickname(user, FINE)
    assert await waiting(product) == []
    with pytest.raises(Exception, match="content_decided"):
        await decide(product, check.id, approve=True)
    assert await published_nickname(product, "li") == FINE


async def test_the_comment_of_a_rating_waits_while_its_stars_count(product: Product) -> None:
    visit = await finished_visit(product)
    mine = {"id": visit.order_id, "stars": 5}
    assert (await visit.owner.post("user/rate1order/", 400, **mine, comment=RISKY))["error"] == (
        "content_refused"
    )
    assert (await visit.order()).stars == 0, "nothing is lost: it can be rated with other words"
    answer = await visit.owner.post("user/rate1order/", **mine, comment=UNSURE)
    assert answer["msg"] == "感谢您的评价，文字审核后陪诊员就能看到"
    assert ((await visit.order()).stars, (await visit.order()).comment) == (5, "")
    assert (await visit.escort.get("escort/ratings/"))["data"][0]["comment"] == ""
    assert ((await rating(visit))["comment"], (await rating(visit))["commentState"]) == (UNSURE, "pending")
    await visit.owner.post("user/rate1order/", 409, **mine, comment=FINE)
    await decide(product, (await waiting(product))[0].id, approve=True)
    assert (await visit.escort.get("escort/ratings/"))["data"][0]["comment"] == UNSURE
    assert ((await rating(visit))["comment"], (await rating(visit))["commentState"]) == (UNSURE, "")


async def test_a_comment_that_passes_is_published_at_once_and_a_rejected_one_never(product: Product) -> None:
    visit = await finished_visit(product)
    answer = await visit.owner.post("user/rate1order/", id=visit.order_id, stars=4, comment=FINE)
    assert (answer["msg"], (await visit.order()).comment) == ("感谢您的评价", FINE)


async def test_a_rejected_comment_is_read_by_its_author_alone(product: Product) -> None:
    visit = await finished_visit(product)
    await visit.owner.post("user/rate1order/", id=visit.order_id, stars=4, comment=UNSURE)
    await decide(product, (await waiting(product))[0].id, approve=False)
    assert (await visit.order()).comment == ""
    assert ((await rating(visit))["comment"], (await rating(visit))["commentState"]) == (UNSURE, "rejected")


async def test_a_question_that_waits_is_read_by_its_author_alone_and_published_once(product: Product) -> None:
    visit = await visit_with_report(product)
    mine, action = {"id": visit.order_id}, visit.action()
    refused = await visit.owner.post("user/askReport/", 400, **mine, actionId=action, text=RISKY)
    assert (refused["error"], refused["fields"]) == ("content_refused", {"text": [refused["msg"]]})
    before = (await visit.read())["version"]
    for _ in range(2):
        await visit.owner.post("user/askReport/", **mine, actionId=action, text=UNSURE)
    (check,) = await waiting(product)
    read = await visit.read()
    assert [(row["text"], row["state"], row["author"], row["id"]) for row in read["entries"]] == [
        (UNSURE, "pending", "您", -check.id)
    ]
    assert read["version"] != before
    assert (await visit.escort.get("escort/job/", **mine))["entries"] == []
    await decide(product, check.id, approve=True)
    assert [(row["text"], row["state"], row["open"]) for row in (await visit.read())["entries"]] == [
        (UNSURE, "", True)
    ]
    assert (await visit.escort.get("escort/job/", **mine))["entries"][0]["text"] == UNSURE
    await visit.owner.post("user/askReport/", **mine, actionId=action, text=UNSURE)
    assert len((await visit.read())["entries"]) == 1
    assert await waiting(product) == [], "the same action is the same question"


async def test_a_question_that_passes_is_asked_at_once(product: Product) -> None:
    visit = await visit_with_report(product)
    await visit.owner.post("user/askReport/", id=visit.order_id, actionId=visit.action(), text=FINE)
    assert [(row["text"], row["state"]) for row in (await visit.read())["entries"]] == [(FINE, "")]


async def test_no_more_questions_wait_than_may_be_open(product: Product) -> None:
    visit = await visit_with_report(product)
    answers = [
        (
            await visit.owner.send(
                "POST",
                "user/askReport/",
                data={"id": visit.order_id, "actionId": visit.action(), "text": UNSURE},
            )
        ).status_code
        for _ in range(21)
    ]
    assert answers == [200] * 20 + [409]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"fault": "content_not_visited"}, "61010"),
        ({"fault": "content_busy"}, "busy"),
        ({"fault": "content_review"}, "review"),
        ({"fault": "slow", "endpoint": "msg_sec_check", "seconds": 1.0}, "timeout"),
        ({"fault": "drop_after_commit", "endpoint": "msg_sec_check"}, "unanswered"),
        ({"fault": "garbage", "endpoint": "msg_sec_check"}, "unanswered"),
        ({"fault": "error", "endpoint": "msg_sec_check", "status": 45009}, "busy"),
        ({"fault": "error", "endpoint": "msg_sec_check", "status": 48001}, "forbidden"),
        ({"fault": "error", "endpoint": "msg_sec_check", "status": 87020}, "87020"),
    ],
)
async def test_what_wechat_cannot_say_goes_to_the_office(
    product: Product, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], reason: str
) -> None:
    monkeypatch.setattr(product.services.content, "_wait", 0.5)
    user = await product.login("li")
    product.sandbox.context.faults.switch_on(fault, product.clock())
    await nickname(user, FINE)
    assert [(check.kind, check.reason) for check in await waiting(product)] == [("nickname", reason)]
    assert await published_nickname(product, "li") == ""


async def test_somebody_who_has_not_opened_the_program_for_two_hours_waits_for_the_office(
    product: Product,
) -> None:
    user = await product.login("li")
    product.clock.move(2 * HOUR + 1000)
    await nickname(user, FINE)
    (check,) = await waiting(product)
    assert check.reason == "61010"
    await product.login("li")
    await nickname(user, "老李")
    assert await published_nickname(product, "li") == "老李"


async def test_many_at_once_leave_one_nickname_that_waits(product: Product) -> None:
    user = await product.login("li")
    await asyncio.gather(*(nickname(user, f"疑似{number}") for number in range(8)))
    assert kinds(await waiting(product)) == ["nickname"]


async def test_what_waits_is_exported_and_erased_with_its_user(product: Product) -> None:
    visit = await finished_visit(product)
    await nickname(visit.owner, "疑似老李")
    await visit.owner.post("user/rate1order/", id=visit.order_id, stars=5, comment=UNSURE)
    exported = (await visit.owner.get("user/export/"))["data"]["notPublished"]
    assert [(row["kind"], row["text"], row["state"]) for row in exported] == [
        ("nickname", "疑似老李", "pending"),
        ("comment", UNSURE, "pending"),
    ]
    checks = await waiting(product)
    await visit.owner.post("user/deleteMe/", confirm="删除")
    assert await product.count("content_checks") == 0
    with pytest.raises(Exception, match="not_found"):
        await decide(product, checks[0].id, approve=True)


async def test_an_empty_text_is_nobodys_business(product: Product) -> None:
    visit = await finished_visit(product)
    await nickname(visit.owner, "")
    await visit.owner.post("user/rate1order/", id=visit.order_id, stars=5, comment="")
    assert product.sandbox.context.state.content_traces == {}
    assert await waiting(product) == []
