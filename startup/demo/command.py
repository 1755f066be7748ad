"""``main.py demo``: serves, tells the story once, and goes on serving as ``serve`` does."""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass

from accounts.administrators import create_administrator
from clock import Clock, day_bounds
from config import Settings
from startup.demo.clock import StoryClock
from startup.demo.phones import Desk
from startup.demo.plot import first_day, tell
from startup.demo.story import Company
from storage import Storage
from storage.models import Role

OWNER, CLERK, ACCOUNTANT = "demo-owner", "demo-clerk", "demo-accountant"
MARK = "demo.txt"
"""In the data folder once the story has been told: it is not told twice."""


def without_limits(settings: Settings) -> Settings:
    """All people of the story call from one address, within a minute for each day."""
    unlimited = dict.fromkeys(
        ("login_per_minute", "order_per_minute", "write_per_minute", "admin_login_per_minute"), 0
    )
    return settings.replace("limits", **unlimited)


def is_told(settings: Settings) -> bool:
    return (settings.data / MARK).exists()


@dataclass
class Story:
    """What ``serve`` tells before it says that it is ready."""

    settings: Settings
    clock: StoryClock
    days: int

    @classmethod
    def of_days(cls, settings: Settings, days: int) -> Story:
        """It begins so many days ago."""
        clock = StoryClock()
        clock.begin_at(day_bounds(first_day(days))[0])
        return cls(settings, clock, days)

    @property
    def now(self) -> Clock:
        return self.clock

    async def tell(self, storage: Storage, root: str) -> None:
        """Tell it; meanwhile the access log is silent, because thousands of requests say nothing to who waits."""
        access = logging.getLogger("hospital.access")
        access.disabled = True
        try:
            await self._tell(storage, root)
        finally:
            access.disabled = False

    async def _tell(self, storage: Storage, root: str) -> None:
        began, password = time.monotonic(), secrets.token_urlsafe(9)
        for name, role in ((OWNER, Role.OWNER), (CLERK, Role.CLERK), (ACCOUNTANT, Role.ACCOUNTANT)):
            await create_administrator(storage, name, password, role, self.clock())
        owner, clerk = Desk(root, OWNER, password), Desk(root, CLERK, password)
        try:
            company = await tell(root, self.clock, (owner, clerk), self.days, _say)
        finally:
            await owner.close()
            await clerk.close()
        await company.close()
        words = _guide(company, root, password)
        (self.settings.data / MARK).write_text(words, "utf-8")
        _say(f"用了 {time.monotonic() - began:.0f} 秒，从 {first_day(self.days)} 到今天")
        _say(words)


def _say(words: str) -> None:
    print(words, flush=True)


def _guide(company: Company, root: str, password: str) -> str:
    """Who to be, and where."""
    coming = [each for each in company.orders if each.paid and not each.over and not each.by_phone]
    phone = f"{root}sandbox/client/?as="
    lines = [
        "演示数据已就绪。管理后台账号（密码相同）：",
        f"  店主 {OWNER}，店员 {CLERK}，会计 {ACCOUNTANT}，密码 {password}",
        f"  {root}admin/",
        "手机（浏览器里的小程序）：",
    ]
    if coming:
        lines.append(f"  下单的家属 {coming[0].customer.nickname}：{phone}{coming[0].customer.login}")
    busy = next((each.escort for each in coming if each.escort), company.escorts[0])
    lines.append(f"  陪诊员 {busy.name}：{phone}{busy.phone.login}#packages/escort/workbench/workbench")
    if company.refused:
        lines.append(f"（有 {len(company.refused)} 件事没有做成，例如：{company.refused[0]}）")
    return "\n".join(lines)
