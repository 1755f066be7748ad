"""The stand-in's own endpoint for complaints: what a payer, and the passing of time, do to them."""

from __future__ import annotations

from typing import Any

from .complaint_book import Complaint
from .errors import ControlError
from .web import ControlHandler


class ComplaintsHandler(ControlHandler):
    """GET complaints/ ?complaint_id= | ?out_trade_no=&limit=

    POST complaints/ {out_trade_no, detail?, problem_type?, refund_fen?, images?}: the payer complains;
    {complaint_id, act: continue | withdraw | reply | platform | expire, text?}: what happens to it then
    """

    def get(self) -> None:
        query, book = self.query(), self.sandbox.complaints.book
        found = [
            item
            for item in book.newest()
            if query.get("out_trade_no", item.out_trade_no) == item.out_trade_no
            and query.get("complaint_id", item.complaint_id) == item.complaint_id
        ]
        views = [complaint_view(item) for item in found[: self.limit()]]
        self.reply({"code": 0, "total": len(found), "url": book.url, "complaints": views})

    async def post(self) -> None:
        wish, complaints = self.wish(), self.sandbox.complaints
        if "complaint_id" in wish:
            complaint = complaints.book.complaints.get(str(wish["complaint_id"]))
            if complaint is None:
                raise ControlError(404, "unknown_complaint", "没有这件投诉")
            text = wish.get("text", "")
            if not isinstance(text, str) or len(text) > 500:
                raise ControlError(400, "invalid", "text 有误", {"text": ["至多 500 个字"]})
            complaints.act_of_payer(complaint, str(wish.get("act")), text)
        else:
            images = wish.get("images", 1)
            if type(images) is not int or not 0 <= images <= 4:
                raise ControlError(400, "invalid", "images 有误", {"images": ["0 到 4"]})
            complaint = complaints.file(wish)
        await self.sandbox.settle_due()
        self.reply({"code": 0, **complaint_view(complaint)})


def complaint_view(complaint: Complaint) -> dict[str, Any]:
    """A complaint on the wire of the stand-in; money in fen, times in ms."""
    names = (
        "complaint_id", "out_trade_no", "openid", "detail", "problem_type", "refund_fen", "created_at", "state",
        "times", "waiting_user", "platform", "full_refunded", "history",
    )  # fmt: skip
    return {name: getattr(complaint, name) for name in names}
