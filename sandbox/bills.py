"""The trade bill and the fund-flow bill, as CSV in WeChat's format.

Source: "申请交易账单", "申请资金账单", "交易账单文件格式说明". Header lines are plain, every field of a data
line begins with a backtick, money is in yuan, a summary section ends the file, and the SHA1 is that of the
uncompressed file. A payment belongs to the day it was paid, a refund to the day it was accepted.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import secrets

from money import exact_yuan

from .bill_faults import spoil_movements
from .bill_format import (
    FLOW_HEADER,
    FLOW_SUMMARY,
    TRADE_HEADERS,
    TRADE_SUMMARY,
    bill_line,
    bill_text,
    bill_time,
    in_form,
    plain_text,
)
from .context import SandboxContext
from .errors import PayError
from .formats import SHANGHAI, stamp
from .movements import FEE_PER_MILLE, Movement, entries, fee, net_fen

READY_HOUR = 10
MAX_AGE_DAYS = 92
TOKENS_KEPT = 100

REFUND_STATES = {"SUCCESS": "SUCCESS", "PROCESSING": "PROCESSING", "ABNORMAL": "CHANGE", "CLOSED": "FAIL"}


class Bills:
    """Makes bills and hands them out against a token."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._files: dict[str, bytes] = {}

    def request(self, kind: str, query: dict[str, str]) -> dict[str, str]:
        """The reply to ``tradebill`` or ``fundflowbill`` (``kind``: trade or fundflow), with a token for a URL.

        Raises PayError: PARAM_ERROR, NO_STATEMENT_EXIST, STATEMENT_CREATING.
        """
        day = _day(query.get("bill_date", ""))
        variant = (
            _choice(query, "bill_type", ("ALL", "SUCCESS", "REFUND"))
            if kind == "trade"
            else _choice(query, "account_type", ("BASIC", "OPERATION", "FEES"))
        )
        packed = query.get("tar_type", "")
        if packed not in ("", "GZIP"):
            raise PayError(400, "PARAM_ERROR", "tar_type 只支持 GZIP")
        self._check_day(day)
        movements = self._movements()
        todays = spoil_movements(
            self._context.faults, [item for item in movements if _local_day(item.at) == day], kind, day
        )
        if variant in ("OPERATION", "FEES") or not (todays or self._context.settings.bill_any_day):
            raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        opening = sum(net_fen(item) for item in movements if _local_day(item.at) < day)
        text = self._trade(todays, variant) if kind == "trade" else self._flow(todays, opening)
        content = b"\xef\xbb\xbf" + text.encode()
        spoiled = self._context.faults.take("bill_bad_hash", [], target=kind)
        return {
            "hash_type": "SHA1",
            "hash_value": _sha1(content + b" " if spoiled else content),
            "token": self._offer(gzip.compress(content) if packed else content),
        }

    def download(self, token: str) -> bytes:
        """The file behind a token, as offered. Raises PayError."""
        if token not in self._files:
            raise PayError(400, "INVALID_REQUEST", "账单下载地址无效或已过期")
        return self._files[token]

    def _offer(self, content: bytes) -> str:
        token = secrets.token_urlsafe(48)
        self._files[token] = content
        while len(self._files) > TOKENS_KEPT:
            del self._files[next(iter(self._files))]
        return token

    def _check_day(self, day: datetime.date) -> None:
        if self._context.faults.take("bill_creating", []):
            raise PayError(400, "STATEMENT_CREATING", "账单生成中")
        if self._context.settings.bill_any_day:
            return
        now = datetime.datetime.fromtimestamp(self._context.clock() / 1000, SHANGHAI)
        age = (now.date() - day).days
        if age < 1 or age > MAX_AGE_DAYS:
            raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        if age == 1 and now.hour < READY_HOUR:
            raise PayError(400, "STATEMENT_CREATING", "账单生成中")

    def _movements(self) -> list[Movement]:
        """Every payment and refund so far, in the order of time."""
        movements = []
        for order in self._context.state.orders.values():
            if order.paid_at is None:
                continue
            movements.append(Movement(order, None, order.paid_at, order.amount_fen, fee(order.amount_fen)))
            given_back = 0
            for refund in self._context.state.refunds_of.get(order.out_trade_no, []):
                if refund.status == "CLOSED":
                    movements.append(Movement(order, refund, refund.created_at, refund.amount_fen, 0))
                    continue
                # Of the sum, so that partial refunds together return exactly the fee that was taken.
                part = fee(given_back + refund.amount_fen) - fee(given_back)
                given_back += refund.amount_fen
                movements.append(Movement(order, refund, refund.created_at, refund.amount_fen, part))
        return sorted(movements, key=lambda item: item.at)

    def _trade(self, movements: list[Movement], variant: str) -> str:
        wanted = [
            item
            for item in movements
            if variant == "ALL" or (variant == "REFUND") == (item.refund is not None)
        ]
        rows = [self._trade_row(item, variant) for item in wanted]
        paid = sum(item.amount_fen for item in wanted if item.refund is None)
        back = sum(item.amount_fen for item in wanted if item.refund is not None)
        fees = sum(-item.fee_fen if item.refund else item.fee_fen for item in wanted)
        summary = [
            str(len(rows)),
            exact_yuan(paid),
            exact_yuan(back),
            "0.00",
            exact_yuan(fees) + "000",
            exact_yuan(paid),
            exact_yuan(back),
        ]
        return self._csv(TRADE_HEADERS[variant], rows, TRADE_SUMMARY, summary)

    def _trade_row(self, item: Movement, variant: str) -> list[str]:
        order, refund, identity = item.order, item.refund, self._context.identity
        paid, back = (0, item.amount_fen) if refund else (item.amount_fen, 0)
        row = [
            bill_time(item.at),
            identity.appid,
            identity.mchid,
            "0",
            "",
            order.transaction_id,
            order.out_trade_no,
            order.openid,
            "JSAPI",
            "REFUND" if refund else "SUCCESS",
            order.bank_type,
            order.currency,
            exact_yuan(paid),
            "0.00",
        ]
        if variant == "REFUND" and refund:
            row += [bill_time(refund.created_at), bill_time(refund.success_at) if refund.success_at else ""]
        if refund:
            status = REFUND_STATES[refund.status]
            row += [refund.refund_id, refund.out_refund_no, exact_yuan(back), "0.00", "ORIGINAL", status]
        elif variant == "ALL":
            row += ["0", "0", "0.00", "0.00", "", ""]
        fee_yuan = exact_yuan(-item.fee_fen if refund else item.fee_fen) + "000"
        rate = f"{FEE_PER_MILLE / 10:.2f}%"
        row += [plain_text(order.description), plain_text(order.attach), fee_yuan, rate, exact_yuan(paid)]
        return [*row, exact_yuan(back), ""] if variant != "SUCCESS" else [*row, ""]

    def _flow(self, movements: list[Movement], balance: int) -> str:
        rows: list[list[str]] = []
        income: list[int] = []
        expense: list[int] = []
        for item in movements:
            for name, amount in entries(item):
                balance += amount
                (income if amount > 0 else expense).append(abs(amount))
                rows.append(self._flow_row(item, name, amount, balance))
        end = ".0" if self._context.settings.bill_counts == "20.0" else ""
        summary = [
            f"{len(rows)}{end}",
            f"{len(income)}{end}",
            exact_yuan(sum(income)),
            f"{len(expense)}{end}",
            exact_yuan(sum(expense)),
        ]
        return self._csv(FLOW_HEADER, rows, FLOW_SUMMARY, summary)

    def _csv(self, header: str, rows: list[list[str]], totals: str, summary: list[str]) -> str:
        """The file, in the form that ``bill_form`` asks for."""
        form = self._context.settings.bill_form
        header, rows = in_form(form, header, rows)
        totals, (summary,) = in_form(form, totals, [summary])
        return bill_text([header, *map(bill_line, rows), totals, bill_line(summary)])

    def _flow_row(self, item: Movement, name: str, amount: int, balance: int) -> list[str]:
        business = item.refund.refund_id if item.refund else item.order.transaction_id
        kind = "退款" if item.refund else "结算"
        remark = f"{kind}总金额{exact_yuan(item.amount_fen)}元;含手续费{exact_yuan(item.fee_fen)}元"
        # The same movement keeps its number in every copy of the bill.
        serial = int(_sha1(f"{business}/{name}".encode())[:12], 16) % 10**10
        flow_number = f"{self._context.identity.mchid}{stamp(item.at)[:8]}{serial:010d}"
        return [
            bill_time(item.at),
            business,
            flow_number,
            name,
            name,
            "收入" if amount > 0 else "支出",
            exact_yuan(abs(amount)),
            exact_yuan(balance),
            "system",
            remark,
            item.number,
        ]


def _sha1(content: bytes) -> str:
    """What WeChat guards its bills with: against accidents, not against attackers."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _local_day(at: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(at // 1000, SHANGHAI).date()


def _day(text: str) -> datetime.date:
    try:
        if len(text) != 10:
            raise ValueError("20240123 and 2024-W04-2 are dates too, but not here")
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise PayError(400, "PARAM_ERROR", "bill_date 应为 YYYY-MM-DD") from None


def _choice(query: dict[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = query.get(name) or choices[0]
    if value not in choices:
        raise PayError(400, "PARAM_ERROR", f"{name} 应为 {'、'.join(choices)}")
    return value
