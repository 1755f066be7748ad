"""Complaints as users send and read them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clock import HOUR
from orders.complaints import handling
from orders.complaints.handling import ComplaintChanged
from orders.complaints.locking import ComplaintClosed
from refusals import InvalidInput
from tests.after_sales.complaining import (
    ANSWER,
    MORE,
    NOTE,
    OFFICE,
    TEXT,
    WORDS,
    action,
    answer,
    close,
    complain,
    complaints,
    messages,
    stored,
    upload,
)
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.members.cards import member
from tests.visits.scenario import begin_visit


async def test_a_complaint_is_sent_with_photos_and_read_with_its_deadline(product: Product) -> None:
    owner = await product.login("li")
    order_id = await product.paid_order(owner)
    photos = [action(), action()]
    addresses = [(await upload(owner, each)).json()["photo"] for each in photos]
    sent = await complain(owner, order_id, photos=",".join(photos))
    (row,) = await complaints(owner, id=order_id)
    assert row | {"time": "", "due": ""} == {
        "id": sent["id"],
        "orderId": order_id,
        "kind": "escort",
        "title": "陪诊员",
        "state": "open",
        "stateText": "等待答复",
        "text": TEXT,
        "forgotten": False,
        "photos": addresses,
        "time": "",
        "due": "",
        "entries": [],
    }
    kept = await stored(product, sent["id"])
    assert kept.answer_due_at - kept.created_at == 24 * HOUR
    assert kept.settle_due_at - kept.created_at == 72 * HOUR
    assert TEXT not in kept.text_sealed
    shown = await owner.send("GET", addresses[0])
    assert (shown.status_code, shown.headers["content-type"], shown.headers["cache-control"]) == (
        200,
        "image/jpeg",
        "no-store",
    )


async def test_the_same_complaint_sent_again_or_at_once_is_one(product: Product) -> None:
    owner = await product.login("li")
    order_id = await product.paid_order(owner)
    mine = action()
    sent = await asyncio.gather(*(complain(owner, order_id, actionId=mine) for _ in range(4)))
    assert len({each["id"] for each in sent}) == 1
    assert await product.count("complaints") == 1
    refused = await complain(owner, order_id, 409, actionId=mine, kind="fee")
    assert refused["error"] == "action_reused"


async def test_only_three_of_an_order_are_unsettled_at_once_also_when_sent_together(
    start_product: StartProduct,
) -> None:
    product = await start_product(limits={"complaint_per_minute": 0})
    owner = await product.login("li")
    order_id = await product.paid_order(owner)
    payer = await member(product, owner, "brother", "payer", id=order_id)
    answers = await asyncio.gather(
        *(
            user.send(
                "POST",
                "user/complain/",
                data={"id": order_id, "kind": "fee", "actionId": action(), "text": TEXT},
            )
            for user in (owner, payer, owner, payer, owner)
        )
    )
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 409, 409]
    assert {each.json()["error"] for each in answers if each.status_code == 409} == {"too_many_complaints"}
    assert await product.count("complaints") == 3
    await close(product, 1)
    await complain(owner, order_id)


@pytest.mark.promise(18)
async def test_owner_and_payer_complain_about_an_order_and_no_one_else(product: Product) -> None:
    visit = await begin_visit(product)
    family = await member(product, visit.owner, "sister", id=visit.order_id)
    payer = await member(product, visit.owner, "brother", "payer", id=visit.order_id)
    stranger = await product.login("stranger")
    await complain(visit.owner, visit.order_id)
    await complain(payer, visit.order_id, text="另外一件事情")
    before = await product.contents()
    for user in (family, visit.escort, stranger):
        assert (await complain(user, visit.order_id, 404))["error"] == "order_not_found"
        await user.get("user/getComplaints/", 404, id=visit.order_id)
        assert await complaints(user) == []
    await visit.unassign()
    await complain(visit.escort, visit.order_id, 404)
    assert (await product.contents())["complaints"] == before["complaints"]
    assert [row["text"] for row in await complaints(visit.owner)] == [TEXT], "each reads their own"
    assert [row["text"] for row in await complaints(payer, id=visit.order_id)] == ["另外一件事情"]


@pytest.mark.promise(18)
async def test_a_photo_and_an_addition_are_for_who_complained_alone(product: Product) -> None:
    owner, other = await product.login("li"), await product.login("wang")
    order_id, mine = await product.paid_order(owner), action()
    address = (await upload(owner, mine)).json()["photo"]
    assert (await other.send("GET", address)).status_code == 404
    assert (await complain(other, 0, 400, kind="suggestion", photos=mine))["fields"].keys() == {"photos"}
    sent = await complain(owner, order_id, photos=mine)
    assert (await other.send("GET", address)).status_code == 404
    assert (await (await product.client()).send("GET", address)).status_code == 401
    assert (await owner.send("GET", "complaints/photos/" + "0" * 32 + ".jpg")).status_code == 404
    for complaint_id in (sent["id"], 999_999):
        refused = await other.post("user/addToComplaint/", 404, id=complaint_id, actionId=action(), text=MORE)
        assert refused["error"] == "complaint_not_found"
    assert (await complain(owner, order_id, 400, photos=mine))["fields"].keys() == {"photos"}, "used once"


async def test_a_suggestion_needs_no_order_and_other_kinds_do(product: Product) -> None:
    owner = await product.login("li")
    await complain(owner, 0, kind="suggestion", text="希望增加周日的陪诊")
    for kind in ("service", "escort", "fee", "refund"):
        assert list((await complain(owner, 0, 400, kind=kind))["fields"]) == ["kind"]
    (row,) = await complaints(owner)
    assert (row["orderId"], row["title"]) == (None, "建议")


WRONG: dict[str, dict[str, Any]] = {
    "too short": {"text": "差"},
    "too long": {"text": "长" * 1001},
    "unknown kind": {"kind": "lawsuit"},
    "short action": {"actionId": "x"},
    "seven photos": {"photos": ",".join(f"photo-action-{number:06d}" for number in range(7))},
    "no photo ids": {"photos": "../../etc/passwd"},
    "photo never uploaded": {"photos": "photo-action-000001"},
}


@pytest.mark.parametrize("what", WRONG)
async def test_wrong_input_is_refused_and_changes_nothing(product: Product, what: str) -> None:
    owner = await product.login("li")
    order_id = await product.paid_order(owner)
    before = await product.contents()
    refused = await complain(owner, order_id, 400, **WRONG[what])
    assert set(refused["fields"]) <= {"text", "kind", "actionId", "photos"}
    assert await product.contents() == before


async def test_who_sends_too_many_has_to_wait(start_product: StartProduct) -> None:
    product = await start_product(limits={"complaint_per_minute": 2, "complaint_photo_per_minute": 1})
    owner = await product.login("li")
    await complain(owner, 0, kind="suggestion")
    await complain(owner, 0, kind="suggestion")
    await complain(owner, 0, 429, kind="suggestion")
    assert (await upload(owner)).status_code == 200
    assert (await upload(owner)).status_code == 429


# The office's side, below its pages


async def test_an_answer_is_read_by_the_user_who_is_told_and_opens_it_again_by_an_addition(
    product: Product,
) -> None:
    owner = await product.login("li")
    order_id = await product.paid_order(owner)
    sent = await complain(owner, order_id)
    await answer(product, sent["id"])
    assert await messages(product, "complaint") == ["answered"]
    (row,) = await complaints(owner)
    assert (row["state"], [(each["kind"], each["text"]) for each in row["entries"]]) == (
        "answered",
        [("answer", ANSWER)],
    )
    answered = await stored(product, sent["id"])
    assert (answered.assigned_to, answered.settle_due_at) == (1, (await stored(product, 1)).settle_due_at)

    product.clock.move(5 * HOUR)
    mine = action()
    for _ in range(2):
        await owner.post("user/addToComplaint/", id=sent["id"], actionId=mine, text=MORE)
    (row,) = await complaints(owner)
    assert (row["state"], [each["kind"] for each in row["entries"]]) == ("open", ["answer", "addition"])
    opened = await stored(product, sent["id"])
    assert opened.settle_due_at == answered.settle_due_at, "an answer that satisfies nobody gains no time"
    assert opened.answer_due_at > answered.answer_due_at


async def test_a_closed_one_is_opened_again_with_new_deadlines_and_notes_stay_inside(
    product: Product,
) -> None:
    owner = await product.login("li")
    sent = await complain(owner, await product.paid_order(owner))
    await close(product, sent["id"])
    closed = await stored(product, sent["id"])
    assert closed.closed_at == closed.first_closed_at == closed.last_closed_at is not None
    (row,) = await complaints(owner)
    assert (row["state"], row["due"], row["entries"]) == ("closed", "", [])
    assert NOTE not in str(row)
    async with product.storage.reading() as reader:
        assert await reader.complaints.unsettled_of_order(row["orderId"]) == []
    product.clock.move(48 * HOUR)
    await owner.post("user/addToComplaint/", id=sent["id"], actionId=action(), text=MORE)
    opened = await stored(product, sent["id"])
    assert (opened.state, opened.closed_at, opened.closed_by) == ("open", None, None)
    assert opened.first_closed_at == opened.last_closed_at == closed.closed_at
    assert opened.settle_due_at - opened.created_at >= (48 + 72) * HOUR
    async with product.storage.reading() as reader:
        held = await reader.complaints.unsettled_of_order(row["orderId"])
    assert [each.id for each in held] == [sent["id"]], "it holds the escort's pay again"
    assert await messages(product, "complaint") == ["settled"]
    product.clock.move(HOUR)
    await close(product, sent["id"])
    again = await stored(product, sent["id"])
    assert again.first_closed_at == closed.closed_at
    assert again.closed_at == again.last_closed_at != again.first_closed_at


async def test_who_was_slower_is_told_and_changes_nothing(product: Product) -> None:
    """Two administrators answer what they saw, and the user adds something meanwhile."""
    owner = await product.login("li")
    sent = await complain(owner, await product.paid_order(owner))
    seen = handling.mark(await stored(product, sent["id"]))
    vault, at = product.services.vault, product.clock()
    product.clock.move(1000)
    await owner.post("user/addToComplaint/", id=sent["id"], actionId=action(), text=MORE)
    for act in (handling.answer, handling.close):
        with pytest.raises(ComplaintChanged):
            await product.storage.run(
                lambda tx, act=act: act(tx, vault, sent["id"], (action(), ANSWER, seen), OFFICE, at)  # type: ignore[misc]
            )
    with pytest.raises(ComplaintChanged):
        await product.storage.run(lambda tx: handling.assign(tx, sent["id"], 1, seen, at))
    assert (await stored(product, sent["id"])).state == "open"
    assert await messages(product, "complaint") == []

    seen = handling.mark(await stored(product, sent["id"]))
    same = action()
    results = await asyncio.gather(
        *(
            product.storage.run(
                lambda tx, id=id: handling.answer(tx, vault, sent["id"], (id, ANSWER, seen), OFFICE, at)  # type: ignore[misc]
            )
            for id in (same, same, action())
        ),
        return_exceptions=True,
    )
    refused = [each for each in results if each is not None]
    assert {type(each) for each in refused} == {ComplaintChanged}
    assert len((await complaints(owner))[0]["entries"]) == 2, "one addition, one answer"
    await close(product, sent["id"])
    with pytest.raises(ComplaintClosed):
        await close(product, sent["id"])


async def test_it_is_given_to_administrators_who_can_do_something(product: Product) -> None:
    owner = await product.login("li")
    sent = await complain(owner, await product.paid_order(owner))
    seen = handling.mark(await stored(product, sent["id"]))
    with pytest.raises(InvalidInput):
        await product.storage.run(lambda tx: handling.assign(tx, sent["id"], 999, seen, 1))


@pytest.mark.promise(35)
async def test_what_is_said_is_in_no_table_in_clear_and_in_no_log(product: Product) -> None:
    owner = await product.login("li")
    sent = await complain(owner, await product.paid_order(owner))
    await answer(product, sent["id"])
    await owner.post("user/addToComplaint/", id=sent["id"], actionId=action(), text=MORE)
    await close(product, sent["id"])
    contents = str(await product.contents())
    assert not any(word in contents or word in product.logs.text for word in WORDS)
