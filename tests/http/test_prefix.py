"""A client sees the server under a prefix: added by the configuration, or stripped by a proxy."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx

from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product

LINK = re.compile(r'(?:href|src|action|hx-get|hx-post)="([^"#]*)"')


class StrippingProxy(httpx.AsyncBaseTransport):
    """A reverse proxy that takes ``/peizhen`` away before it passes a request on."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path
        if not path.startswith(b"/peizhen/"):
            return httpx.Response(502, text="outside of the prefix", request=request)
        passed_on = httpx.Request(
            request.method,
            request.url.copy_with(raw_path=path.removeprefix(b"/peizhen")),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(passed_on)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def walk(client: Client, check: Callable[[str], None]) -> None:
    """Every address that pages, redirects and replies name must lie below the prefix."""
    for page in ("docs/", "admin/login/", "admin/", "admin/orders/"):
        answer = await client.send("GET", page)
        if answer.status_code == 302:
            check(str(answer.url.join(answer.headers["location"])))
            continue
        for address in LINK.findall(answer.text):
            if not address.startswith(("data:", "tel:")):
                check(str(answer.url.join(address)))
    catalog = (await client.send("GET", "catalog/")).json()
    assert catalog["hospitals"], "a walk over nothing finds nothing"
    for row in catalog["banners"] + catalog["hospitals"]:
        assert not row["picture"].startswith(("/", "http"))
        assert (await client.send("GET", row["picture"])).status_code == 200


async def order_and_pay(product: Product, client: Client) -> None:
    answer = await client.send("GET", "login/", params={"code": "as:li:prefix"})
    client.warrant = answer.json()["warrant"]
    product.secrets.add(client.warrant)
    order = await client.order(await client.add_patient(), product.day())
    await client.pay(order)
    await product.until_progress(client, order["id"], "已付款")


async def test_everything_works_under_a_base_path(start_product: StartProduct) -> None:
    product = await start_product(base_path="/api")
    client = await product.client()
    await order_and_pay(product, client)

    def below(address: str) -> None:
        assert address.startswith(product.root), address

    await walk(client, below)
    outside: Any = await client.http.get(product.root.removesuffix("api/") + "user/me/")
    assert outside.status_code == 404


async def test_everything_works_behind_a_proxy_that_strips_a_prefix(product: Product) -> None:
    root = f"{product.root}peizhen/"
    async with Client(root, transport=StrippingProxy()) as client:
        await order_and_pay(product, client)

        def below(address: str) -> None:
            assert address.startswith(root), address

        await walk(client, below)
