"""The endpoints of "消费者投诉 2.0": list, detail, history, the merchant's acts, pictures, the notification address."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from typing import Any

import orjson
from tornado.httputil import HTTPFile, parse_multipart_form_data

from .complaint_book import Complaint
from .errors import PayError
from .formats import SHANGHAI
from .gateway import PayHandler, Reply

MAX_SPAN_DAYS = 30
MAX_PICTURE_BYTES = 2 * 1024 * 1024
_MAGIC = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "bmp": b"BM"}
_MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "bmp": "image/bmp"}
_URL = re.compile(r"https://[^\s?#]+|http://(?:127\.0\.0\.1|localhost)(?::\d+)?/[^\s?#]*")
"""WeChat takes https alone; the stand-in runs beside a server on the same machine, too."""


class ComplaintHandler(PayHandler):
    """Base: finds the complaint that the path names, and the address of the gateway."""

    def complaint(self, path: dict[str, str]) -> Complaint:
        self.sandbox.complaints.settle_due()
        return self.sandbox.complaints.book.get(path["complaint_id"])

    def base(self) -> str:
        if self.sandbox.public_url:
            return self.sandbox.public_url
        uri = self.request.uri or ""
        return f"{self.request.protocol}://{self.request.host}{uri[: len(uri) - len(self.gateway_url())]}"

    def number(self, name: str, default: int, smallest: int, largest: int) -> int:
        text = self.query().get(name, str(default))
        if not text.isascii() or not text.isdigit() or not smallest <= int(text) <= largest:
            raise PayError(400, "PARAM_ERROR", f"{name} 应为 {smallest} 到 {largest}", f"/{name}")
        return int(text)


class ListHandler(ComplaintHandler):
    """GET /v3/merchant-service/complaints-v2"""

    endpoint = "complaint_list"

    async def act(self, path: dict[str, str]) -> Reply:
        self.sandbox.complaints.settle_due()
        begin, end = self._day("begin_date"), self._day("end_date")
        if not 0 <= (end - begin).days < MAX_SPAN_DAYS:
            raise PayError(400, "PARAM_ERROR", f"查询的时间跨度不超过 {MAX_SPAN_DAYS} 天", "/end_date")
        limit, offset = self.number("limit", 10, 1, 50), self.number("offset", 0, 0, 10**9)
        mchid = self.query().get("complainted_mchid", self.sandbox.identity.mchid)
        if mchid != self.sandbox.identity.mchid:
            raise PayError(403, "NO_AUTH", "无权查询其他商户的投诉")
        context, as_of = self.sandbox.context, None
        if fault := context.faults.take("complaint_list_lags", self.scopes):
            as_of = context.clock() - int(fault["seconds"] * 1000)
        book = self.sandbox.complaints.book
        found = [
            item
            for item in book.newest()
            if begin <= _day_of(item.created_at) <= end and (as_of is None or item.created_at <= as_of)
        ]
        content: dict[str, Any] = {
            "data": [book.describe(item, self.base(), as_of) for item in found[offset : offset + limit]],
            "limit": limit,
            "offset": offset,
        }
        if offset == 0:
            content["total_count"] = len(found)
        return 200, content

    def _day(self, name: str) -> datetime.date:
        text = self.query().get(name, "")
        try:
            if len(text) == 10:
                return datetime.date.fromisoformat(text)
        except ValueError:
            pass
        raise PayError(400, "PARAM_ERROR", f"{name} 应为 yyyy-MM-dd", f"/{name}")


def _day_of(at: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(at / 1000, SHANGHAI).date()


class DetailHandler(ComplaintHandler):
    """GET …/complaints-v2/{complaint_id}"""

    endpoint = "complaint_detail"

    async def act(self, path: dict[str, str]) -> Reply:
        complaint = self.complaint(path)
        content = self.sandbox.complaints.book.describe(complaint, self.base())
        return 200, {**content, "payer_openid": complaint.openid}


class HistoryHandler(ComplaintHandler):
    """GET …/complaints-v2/{complaint_id}/negotiation-historys"""

    endpoint = "complaint_history"

    async def act(self, path: dict[str, str]) -> Reply:
        complaint = self.complaint(path)
        limit, offset = self.number("limit", 100, 1, 300), self.number("offset", 0, 0, 10**9)
        found = self.sandbox.complaints.book.describe_history(complaint, self.base())
        content = {"data": found[offset : offset + limit], "limit": limit, "offset": offset}
        return 200, {**content, "total_count": len(found)} if offset == 0 else content


class RespondHandler(ComplaintHandler):
    """POST …/complaints-v2/{complaint_id}/response"""

    endpoint = "complaint_response"

    async def act(self, path: dict[str, str]) -> Reply:
        self.sandbox.complaints.respond(self.complaint(path), self.body)
        return 204, None


class CompleteHandler(ComplaintHandler):
    """POST …/complaints-v2/{complaint_id}/complete"""

    endpoint = "complaint_complete"

    async def act(self, path: dict[str, str]) -> Reply:
        self.sandbox.complaints.complete(self.complaint(path), self.body)
        return 204, None


class RefundProgressHandler(ComplaintHandler):
    """POST …/complaints-v2/{complaint_id}/update-refund-progress"""

    endpoint = "complaint_refund"

    async def act(self, path: dict[str, str]) -> Reply:
        self.sandbox.complaints.decide_refund(self.complaint(path), self.body)
        return 204, None


class AddressHandler(ComplaintHandler):
    """POST, GET, PUT, DELETE /v3/merchant-service/complaint-notifications: one address per merchant number"""

    endpoint = "complaint_address"

    async def put(self, **path: str) -> None:
        await self._serve(path)

    async def delete(self, **path: str) -> None:
        await self._serve(path)

    async def act(self, path: dict[str, str]) -> Reply:
        book, method = self.sandbox.complaints.book, self.request.method
        if method in ("POST", "PUT"):
            url = self.body.get("url")
            if not isinstance(url, str) or not 1 <= len(url) <= 255 or not _URL.fullmatch(url):
                raise PayError(400, "PARAM_ERROR", "url 应为 255 个字符以内的 https 地址", "/url")
            if method == "POST" and book.url is not None:
                raise PayError(400, "INVALID_REQUEST", "投诉通知地址已存在，请更新")
            if method == "PUT" and book.url is None:
                raise PayError(404, "RESOURCE_NOT_EXISTS", "投诉通知地址不存在，请先创建")
            book.set_url(url)
        elif book.url is None:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "投诉通知地址不存在")
        if method == "DELETE":
            book.set_url(None)
            return 204, None
        return 200, {"mchid": self.sandbox.identity.mchid, "url": book.url}


class UploadHandler(ComplaintHandler):
    """POST /v3/merchant-service/images/upload: multipart, of which only ``meta`` is signed"""

    endpoint = "complaint_upload"

    def signed_body(self) -> bytes:
        meta = self._part("meta")
        return meta if meta is not None else self.request.body

    def _part(self, name: str) -> bytes | None:
        files: dict[str, list[HTTPFile]] = {}
        fields: dict[str, list[bytes]] = {}
        found = re.search(r"boundary=\"?([^\";]+)", self.request.headers.get("Content-Type", ""))
        if found is None:
            return None
        try:
            parse_multipart_form_data(found[1].encode(), self.request.body, fields, files)
        except Exception:
            return None
        if name in fields:
            return fields[name][-1]
        return bytes(files[name][-1].body) if name in files else None

    def _read_body(self) -> None:
        if not self.request.headers.get("Content-Type", "").startswith("multipart/form-data"):
            raise PayError(400, "PARAM_ERROR", "请求应为 multipart/form-data")

    async def act(self, path: dict[str, str]) -> Reply:
        meta, content = self._part("meta"), self._part("file")
        try:
            described = orjson.loads(meta or b"")
        except orjson.JSONDecodeError:
            described = None
        if not isinstance(described, dict) or content is None:
            raise PayError(400, "PARAM_ERROR", "缺少 meta 或 file")
        ending = str(described.get("filename", "")).rpartition(".")[2].lower()
        ending = "jpg" if ending == "jpeg" else ending
        if ending not in _MAGIC or not content.startswith(_MAGIC[ending]):
            raise PayError(400, "PARAM_ERROR", "图片应为 jpg、png 或 bmp", "/meta/filename")
        if len(content) > MAX_PICTURE_BYTES:
            raise PayError(400, "PARAM_ERROR", "图片不能超过 2 MB", "/file")
        if described.get("sha256") != hashlib.sha256(content).hexdigest():
            raise PayError(400, "PARAM_ERROR", "图片的 sha256 不符", "/meta/sha256")
        return 200, {"media_id": self.sandbox.complaints.add_picture(content, _MEDIA_TYPES[ending], ending)}


class ImageHandler(ComplaintHandler):
    """GET /v3/merchant-service/images/{media_id}: a signed request with an unsigned, binary reply"""

    endpoint = "complaint_image"

    async def get(self, **path: str) -> None:
        self._verify()
        self._collect(path)
        self.faults.setdefault("unsigned", {})
        await self.fail(committed=False)
        picture = self.sandbox.complaints.book.pictures.get(path["media_id"])
        gone = self.sandbox.context.faults.take("complaint_image_gone", self.scopes)
        if picture is None or gone:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "图片不存在")
        await self.fail(committed=True)
        self._send(200, base64.b64decode(picture.content), picture.media_type)

    async def act(self, path: dict[str, str]) -> Reply:
        raise PayError(405, "INVALID_REQUEST", "不支持的请求方法")
