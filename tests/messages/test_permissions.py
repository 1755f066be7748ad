"""How many messages may still come: counted from the user's answers, from what was sent and from WeChat's refusals."""

from __future__ import annotations

import json

import pytest

from clock import DAY, HOUR
from config import WeChatSettings
from orders import serving
from storage.models import Actor, Cause, EscortState
from tests.http.product import Product
from tests.members.cards import member
from tests.messages.sending import NOW, Recorder, messages_of, outbox_of, queue
from wechat import permissions
from wechat.message_facts import MessageKind
from wechat.messages import Outcome, Result
from wechat.occasions import OCCASIONS, templates_by_occasion
from wechat.permissions import MAX_REMAINING, Answer

SETTINGS = WeChatSettings(
    message_paid="template-1", message_moved="template-2", message_reminder="template-2"
)


async def answer(storage, **answers: str) -> None:
    given = {name.replace("_", "-"): Answer(value) for name, value in answers.items()}
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add("openid-1", NOW)
        await permissions.take_answers(tx, SETTINGS, user_id, given, NOW)
        await tx.commit()


async def counts(storage) -> dict[str, tuple[int, bool]]:
    async with storage.reading() as reader:
        user = await reader.users.by_openid("openid-1")
        return {
            each.kind: (each.remaining, each.refused) for each in await reader.permissions.of_user(user.id)
        }


async def test_each_yes_permits_one_message_and_a_no_takes_nothing_of_it(storage):
    await answer(storage, template_1="accept")
    await answer(storage, template_1="accept", template_9="accept")
    assert await counts(storage) == {"paid": (2, False)}
    await answer(storage, template_1="reject")
    assert await counts(storage) == {"paid": (2, True)}
    await answer(storage, template_1="filter")
    await answer(storage, template_1="ban")
    assert await counts(storage) == {"paid": (2, True)}
    await answer(storage, template_1="accept")
    assert await counts(storage) == {"paid": (3, False)}


async def test_a_template_of_two_kinds_is_counted_once(storage):
    await answer(storage, template_2="accept")
    assert await counts(storage) == {"moved": (1, False)}
    assert permissions.counted_kind(SETTINGS, "template-2") == MessageKind.MOVED
    assert permissions.counted_kind(SETTINGS, "") is None


async def test_no_client_can_count_beyond_a_bound(storage):
    for _ in range(3):
        await answer(storage, template_1="accept")
    async with storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE message_permissions SET remaining = :most", {"most": MAX_REMAINING}
        )
        await tx.commit()
    await answer(storage, template_1="accept")
    assert await counts(storage) == {"paid": (MAX_REMAINING, False)}


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        (Outcome(Result.SENT), 1),
        (Outcome(Result.REFUSED, 43101), 0),
        (Outcome(Result.RETRY, -1), 2),
        (Outcome(Result.INVALID, 47003), 2),
    ],
)
async def test_what_wechat_answers_to_a_message_is_counted(storage, outcome, left):
    await answer(storage, template_1="accept")
    await answer(storage, template_1="accept")
    await queue(storage)
    await outbox_of(storage, Recorder([outcome])).run_once()
    assert await counts(storage) == {"paid": (left, False)}


async def test_a_message_is_tried_although_nothing_is_known_of_a_permission(storage):
    """Released clients tell no answers."""
    recorder = Recorder([Outcome(Result.SENT)])
    await queue(storage)
    await outbox_of(storage, recorder).run_once()
    assert len(recorder.sent) == 1
    assert await counts(storage) == {}
    assert [row.state for row in await messages_of(storage)] == ["sent"]


def test_an_occasion_asks_for_at_most_three_templates_each_once():
    assert all(len(kinds) <= 3 for kinds in OCCASIONS.values())
    found = templates_by_occasion(SETTINGS)
    assert found["order"] == ["template-2"]
    assert found["pay"] == ["template-2", "template-1"]
    assert found["refund"] == []


