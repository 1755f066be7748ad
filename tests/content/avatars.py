"""WeChat as it looks at avatars: asked by the rounds, answering by pushed events."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

from PIL import Image

from accounts.content.rounds import ContentRounds
from startup.wiring import content_places
from tests.http.client import Client
from tests.http.product import Product, until
from tests.push.sealing import event, push, request_of


def coloured(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(buffer, "PNG")
    return buffer.getvalue()


GREEN, RED, YELLOW = coloured("teal"), coloured("red"), coloured("yellow")


class WeChat:
    """Pushes what the stand-in tells, to the product."""

    def __init__(self, product: Product, client: Client) -> None:
        self.product, self.client = product, client
        self.tasks: list[asyncio.Task[Any]] = []
        services = product.services
        self.rounds = ContentRounds(
            services.storage, services.clock, services.content, services.vault, content_places(services)
        )
        product.sandbox.pictures.tell = self.tell

    def tell(self, name: str, openid: str, fields: dict[str, Any]) -> None:
        at = self.product.clock() // 1000
        said = event(name, FromUserName=openid, CreateTime=at, **fields)
        self.tasks.append(asyncio.create_task(push(self.client, request_of(self.product, said))))

    async def round(self, *, told: bool = True) -> None:
        """Ask about what waits; with ``told`` until the events that follow have been worked on, too."""
        await self.rounds.run_once("test")
        if not told:
            return
        await until(self._all_judged)
        assert [await task for task in self.tasks] == [(200, "success")] * len(self.tasks)
        await self.product.services.pushes.run_once("test")
        await self.rounds.run_once("test")

    async def _all_judged(self) -> bool:
        traces = self.product.sandbox.context.state.content_traces.values()
        return all(trace.suggest or trace.errcode for trace in traces)


async def wechat_of(product: Product) -> WeChat:
    product.sandbox.settings.content_seconds = 0.01
    return WeChat(product, await product.client())


async def published(product: Product, name: str) -> str:
    """The file that others see."""
    async with product.storage.reading() as reader:
        user = await reader.users.by_openid(product.sandbox.login.openid_for(name))
    assert user is not None
    return user.avatar_file


def files(folder: Path) -> int:
    return len(list(folder.iterdir())) if folder.is_dir() else 0
