"""Escorts at their phones."""

from __future__ import annotations

from accounts.tokens import token_hash
from storage.models import EscortState
from tests.http.client import Client
from tests.http.product import Product


async def user_of(product: Product, client: Client) -> int:
    """The id of the user who is logged in."""
    async with product.storage.reading() as reader:
        found = await reader.sessions.find(token_hash(client.warrant))
    assert found is not None
    return found[1].id


async def escort_of(product: Product, client: Client) -> int:
    """The id of the escort who is logged in."""
    user_id = await user_of(product, client)
    async with product.storage.reading() as reader:
        escort = await reader.escorts.of_user(user_id)
    assert escort is not None
    return escort.id


async def set_state(product: Product, client: Client, state: EscortState) -> None:
    """What the office decides about the escort who is logged in."""
    escort_id = await escort_of(product, client)
    async with product.storage.transaction() as tx:
        escort = await tx.escorts.get(escort_id)
        assert escort is not None
        await tx.escorts.move(escort.id, escort.state, state, product.clock())
        await tx.commit()


async def apply_as_escort(
    product: Product, name: str, state: EscortState = EscortState.APPROVED, *, called: str = "王芳"
) -> Client:
    """A user whose application has been decided; ``called``: the escort's name."""
    client = await product.login(name)
    await client.post("user/apply2be1caregiver/", name=called, phone="13811112222")
    if state != EscortState.PENDING:
        await set_state(product, client, state)
    return client