async def test_users_tell_their_answers_and_read_what_may_still_come(product: Product) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    occasions = (await owner.get("catalog/"))["messages"]["occasions"]
    assert set(occasions) == set(OCCASIONS)
    asked = occasions["order"]
    await owner.post("user/messageAnswers/", answers=json.dumps(dict.fromkeys(asked, "accept")))
    rows = {row["kind"]: row for row in (await owner.get("user/getMessages/", id=order))["data"]}
    assert list(rows) == ["escort", "moved", "reminder", "started", "report"]
    assert {kind: row["remaining"] for kind, row in rows.items()} == {
        "escort": 0,
        "moved": 1,
        "reminder": 1,
        "started": 0,
        "report": 1,
    }
    assert rows["reminder"]["due"] == f"{product.day(29)} 18:00:00"
    assert rows["moved"]["title"] == "预约有变动"
    export = (await owner.get("user/export/"))["data"]["messages"]
    assert {(row["message"], row["remaining"]) for row in export} == {
        ("moved", 1),
        ("reminder", 1),
        ("report", 1),
    }


async def test_members_have_counts_of_their_own_and_are_told_no_amounts(product: Product) -> None:
    owner = await product.login("owner")
    order = (await owner.order(await owner.add_patient(), product.day()))["id"]
    daughter = await member(product, owner, "daughter", id=order)
    son = await member(product, owner, "son", "payer", id=order)
    kinds = {
        who: [row["kind"] for row in (await client.get("user/getMessages/", id=order))["data"]]
        for who, client in (("owner", owner), ("daughter", daughter), ("son", son))
    }
    assert kinds["owner"] == kinds["son"] == ["paid", *kinds["daughter"]]


@pytest.mark.parametrize(
    "answers",
    [
        "",
        "x",
        "[]",
        '{"a": "yes"}',
        '{"a": 1}',
        '{"a": {}}',
        '{"a": ["accept"]}',
        "1",
        json.dumps({str(n): "accept" for n in range(11)}),
    ],
)
async def test_answers_that_are_none_are_refused_and_change_nothing(product: Product, answers: str) -> None:
    owner = await product.login("owner")
    await owner.post("user/messageAnswers/", 400, answers=answers)
    assert await product.count("message_permissions") == 0


async def test_a_visit_is_confirmed_on_its_page_by_owner_or_family(product: Product) -> None:
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    daughter = await member(product, owner, "daughter", id=order)
    assert (await owner.post("user/confirmVisit/", 409, id=order))["error"] == "visit_not_confirmable"
    carer = await product.login("wang")
    await carer.post("user/apply2be1caregiver/", name="王芳", phone="13900001111")
    async with product.storage.transaction() as tx:
        (row,) = await tx.connection.fetch_all("SELECT id, state FROM escorts")
        await tx.escorts.move(row[0], row[1], EscortState.APPROVED, product.clock())
        await serving.assign(tx, order, row[0], "am", Cause(Actor("admin", 1), product.clock()))
        await tx.commit()
    page = (await daughter.get("user/getOrder/", id=order))["order"]
    assert (page["reminderAsks"], page["userConfirmed"]) == (False, False), "it is a month away"
    product.clock.move(30 * DAY - 3 * HOUR)
    await daughter.post("user/confirmVisit/", id=order)
    await owner.post("user/confirmVisit/", id=order)
    page = (await owner.get("user/getOrder/", id=order))["order"]
    assert (page["reminderAsks"], page["userConfirmed"]) == (False, True)
    await carer.post("user/confirmVisit/", 404, id=order)


async def test_what_is_known_of_permissions_goes_with_the_user(product: Product) -> None:
    user = await product.login("li")
    asked = (await user.get("catalog/"))["messages"]["occasions"]["pay"]
    await user.post("user/messageAnswers/", answers=json.dumps(dict.fromkeys(asked, "accept")))
    assert await product.count("message_permissions") == 3
    await user.post("user/deleteMe/", confirm="删除")
    assert await product.count("message_permissions") == 0
