"""What we say to WeChat Pay: orders, queries, closes, refunds and bills, with one clear outcome per call.

Requests are built, signed and sent by wechatpayv3. Its handling of replies is replaced: it checks signatures of 2xx
replies alone, drops headers and raw bytes, knows one public key, and empties its certificates before it asks for new
ones. Here every reply is verified over its raw bytes with ``PlatformKeys``, and ends as a frozen dataclass or as one
of the errors of ``payment.wechatpay.errors``. Nothing is repeated in here: the caller knows what has been stored, and
repeats with the same number.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

import httpx

from clock import Clock, now_ms, shanghai
from payment.wechatpay.bills import bill_file
from payment.wechatpay.calls import Calls, Limits, Send, one_line, raise_error
from payment.wechatpay.errors import Unknown
from payment.wechatpay.keys import PlatformKey, PlatformKeys, read_certificates
from payment.wechatpay.library import build_library, require_known_version
from payment.wechatpay.merchant import WECHAT_BASE_URL, Merchant
from payment.wechatpay.numbers import REFUND_NUMBER, TRADE_NUMBER
from payment.wechatpay.results import Malformed, RefundResult, Transaction, parse_refund, parse_transaction
from payment.wechatpay.signed_requests import SignedRequests
from payment.wechatpay.signing import KeyProblem
from payment.wechatpay.verification import NotificationRefused, verify
from transport import BoundedTransport, open_client, reply_limit

__all__ = ["Gateway", "Limits", "rfc3339"]

_T = TypeVar("_T")
_PREPAY_ID = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)
"""WeChat documents string[1,64], and that is what the column holds."""


class Gateway:
    """WeChat Pay's v3 API for one merchant. Open it at start-up, close it at shutdown; it is its own context
    manager.

    Every call may raise ``Unknown``, ``Busy``, ``Refused`` or a subclass of it (``payment.wechatpay.errors``), and
    ``ValueError`` for arguments that WeChat would refuse by its own documents.
    """

    def __init__(
        self,
        merchant: Merchant,
        keys: PlatformKeys,
        *,
        base_url: str = WECHAT_BASE_URL,
        limits: Limits | None = None,
        clock: Clock = now_ms,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``clock`` only judges the age of replies (the library signs requests with the computer's own time);
        ``transport`` takes the place of the network in tests. ``RuntimeError``: not the library that was read."""
        require_known_version()
        self.merchant = merchant
        self.keys = keys
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._transport = transport
        self._calls = Calls(keys, limits or Limits(), clock)
        self._built: Any = None
        self._http: httpx.AsyncClient | None = None
        self.requests = SignedRequests(merchant, self._calls, self._base_url)
        keys.fetch_with(self.fetch_certificates)

    async def open(self) -> None:
        """Makes the HTTP client and connects to nothing: the server starts although WeChat cannot be reached.

        In certificate mode the first fetch of the certificates begins in the background.
        """
        # In place of the library's own __aenter__, which builds an unbounded client that honours proxy
        # variables and, in certificate mode, refuses to start while WeChat is down.
        self._http = open_client(
            timeouts=self._calls.limits.timeouts, transport=self._transport, kind=BoundedTransport
        )
        self.requests.client = self._client
        self._calls.is_open = True
        if self.merchant.public_key_id is None or self.merchant.use_certificates:
            self.keys.request_refresh()

    async def close(self) -> None:
        """Ends a running key refresh and closes the connections."""
        await self.keys.close()
        self._calls.is_open = False
        if self._http is not None:
            await self._http.aclose()
            self._http = self._built = None

    @property
    def _library(self) -> Any:
        """Made with the first call, as most of what it holds is needed by nothing else."""
        if self._built is None:
            self._built = build_library(self.merchant, self._base_url, self._client())
        return self._built

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            raise RuntimeError("the gateway is not open")
        return self._http

    @property
    def clock_skew_ms(self) -> int | None:
        """WeChat's time minus ours at the last reply that carried a time, to the second; None before the first."""
        return self._calls.clock_skew_ms

    async def __aenter__(self) -> Gateway:
        await self.open()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    # Payments

    async def create_order(
        self,
        *,
        out_trade_no: str,
        description: str,
        total_fen: int,
        openid: str,
        expire_at: int,
        attach: str = "",
    ) -> str:
        """``POST /v3/pay/transactions/jsapi``: the prepay_id, good for two hours.

        Repeating it with identical arguments is safe and gives a fresh prepay_id; so all of them are stored
        with the attempt. ``expire_at`` (milliseconds) is the last moment to pay, to the second, at least a
        minute from now. Where the error has ``must_query``, an earlier request with this number may have
        succeeded.
        """
        _check_number(out_trade_no, TRADE_NUMBER)
        if total_fen < 1 or not openid or len(attach) > 128:
            raise ValueError("an order needs a fen or more, an openid and an attach of at most 128")
        reply = await self._calls.json(
            "create_order",
            lambda: self._library.pay(
                description=one_line(description, 127) or "订单",
                out_trade_no=out_trade_no,
                amount={"total": total_fen, "currency": "CNY"},
                payer={"openid": openid},
                time_expire=rfc3339(expire_at),
                attach=attach or None,
            ),
        )
        prepay_id = reply.get("prepay_id")
        if not isinstance(prepay_id, str) or not _PREPAY_ID.fullmatch(prepay_id):
            raise Unknown("a reply without a usable prepay_id", status=200)
        return prepay_id

    async def query_order(self, out_trade_no: str) -> Transaction:
        """``GET /v3/pay/transactions/out-trade-no/…``: how WeChat sees the payment; ``NotFound`` if it does
        not."""
        _check_number(out_trade_no, TRADE_NUMBER)
        reply = await self._calls.json("query_order", lambda: self._library.query(out_trade_no=out_trade_no))
        transaction = _parse(parse_transaction, reply)
        if transaction.out_trade_no != out_trade_no:
            raise Unknown("a reply about another payment", status=200)
        return transaction

    async def close_order(self, out_trade_no: str) -> None:
        """``POST …/close``: it cannot be paid any more. ``AlreadyPaid``, ``AlreadyClosed`` and ``NotFound`` say what
        it was.

        A close of a payment that WeChat never got does not stop a create that is still on its way.
        """
        _check_number(out_trade_no, TRADE_NUMBER)
        await self._calls.json("close_order", lambda: self._library.close(out_trade_no), empty=True)

    # Refunds

    async def refund(
        self, *, out_trade_no: str, out_refund_no: str, refund_fen: int, total_fen: int, reason: str = ""
    ) -> RefundResult:
        """``POST /v3/refund/domestic/refunds``: *accepted*, whatever its status says; done is another word.

        Repeating it with the same ``out_refund_no`` never refunds twice; a new number does.
        """
        _check_number(out_trade_no, TRADE_NUMBER)
        _check_number(out_refund_no, REFUND_NUMBER)
        if not 1 <= refund_fen <= total_fen:
            raise ValueError("a refund is at least one fen and at most the payment")
        reply = await self._calls.json(
            "refund",
            lambda: self._library.refund(
                out_refund_no=out_refund_no,
                out_trade_no=out_trade_no,
                amount={"refund": refund_fen, "total": total_fen, "currency": "CNY"},
                reason=one_line(reason, 80) or None,
                notify_url=self.merchant.refund_notify_url,
            ),
        )
        return _same_refund(_parse(parse_refund, reply), out_refund_no)

    async def query_refund(self, out_refund_no: str) -> RefundResult:
        """``GET /v3/refund/domestic/refunds/…``: how WeChat sees the refund; ``NotFound`` if it never got it."""
        _check_number(out_refund_no, REFUND_NUMBER)
        reply = await self._calls.json("query_refund", lambda: self._library.query_refund(out_refund_no))
        return _same_refund(_parse(parse_refund, reply), out_refund_no)

    # Bills and certificates

    async def trade_bill(self, day: date) -> bytes:
        """The day's payments and refunds as WeChat's CSV, unpacked and checked against its SHA1.

        Available after 10:00 of the next day in Asia/Shanghai. ``NoBill``: nothing happened that day, or it is
        too long ago; ``BillNotReady``: later; ``BadBill``: the file is not the announced one.
        """
        return await self._bill(
            "trade_bill", lambda: self._library.trade_bill(day.isoformat(), "ALL", "GZIP")
        )

    async def fund_flow_bill(self, day: date) -> bytes:
        """The day's movements on the merchant's basic account, fees included; otherwise like ``trade_bill``."""
        return await self._bill(
            "fund_flow_bill", lambda: self._library.fundflow_bill(day.isoformat(), "BASIC", "GZIP")
        )

    async def _bill(self, call: str, ask: Send) -> bytes:
        pointer = bill_file.read_pointer(await self._calls.json(call, ask))
        token = reply_limit.set(bill_file.MAX_DOWNLOAD_BYTES)
        try:
            answer = await self._calls.raw(
                "download_bill",
                lambda: self._library.download_bill(pointer.path),
                self._calls.limits.bill_deadline,
            )
        finally:
            reply_limit.reset(token)
        if answer.status_code != 200:
            raise_error(answer, verified=False)
        return await asyncio.to_thread(bill_file.unpack, answer.content, pointer.sha1)

    async def fetch_certificates(self) -> Iterable[PlatformKey]:
        """``GET /v3/certificates``: WeChat's platform certificates. Merchants with a public key may be refused.

        The reply is signed with one of the certificates in it, or with one that is known; they themselves are
        believed because only WeChat has our APIv3 key.
        """
        answer = await self._calls.raw(
            "certificates", lambda: self._library._core.request("/v3/certificates", skip_verify=True)
        )
        if answer.status_code != 200:
            raise_error(answer, verified=False)
        try:
            fetched = read_certificates(answer.content, self.merchant.apiv3_key.encode("utf-8"))
            believed = PlatformKeys([*fetched, *self.keys.held()], self._clock)
            verify(answer.headers, answer.content, believed, self._clock())
        except (KeyProblem, NotificationRefused) as problem:
            raise Unknown(str(problem), status=200) from None
        return fetched


def rfc3339(at: int) -> str:
    """A time in milliseconds as WeChat wants it, to the second, in Asia/Shanghai:
    ``2018-06-08T10:34:56+08:00``."""
    return shanghai(at).isoformat(timespec="seconds")


def _check_number(number: str, form: re.Pattern[str]) -> None:
    if not form.fullmatch(number):
        raise ValueError("not a number that can be used at WeChat Pay")


def _parse(parse: Callable[[dict[str, Any]], _T], reply: dict[str, Any]) -> _T:
    try:
        return parse(reply)
    except Malformed as problem:
        raise Unknown(f"a malformed reply, {problem}", status=200) from None


def _same_refund(result: RefundResult, out_refund_no: str) -> RefundResult:
    if result.out_refund_no != out_refund_no:
        raise Unknown("a reply about another refund", status=200)
    return result
