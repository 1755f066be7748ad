"""Escorts are offered orders on their phones: what they read before and after, and who has the order."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from catalog.areas import area_of
from clock import MINUTE
from storage.models import EscortState, OrderState
from tests.escort.escorts import set_state
from tests.escort.scenario import begin
from tests.http.client import PATIENT
from tests.http.product import Product

PERSONAL = ("李建国", PATIENT["phone"], "请早点到", "门诊楼")
PLACE: dict[str, Any] = {"visitTime": "09:30", "meetingPoint": "门诊楼一楼大厅"}


async def test_before_acceptance_an_escort_reads_where_when_and_for_how_much_and_nothing_of_the_patient(
    product: Product,
) -> None:
    offering = await begin(product, **PLACE)
    assert (await offering.escorts[0].get("escort/invitations/"))["data"] == []
    await offering.offer(0)
    answer = await offering.escorts[0].send("GET", "escort/invitations/")
    (row,) = answer.json()["data"]
    assert row["hospital"] == "西京医院"
    assert {name: row[name] for name in ("area", "day", "time", "half", "service", "pay")} == {
        "area": "新城区",
        "day": product.day(),
        "time": "09:30",
        "half": "am",
        "service": (await offering.order()).service_name,
        "pay": "￥120",
    }
    assert row["secondsLeft"] > 0
    assert row.keys() == {
        "id", "area", "hospital", "day", "time", "half", "service", "pay", "expiresTime", "secondsLeft",
    }  # fmt: skip
    assert not [word for word in PERSONAL if word in answer.text]
    assert (await offering.escorts[1].get("escort/invitations/"))["data"] == []
    await offering.escorts[0].get("escort/job/", 404, id=offering.order_id)


async def test_after_acceptance_the_escort_reads_what_the_job_needs_and_the_user_who_comes(
    product: Product,
) -> None:
    offering = await begin(product, **PLACE)
    await offering.offer(0)
    invitation = await offering.invitation(0)
    accepted = await offering.escorts[0].post("escort/accept/", id=invitation)
    assert accepted["orderId"] == offering.order_id
    again = await offering.escorts[0].post("escort/accept/", id=invitation)
    assert again["orderId"] == offering.order_id, "a lost answer is asked for again"
    answer = await offering.escorts[0].send("GET", "escort/job/", params={"id": offering.order_id})
    job = answer.json()["job"]
    assert (job["patient"], job["contactPhone"], job["wishes"]) == ("李建国", PATIENT["phone"], "请早点到")
    assert (job["meetingPoint"], job["time"], job["half"]) == ("门诊楼一楼大厅", "09:30", "am")
    assert (job["sex"], job["adult"], job["former"], job["notesAllowed"]) == ("m", True, False, False)
    assert job["nodes"]
    assert job["longitude"] > 100
    assert PATIENT["idcard"] not in answer.text
    order = (await offering.owner.get("user/getOrder/", id=offering.order_id))["order"]
    assert order["progress"] == "在服务"
    timeline = (await offering.owner.get("user/getOrder/", id=offering.order_id))["timeline"]
    assert (timeline[0]["title"], timeline[0]["detail"]) == ("已安排陪诊员", "王芳一，陪诊员会提前与您联系")
    assert (await offering.escorts[0].get("escort/invitations/"))["data"] == []


@pytest.mark.promise(31)
async def test_two_escorts_tap_accept_at_once_and_one_has_it(product: Product) -> None:
    offering = await begin(product)
    await offering.offer()
    taps = [
        escort.send("POST", "escort/accept/", data={"id": await offering.invitation(place)})
        for place, escort in enumerate(offering.escorts)
    ]
    answers = await asyncio.gather(*taps)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (refused,) = [answer.json() for answer in answers if answer.status_code == 409]
    assert (refused["error"], refused["msg"]) == ("invitation_taken", "这个订单已被接走")
    winner = next(place for place, answer in enumerate(answers) if answer.status_code == 200)
    assert (await offering.order()).escort_id == offering.ids[winner]
    await offering.escorts[winner].get("escort/job/", id=offering.order_id)
    await offering.escorts[1 - winner].get("escort/job/", 404, id=offering.order_id)


@pytest.mark.promise(31)
async def test_an_invitation_is_gone_at_its_second(product: Product) -> None:
    offering = await begin(product)
    await offering.offer(0)
    invitation = await offering.invitation(0)
    async with product.storage.reading() as reader:
        (stored,) = await reader.invitations.of_order(offering.order_id)
    product.clock.move(stored.expires_at - product.clock())
    refused = await offering.escorts[0].post("escort/accept/", 409, id=invitation)
    assert refused["error"] == "invitation_expired"
    assert (await offering.escorts[0].get("escort/invitations/"))["data"] == []
    assert (await offering.order()).state == OrderState.PAID


async def test_a_declined_order_is_gone_from_the_desk_and_the_office_reads_why(product: Product) -> None:
    offering = await begin(product)
    await offering.offer(0)
    invitation = await offering.invitation(0)
    await offering.escorts[0].post("escort/decline/", 400, id=invitation, reason="长" * 101)
    await offering.escorts[0].post("escort/decline/", id=invitation, reason="那天上午有事")
    await offering.escorts[0].post("escort/decline/", id=invitation, reason="again")
    assert (await offering.escorts[0].get("escort/invitations/"))["data"] == []
    async with product.storage.reading() as reader:
        (stored,) = await reader.invitations.of_order(offering.order_id)
    assert (stored.state, stored.reason) == ("declined", "那天上午有事")
    refused = await offering.escorts[0].post("escort/accept/", 409, id=invitation)
    assert refused["error"] == "invitation_declined"


@pytest.mark.promise(18)
async def test_another_escorts_invitation_looks_as_if_it_did_not_exist(product: Product) -> None:
    offering = await begin(product)
    await offering.offer(0)
    invitation = await offering.invitation(0)
    before = await product.contents()
    for path in ("escort/accept/", "escort/decline/"):
        answers = [await offering.escorts[1].post(path, 404, id=id) for id in (invitation, 999_999)]
        assert len({(answer["error"], answer["msg"]) for answer in answers}) == 1
    assert await product.contents() == before


async def test_acceptance_while_booked_or_on_leave_says_why(product: Product) -> None:
    offering = await begin(product)
    await offering.offer()
    taken = [await offering.invitation(place) for place in (0, 1)]
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO escort_bookings (escort_id, visit_date, half, order_id, slot) "
            "VALUES (:escort, :day, 'am', 777, 0)",
            {"escort": offering.ids[0], "day": product.day()},
        )
        await tx.commit()
    refused = await offering.escorts[0].post("escort/accept/", 409, id=taken[0])
    assert (refused["error"], refused["msg"]) == (
        "escort_unavailable",
        "您这天上午已有订单 #777，不能接这个订单",
    )
    await offering.escorts[1].post("escort/leave/", day=product.day(), half="day", on="y")
    refused = await offering.escorts[1].post("escort/accept/", 409, id=taken[1])
    assert refused["error"] == "invitation_declined"


async def test_a_suspended_escort_can_accept_nothing(product: Product) -> None:
    offering = await begin(product)
    await offering.offer(0)
    invitation = await offering.invitation(0)
    await set_state(product, offering.escorts[0], EscortState.SUSPENDED)
    refused = await offering.escorts[0].post("escort/accept/", 403, id=invitation)
    assert refused["error"] == "escort_suspended"
    assert (await offering.order()).state == OrderState.PAID


async def test_a_refund_that_is_asked_for_takes_the_order_off_the_desks(product: Product) -> None:
    offering = await begin(product)
    await offering.offer(0)
    invitation = await offering.invitation(0)
    product.clock.move(MINUTE)
    detail = await offering.owner.get("user/getOrder/", id=offering.order_id)
    await offering.owner.post(
        "user/refund1order/", id=offering.order_id, reason="不去了", amount=detail["refund"]["amount"]
    )
    assert (await offering.escorts[0].get("escort/invitations/"))["data"] == []
    refused = await offering.escorts[0].post("escort/accept/", 409, id=invitation)
    assert refused["error"] == "invitation_withdrawn"


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("陕西省西安市雁塔区雁塔西路277号", "雁塔区"),
        ("北京市东城区帅府园1号", "东城区"),
        ("西安市长安区经十六路", "长安区"),
        ("上海市浦东新区东方路1630号", "浦东新区"),
        ("陕西省咸阳市兴平市金城路", "兴平市"),
        ("内蒙古自治区呼和浩特市新城区海拉尔大街", "新城区"),
        ("友谊西路256号", ""),
        ("", ""),
    ],
)
def test_the_area_is_the_district_of_the_address(address: str, area: str) -> None:
    assert area_of(address) == area
