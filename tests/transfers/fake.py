"""WeChat's transfers in memory, for tests of pages: what it says is set by the test."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from payment.wechatpay.errors import GatewayError, NotFound
from payment.wechatpay.transfers import TransferResult, parse_transfer

MCHID, APPID = "1900000001", "wx1234567890abcdef"


class FakeTransfers:
    """``states``: what each number is in; ``failing``: what the next calls end with."""

    def __init__(self) -> None:
        self.merchant: Any = SimpleNamespace(mchid=MCHID, appid=APPID)
        self.requests: dict[str, dict[str, Any]] = {}
        self.states: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.failing: list[GatewayError] = []
        self.cancelled_as = "CANCELING"

    def encrypt(self, name: str) -> tuple[str, str]:
        return f"encrypted:{len(name)}", "PUB_KEY_ID_1"

    async def create(self, request: Mapping[str, Any], key_serial: str) -> TransferResult:
        if self.failing:
            raise self.failing.pop(0)
        number = str(request["out_bill_no"])
        self.requests.setdefault(number, dict(request))
        self.states.setdefault(number, "WAIT_USER_CONFIRM")
        return self._told(number, package_info=f"package-{number}")

    async def query(self, out_bill_no: str) -> TransferResult:
        if out_bill_no not in self.requests:
            raise NotFound(code="NOT_FOUND", status=404, verified=True)
        known = self.requests[out_bill_no]
        return self._told(
            out_bill_no,
            mch_id=MCHID,
            appid=APPID,
            openid=known["openid"],
            transfer_amount=known["transfer_amount"],
        )

    async def cancel(self, out_bill_no: str) -> str:
        self.states[out_bill_no] = self.cancelled_as
        return "CANCELING"

    def _told(self, number: str, **more: Any) -> TransferResult:
        told = {"out_bill_no": number, "transfer_bill_no": f"13{number[1:20]}", "state": self.states[number]}
        if number in self.reasons:
            told["fail_reason"] = self.reasons[number]
        return parse_transfer({**told, **more})
