"""A story that a development server tells over HTTP before it says that it is ready (``startup/demo``)."""

from __future__ import annotations

import asyncio
from typing import Protocol

from clock import Clock
from handlers.services import Services
from startup.background import Background
from storage import Storage


class Story(Protocol):
    """Told by a clock that is moved meanwhile, and is the real one afterwards."""

    @property
    def now(self) -> Clock: ...
    async def tell(self, storage: Storage, root: str) -> None: ...


async def tell(story: Story, services: Services, root: str, stopping: asyncio.Event) -> None:
    """Tell it, unless the server is to stop meanwhile. Background work runs beside it, and begins anew after it: what
    is done once an hour has not been done for weeks then. Raises what the story raises."""
    async with Background(services).running():
        telling = asyncio.create_task(story.tell(services.storage, root))
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait((telling, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if telling.done():
            telling.result()
        else:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
