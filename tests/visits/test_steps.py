"""The steps of a visit: sent often, late, in a burst, and while the order is given to somebody else."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR, MINUTE
from orders import serving
from orders.transitions import TransitionRefused
from orders.visits.jobs import LATE_ARRIVAL
from storage.models import Cause, Takes
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.product import Product
from tests.visits.scenario import NOTE, OFFICE, begin_visit


@pytest.mark.promise(34)
async def test_the_same_step_sent_many_times_at_once_is_one_row_with_both_times(product: Product) -> None:
    visit = await begin_visit(product)
    action, pressed = visit.action(), product.clock() - 5 * MINUTE
    answers = await asyncio.gather(
        *(visit.step("met", actionId=action, phoneTime=pressed, note=NOTE) for _ in range(10))
    )
    assert len({answer["stepId"] for answer in answers}) == 1
    assert sorted(answer["repeated"] for answer in answers) == [False] + [True] * 9
    await visit.step("met", actionId=action, phoneTime=pressed + MINUTE, note="另一句")
    async with product.storage.reading() as reader:
        (step,) = await reader.visits.steps(visit.order_id)
    assert step.phone_at == pressed
    assert abs(step.at - product.clock()) < MINUTE
    (row,) = (await visit.read())["steps"]
    assert (row["title"], row["note"]) == ("已接到", NOTE)
    assert row["phoneTime"] < row["time"]


@pytest.mark.promise(34)
async def test_forty_steps_from_a_basement_arrive_in_order_and_the_last_one_finishes(
    product: Product,
) -> None:
    visit = await begin_visit(product)
    product.clock.move(3 * HOUR)
    began = product.clock() - 2 * HOUR
    nodes = ["取号", "候诊", "检查", "缴费", "取药"]
    pressed = [
        "departed",
        "arrived",
        "met",
        *[nodes[number % 5] for number in range(34)],
        "parted",
        "summary",
        "done",
    ]
    for number, kind in enumerate(pressed):
        node = kind if kind in nodes else ""
        await visit.step("node" if node else kind, node=node, phoneTime=began + number * MINUTE)
    rows = (await visit.read())["steps"]
    assert [row["node"] or row["kind"] for row in rows] == pressed
    assert [row["phoneTime"] for row in rows] == sorted(row["phoneTime"] for row in rows)
    assert not any(row["skipped"] for row in rows)
    order = await visit.order()
    assert (order.state, order.started_at) == ("finished", began + 2 * MINUTE)
    async with product.storage.reading() as reader:
        last = (await reader.orders.history(order.id))[-1]
    assert (last.to_state, last.actor_kind, last.actor_id) == ("finished", "escort", visit.escort_id)
    assert (await visit.read())["stage"] == "已完成"


@pytest.mark.promise(34)
async def test_what_was_pressed_before_the_reassignment_is_kept_and_afterwards_refused(
    product: Product,
) -> None:
    visit = await begin_visit(product)
    other = await apply_as_escort(product, "zhao", called="赵敏")
    pressed = product.clock()
    product.clock.move(10 * MINUTE)
    await visit.unassign()
    product.clock.move(MINUTE)
    await visit.assign(await escort_of(product, other))
    product.clock.move(10 * MINUTE)

    kept = await visit.step("departed", phoneTime=pressed, note=NOTE)
    assert kept["repeated"] is False
    done = await visit.step("done", phoneTime=pressed + MINUTE)
    assert done["repeated"] is False
    assert (await visit.order()).state == "serving", "it is no longer hers to finish"
    late = visit.action()
    for phone_time in (product.clock() - 5 * MINUTE, product.clock(), ""):
        refused = await visit.step("arrived", 409, actionId=late, phoneTime=phone_time)
        assert refused["error"] == "taken_off"
    assert (await visit.trouble("late", 409))["error"] == "taken_off"
    assert [row["kind"] for row in (await visit.read())["steps"]] == ["departed", "done"]
    product.clock.move(LATE_ARRIVAL + HOUR)
    assert (await visit.step("met", 409, phoneTime=pressed))["error"] == "taken_off"


@pytest.mark.promise(34)
async def test_an_escort_who_is_given_the_order_again_goes_on(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.unassign()
    assert (await visit.step("departed", 409))["error"] == "taken_off"
    product.clock.move(MINUTE)
    await visit.assign(visit.escort_id)
    await visit.step("departed")
    await visit.step("done")
    assert (await visit.order()).state == "finished"


async def test_an_order_that_never_was_hers_is_404_on_every_route(product: Product) -> None:
    visit = await begin_visit(product)
    other = await apply_as_escort(product, "zhao")
    before = await product.contents()
    action = {"actionId": visit.action()}
    for path, fields in (
        ("escort/step/", {"kind": "met", **action}),
        ("escort/called/", action),
        ("escort/trouble/", {"kind": "late", **action}),
        ("escort/report/", {"version": 0, "body": "{}"}),
        ("escort/sendReport/", {"version": 1}),
        ("escort/addToReport/", {"text": "x", **action}),
        ("escort/answerQuestion/", {"text": "x", "questionId": 1, **action}),
    ):
        for order_id in (visit.order_id, 999_999):
            assert (await other.post(path, 404, id=order_id, **fields))["error"] == "order_not_found", path
    await other.get("escort/report/", 404, id=visit.order_id)
    assert await product.contents() == before


async def test_an_action_id_belongs_to_one_thing(product: Product) -> None:
    visit, second = await begin_visit(product), await begin_visit(product, name="2")
    action = visit.action()
    await visit.step("met", actionId=action)
    assert (await visit.step("parted", 409, actionId=action))["error"] == "action_reused"
    await second.step("met", actionId=action)  # another escort's phone
    for wrong in ("short", "x" * 41, "with blanks in here", "0123456789abcde/"):
        await visit.step("met", 400, actionId=wrong)


async def test_what_was_skipped_is_shown_once_where_it_is_missed(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.step("node", node="取号")
    await visit.step("parted")
    await visit.step("arrived")  # forgotten, and pressed afterwards
    await visit.step("done")
    rows = (await visit.read())["steps"]
    assert [row["skipped"] for row in rows] == [["已出发"], ["已接到"], [], ["小结"]]


async def test_an_errand_begins_with_its_first_node_and_expects_nobody_to_be_met(product: Product) -> None:
    visit = await begin_visit(product)
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET takes = :errand", {"errand": Takes.ERRAND})
        await tx.commit()
    await visit.step("departed")
    await visit.step("arrived")
    assert (await visit.order()).started_at is None
    await visit.step("node", node="取报告")
    assert (await visit.order()).started_at is not None
    await visit.step("done")
    assert not any(row["skipped"] for row in (await visit.read())["steps"])


async def test_a_visit_begins_once_and_its_user_is_told_once(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.step("departed")
    assert (await visit.read())["stage"] == "已安排"
    await visit.step("met")
    began = (await visit.order()).started_at
    product.clock.move(MINUTE)
    await visit.step("met")
    assert (await visit.order()).started_at == began
    assert (await visit.read())["stage"] == "服务中"
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT COUNT(*) FROM outbox WHERE kind = 'started'")
    assert rows[0][0] == 1


async def test_nodes_are_those_of_the_service_and_the_usual_ones(product: Product) -> None:
    visit = await begin_visit(product)
    service_id = (await visit.order()).service_id
    assert (await visit.step("node", 400, node="抽血"))["fields"] == {
        "node": ["这项服务没有这个步骤，请刷新后再选"]
    }
    async with product.storage.transaction() as tx:
        await tx.catalog.change("services", service_id, {"step_nodes": "抽血\n做B超"})
        await tx.commit()
    await visit.step("node", node="抽血")
    await visit.step("node", node="取号")  # the phone has not heard of the new list
    await visit.step("node", 400, node="")


async def test_a_phone_whose_clock_is_wrong_loses_nothing(product: Product) -> None:
    visit = await begin_visit(product)
    ahead = product.clock() + 3 * DAY
    await visit.step("met", phoneTime=ahead)
    began = (await visit.order()).started_at
    assert began is not None
    assert began <= product.clock(), "nothing begins in the future"
    await visit.step("parted", 400, phoneTime=-5)
    await visit.step("parted", phoneTime=0)


async def test_a_place_is_optional_and_never_half(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.step("arrived", latitude="34.26", longitude="108.95")
    await visit.step("met", latitude="", longitude="")
    await visit.step("parted", latitude="34.26")
    await visit.step("summary", 400, latitude="91", longitude="0")
    await visit.step("summary", 400, latitude="nan", longitude="0")
    places = [row["place"] for row in (await visit.read())["steps"]]
    assert places == [{"latitude": 34.26, "longitude": 108.95}, None, None]


async def test_a_cancelled_order_takes_only_what_was_pressed_before(product: Product) -> None:
    visit = await begin_visit(product)
    pressed = product.clock()
    product.clock.move(MINUTE)
    async with product.storage.transaction() as tx:
        at = product.clock()
        await tx.connection.execute(
            "UPDATE orders SET state = 'cancelled', ending = 'customer_absent' WHERE id = :id",
            {"id": visit.order_id},
        )
        await tx.connection.execute(
            "INSERT INTO order_history (order_id, from_state, to_state, actor_kind, reason, at, escort_name) "
            "VALUES (:id, 'refunding', 'cancelled', 'admin', '', :at, '')",
            {"id": visit.order_id, "at": at},
        )
        await tx.commit()
    product.clock.move(MINUTE)
    await visit.step("arrived", phoneTime=pressed)
    assert (await visit.step("met", 409, phoneTime=product.clock()))["error"] == "visit_over"


async def test_a_suspended_escort_is_turned_away_at_once(product: Product) -> None:
    visit = await begin_visit(product)
    async with product.storage.transaction() as tx:
        await tx.escorts.move(visit.escort_id, "approved", "suspended", product.clock())
        await tx.commit()
    assert (await visit.step("met", 403))["error"] == "escort_suspended"


async def test_a_finish_that_the_escort_has_pressed_twice_is_one(product: Product) -> None:
    visit = await begin_visit(product)
    await asyncio.gather(*(visit.step("done", actionId=f"finishing-twice-{number}") for number in range(5)))
    async with product.storage.reading() as reader:
        history = await reader.orders.history(visit.order_id)
        steps = await reader.visits.steps(visit.order_id)
    assert [step.to_state for step in history].count("finished") == 1
    assert len(steps) == 5


@pytest.mark.promise(34)
async def test_an_order_that_changes_hands_in_one_act_has_one_escort_at_every_moment(
    product: Product,
) -> None:
    visit = await begin_visit(product)
    other = await apply_as_escort(product, "zhao", called="赵敏")
    other_id, pressed = await escort_of(product, other), product.clock()
    product.clock.move(MINUTE)
    at = product.clock()
    new = serving.NewEscort(other_id)
    await product.storage.run(lambda tx: serving.reassign(tx, visit.order_id, new, Cause(OFFICE, at)))
    product.clock.move(MINUTE)
    await visit.step("arrived", phoneTime=pressed)
    assert (await visit.step("met", 409, phoneTime=product.clock()))["error"] == "taken_off"
    for kind in ("departed", "met", "done"):
        await other.post("escort/step/", id=visit.order_id, actionId=visit.action(), kind=kind)
    assert (await visit.order()).state == "finished"
    rows = (await visit.read())["steps"]
    assert [(row["kind"], row["skipped"]) for row in rows] == [
        ("arrived", ["已出发"]),
        ("departed", []),
        ("met", ["已到达"]),
        ("done", ["已送别", "小结"]),
    ], "each escort's steps are told apart"
    assert [bool(row["author"]) for row in rows] == [True, False, False, False], "nobody else is named"


@pytest.mark.promise(34)
async def test_a_finish_and_a_reassignment_at_once_leave_one_outcome(product: Product) -> None:
    visit = await begin_visit(product)

    async def finish() -> int:
        given = {"id": visit.order_id, "actionId": visit.action(), "kind": "done"}
        return (await visit.escort.send("POST", "escort/step/", data=given)).status_code

    finished, taken_off = await asyncio.gather(finish(), visit.unassign(), return_exceptions=True)
    order = await visit.order()
    if isinstance(taken_off, TransitionRefused):
        assert (finished, order.state, order.escort_id) == (200, "finished", visit.escort_id)
    else:
        assert (taken_off, finished, order.state, order.escort_id) == (None, 409, "paid", None)
    async with product.storage.reading() as reader:
        assert len(await reader.visits.steps(order.id)) == (finished == 200)
