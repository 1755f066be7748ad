"""What is new since a page was loaded: asked every few seconds by pages that are looked at, answered from indexes."""

from __future__ import annotations

import orjson

from clock import DAY
from handlers.admin.overview import queues
from handlers.admin.page import AdminPage
from storage.filters import OrderFilter
from storage.models import OrderState


class NewsHandler(AdminPage):
    """``since`` (ms): how many orders were paid since then; how many wait for an escort; the numbers of the overview's
    tiles. An ETag spares the same answer again. Asking does not keep a session alive."""

    produces = "application/json"
    answers = (200, 302, 304)
    keeps_session_alive = False

    async def get(self) -> None:
        at = self.now()
        since = max(self.page_number("since") or at, at - DAY)
        waiting = OrderFilter(state=OrderState.PAID, unassigned=True)
        async with self.services.storage.reading() as reader:
            found = {
                "paid": await reader.boards.paid_since(since),
                "waiting": await reader.order_lists.count(waiting),
                "tiles": {
                    path: count for count, _, path in await queues.tiles(reader, at, self.services.settings)
                },
            }
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(orjson.dumps(found))


routes = [(r"/admin/desk/news/", NewsHandler)]
