"""Every route that takes an order's id, as everybody who may be near an order: a table says who may call it. Who may
not is answered as if there were no such order, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from orders import serving
from storage.models import Actor, Cause, EscortState
from tests.escort.escorts import apply_as_escort, escort_of, set_state
from tests.http.client import Client
from tests.http.product import Product
from tests.http.routes import known
from tests.members.cards import member

ACTION = "0123456789abcdef"
FIELDS: dict[str, dict[str, Any]] = {
    "user/refund1order/": {"reason": "x", "amount": "￥198"},
    "user/rate1order/": {"stars": 5},
    "user/move1order/": {"wantTime": "2099-01-02", "seenDay": "2099-01-01"},
    "user/askReport/": {"actionId": ACTION, "text": "x"},
    "user/inviteMember/": {"role": "family"},
    "user/complain/": {"kind": "fee", "actionId": ACTION, "text": "more than was agreed"},
    "user/requestInvoice/": {"kind": "person"},
    "escort/step/": {"actionId": ACTION, "kind": "departed"},
    "escort/called/": {"actionId": ACTION},
    "escort/trouble/": {"actionId": ACTION, "kind": "late"},
    "escort/sendReport/": {"version": 1},
    "escort/addToReport/": {"actionId": ACTION, "text": "x"},
    "escort/answerQuestion/": {"actionId": ACTION, "text": "x", "questionId": 1},
    "escort/photo/": {"actionId": ACTION},
    "escort/supplement/": {"actionId": ACTION, "kind": "other", "amount": "38", "reason": "x"},
    "escort/supplementReceipt/": {"actionId": ACTION},
}
"""What a route needs besides the id."""

TABLE = """
GET  user/getOrder/          owner family payer
GET  user/getVisit/          owner family payer escort
GET  user/getMessages/       owner family payer
POST user/confirmVisit/      owner family payer
POST user/askReport/         owner family payer
POST user/confirmReport/     owner family payer
POST user/pay1order/         owner payer
POST user/confirmedService/  owner payer
POST user/move1order/        owner
POST user/withdrawMove/      owner
POST user/withdraw1request/  owner
POST user/rate1order/        owner
GET  user/getComplaints/     owner payer
POST user/complain/          owner payer
GET  user/getInvoices/       owner
POST user/requestInvoice/    owner
POST user/hide1order/        owner
POST user/delete1order/      owner
POST user/inviteMember/      owner
GET  user/getMembers/        owner
GET  escort/job/             escort former-escort
POST escort/confirmJob/      escort
POST escort/step/            escort
POST escort/called/          escort
POST escort/trouble/         escort
POST escort/photo/           escort
POST escort/supplement/      escort
POST escort/supplementReceipt/ escort
GET  escort/report/          escort
POST escort/report/          escort
POST escort/sendReport/      escort
POST escort/addToReport/     escort
POST escort/answerQuestion/  escort
POST user/refund1order/      owner
POST user/leaveOrder/        family payer
"""
"""Acts that change who may do what, or whether there is anything to do, come last."""
ELSEWHERE = {
    "user/endDevice/": "a device",
    "user/getFriend/": "a patient",
    "user/edit1friend/": "a patient",
    "user/delete1friend/": "a patient",
    "user/endMember/": "a membership: test_memberships_end.py",
    "user/revokeInvitation/": "a card: test_cards.py",
    "user/disputeSupplement/": "a supplement: tests/supplements/",
    "user/paySupplement/": "a supplement: tests/payment/supplements/",
    "user/refundSupplement/": "a supplement: tests/payment/supplements/",
    "user/withdrawSupplementRefund/": "a supplement: tests/payment/supplements/",
    "user/addToComplaint/": "a complaint: tests/after_sales/",
    "user/withdrawInvoice/": "an invoice: tests/after_sales/",
    "escort/statement/": "a statement: tests/escort/test_pay.py",
    "escort/confirmStatement/": "a statement: tests/escort/test_pay.py",
    "escort/questionStatement/": "a statement: tests/escort/test_pay.py",
    "escort/receiveTransfer/": "a statement: tests/escort/test_receiving.py",
    "escort/checkTransfer/": "a statement: tests/escort/test_receiving.py",
    "escort/accept/": "an invitation",
    "escort/decline/": "an invitation",
}
CALLERS = (
    "owner",
    "family",
    "payer",
    "ended member",
    "escort",
    "former escort",
    "suspended escort",
    "other escort",
    "stranger",
)
NOBODYS = 999_999
TELLS_WHO_WAS_TAKEN_OFF = {
    f"escort/{act}/"
    for act in (
        *("step", "called", "trouble", "photo", "report", "sendReport", "addToReport", "answerQuestion"),
        *("supplement", "supplementReceipt"),
    )
}
"""Writing there as a former escort is a 409 that says so: what waits on the phone is kept there."""


def table() -> list[tuple[str, str, set[str]]]:
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return [(method, path, {name.replace("-", " ") for name in callers}) for method, path, *callers in lines]


async def gather(product: Product) -> tuple[int, dict[str, Client]]:
    """An order that is being served, and everybody, logged in."""
    owner = await product.login("owner")
    order = await product.paid_order(owner)
    clients = {"owner": owner, "stranger": await product.login("stranger")}
    for name, role in (("family", "family"), ("payer", "payer"), ("ended member", "payer")):
        clients[name] = await member(product, owner, name.replace(" ", "-"), role, id=order)
    listed = (await owner.get("user/getMembers/", id=order))["data"]
    await owner.post("user/endMember/", id=listed[-1]["id"])
    for name in ("other escort", "suspended escort", "former escort", "escort"):
        clients[name] = await apply_as_escort(product, name.replace(" ", "-"), called="王芳")
    for name in ("suspended escort", "former escort", "escort"):
        escort_id = await escort_of(product, clients[name])
        async with product.storage.transaction() as tx:
            cause = Cause(Actor("admin", 1), product.clock())
            await serving.assign(tx, order, escort_id, "am", cause)
            if name != "escort":
                await serving.unassign(tx, order, cause.actor, cause.at)
            await tx.commit()
    await set_state(product, clients["suspended escort"], EscortState.SUSPENDED)
    return order, clients


async def call(client: Client, method: str, path: str, order: int) -> httpx.Response:
    fields = {"id": order, **FIELDS.get(path, {})}
    if path in ("escort/photo/", "escort/supplementReceipt/"):
        files = {"file": ("x.jpg", b"no picture", "image/jpeg")}
        return await client.send(method, path, params=fields, files=files)
    if (method, path) == ("POST", "escort/report/"):
        body = json.dumps({"summary": "x"})
        return await client.send(method, path, data={"id": order, "version": 1, "body": body})
    return await client.send(method, path, **{"params" if method == "GET" else "data": fields})


def answer_of(response: httpx.Response) -> tuple[int, Any]:
    body = response.json()
    body.pop("request_id", None)
    return response.status_code, body


def test_every_route_that_takes_an_orders_id_is_in_the_table() -> None:
    listed = {(method, path) for method, path, _ in table()}
    there = set()
    for route in known():
        for method in route.methods:
            declared = getattr(getattr(route.handler, method.lower()), "operation", None)
            if not declared or declared.auth not in ("user", "escort") or route.path in ELSEWHERE:
                continue
            if any("id" in schema.fields for schema in declared.inputs):
                there.add((method, route.path))
    assert there - listed == set(), "to be declared in TABLE, or in ELSEWHERE"
    assert listed - there == set(), "declared, and not there"


@pytest.mark.promise(18, 35)
async def test_who_may_not_is_answered_as_if_there_were_no_order_and_changes_nothing(
    product: Product,
) -> None:
    order, clients = await gather(product)
    before = await product.contents()
    for method, path, callers in table():
        for name in CALLERS:
            if name in callers:
                continue
            theirs = answer_of(await call(clients[name], method, path, order))
            if (method, name) == ("POST", "former escort") and path in TELLS_WHO_WAS_TAKEN_OFF:
                assert (theirs[0], theirs[1]["error"]) == (409, "taken_off")
                continue
            nobodys = answer_of(await call(clients[name], method, path, NOBODYS))
            assert theirs == nobodys, (name, path)
            approved = name.endswith("escort") and name != "suspended escort"
            refused = 403 if path.startswith("escort/") and not approved else 404
            assert theirs[0] == refused, (name, path, theirs)
    assert await product.contents() == before


@pytest.mark.promise(18)
async def test_who_may_is_let_in(product: Product) -> None:
    order, clients = await gather(product)
    for method, path, callers in table():
        for name in sorted(callers):
            response = await call(clients[name], method, path, order)
            assert response.status_code in (200, 400, 409), (name, path, response.text)


@pytest.mark.promise(18, 35)
async def test_a_former_escort_reads_their_own_steps_and_nothing_else_of_the_order(product: Product) -> None:
    order, clients = await gather(product)
    job = await clients["former escort"].get("escort/job/", id=order)
    for secret in ("李建国", "请早点到", "138", "王芳", "￥"):
        assert secret not in str(job), secret
    now = await clients["escort"].get("escort/job/", id=order)
    assert "李建国" in str(now)
    assert "610102" not in str(now)
