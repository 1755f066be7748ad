"""Supplements (补款) of the caller's orders: disputing one, and the photo of its receipt."""

from __future__ import annotations

from typing import Any

from handlers.api_handler import ApiHandler
from handlers.operation import operation
from handlers.sealed_downloads import JPEG, send_sealed
from orders.supplements import deciding, reading
from schemas.supplement import Dispute
from schemas.user import Done
from storage import Transaction
from storage.models import Order, Supplement


class DisputeHandler(ApiHandler):
    limited_as = "order"

    @operation(body=Dispute, reply=Done, auth="user", errors=(404, 409, 502, 503, 504))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """The caller, who is to pay a supplement, does not agree: the office looks at it, and it cannot be paid until
        the office opens it again. Repeating it changes nothing."""
        said = deciding.Dispute(self.caller.id, given["reason"], self.now())
        async with self.services.storage.reading() as reader:  # before its payment is closed
            await deciding.find_to_pay(reader, given["id"], self.caller.id)

        async def decide(tx: Transaction, order: Order, supplement: Supplement) -> None:
            await deciding.dispute(tx, order, supplement, said)

        await self.services.payments.release_supplement(given["id"], decide)
        return {"msg": "已收到，客服会尽快联系您"}


class ReceiptHandler(ApiHandler):
    produces = JPEG

    @operation(auth="user", errors=(404,))
    async def get(self, supplement_id: str) -> None:
        """The photo of a supplement's receipt, to who may pay it and to the escort who has proposed it."""
        async with self.services.storage.reading() as reader:
            file = await reading.receipt_for(reader, int(supplement_id), self.caller.id)
        await send_sealed(self, self.services.documents, file)


routes = [
    (r"/user/disputeSupplement/", DisputeHandler),
    (r"/supplements/([0-9]{1,18})/receipt/", ReceiptHandler),
]
