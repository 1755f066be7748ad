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
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .errors import PayError
from .state import Order, Refund
from .world import SHANGHAI, World, digits, stamp

FEE_PER_MILLE = 6
READY_HOUR = 10
OLDEST_DAYS = 92
TOKENS_KEPT = 100

_COMMON = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,"
    "交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额"
)
_REFUND_PART = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态"
TRADE_HEADERS = {
    "ALL": f"{_COMMON},{_REFUND_PART},商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
    "SUCCESS": f"{_COMMON},商品名称,商户数据包,手续费,费率,订单金额,费率备注",
    "REFUND": f"{_COMMON},退款申请时间,退款成功时间,{_REFUND_PART},"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
}
TRADE_SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FLOW_HEADER = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FLOW_SUMMARY = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
REFUND_STATES = {"SUCCESS": "SUCCESS", "PROCESSING": "PROCESSING", "ABNORMAL": "CHANGE", "CLOSED": "FAIL"}


@dataclass(frozen=True)
class Movement:
    """Money in (a payment) or out (a refund), with the fee that was taken or given back; all in fen, ≥ 0."""

    order: Order
    refund: Refund | None
    at: int
    amount_fen: int
    fee_fen: int

    @property
    def number(self) -> str:
        return self.refund.out_refund_no if self.refund else self.order.out_trade_no


class Bills:
    """Makes bills and hands them out against a token."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._files: dict[str, bytes] = {}

    def request(self, kind: str, query: dict[str, str]) -> dict[str, str]:
        """The reply to `tradebill` or `fundflowbill` (`kind`: trade or fundflow), with a token for a URL.

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
        todays = self._spoiled([item for item in movements if _local_day(item.at) == day], kind, day)
        if variant in ("OPERATION", "FEES") or not (todays or self._world.settings.bill_any_day):
            raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        opening = sum(_net(item) for item in movements if _local_day(item.at) < day)
        text = self._trade(todays, variant) if kind == "trade" else self._flow(todays, opening)
        content = b"\xef\xbb\xbf" + text.encode()
        spoiled = self._world.faults.take("bill_bad_hash", [], target=kind)
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
        if self._world.faults.take("bill_creating", []):
            raise PayError(400, "STATEMENT_CREATING", "账单生成中")
        if self._world.settings.bill_any_day:
            return
        now = datetime.datetime.fromtimestamp(self._world.clock() / 1000, SHANGHAI)
        age = (now.date() - day).days
        if age < 1 or age > OLDEST_DAYS:
            raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        if age == 1 and now.hour < READY_HOUR:
            raise PayError(400, "STATEMENT_CREATING", "账单生成中")

    def _movements(self) -> list[Movement]:
        """Every payment and refund so far, in the order of time."""
        movements = []
        for order in self._world.state.orders.values():
            if order.paid_at is None:
                continue
            movements.append(Movement(order, None, order.paid_at, order.amount_fen, fee(order.amount_fen)))
            given_back = 0
            for refund in self._world.state.refunds_of.get(order.out_trade_no, []):
                if refund.status == "CLOSED":
                    movements.append(Movement(order, refund, refund.created_at, refund.amount_fen, 0))
                    continue
                # Of the sum, so that partial refunds together return exactly the fee that was taken.
                part = fee(given_back + refund.amount_fen) - fee(given_back)
                given_back += refund.amount_fen
                movements.append(Movement(order, refund, refund.created_at, refund.amount_fen, part))
        return sorted(movements, key=lambda item: item.at)

    def _spoiled(self, movements: list[Movement], kind: str, day: datetime.date) -> list[Movement]:
        take = self._world.faults.take_all
        for fault in take("bill_missing_row", _scopes(movements), target=kind):
            if (index := _pick(movements, fault)) is not None:
                del movements[index]
        for fault in take("bill_changed_row", _scopes(movements), target=kind):
            if (index := _pick(movements, fault)) is not None:
                amount = movements[index].amount_fen + int(fault["by"])
                movements[index] = replace(movements[index], amount_fen=amount, fee_fen=fee(amount))
        for fault in take("bill_extra_row", [], target=kind):
            movements += [self._stranger(int(fault["total"]), day)]
        return movements

    def _stranger(self, amount_fen: int, day: datetime.date) -> Movement:
        noon = datetime.datetime.combine(day, datetime.time(12), SHANGHAI)
        at = int(noon.timestamp() * 1000)
        order = Order(
            out_trade_no="EXTRA" + stamp(at) + digits(6),
            openid="oSTRANGER",
            amount_fen=amount_fen,
            currency="CNY",
            description="沙箱故障：多出的一笔",
            attach="",
            notify_url="",
            parameters={},
            created_at=at,
            state="SUCCESS",
            transaction_id="4200" + digits(6) + stamp(at)[:8] + digits(10),
            bank_type="OTHERS",
            paid_at=at,
        )
        return Movement(order, None, at, amount_fen, fee(amount_fen))

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
        summary = [str(len(rows)), yuan(paid), yuan(back), "0.00", yuan(fees) + "000", yuan(paid), yuan(back)]
        return self._csv(TRADE_HEADERS[variant], rows, TRADE_SUMMARY, summary)

    def _trade_row(self, item: Movement, variant: str) -> list[str]:
        order, refund, identity = item.order, item.refund, self._world.identity
        paid, back = (0, item.amount_fen) if refund else (item.amount_fen, 0)
        row = [
            _when(item.at),
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
            yuan(paid),
            "0.00",
        ]
        if variant == "REFUND" and refund:
            row += [_when(refund.created_at), _when(refund.success_at) if refund.success_at else ""]
        if refund:
            status = REFUND_STATES[refund.status]
            row += [refund.refund_id, refund.out_refund_no, yuan(back), "0.00", "ORIGINAL", status]
        elif variant == "ALL":
            row += ["0", "0", "0.00", "0.00", "", ""]
        fee_yuan = yuan(-item.fee_fen if refund else item.fee_fen) + "000"
        rate = f"{FEE_PER_MILLE / 10:.2f}%"
        row += [_plain(order.description), _plain(order.attach), fee_yuan, rate, yuan(paid)]
        return [*row, yuan(back), ""] if variant != "SUCCESS" else [*row, ""]

    def _flow(self, movements: list[Movement], balance: int) -> str:
        rows: list[list[str]] = []
        income: list[int] = []
        expense: list[int] = []
        for item in movements:
            for name, amount in _entries(item):
                balance += amount
                (income if amount > 0 else expense).append(abs(amount))
                rows.append(self._flow_row(item, name, amount, balance))
        end = ".0" if self._world.settings.bill_counts == "20.0" else ""
        summary = [
            f"{len(rows)}{end}",
            f"{len(income)}{end}",
            yuan(sum(income)),
            f"{len(expense)}{end}",
            yuan(sum(expense)),
        ]
        return self._csv(FLOW_HEADER, rows, FLOW_SUMMARY, summary)

    def _csv(self, header: str, rows: list[list[str]], totals: str, summary: list[str]) -> str:
        """The file, in the form that `bill_form` asks for."""
        form = self._world.settings.bill_form
        header, rows = in_form(form, header, rows)
        totals, (summary,) = in_form(form, totals, [summary])
        return _csv([header, *map(_line, rows), totals, _line(summary)])

    def _flow_row(self, item: Movement, name: str, amount: int, balance: int) -> list[str]:
        business = item.refund.refund_id if item.refund else item.order.transaction_id
        kind = "退款" if item.refund else "结算"
        remark = f"{kind}总金额{yuan(item.amount_fen)}元;含手续费{yuan(item.fee_fen)}元"
        # The same movement keeps its number in every copy of the bill.
        serial = int(_sha1(f"{business}/{name}".encode())[:12], 16) % 10**10
        flow_number = f"{self._world.identity.mchid}{stamp(item.at)[:8]}{serial:010d}"
        return [
            _when(item.at),
            business,
            flow_number,
            name,
            name,
            "收入" if amount > 0 else "支出",
            yuan(abs(amount)),
            yuan(balance),
            "system",
            remark,
            item.number,
        ]


