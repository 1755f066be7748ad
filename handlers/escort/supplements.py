"""What an escort proposes as a supplement to the price, and the photo of its receipt."""

from __future__ import annotations

from typing import Any

from config import Settings
from handlers.escort.base import EscortHandler
from handlers.escort.picture_upload import EscortPictureUpload
from handlers.operation import operation
from money import FEN_PER_YUAN
from orders.supplements import proposing
from orders.supplements.proposing import Proposed, Receipt, SupplementLimits, Wanted
from orders.visits.jobs import run_once
from schemas.supplement import NewSupplement, NewSupplementReply, ReceiptQuery, ReceiptReply
from storage.models import SupplementKind


def limits_of(settings: Settings) -> SupplementLimits:
    office = settings.office
    return SupplementLimits(office.supplement_max_yuan * FEN_PER_YUAN, office.supplement_days)


class ProposeHandler(EscortHandler):
    @operation(body=NewSupplement, reply=NewSupplementReply, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Propose a supplement (补款) of the order ``id``: the office looks at it before the family pays it. The same
        ``actionId`` again is the same supplement. Until some days after the visit."""
        at, escort_id, limits = self.now(), self.escort.id, limits_of(self.services.settings)
        wanted = Wanted(
            given["id"],
            SupplementKind(given["kind"]),
            given["amount_fen"],
            given["reason"],
            given["action_id"],
        )
        proposed = await run_once(
            self.services.storage, lambda tx: proposing.propose(tx, wanted, escort_id, limits, at)
        )
        return {"id": proposed.supplement_id, "repeated": proposed.repeated}


class ReceiptHandler(EscortPictureUpload):
    @operation(
        query=ReceiptQuery,
        reply=ReceiptReply,
        auth="escort",
        upload="file",
        errors=(404, 409, 413, 429, 503),
    )
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Add the photo of a receipt to the supplement that was proposed with this ``actionId``, once: the first stays.
        JPEG, PNG or WebP, told by its content; what is kept has no metadata."""
        receipt = Receipt(given["id"], given["action_id"])
        content, escort_id, at = self.uploaded(), self.escort.id, self.now()
        async with self.services.storage.transaction() as tx:  # before the work of decoding it
            known = await proposing.find_for_receipt(tx, receipt, escort_id, at)
        if known.receipt_file:
            kept = Proposed(known.id, repeated=True)
        else:
            kept = await self._keep(receipt, await self.decoded(content))
        return {"receipt": f"supplements/{kept.supplement_id}/receipt/", "repeated": kept.repeated}

    async def _keep(self, receipt: Receipt, picture: bytes) -> Proposed:
        at, escort_id = self.now(), self.escort.id

        async def record(file: str) -> Proposed:
            return await self.services.storage.run(
                lambda tx: proposing.add_receipt(tx, receipt, file, escort_id, at)
            )

        return await self.keep_once(self.services.documents, picture, record)


routes = [(r"/escort/supplement/", ProposeHandler), (r"/escort/supplementReceipt/", ReceiptHandler)]
