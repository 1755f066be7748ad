"""Every route of a visit as every caller: the table "Who may what" of docs/visit.md, tried."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from storage.models import EscortState, Role
from tests.escort.escorts import apply_as_escort, escort_of, set_state
from tests.http.client import Client
from tests.http.product import Product
from tests.http.test_callers import administrator, take_form_token
from tests.members.cards import member
from tests.visits.scenario import WORDS, Visit, begin_visit, picture, record_everything

CALLERS = (
    "stranger",
    "user",
    "owner",
    "family",
    "payer",
    "former family",
    "escort",
    "other escort",
    "former escort",
    "suspended escort",
    "clerk",
)
FAMILY = {"owner": 200, "family": 200, "payer": 200}
READS = {**FAMILY, "escort": 200}
SERVES = {"escort": 200, "former escort": 409}
"""One who was taken off it is told so, and the phone drops what it has."""
OFFICE = {"clerk": 200}


@dataclass(frozen=True)
class Call:
    """A route, what is sent, and who is answered with which status; everybody else is turned away."""

    method: str
    path: str
    may: dict[str, int]
    fields: dict[str, Any]


def calls(visit: Visit, photo: str, caller: str) -> list[Call]:
    mine, report = {"id": visit.order_id}, json.dumps({"doctor": "x"})
    action = {"actionId": f"who-may-{CALLERS.index(caller):02d}-000000"}
    order = f"admin/orders/{visit.order_id}"
    return [
        Call("GET", "user/getVisit/", READS, mine),
        Call("GET", photo, READS, {}),
        Call("POST", "user/askReport/", FAMILY, {**mine, **action, "text": "?"}),
        Call("POST", "user/confirmReport/", FAMILY, mine),
        Call("POST", "escort/step/", SERVES, {**mine, **action, "kind": "parted"}),
        Call("POST", "escort/called/", SERVES, {**mine, "actionId": action["actionId"] + "-called"}),
        Call("POST", "escort/trouble/", SERVES, {**mine, **action, "kind": "late"}),
        Call(
            "POST",
            "escort/supplement/",
            SERVES,
            {**mine, **action, "kind": "outlay", "amount": "38", "reason": "x"},
        ),
        Call("GET", "escort/report/", {"escort": 200}, mine),
        Call(
            "POST",
            "escort/report/",
            {"escort": 409, "former escort": 409},
            {**mine, "version": 1, "body": report},
        ),
        Call("POST", "escort/sendReport/", SERVES, {**mine, "version": 1}),
        Call("POST", "escort/addToReport/", SERVES, {**mine, **action, "text": "x"}),
        Call(
            "POST",
            "escort/answerQuestion/",
            SERVES,
            {**mine, "actionId": action["actionId"] + "-answer", "questionId": 1, "text": "x"},
        ),
        Call("POST", f"{order}/visit/", OFFICE, {"what": "record"}),
        Call("POST", f"{order}/visit/", OFFICE, {"what": "photos"}),
    ]


async def everybody(product: Product, visit: Visit) -> dict[str, Client]:
    """A phone or browser of each; ``visit`` ends up with its escort assigned, and a former one."""
    clients = {
        "stranger": await product.client(),
        "user": await product.login("somebody"),
        "owner": visit.owner,
        "family": await member(product, visit.owner, "sister", id=visit.order_id),
        "payer": await member(product, visit.owner, "brother", "payer", id=visit.order_id),
        "former family": await member(product, visit.owner, "cousin", id=visit.order_id),
        "former escort": visit.escort,
        "escort": await apply_as_escort(product, "zhao", called="赵敏"),
        "other escort": await apply_as_escort(product, "qian"),
        "suspended escort": await apply_as_escort(product, "sun"),
        "clerk": await administrator(product, Role.CLERK),
    }
    members = (await visit.owner.get("user/getMembers/", id=visit.order_id))["data"]
    await visit.owner.post("user/endMember/", id=max(each["id"] for each in members))
    await visit.unassign()
    await visit.assign(await escort_of(product, clients["suspended escort"]))
    await visit.unassign()
    product.clock.move(1000)
    await set_state(product, clients["suspended escort"], EscortState.SUSPENDED)
    await visit.assign(await escort_of(product, clients["escort"]))
    await take_form_token(clients["clerk"])
    return clients


@pytest.mark.promise(18, 35)
async def test_every_route_of_a_visit_answers_those_who_may_and_nobody_else(product: Product) -> None:
    visit = await begin_visit(product)
    photo = await record_everything(visit)
    clients = await everybody(product, visit)
    product.clock.move(60_000)
    for caller in CALLERS:
        every = calls(visit, photo, caller)
        before = await product.contents()
        for call in every:
            if call.may.get(caller) != 200:
                await check_turned_away(clients[caller], call, call.may.get(caller))
        assert await product.contents() == before, caller
        for call in every:
            if call.may.get(caller) == 200:
                answer = await send(clients[caller], call)
                assert answer.status_code == 200, (caller, call.path, answer.text[:300])


async def send(client: Client, call: Call) -> httpx.Response:
    return await client.send(
        call.method, call.path, **{"params" if call.method == "GET" else "data": call.fields}
    )


async def check_turned_away(client: Client, call: Call, wanted: int | None) -> None:
    """``wanted``: the status, where it is not one of those for people who have nothing to do with the order."""
    answer = await send(client, call)
    assert answer.status_code in ((wanted,) if wanted else (302, 401, 403, 404)), (
        call.path,
        answer.text[:300],
    )
    assert not any(word in answer.text for word in WORDS), call.path


@pytest.mark.promise(18, 35)
async def test_a_photo_is_uploaded_by_the_orders_escort_alone(product: Product) -> None:
    visit = await begin_visit(product)
    await record_everything(visit)
    clients = await everybody(product, visit)
    wanted = {"escort": 200, "former escort": 409, "other escort": 404, "suspended escort": 403, "clerk": 401}
    for caller in CALLERS:
        query = {"id": visit.order_id, "actionId": f"a-photo-of-{CALLERS.index(caller):02d}-000"}
        before = await product.count("visit_photos")
        answer = await clients[caller].send(
            "POST", "escort/photo/", params=query, files={"file": ("x.jpg", picture((8, 8)), "image/jpeg")}
        )
        expected = wanted.get(caller, 401 if caller == "stranger" else 403)
        assert answer.status_code == expected, (caller, answer.text)
        assert await product.count("visit_photos") == before + (expected == 200)


@pytest.mark.promise(35)
async def test_the_end_of_an_access_counts_on_pages_that_are_open(product: Product) -> None:
    visit = await begin_visit(product)
    photo = await record_everything(visit)
    family = await member(product, visit.owner, "sister", id=visit.order_id)
    version = (await visit.read(family))["version"]
    assert (await family.send("GET", photo)).status_code == 200
    (row,) = (await visit.owner.get("user/getMembers/", id=visit.order_id))["data"]
    await visit.owner.post("user/endMember/", id=row["id"])
    for path, options in (
        ("user/getVisit/", {"params": {"id": visit.order_id}, "headers": {"If-None-Match": f'"{version}"'}}),
        (photo, {}),
    ):
        assert (await family.send("GET", path, **options)).status_code == 404, path


async def test_a_member_asks_under_their_own_name_and_leaves_nothing_behind(product: Product) -> None:
    visit = await begin_visit(product)
    await visit.send_report()
    family = await member(product, visit.owner, "sister", id=visit.order_id)
    await family.post("user/setAvatarAndNickname/", nickname="女儿", avatarURL="")
    ask = {"id": visit.order_id, "actionId": visit.action(), "text": "要忌口吗"}
    await family.post("user/askReport/", **ask)
    (seen,) = (await visit.read())["entries"]
    (own,) = (await visit.read(family))["entries"]
    assert (seen["author"], own["author"]) == ("女儿", "您")
    assert [asked["text"] for asked in (await family.get("user/export/"))["data"]["questions"]] == [
        "要忌口吗"
    ]
    await family.post("user/deleteMe/", confirm="删除")
    (left,) = (await visit.read())["entries"]
    assert (left["text"], left["author"], left["open"]) == ("", "家人", False)
