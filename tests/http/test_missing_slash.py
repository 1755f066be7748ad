"""Addresses without their last slash: reading is led on, below any prefix; what is sent is told what is missing."""

from __future__ import annotations

import pytest

from handlers.routes import all_routes
from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.test_prefix import StrippingProxy

READ = (
    "healthz",
    "readyz",
    "docs",
    "catalog",
    "admin",
    "admin/orders",
    "admin/login",
    "admin/catalog/experts/import",
    "admin/orders/1",
    "user/me",
    "user/getOrder",
)
SENT = (
    "user/create1order",
    "user/delete1order",
    "wechatpay/notify",
    "wechatpay/refund-notify",
    "wechatpay/complaint-notify",
    "admin/orders/edit/notes",
    "admin/logout",
    "user/add1friend",
    "user/avatar",
)


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_who_reads_is_led_to_the_address_with_the_slash(product: Product, path: str, method: str):
    client = await product.client()
    answer = await client.send(method, f"{path}?a=1&b=%2F%E4%B8%AD")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"./{path.rpartition('/')[2]}/?a=1&b=%2F%E4%B8%AD"
    assert answer.headers["Cache-Control"] == "no-store"
    followed = str(answer.url.join(answer.headers["Location"]))
    assert followed == f"{product.root}{path}/?a=1&b=%2F%E4%B8%AD"


@pytest.mark.parametrize("path", SENT)
async def test_what_is_sent_is_not_led_on_and_hears_what_is_missing(product: Product, path: str):
    client = await product.client()
    before = await product.contents()
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"):
        answer = await client.send(method, path)
        assert answer.status_code == 404
        assert "Location" not in answer.headers
        body = answer.json()
        assert (body["error"], body["msg"]) == (
            "not_found",
            f"地址末尾少了「/」，应为 …{path.rpartition('/')[2]}/",
        )
    assert await product.contents() == before


async def test_what_can_only_be_sent_is_not_found_by_who_reads(product: Product):
    answer = await (await product.client()).send("GET", "user/create1order")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "admin/nothing",
        "healthz/x",
        "orders",
        "static/pic",
        "/evil.example",
        "admin/orders/x",
        "%2e",
    ],
)
async def test_what_is_nowhere_is_not_found(product: Product, path: str):
    answer = await (await product.client()).send("GET", path)
    assert (answer.status_code, answer.json()["msg"]) == (404, "没有找到您要的内容")


async def test_below_a_base_path_it_leads_to_the_right_place(start_product: StartProduct):
    product = await start_product(base_path="/api")
    answer = await (await product.client()).send("GET", "admin/orders?state=paid")
    assert str(answer.url.join(answer.headers["Location"])) == f"{product.root}admin/orders/?state=paid"


async def test_behind_a_proxy_that_takes_a_prefix_away_too(product: Product):
    root = product.root + "peizhen/"
    async with Client(root, transport=StrippingProxy()) as client:
        answer = await client.send("GET", "healthz?a=1")
        followed = str(answer.url.join(answer.headers["Location"]))
        assert followed == f"{root}healthz/?a=1"
        assert (await client.send("GET", "healthz/")).status_code == 200


def test_every_address_of_ours_ends_in_a_slash_or_names_a_file():
    for pattern, *_ in all_routes():
        assert pattern.endswith(("/", ")", "\\.json", "\\.jpg")), pattern
