"""A stranger's id reveals and changes nothing, on every route that takes one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import PATIENT, Client, order_fields
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.routes import known

NOBODYS = 999_999


async def owner_with_everything(product: Product) -> tuple[Client, dict[str, int]]:
    """A user with a patient, a paid, an unpaid and a finished order."""
    owner = await product.login("owner")
    paid = await product.paid_order(owner)
    finished = await product.paid_order(owner)
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET state = 'finished' WHERE id = :id", {"id": finished})
        await tx.commit()
    friend = await owner.add_patient()
    unpaid = (await owner.order(friend, product.day()))["id"]
    return owner, {"paid": paid, "finished": finished, "unpaid": unpaid, "friend": friend}


def calls(product: Product, id: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Every route of users that takes an id."""
    return [
        ("GET", "user/getOrder/", {"id": id}),
        ("POST", "user/pay1order/", {"id": id}),
        ("POST", "user/delete1order/", {"id": id}),
        ("POST", "user/refund1order/", {"id": id, "reason": "x", "amount": "￥198"}),
        ("POST", "user/withdraw1request/", {"id": id}),
        ("POST", "user/paySupplement/", {"id": id}),
        ("POST", "user/disputeSupplement/", {"id": id, "reason": "x"}),
        ("POST", "user/refundSupplement/", {"id": id, "reason": "x", "amount": "￥1"}),
        ("POST", "user/withdrawSupplementRefund/", {"id": id}),
        (
            "POST",
            "user/move1order/",
            {"id": id, "wantTime": "2099-01-01", "seenDay": "2099-01-02", "visitTime": "09:00"},
        ),
        ("POST", "user/withdrawMove/", {"id": id}),
        ("POST", "user/confirmedService/", {"id": id}),
        ("POST", "user/rate1order/", {"id": id, "stars": 1, "comment": "x"}),
        ("POST", "user/hide1order/", {"id": id}),
        ("POST", "user/move1order/", {"id": id, "wantTime": "2099-01-02", "seenDay": "2099-01-01"}),
        ("POST", "user/withdrawMove/", {"id": id}),
        ("GET", "user/getVisit/", {"id": id}),
        ("POST", "user/askReport/", {"id": id, "actionId": "0123456789abcdef", "text": "x"}),
        ("POST", "user/confirmReport/", {"id": id}),
        ("POST", "user/inviteMember/", {"id": id, "role": "payer"}),
        ("GET", "user/getMembers/", {"id": id}),
        ("POST", "user/leaveOrder/", {"id": id}),
        ("POST", "user/endMember/", {"id": id}),
        ("POST", "user/confirmVisit/", {"id": id}),
        ("GET", "user/getMessages/", {"id": id}),
        ("GET", "user/getComplaints/", {"id": id}),
        (
            "POST",
            "user/complain/",
            {"id": id, "kind": "fee", "actionId": "0123456789abcdef", "text": "too expensive"},
        ),
        ("GET", "user/getInvoices/", {"id": id}),
        ("POST", "user/requestInvoice/", {"id": id, "kind": "person", "title": "x"}),
        ("POST", "user/withdrawInvoice/", {"id": id}),
        ("POST", "user/addToComplaint/", {"id": id, "actionId": "0123456789abcdef", "text": "x"}),
        ("POST", "user/revokeInvitation/", {"id": id}),
    ]


@pytest.mark.promise(18)
async def test_the_orders_of_another_user_look_as_if_they_did_not_exist(start_product: StartProduct) -> None:
    product = await start_product(
        limits={"order_per_minute": 0, "write_per_minute": 0, "complaint_per_minute": 0}
    )
    _, ids = await owner_with_everything(product)
    stranger = await product.login("stranger")
    before = await product.contents()
    for name in ("paid", "finished", "unpaid"):
        for (method, path, theirs), (_, _, nobodys) in zip(
            calls(product, ids[name]), calls(product, NOBODYS), strict=True
        ):
            kind = "params" if method == "GET" else "data"
            answers = [await stranger.send(method, path, **{kind: body}) for body in (theirs, nobodys)]
            bodies = [answer.json() for answer in answers]
            for body in bodies:
                body.pop("request_id")
            assert bodies[0] == bodies[1], path
            assert [answer.status_code for answer in answers] == [404, 404], path
    assert await product.contents() == before


