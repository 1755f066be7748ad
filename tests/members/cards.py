"""What the tests of members do again and again: share by a card, over HTTP."""

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
