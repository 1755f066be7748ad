"""A user's right to their own data: to take it along, and to have it deleted. The books stay, without names."""

from __future__ import annotations

from typing import Any

from accounts import data_export, personal_data
from handlers.api_handler import ApiHandler
from handlers.operation import operation
from schemas.user import DeleteMe, Done, ExportReply


class ExportHandler(ApiHandler):
    limited_as = "export"
    limits_reads = True

    @operation(reply=ExportReply, auth="user")
    async def get(self) -> None:
        """Everything that is stored about the caller, in full."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.write(b'{"code":0,"data":')
        await self.send_pieces(
            data_export.json_chunks(
                self.services.storage,
                self.services.vault,
                self.services.visit_photos,
                self.services.documents,
                self.caller,
            ),
            b"}",
        )


class DeleteMeHandler(ApiHandler):
    @operation(body=DeleteMe, reply=Done, auth="user", errors=(409,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Delete the caller's personal data and sessions. Refused while an order is still under way."""
        at = self.now()
        erased = await self.services.storage.run(lambda tx: personal_data.erase(tx, self.caller, at))
        await self.services.remove_erased(erased)
        return {"msg": "您的个人资料已删除"}


routes = [
    (r"/user/export/", ExportHandler),
    (r"/user/deleteMe/", DeleteMeHandler),
]
