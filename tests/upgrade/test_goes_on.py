"""The product goes on with a business that was upgraded: sessions, pages, sealed numbers, payments, books."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from accounts.admin_sessions import Browser
from accounts.admin_sessions import start as start_admin_session
from accounts.tokens import token_hash
from clock import DAY, now_ms
from config import DatabaseSettings
from handlers.admin.access import COOKIE
from payment.books.ledger import self_check
from storage import Storage, migrate, open_storage
from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.routes import known
from tests.upgrade import kept

WARRANT = "an-old-session-of-before-the-upgrade-0123456"
PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
READS_OF_A_USER = (
    *("user/me/", "user/getFriends/", "user/getOrderStatus/", "user/getOrders/", "user/getSharedOrders/"),
    *(
        "user/getNextVisit/",
        "user/getComplaints/",
        "user/getInvoices/",
        "user/getDevices/",
    ),
)


@pytest.fixture(params=kept.BUSINESSES, ids=lambda business: business.revision)
def business(request: pytest.FixtureRequest) -> kept.Business:
    kept_business: kept.Business = request.param
    return kept_business


@pytest.fixture
def storage(
    business: kept.Business, empty: DatabaseSettings, tmp_path: Path, io_loop: IOLoop
) -> Iterator[Storage]:
    """The business at the newest schema."""
    kept.load(empty, tmp_path, business)
    migrate(empty, tmp_path)
    opened = open_storage(empty, tmp_path)
    io_loop.run_sync(opened.open)
    yield opened
    io_loop.run_sync(opened.close)


@pytest.fixture
def product(start_product: StartProduct, io_loop: IOLoop, business: kept.Business) -> Product:
    """It runs when the business was kept, and with its key."""
    options: dict[str, Any] = {"privacy": {"key": kept.PRIVACY_KEY}, "limits": {"export_per_minute": 0}}
    started: Product = io_loop.run_sync(lambda: start_product(**options))
    started.clock.offset = business.made_at - now_ms()
    return started


async def of_user(product: Product, user_id: int) -> Client:
    """A phone that was logged in before the upgrade."""
    warrant = f"{WARRANT}{user_id:03d}"[-43:]
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE sessions SET token_hash = :hash WHERE id = (SELECT id FROM (SELECT MAX(id) AS id FROM sessions "
            "WHERE user_id = :user) AS newest)",
            {"hash": token_hash(warrant), "user": user_id},
        )
        await tx.commit()
    return await product.client(warrant)


async def owner(product: Product) -> Client:
    async with product.storage.transaction() as tx:
        admin = await tx.administrators.by_name("demo-owner")
        assert admin is not None
        token = await start_admin_session(
            tx, product.settings, admin, Browser("127.0.0.1", "", "test"), product.clock()
        )
        await tx.commit()
    client = await product.client()
    client.http.cookies.set(COOKIE, token)
    return client


@pytest.mark.promise(29)
@pytest.mark.gen_test(timeout=120)
async def test_users_read_what_was_theirs_and_their_numbers_open(product: Product) -> None:
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT user_id, COUNT(*) FROM orders GROUP BY user_id ORDER BY 2 DESC"
        )
        sealed = {row[0] for row in await reader.connection.fetch_all("SELECT user_id FROM patients")}
        sessions = {row[0] for row in await reader.connection.fetch_all("SELECT user_id FROM sessions")}
    asked = [(user, count) for user, count in rows if user in sessions and user in sealed][:12]
    assert len(asked) == 12
    for user_id, orders in asked:
        client = await of_user(product, user_id)
        for path in READS_OF_A_USER:
            await client.get(path)
        assert len((await client.get("user/getOrderStatus/"))["data"]) == orders
        exported = (await client.send("GET", "user/export/")).text
        assert PHONE.search(exported), "phones are there in clear"


@pytest.mark.promise(29)
@pytest.mark.gen_test(timeout=120)
async def test_every_page_of_the_administration_shows_it(product: Product) -> None:
    browser = await owner(product)
    shown = 0
    async with product.storage.reading() as reader:
        (order,) = await reader.connection.fetch_one("SELECT order_id FROM invitations") or (0,)
        (done,) = await reader.connection.fetch_one("SELECT order_id FROM visit_photos") or (0,)
    for number in (1, 2, order, done):
        for route in known(number):
            if route.pattern.startswith("/admin/") and "GET" in route.methods:
                answer = await browser.send("GET", route.path)
                assert answer.status_code < 500, route.path
                shown += answer.status_code == 200
    assert shown > 150


@pytest.mark.promise(29)
async def test_a_user_orders_and_pays_and_the_books_balance(product: Product) -> None:
    async with product.storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT MIN(user_id) FROM sessions")
    assert row is not None
    client = await of_user(product, row[0])
    before = len((await client.get("user/getOrderStatus/"))["data"])
    order = await client.order(await client.add_patient(), product.day(40))
    await client.pay(order)
    await product.until_progress(client, order["id"], "已付款")
    assert len((await client.get("user/getOrderStatus/"))["data"]) == before + 1
    assert await self_check(product.storage) == []
    product.clock.move(DAY)
    assert (await client.get("user/getOrder/", id=order["id"]))["order"]["id"] == order["id"]
