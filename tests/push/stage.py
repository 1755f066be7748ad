"""The product, its stand-in with the product's address, and what people do in WeChat."""

from __future__ import annotations

from typing import Any

from sandbox.pushes import Push
from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product, until

TEMPLATE = "sandbox-template-paid"


class Stage:
    """The product, its stand-in with the product's address, and one user."""

    def __init__(self, product: Product, user: Client) -> None:
        self.product, self.user = product, user
        self.pushes = product.sandbox.pushes

    async def post(self, path: str, status: int = 200, /, **wish: Any) -> Any:
        answer = await self.user.send("POST", f"sandbox/{path}", json=wish)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def fault(self, name: str, **more: Any) -> None:
        await self.post("faults/", fault=name, **more)

    async def act(self, act: str, **more: Any) -> None:
        await self.post("pushes/", person="li", act=act, **more)

    async def told(self, *states: str) -> list[Push]:
        """Wait until all that was told is at its end; ``states``: how each ended."""

        async def look() -> bool:
            found = [push.state for push in self.pushes.pushes.values()]
            return "pending" not in found and len(found) >= len(states)

        await until(look, 10)
        found = list(self.pushes.pushes.values())
        if states:
            assert tuple(push.state for push in found) == states
        return found

    async def work(self) -> None:
        await self.told()
        await self.product.services.pushes.run_once("test")

    async def left(self) -> int | None:
        async with self.product.storage.reading() as reader:
            known = await reader.permissions.get(1, "paid")
        return None if known is None else known.remaining

    async def refused(self) -> list[str]:
        await self.product.services.alarms.write()
        async with self.product.storage.reading() as reader:
            return [each.reason for each in await reader.alarms.since("2000-01-01")]


async def made(start_product: StartProduct, **options: Any) -> Stage:
    product = await start_product(**options)
    stage = Stage(product, await product.login("li"))
    await stage.post("pushes/address/", url=product.root + "wechat/push/")
    return stage
