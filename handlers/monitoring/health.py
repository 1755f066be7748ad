"""Is the server alive, and should it be sent requests? A database that reads and cannot write (its disk is full, it is
read-only) cannot serve: both addresses say so."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from handlers.api_handler import ApiHandler
from handlers.errors import ApiError, by_status
from handlers.operation import operation
from schemas.base import Output
from storage import StorageNotWritable

NOT_WRITABLE = "数据库现在不能写入，请稍后再试"


class HealthReply(Output):
    status = fields.String(required=True)


class HealthHandler(ApiHandler):
    quiet = True
    """Asked every few seconds by machines: the access log leaves it out."""

    @operation(reply=HealthReply)
    async def get(self) -> dict[str, Any]:
        """200 when the server can serve: it runs, and its database answers and can write. Else 503; ``error`` is
        ``database_full`` or ``database_read_only`` where that is the cause."""
        await self._check()
        return {"status": "ok"}

    async def _check(self) -> None:
        try:
            await self.services.database_health.check()
        except StorageNotWritable as error:
            raise ApiError(
                503, f"database_{error.reason}", NOT_WRITABLE, headers={"Retry-After": "5"}
            ) from error

    head: Any = get


class ReadyHandler(HealthHandler):
    @operation(reply=HealthReply)
    async def get(self) -> dict[str, Any]:
        """As healthz, and 503 from the moment on that the server is being stopped."""
        if self.services.draining:
            raise by_status(503)
        await self._check()
        return {"status": "ok"}

    head: Any = get


routes = [
    (r"/healthz/", HealthHandler),
    (r"/readyz/", ReadyHandler),
]
