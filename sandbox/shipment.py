"""A payment as 发货信息管理 knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from .record import Record


@dataclass
class Shipment(Record):
    """What WeChat was told about a payment (发货信息管理), and what came of it."""

    kind: ClassVar[str] = "shipment"
    key_field: ClassVar[str] = "transaction_id"

    transaction_id: str
    created_at: int
    uploads: list[dict[str, int]] = field(default_factory=list)  # when, and the upload_time that it said
    item_desc: str = ""
    logistics_type: int = 0
    delay_to: int | None = None  # unix seconds: until then it is presale
    shipped_at: int | None = None
    reminded_at: int | None = None
    confirmed_at: int | None = None
    confirm_method: int | None = None
    settled_at: int | None = None
    in_complaint: bool = False
    complaint_no: str = ""
    complaint_until: int | None = None  # unix seconds

    @property
    def last_upload(self) -> int:
        """In unix seconds."""
        return self.uploads[-1]["upload_time"] // 1000 if self.uploads else 0
