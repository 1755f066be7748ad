"""Single fields of the owner's page of an order: who paid, who comes, whether it was confirmed; and common headers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from handlers.api_handler import ApiHandler
from handlers.base import BaseHandler
from handlers.errors import ApiError
from orders import serving
from storage.models import Actor, Cause, EscortState
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.client import Client
from tests.http.product import Product

ADMIN = Actor("admin", 1)


async def order_of(user: Client, order_id: int) -> dict[str, Any]:
    found: dict[str, Any] = (await user.get("user/getOrder/", id=order_id))["order"]
    return found


async def test_an_unpaid_order_is_paid_by_no_one_and_a_paid_one_by_its_owner(product: Product) -> None:
    user = await product.login("li")
    placed = await user.order(await user.add_patient(), product.day())
    assert (await order_of(user, placed["id"]))["paidBy"] == ""
    assert (await order_of(user, await product.paid_order(user)))["paidBy"] == "me"


async def test_the_owner_reads_whether_the_visit_was_confirmed(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    assert (await order_of(user, order_id))["userConfirmed"] is False
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET user_confirmed_at = :at WHERE id = :id",
            {"at": product.clock(), "id": order_id},
        )
        await tx.commit()
    assert (await order_of(user, order_id))["userConfirmed"] is True


async def test_who_comes_is_told_until_the_visit_does_not_take_place(product: Product) -> None:
    """Also while the order still names its escort."""
    user = await product.login("li")
    order_id = await product.paid_order(user)
    carer = await apply_as_escort(product, "carer", called="王芳")
    escort_id = await escort_of(product, carer)
    async with product.storage.transaction() as tx:
        escort = await tx.escorts.lock(escort_id)
        assert escort is not None
        assert escort.state == EscortState.APPROVED
        await serving.assign(tx, order_id, escort_id, "am", Cause(ADMIN, product.clock()))
        await tx.commit()
    assert (await order_of(user, order_id))["escort"]["name"] == "王芳"
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET state = 'cancelled', ending = 'cancelled_by_company' WHERE id = :id",
            {"id": order_id},
        )
        await tx.commit()
    assert (await order_of(user, order_id))["escort"] is None


async def test_a_finished_visit_is_rated_once_and_its_owner_reads_the_stars(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await product.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, product.clock()))
    await user.post("user/rate1order/", id=order_id, stars=4, comment="很耐心")
    async with product.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    assert (order.stars, order.comment) == (4, "很耐心")
    await user.post("user/rate1order/", 409, id=order_id, stars=5)


async def test_every_answer_says_that_no_other_site_may_frame_or_guess_it(product: Product) -> None:
    user = await product.login("li")
    for path in ("healthz/", "user/getOrders/", "nowhere/"):
        headers = (await user.send("GET", path)).headers
        assert headers["X-Frame-Options"] == "SAMEORIGIN", path
        assert headers["Content-Security-Policy"].startswith(("frame-ancestors 'self'", "default-src")), path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path


@pytest.mark.parametrize(
    ("known", "auth", "status"),
    [
        (False, "", 0),
        (True, "", 0),
        (True, "user", 0),
        (False, "user", 401),
        (False, "x", 401),
        (True, "x", 403),
    ],
)
def test_what_needs_a_role_is_refused_to_who_does_not_have_it(known: bool, auth: str, status: int) -> None:
    """A role that the handler does not know is no user's."""
    handler: Any = SimpleNamespace(user=object() if known else None)
    if not status:
        ApiHandler.require(handler, auth)
        return
    with pytest.raises(ApiError) as refused:
        ApiHandler.require(handler, auth)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("base", "path", "root"),
    [
        ("", "/healthz", "./"),
        ("", "/admin/", "../"),
        ("", "/admin/orders/5/", "../../../"),
        ("/api", "/api/admin/orders/", "../../"),
        ("/api", "/api/docs", "./"),
    ],
)
def test_a_page_knows_its_way_to_the_root(base: str, path: str, root: str) -> None:
    server = SimpleNamespace(base_path=base)
    handler: Any = SimpleNamespace(
        request=SimpleNamespace(path=path), services=SimpleNamespace(settings=SimpleNamespace(server=server))
    )
    assert BaseHandler.root(handler) == root


async def test_a_limit_that_is_switched_off_asks_no_database() -> None:
    asked: list[str] = []
    handler: Any = SimpleNamespace(limit=lambda name, key, per_minute: asked.append(name), services=None)
    await BaseHandler.limit_shared(handler, "order", "1", 0)
    assert asked == ["order"]