@pytest.mark.promise(18)
async def test_the_patients_of_another_user_can_be_neither_deleted_nor_ordered_for(product: Product) -> None:
    owner, ids = await owner_with_everything(product)
    stranger = await product.login("stranger")
    before = await product.contents()
    for friend in (ids["friend"], NOBODYS):
        await stranger.get("user/getFriend/", 404, id=friend)
        await stranger.post("user/delete1friend/", 404, id=friend)
        await stranger.post("user/edit1friend/", 404, **PATIENT, id=friend)
    for friend in (ids["friend"], NOBODYS):
        refused = await stranger.post("user/create1order/", 400, **order_fields(friend, product.day()))
        assert list(refused["fields"]) == ["friendid"]
    assert await product.contents() == before
    assert len((await owner.get("user/getFriends/"))["data"]) == 1


@pytest.mark.promise(18)
async def test_the_order_of_another_user_cannot_be_changed_by_a_form(product: Product) -> None:
    _, ids = await owner_with_everything(product)
    stranger = await product.login("stranger")
    patient = await stranger.add_patient()
    before = await product.contents()
    for order in (ids["paid"], ids["unpaid"], NOBODYS):
        refused = await stranger.order(patient, product.day(), 404, unpaidId=order)
        assert refused["error"] == "order_not_found"
    assert await product.contents() == before


@pytest.mark.promise(18)
async def test_what_a_user_sees_of_lists_is_their_own(product: Product) -> None:
    await owner_with_everything(product)
    stranger = await product.login("stranger")
    assert (await stranger.get("user/getOrderStatus/"))["data"] == []
    for before in ({}, {"before": NOBODYS}):
        assert (await stranger.get("user/getOrders/", **before))["data"] == []
    assert (await stranger.get("user/getFriends/"))["data"] == []
    assert (await stranger.get("user/getCaregiver/"))["caregiver"] is None
    export = await stranger.get("user/export/")
    assert "李建国" not in str(export)
    me = await stranger.get("user/me/")
    assert me["user"]["patients"] == 0
    assert not any(me["user"]["orders"].values())


@pytest.mark.promise(18)
async def test_a_users_warrant_opens_nothing_of_the_administrators(product: Product) -> None:
    owner, ids = await owner_with_everything(product)
    before = await product.contents()
    for id in (ids["paid"], 1):
        for route in known(id):
            if not route.pattern.startswith("/admin/") or route.path == "admin/login/":
                continue
            for method in route.methods:
                answer = await owner.send(method, route.path, params={"warrant": owner.warrant})
                assert answer.status_code in (302, 401, 403), (method, route.pattern)
                assert "李建国" not in answer.text
    assert await product.contents() == before


def test_every_route_of_users_that_takes_an_id_is_tried_here() -> None:
    from schemas.base import Whole

    elsewhere = {
        "user/delete1friend/",
        "user/create1order/",
        "user/endDevice/",
        "user/getOrders/",
        "user/getSharedOrders/",
    }  # the last in test_devices.py
    listed = {path for _, path, _ in calls(None, 1)} | elsewhere  # type: ignore[arg-type]
    listed |= {f"user/{act}/" for act in ("getFriend", "edit1friend", "delete1friend")}
    for route in known():
        for method in route.methods:
            declared = getattr(getattr(route.handler, method.lower()), "operation", None)
            if declared and declared.auth == "user":
                takes_id = any(
                    isinstance(field, Whole) for schema in declared.inputs for field in schema.fields.values()
                )
                assert not takes_id or route.path in listed, route.path
