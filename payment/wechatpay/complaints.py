"""What payers complain about at WeChat, and what a merchant does about it. Source: pay.weixin.qq.com, 消费者投诉 2.0.

The calls are signed requests of our own (``payment.wechatpay.signed_requests``). No act is idempotent: after
``Unknown`` the history, or the detail, says whether it was done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payment.wechatpay.complaint_replies import (
    MEDIA_ID,
    NUMBER,
    Detail,
    Listed,
    Negotiated,
    read_detail,
    read_history,
    read_page,
)
from payment.wechatpay.errors import NotFound, Unknown
from payment.wechatpay.gateway import Gateway
from payment.wechatpay.results import Malformed
from payment.wechatpay.signed_requests import SignedRequests
from transport import reply_limit

ROOT = "/v3/merchant-service"
COMPLAINTS = f"{ROOT}/complaints-v2"
ADDRESS = f"{ROOT}/complaint-notifications"
IMAGES = f"{ROOT}/images"
PAGE = 50
MAX_HISTORY = 300
MAX_ANSWER = 200
MAX_PICTURES = 4
MAX_PICTURE_BYTES = 2 * 1024 * 1024
MAX_URL = 255


class ComplaintCalls:
    """The calls; each may raise what every call of the gateway may (``payment.wechatpay.errors``)."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @property
    def _requests(self) -> SignedRequests:
        return self._gateway.requests

    @property
    def _mchid(self) -> str:
        return self._gateway.merchant.mchid

    async def page(self, begin: str, end: str, offset: int) -> list[Listed | None]:
        """Up to ``PAGE`` complaints that were made on Shanghai's days from ``begin`` to ``end``, 30 at the most; None
        for one that cannot be read."""
        query: dict[str, str | int] = {
            "limit": PAGE,
            "offset": offset,
            "begin_date": begin,
            "end_date": end,
            "complainted_mchid": self._mchid,
        }
        reply = await self._requests.get(COMPLAINTS, query)
        return read_page(reply)

    async def detail(self, complaint_id: str) -> Detail:
        """Raises ``NotFound`` too: a notification may come before WeChat's own servers know the complaint."""
        reply = await self._requests.get(_path(complaint_id))
        try:
            found = read_detail(reply, self._requests.decrypt)
        except Malformed as problem:
            raise Unknown(f"a malformed reply, {problem}", status=200) from None
        if found.complaint_id != complaint_id:
            raise Unknown("a reply about another complaint", status=200)
        return found

    async def history(self, complaint_id: str) -> list[Negotiated]:
        """The newest ``MAX_HISTORY`` entries, oldest first."""
        reply = await self._requests.get(
            f"{_path(complaint_id)}/negotiation-historys", {"limit": MAX_HISTORY, "offset": 0}
        )
        return read_history(reply)

    async def answer(self, complaint_id: str, text: str, media_ids: Sequence[str]) -> None:
        """Not idempotent: sent twice, the payer reads it twice."""
        body = {
            "complainted_mchid": self._mchid,
            "response_content": _limited(text),
            "response_images": list(media_ids),
        }
        await self._act(complaint_id, "response", body)

    async def complete(self, complaint_id: str) -> None:
        await self._act(complaint_id, "complete", {"complainted_mchid": self._mchid})

    async def approve_refund(self, complaint_id: str) -> None:
        """Moves no money: the refund is made before, through the refunds."""
        await self._act(complaint_id, "update-refund-progress", {"action": "APPROVE", "launch_refund_day": 0})

    async def reject_refund(self, complaint_id: str, reason: str, media_ids: Sequence[str]) -> None:
        body: dict[str, Any] = {"action": "REJECT", "reject_reason": _limited(reason)}
        if media_ids:
            body["reject_media_list"] = list(media_ids)
        await self._act(complaint_id, "update-refund-progress", body)

    async def _act(self, complaint_id: str, act: str, body: Mapping[str, Any]) -> None:
        await self._requests.send("POST", f"{_path(complaint_id)}/{act}", body, expect_empty=True)

    async def upload(self, content: bytes) -> str:
        """A JPEG, at most ``MAX_PICTURE_BYTES``: its media_id. Nobody sees it before an act names it."""
        if len(content) > MAX_PICTURE_BYTES:
            raise ValueError("a picture of more than 2 MiB")
        reply = await self._requests.upload(f"{IMAGES}/upload", "picture.jpg", content, "image/jpeg")
        media_id = reply.get("media_id")
        if not isinstance(media_id, str) or not MEDIA_ID.fullmatch(media_id):
            raise Unknown("a reply without a usable media_id", status=200)
        return media_id

    async def image(self, media_id: str) -> bytes:
        """The bytes of a picture, unverified, as uploaded by whomever: decode them before anybody sees them."""
        token = reply_limit.set(MAX_PICTURE_BYTES + 1024 * 1024)
        try:
            return (await self._requests.download(f"{IMAGES}/{media_id}")).content
        finally:
            reply_limit.reset(token)

    # Where notifications go

    async def address(self) -> str | None:
        """The registered address; None when there is none."""
        try:
            reply = await self._requests.get(ADDRESS)
        except NotFound:
            return None
        url = reply.get("url")
        return url if isinstance(url, str) else None

    async def set_address(self, url: str) -> bool:
        """Register it, or replace the one that is there; False when it was registered already. https, at most
        ``MAX_URL`` characters."""
        known = await self.address()
        if known == url:
            return False
        await self._requests.send("POST" if known is None else "PUT", ADDRESS, {"url": url})
        return True

    async def remove_address(self) -> bool:
        """False when there was none."""
        try:
            await self._requests.send("DELETE", ADDRESS, expect_empty=True)
        except NotFound:
            return False
        return True


def _path(complaint_id: str) -> str:
    if not NUMBER.fullmatch(complaint_id):
        raise ValueError("not a number of a complaint")
    return f"{COMPLAINTS}/{complaint_id}"


def _limited(text: str) -> str:
    if not 1 <= len(text) <= MAX_ANSWER:
        raise ValueError(f"an answer of 1 to {MAX_ANSWER} characters is wanted")
    return text
