"""The complaints that payers have filed, the pictures in them, and the merchant's address for news of them: records,
journalled like all others, and how WeChat describes them.

Source: "消费者投诉 2.0" of the API v3 documents.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1

from .context import SandboxContext
from .errors import PayError
from .formats import rfc3339
from .state import Order, Record
from .store import Store

IMAGES = "/v3/merchant-service/images/"
PAYER_PHONE = "13800138000"
"""Of everybody who complains: a number that is reserved for examples."""
_OAEP = OAEP(mgf=MGF1(algorithm=SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 as WeChat does


@dataclass
class Complaint(Record):
    """A complaint of an order's payer. ``changes``: what its state was from when on, for a list that lags."""

    kind: ClassVar[str] = "complaint"
    key_field: ClassVar[str] = "complaint_id"

    complaint_id: str
    out_trade_no: str
    openid: str
    detail: str
    problem_type: str  # REFUND, SERVICE_NOT_WORK, OTHERS
    refund_fen: int
    created_at: int
    state: str = "PENDING"  # PENDING, PROCESSING, PROCESSED
    times: int = 1
    waiting_user: bool = False  # the payer has said something that was not answered
    platform: bool = False
    full_refunded: bool = False
    approved_at: int | None = None
    phone: str = "sealed"  # sealed, missing, garbled
    images: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Picture(Record):
    """A picture that a payer or the merchant has uploaded."""

    kind: ClassVar[str] = "complaint_picture"
    key_field: ClassVar[str] = "media_id"

    media_id: str
    media_type: str
    content: str  # base64
    created_at: int


class ComplaintBook:
    """Everything remembered about complaints."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._store: Store = context.state.store
        self.complaints = {key: Complaint(**body) for key, body in self._store.read(Complaint.kind)}
        self.pictures = {key: Picture(**body) for key, body in self._store.read(Picture.kind)}
        self._url = {key: str(body["url"]) for key, body in self._store.read("complaint_url")}

    @property
    def url(self) -> str | None:
        """Where news of complaints is sent; None: nowhere."""
        return self._url.get(self._context.identity.mchid)

    def set_url(self, url: str | None) -> None:
        mchid = self._context.identity.mchid
        if url is None:
            self._url.pop(mchid, None)
        else:
            self._url[mchid] = url
        self._store.put("complaint_url", mchid, None if url is None else {"url": url})

    def newest(self) -> list[Complaint]:
        return sorted(self.complaints.values(), key=lambda item: -item.created_at)

    def get(self, complaint_id: str) -> Complaint:
        found = self.complaints.get(complaint_id)
        if found is None:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "投诉单不存在")
        return found

    def keep(self, complaint: Complaint) -> None:
        """Store a new or changed complaint, with what it is now."""
        now = self._context.clock()
        present = {
            "at": now,
            "state": complaint.state,
            "times": complaint.times,
            "waiting_user": complaint.waiting_user,
        }
        if not complaint.changes or any(
            complaint.changes[-1][name] != present[name] for name in ("state", "times", "waiting_user")
        ):
            complaint.changes.append(present)
        self.complaints[complaint.complaint_id] = complaint
        self._store.put(complaint.kind, complaint.key, complaint.document())

    def keep_picture(self, picture: Picture) -> None:
        self.pictures[picture.media_id] = picture
        self._store.put(picture.kind, picture.key, picture.document())

    def order(self, complaint: Complaint) -> Order:
        return self._context.state.orders[complaint.out_trade_no]

    def describe(self, complaint: Complaint, base: str, at: int | None = None) -> dict[str, Any]:
        """A complaint as the list shows it; ``at``: as it was then. ``base``: the address of the gateway."""
        order = self.order(complaint)
        state, times, waiting = complaint.state, complaint.times, complaint.waiting_user
        if at is not None:
            past = [change for change in complaint.changes if change["at"] <= at]
            known = past[-1] if past else complaint.changes[0]
            state, times, waiting = known["state"], known["times"], known["waiting_user"]
        content: dict[str, Any] = {
            "complaint_id": complaint.complaint_id,
            "complaint_time": rfc3339(complaint.created_at),
            "complaint_detail": complaint.detail,
            "complaint_state": state,
            "complaint_order_info": [
                {
                    "transaction_id": order.transaction_id,
                    "out_trade_no": order.out_trade_no,
                    "amount": order.amount_fen,
                }
            ],
            "complaint_full_refunded": complaint.full_refunded,
            "incoming_user_response": waiting,
            "user_complaint_times": times,
            "complaint_media_list": self._media(complaint.images, base, "USER_COMPLAINT_IMAGE"),
            "problem_description": {
                "REFUND": "申请退款",
                "SERVICE_NOT_WORK": "服务权益未生效",
            }.get(complaint.problem_type, "其他"),
            "problem_type": complaint.problem_type,
            "in_platform_service": complaint.platform,
            "need_immediate_service": False,
            "user_tag_list": [],
        }
        if complaint.problem_type == "REFUND":
            content["apply_refund_amount"] = complaint.refund_fen
        if (phone := self._phone(complaint)) is not None:
            content["payer_phone"] = phone
        return content

    def _phone(self, complaint: Complaint) -> str | None:
        if complaint.phone == "missing":
            return None
        if complaint.phone == "garbled":
            return base64.b64encode(bytes(range(256))).decode()
        key = self._context.keyring.merchant
        return base64.b64encode(key.encrypt(PAYER_PHONE.encode(), _OAEP)).decode()

    @staticmethod
    def _media(images: list[str], base: str, kind: str) -> list[dict[str, Any]]:
        if not images:
            return []
        return [{"media_type": kind, "media_url": [f"{base}{IMAGES}{name}" for name in images]}]

    def describe_history(self, complaint: Complaint, base: str) -> list[dict[str, Any]]:
        """What was said, the newest first."""
        return [
            {
                "log_id": entry["log_id"],
                "operator": entry["operator"],
                "operate_time": rfc3339(entry["at"]),
                "operate_type": entry["type"],
                "operate_details": entry["details"],
                "image_list": [f"{base}{IMAGES}{name}" for name in entry["images"]],
                "complaint_media_list": self._media(entry["images"], base, "OPERATION_IMAGE"),
            }
            for entry in reversed(complaint.history)
        ]
