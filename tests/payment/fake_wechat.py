"""WeChat Pay in the memory of a test: the part of the gateway that the heart of ``payment/`` uses, with faults.

Unlike ``sandbox/`` it does without HTTP, so that a test can stop it at any point and look at the database in between.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from clock import HOUR, Clock
from payment.wechatpay import errors
from payment.wechatpay.notification import BadEnvelope, Event
from payment.wechatpay.results import RefundResult, Transaction, parse_refund, parse_transaction

MERCHANT = SimpleNamespace(
    mchid="1900000001",
    appid="wx0000000000000001",
    notify_url="https://example.test/wechatpay/notify/",
    refund_notify_url="https://example.test/wechatpay/refund-notify/",
)


@dataclass
class Charge:
    """An order at WeChat."""

    number: str
    parameters: dict[str, Any]
    state: str = "NOTPAY"
    transaction_id: str = ""
    paid_at: int | None = None
    prepay_ids: list[str] = field(default_factory=list)


@dataclass
class Back:
    """A refund at WeChat."""

    number: str
    trade_number: str
    refund_id: str
    amount_fen: int
    created_at: int
    status: str = "PROCESSING"
    success_at: int | None = None


Fault = Callable[[], Awaitable[None]]


class FakeWeChat:
    """``before[name]`` and ``after[name]`` are faults taken one per call of that method, before or after it worked:
    an exception to raise, or a coroutine function to await. ``calls`` counts methods and numbers."""

    merchant: Any = MERCHANT
    clock_skew_ms: int | None = None

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.charges: dict[str, Charge] = {}
        self.refunds: dict[str, Back] = {}
        self.before: dict[str, list[Exception | Fault]] = defaultdict(list)
        self.after: dict[str, list[Exception | Fault]] = defaultdict(list)
        self.calls: Counter[str] = Counter()
        self.numbers: dict[str, list[str]] = defaultdict(list)
        self.bills: dict[tuple[str, date], bytes] = {}
        self._count = itertools.count(secrets.randbelow(10**12) * 10**9)  # WeChat's numbers never come twice

    async def _meet(self, faults: dict[str, list[Exception | Fault]], name: str) -> None:
        if not faults[name]:
            return
        fault = faults[name].pop(0)
        if isinstance(fault, Exception):
            raise fault
        await fault()

    async def _called(self, name: str, number: str) -> None:
        self.calls[name] += 1
        self.numbers[name].append(number)
        await asyncio.sleep(0)
        await self._meet(self.before, name)

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
        await self._called("create", out_trade_no)
        parameters = {
            "description": description,
            "total_fen": total_fen,
            "openid": openid,
            "expire_at": expire_at,
        }
        charge = self.charges.get(out_trade_no)
        if charge is not None and charge.parameters != parameters:
            raise errors.InvalidRequest(code="INVALID_REQUEST", status=400, verified=True)
        if charge is not None and charge.paid_at is not None:
            raise errors.AlreadyPaid(code="ORDERPAID", status=400, verified=True)
        if charge is not None and charge.state == "CLOSED":
            raise errors.AlreadyClosed(code="ORDER_CLOSED", status=400, verified=True)
        if charge is None:
            charge = self.charges[out_trade_no] = Charge(out_trade_no, parameters)
        charge.prepay_ids.append(f"wx{next(self._count):034d}")
        await self._meet(self.after, "create")
        return charge.prepay_ids[-1]

    def _known(self, number: str) -> Charge:
        if number not in self.charges:
            raise errors.NotFound(code="ORDER_NOT_EXIST", status=404, verified=True)
        return self.charges[number]

    async def query_order(self, out_trade_no: str) -> Transaction:
        await self._called("query", out_trade_no)
        found = parse_transaction(self.transaction(self._known(out_trade_no).number))
        await self._meet(self.after, "query")
        return found

    async def close_order(self, out_trade_no: str) -> None:
        await self._called("close", out_trade_no)
        charge = self._known(out_trade_no)
        if charge.paid_at is not None:
            raise errors.AlreadyPaid(code="ORDERPAID", status=400, verified=True)
        charge.state = "CLOSED"
        await self._meet(self.after, "close")

    async def refund(
        self, *, out_trade_no: str, out_refund_no: str, refund_fen: int, total_fen: int, reason: str = ""
    ) -> RefundResult:
        await self._called("refund", out_refund_no)
        charge = self._known(out_trade_no)
        made = self.refunds.get(out_refund_no)
        others = [
            back for back in self.refunds.values() if back.trade_number == out_trade_no and back is not made
        ]
        reserved = sum(back.amount_fen for back in others if back.status != "CLOSED")
        wrong = (
            charge.paid_at is None
            or total_fen != charge.parameters["total_fen"]
            or reserved + refund_fen > total_fen
            or (made is not None and made.amount_fen != refund_fen)
        )
        if wrong:
            raise errors.InvalidRequest(code="INVALID_REQUEST", status=400, verified=True)
        if made is None:
            refund_id = f"50{next(self._count):026d}"
            made = Back(out_refund_no, out_trade_no, refund_id, refund_fen, self.clock())
            self.refunds[out_refund_no] = made
            charge.state = "REFUND"
        await self._meet(self.after, "refund")
        return parse_refund(self.refund_object(out_refund_no))

    async def query_refund(self, out_refund_no: str) -> RefundResult:
        await self._called("query_refund", out_refund_no)
        if out_refund_no not in self.refunds:
            raise errors.NotFound(code="RESOURCE_NOT_EXISTS", status=404, verified=True)
        return parse_refund(self.refund_object(out_refund_no))

    async def trade_bill(self, day: date) -> bytes:
        return self._bill("trade", day)

    async def fund_flow_bill(self, day: date) -> bytes:
        return self._bill("fund_flow", day)

    def _bill(self, kind: str, day: date) -> bytes:
        if (kind, day) not in self.bills:
            raise errors.NoBill(code="NO_STATEMENT_EXIST", status=400, verified=True)
        return self.bills[kind, day]

    # What happens at WeChat

    def pay(self, number: str) -> None:
        """The person pays; nobody is told."""
        charge = self.charges[number]
        assert charge.state == "NOTPAY", charge.state
        charge.state, charge.paid_at = "SUCCESS", self.clock() // 1000 * 1000
        charge.transaction_id = f"4200{next(self._count):024d}"

    def finish_refund(self, number: str, status: str = "SUCCESS") -> None:
        back = self.refunds[number]
        back.status = status
        back.success_at = self.clock() // 1000 * 1000 if status == "SUCCESS" else None

    @property
    def money_fen(self) -> int:
        """What WeChat holds for the merchant: paid, less what was really given back."""
        paid = sum(c.parameters["total_fen"] for c in self.charges.values() if c.paid_at is not None)
        return paid - sum(back.amount_fen for back in self.refunds.values() if back.status == "SUCCESS")

    # How WeChat tells it

    def transaction(self, number: str, **changes: Any) -> dict[str, Any]:
        """The object of a query and of a notification."""
        charge = self.charges[number]
        content: dict[str, Any] = {
            "appid": MERCHANT.appid,
            "mchid": MERCHANT.mchid,
            "out_trade_no": number,
            "trade_state": charge.state,
            "amount": {"total": charge.parameters["total_fen"], "currency": "CNY"},
        }
        if charge.paid_at is not None:
            content |= {
                "transaction_id": charge.transaction_id,
                "trade_type": "JSAPI",
                "success_time": _when(charge.paid_at),
                "payer": {"openid": charge.parameters["openid"]},
            }
        return {**content, **changes}

    def refund_object(self, number: str, status_name: str = "status") -> dict[str, Any]:
        back = self.refunds[number]
        charge = self.charges[back.trade_number]
        content: dict[str, Any] = {
            "refund_id": back.refund_id,
            "out_refund_no": number,
            "transaction_id": charge.transaction_id,
            "out_trade_no": back.trade_number,
            status_name: back.status,
            "create_time": _when(back.created_at),
            "amount": {"total": charge.parameters["total_fen"], "refund": back.amount_fen, "currency": "CNY"},
        }
        if back.success_at is not None:
            content["success_time"] = _when(back.success_at)
        return content

    def paid_notice(self, number: str, **changes: Any) -> bytes:
        """The body of a payment notification, as :class:``FakeVerifier`` opens it."""
        resource = self.transaction(number, **changes)
        return notice("TRANSACTION.SUCCESS", "transaction", resource)

    def refund_notice(self, number: str) -> bytes:
        resource = self.refund_object(number, "refund_status")
        resource |= {"mchid": MERCHANT.mchid}
        resource.pop("create_time")
        resource["amount"].pop("currency")
        return notice(f"REFUND.{self.refunds[number].status}", "refund", resource)


def notice(event_type: str, original_type: str, resource: dict[str, Any]) -> bytes:
    content = {"event_type": event_type, "original_type": original_type, "resource": resource}
    name = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    return json.dumps({"id": name, **content}).encode()


class FakeVerifier:
    """Opens what ``FakeWeChat`` writes: signatures are another test's subject."""

    def open(self, headers: Mapping[str, str], body: bytes) -> Event:
        try:
            read = json.loads(body)
            return Event(read["id"], 0, read["event_type"], read["original_type"], read["resource"])
        except (ValueError, KeyError):
            raise BadEnvelope("body") from None


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")


def lost(detail: str = "no answer") -> errors.Unknown:
    """The answer did not come."""
    return errors.Unknown(detail)


START = 1_767_225_600_000 + 2 * HOUR
"""10:00 of 2026-01-01 in Shanghai."""
