"""What the tests of members do again and again: share an order by a card, over HTTP."""

from __future__ import annotations

from typing import Any

from tests.http.client import Client
from tests.http.product import Product


async def card(owner: Client, role: str = "family", **what: Any) -> str:
    """The token of a new card."""
    return str((await owner.post("user/inviteMember/", **what, role=role))["token"])


async def member(product: Product, owner: Client, name: str, role: str = "family", **what: Any) -> Client:
    """A user who has accepted a card."""
    client = await product.login(name)
    await client.post("user/acceptInvitation/", token=await card(owner, role, **what))
    return client


async def refusal(client: Client, method: str, path: str, **fields: Any) -> dict[str, Any]:
    """What a call is refused with, without the request's id."""
    kind = "params" if method == "GET" else "data"
    answer = await client.send(method, path, **{kind: fields})
    body: dict[str, Any] = {"status": answer.status_code, **answer.json()}
    body.pop("request_id", None)
    return body


async def unpaid_order(product: Product, owner: Client, **changes: object) -> tuple[int, int]:
    """The ids of a patient and of an unpaid order for them."""
    patient = await owner.add_patient(**changes)
    return patient, int((await owner.order(patient, product.day(), perPatient="y"))["id"])


async def without_order(client: Client, order: int) -> bool:
    """Is the order not there for this client, wherever they look?"""
    await client.get("user/getOrder/", 404, id=order)
    await client.post("user/pay1order/", 404, id=order)
    rows = (await client.get("user/getSharedOrders/"))["data"]
    return order not in [row["id"] for row in rows]
