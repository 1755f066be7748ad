"""The product with two households and their escorts, each at a phone of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from accounts import user_sessions
from storage import Transaction
from tests.answers.answer_text import lines_of, told
from tests.http.client import Client
from tests.http.product import MovableClock, Product
from tests.orders.row_changes import Rows, changes, read_rows
from tests.orders.scene import NOON, Scene, build

NOTED = re.compile(r"event=|WARNING|ERROR")


class FixedClock(MovableClock):
    """Stands still; ``offset`` is from that noon on."""

    def __call__(self) -> int:
        return NOON + self.offset

    def set_to(self, at: int) -> None:
        self.offset = at - NOON


@dataclass
class House:
    """``clients``: by who they are."""

    product: Product
    scene: Scene
    clock: FixedClock
    clients: dict[str, Client] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    """What a scene has drawn by chance: tokens, numbers of payments."""

    def at(self, moment: int) -> None:
        """Go to another moment."""
        self.clock.set_to(moment)
        self.scene.at = moment

    def users(self) -> dict[str, int]:
        own, other = self.scene.households
        return {
            "owner": own.owner,
            "family": own.family,
            "payer": own.payer,
            "other": other.owner,
            "stranger": self.scene.stranger,
            "escort": self.scene.carers[0],
            "other escort": self.scene.carers[1],
            "applicant": self.scene.carers[3],
        }

    async def enter(self) -> None:
        """Everybody logs in, on the one device that they have."""

        async def leave(tx: Transaction) -> None:
            await tx.connection.execute("DELETE FROM sessions", {})

        await self.product.storage.run(leave)
        for name, user_id in self.users().items():

            async def log_in(tx: Transaction, user_id: int = user_id) -> str:
                user = await tx.users.get(user_id)
                assert user is not None
                agent = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50"
                settings = self.product.settings
                return (await user_sessions.log_in(tx, settings, user.openid, agent, self.clock()))[0]

            self.clients[name] = await self.product.client(await self.product.storage.run(log_in))
        self.clients["nobody"] = await self.product.client()

    async def ask(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        path = path.format(**self.known)
        return await self.clients[who].send(method, path, **options)

    async def rows(self) -> Rows:
        return await read_rows(self.product.storage)

    def files(self) -> set[str]:
        """Every file that is kept for users and escorts."""
        data = self.product.settings.data
        folders = ("avatars", "documents", "portraits", "unchecked", "visits")
        return {str(file.relative_to(data)) for folder in folders for file in (data / folder).glob("*")}

    async def look(self, who: str, path: str) -> list[str]:
        """What is answered to who reads, and what is noted in the log."""
        noted = len(self.product.logs.lines)
        lines = lines_of(await self.ask(who, "GET", path))
        return self._without_chance([*lines, *self._noted(noted)])

    async def tell(self, who: str, method: str, path: str, **options: Any) -> list[str]:
        """What is answered, which rows and files it changes, and what is noted in the log."""
        before, files, noted = await self.rows(), self.files(), len(self.product.logs.lines)
        answer = await self.ask(who, method, path, **options)
        await self.product.services.alarms.write()
        lines = [*lines_of(answer), *(told(each) for each in changes(before, await self.rows()))]
        lines += [told(f"+ file {each}") for each in sorted(self.files() - files)]
        lines += [told(f"- file {each}") for each in sorted(files - self.files())]
        return self._without_chance([*lines, *self._noted(noted)])

    def _noted(self, since: int) -> list[str]:
        return [told(each) for each in self.product.logs.lines[since:] if NOTED.search(each)]

    def _without_chance(self, lines: list[str]) -> list[str]:
        settings = self.product.settings
        drawn = re.compile(rf"(?<=request=)\S+|{settings.wechat.appid}|{settings.pay.mchid}")
        return [drawn.sub("…", each) for each in lines]


async def open_house(product: Product) -> House:
    clock = product.clock
    assert isinstance(clock, FixedClock)
    scene = await build(product.storage)
    scene.settings = product.settings
    for each in scene.households:
        await scene.set("patients", each.patient, relation="父母")  # as the mini-program says it
    return House(product, scene, clock, known={"template": product.settings.wechat.message_paid})
