"""Events that WeChat has pushed and that could not be worked on: what they were about, and trying again."""

from __future__ import annotations

from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from handlers.errors import refused
from storage import Transaction

PAGE = 50


class PushesHandler(AdminPage):
    """What was given up and nobody has seen to, newest first."""

    section = "overview"

    async def get(self) -> None:
        before = self.page_number("before")
        async with self.services.storage.reading() as reader:
            events, last = cut(await reader.pushed_events.given_up(before, PAGE + 1), PAGE)
            users = {
                event.id: user.id
                for event in events
                if event.openid and (user := await reader.users.by_openid(event.openid)) is not None
            }
        self.render(
            "admin/overview/pushes.html",
            events=events,
            users=users,
            titles=self.services.pushes.titles,
            **pager("before", first=before is None, following=last.id if last else ""),
        )


class SeeToHandler(AdminPage):
    """Have an event tried again, or say that it is settled: what it said is forgotten then."""

    back = "pushes/"

    async def post(self, event_id: str, act: str) -> None:
        number, at = int(event_id), self.now()

        async def see_to(tx: Transaction) -> None:
            if act == "retry":
                changed = await tx.pushed_events.retry(number, at)
            else:
                changed = await tx.pushed_events.discard(number)
            if not changed:
                raise refused("push_settled", "没有改动：同事已经处理过，或系统正在再试。请刷新页面")

        await self.audited(f"push.{act}", ("push", number), see_to)
        self.redirect_done(self.back, f"push-{act}")


routes = [
    (r"/admin/pushes/", PushesHandler),
    (r"/admin/pushes/([0-9]{1,18})/(retry|discard)/", SeeToHandler),
]