UNSETTLED = ("应结订单金额", "代金券金额", "应结订单总金额")
OLDEST = {
    "特约商户号": "子商户号",
    "订单金额": "总金额",
    "充值券退款金额": "企业红包退款金额",
    "订单总金额": "总交易额",
    "充值券退款总金额": "总企业红包退款金额",
    "申请退款总金额": "总退款金额",
}
"""The columns that some merchants' trade bills lack, and what the oldest form calls the others. It has one amount for
a refund."""
ONE_REFUND_AMOUNT = ("申请退款金额", "退款总金额", "费率备注")


def in_form(form: str, header: str, rows: list[list[str]]) -> tuple[str, list[list[str]]]:
    """The same lines with the columns of another form."""
    names = header.split(",")
    gone = {"without_settled": UNSETTLED, "oldest": UNSETTLED + ONE_REFUND_AMOUNT}.get(form, ())
    kept = [position for position, name in enumerate(names) if name not in gone]
    if form == "reordered":
        kept = kept[1::2] + kept[::2]
    renamed = [OLDEST.get(names[position], names[position]) for position in kept]
    shown = renamed if form == "oldest" else [names[position] for position in kept]
    return ",".join(shown), [[row[position] for position in kept] for row in rows]


def _sha1(content: bytes) -> str:
    """What WeChat guards its bills with: against accidents, not against attackers."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def fee(amount_fen: int) -> int:
    """WeChat's share: 0.6 %, rounded half up to a fen."""
    return (amount_fen * FEE_PER_MILLE + 500) // 1000


def yuan(amount_fen: int) -> str:
    """Fen as a bill writes it: `-12.30`."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def _entries(item: Movement) -> Iterable[tuple[str, int]]:
    """What a movement does to the account: (business name, signed fen)."""
    if item.refund is not None and item.refund.status == "CLOSED":
        return  # the money never left
    sign = -1 if item.refund else 1
    yield ("退款" if item.refund else "交易"), sign * item.amount_fen
    if item.fee_fen:
        yield ("退回交易手续费" if item.refund else "扣除交易手续费"), -sign * item.fee_fen


def _net(item: Movement) -> int:
    return sum(amount for _, amount in _entries(item))


def _scopes(movements: list[Movement]) -> set[str]:
    return {name for item in movements for name in (item.order.out_trade_no, item.number)}


def _pick(movements: list[Movement], fault: dict[str, Any]) -> int | None:
    """The index of the row that a fault means: the one its scope names, else its `row`."""
    for index, item in enumerate(movements):
        if fault["scope"] in (item.number, item.order.out_trade_no):
            return index
    return int(fault["row"]) if 0 <= int(fault["row"]) < len(movements) else None


def _line(fields: list[str]) -> str:
    return ",".join(f"`{value}" for value in fields)


def _csv(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"


def _plain(text: str) -> str:
    """WeChat does not quote: a comma or a line break inside a text would shift the columns."""
    return text.replace(",", "，").replace("`", "'").replace("\r", " ").replace("\n", " ")


def _when(at: int) -> str:
    return datetime.datetime.fromtimestamp(at // 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


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
