"""Merchant transfers (商家转账): asked for, asked about, cancelled; the payee confirms each in WeChat.

Source: pay.weixin.qq.com, 发起转账, 商户单号查询转账单, 撤销转账 and 商家转账回调通知. wechatpayv3 builds some of
these requests in ways that WeChat refuses, so they are ``signed_requests``.
Every call may raise what ``Gateway`` raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from frozen_dataclasses import frozen
from payment.wechatpay.errors import Unknown
from payment.wechatpay.merchant import Merchant
from payment.wechatpay.numbers import TRANSFER_NUMBER
from payment.wechatpay.results import Malformed, optional_fen, optional_text, parse_time, token
from payment.wechatpay.signed_requests import SignedRequests

PATH = "/v3/fund-app/mch-transfer/transfer-bills"
STATES = frozenset(
    {
        "ACCEPTED",
        "PROCESSING",
        "WAIT_USER_CONFIRM",
        "TRANSFERING",
        "SUCCESS",
        "FAIL",
        "CANCELING",
        "CANCELLED",
    }
)
MAX_PACKAGE = 1024


@frozen()
class TransferResult:
    """A transfer as WeChat sees it. ``package`` comes with the reply to a request alone, and only while the payee is
    waited for. What a reply does not tell is None. ``raw`` holds personal data."""

    out_bill_no: str
    wechat_bill_no: str
    state: str
    amount_fen: int | None
    openid: str | None = field(repr=False)
    appid: str | None
    mchid: str | None
    fail_reason: str
    package: str = field(repr=False)
    created_at: int | None
    updated_at: int | None
    raw: Mapping[str, Any] = field(repr=False)


def parse_transfer(data: Mapping[str, Any]) -> TransferResult:
    """Reads the object of a reply or of an MCHTRANSFER notification; raises ``Malformed``."""
    state = token(data, "state", 32)
    if state not in STATES:
        raise Malformed("state is none of the documented states")
    times = {name: optional_text(data, name, 64) for name in ("create_time", "update_time")}
    created, updated = (text and parse_time(text, name) for name, text in times.items())
    return TransferResult(
        out_bill_no=token(data, "out_bill_no", 32),
        wechat_bill_no=token(data, "transfer_bill_no", 64),
        state=state,
        amount_fen=optional_fen(data, "transfer_amount"),
        openid=optional_text(data, "openid", 128),
        appid=optional_text(data, "appid", 64),
        mchid=optional_text(data, "mch_id", 64),
        fail_reason=(optional_text(data, "fail_reason", 256) or "")[:64],
        package=optional_text(data, "package_info", MAX_PACKAGE) or "",
        created_at=created or None,
        updated_at=updated or None,
        raw=data,
    )


class MerchantTransfers:
    """The calls of one merchant; ``requests`` is the gateway's."""

    def __init__(self, merchant: Merchant, requests: SignedRequests) -> None:
        self.merchant = merchant
        self._requests = requests

    def encrypt(self, name: str) -> tuple[str, str]:
        """A payee's name for WeChat Pay alone, and the serial of the key. Raises ``Misconfigured``."""
        return self._requests.encrypt(name)

    async def create(self, request: Mapping[str, Any], key_serial: str) -> TransferResult:
        """``POST …/transfer-bills``. Repeating it with identical values is safe, and tells the package again."""
        number = str(request["out_bill_no"])
        reply = await self._requests.send("POST", PATH, request, encrypted_to=key_serial)
        return _same(reply, number)

    async def query(self, out_bill_no: str) -> TransferResult:
        """``GET …/out-bill-no/…``; ``NotFound`` if WeChat never got it, does not know it yet, or after 30 days."""
        reply = await self._requests.get(_path_of(out_bill_no))
        return _same(reply, out_bill_no)

    async def cancel(self, out_bill_no: str) -> str:
        """``POST …/cancel``, with an empty body: accepted, and a query says what came of it. The state."""
        reply = await self._requests.send("POST", f"{_path_of(out_bill_no)}/cancel")
        return _same(reply, out_bill_no).state


def _path_of(out_bill_no: str) -> str:
    if not TRANSFER_NUMBER.fullmatch(out_bill_no):
        raise ValueError("not a number that can be used for a transfer")
    return f"{PATH}/out-bill-no/{out_bill_no}"


def _same(reply: dict[str, Any], out_bill_no: str) -> TransferResult:
    try:
        result = parse_transfer(reply)
    except Malformed as problem:
        raise Unknown(f"a malformed reply, {problem}", status=200) from None
    if result.out_bill_no != out_bill_no:
        raise Unknown("a reply about another transfer", status=200)
    return result
