"""Is the server alive, and should it be sent requests?"""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from handlers.base import ApiHandler
from handlers.errors import by_status
from handlers.operation import operation
from schemas.base import Output


class HealthReply(Output):
    status = fields.String(required=True)


class HealthHandler(ApiHandler):
    quiet = True
    """Asked every few seconds by machines: the access log leaves it out."""

    @operation(reply=HealthReply())
    async def get(self) -> dict[str, Any]:
        """200 when the server can serve: it runs and its database answers."""
        await self.services.storage.ping()
        return {"status": "ok"}

    head: Any = get


class ReadyHandler(HealthHandler):
    @operation(reply=HealthReply())
    async def get(self) -> dict[str, Any]:
        """As healthz, and 503 from the moment on that the server is being stopped."""
        if self.services.draining:
            raise by_status(503)
        await self.services.storage.ping()
        return {"status": "ok"}

    head: Any = get


routes = [
    (r"/healthz/", HealthHandler),
    (r"/readyz/", ReadyHandler),
]
