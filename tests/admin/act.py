"""What an act of the administrators' side is, as the tests try each of them, and doing one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import HTTPResponse

from tests.admin.act_preparations import Preparation, Ready
from tests.admin.clients import Client


@dataclass(frozen=True)
class Act:
    """``path``: below ``admin/``, with ``{id}``. ``alone``: it leaves one row; others may leave more than their own."""

    path: str
    name: str
    subject: str
    ready: Preparation
    fields: dict[str, Any] = field(default_factory=dict)
    alone: bool = True
    method: str = "POST"

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"

    async def do(self, ready: Ready, owner: Client) -> HTTPResponse:
        """Send what stands ready, in the browser that it is ready for."""
        client, path = ready.client or owner, "admin/" + self.path.replace("{id}", str(ready.id))
        fields = {**ready.fields, **self.fields}
        if ready.file:
            return await client.upload(path, fields, ready.file)
        return await (client.get(path) if self.method == "GET" else client.post(path, fields))
