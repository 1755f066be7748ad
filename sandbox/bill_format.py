"""The columns and the lines of WeChat's bills, in each form that merchants receive.

Source: "交易账单文件格式说明". Header lines are plain, every field of a data line begins with a backtick, money is in
yuan.
"""

from __future__ import annotations

import datetime

from .formats import SHANGHAI

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
UNSETTLED = ("应结订单金额", "代金券金额", "应结订单总金额")
OLDEST_FORM_NAMES = {
    "特约商户号": "子商户号",
    "订单金额": "总金额",
    "充值券退款金额": "企业红包退款金额",
    "订单总金额": "总交易额",
    "充值券退款总金额": "总企业红包退款金额",
    "申请退款总金额": "总退款金额",
}
"""The columns that some merchants' trade bills lack, and what the oldest form, with one amount for a refund, calls the
others."""
ONE_REFUND_AMOUNT = ("申请退款金额", "退款总金额", "费率备注")


def in_form(form: str, header: str, rows: list[list[str]]) -> tuple[str, list[list[str]]]:
    """The same lines with the columns of another form."""
    names = header.split(",")
    gone = {"without_settled": UNSETTLED, "oldest": UNSETTLED + ONE_REFUND_AMOUNT}.get(form, ())
    kept = [position for position, name in enumerate(names) if name not in gone]
    if form == "reordered":
        kept = kept[1::2] + kept[::2]
    renamed = [OLDEST_FORM_NAMES.get(names[position], names[position]) for position in kept]
    shown = renamed if form == "oldest" else [names[position] for position in kept]
    return ",".join(shown), [[row[position] for position in kept] for row in rows]


def bill_line(fields: list[str]) -> str:
    return ",".join(f"`{value}" for value in fields)


def bill_text(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"


def plain_text(text: str) -> str:
    """WeChat does not quote: a comma or a line break inside a text would shift the columns."""
    return text.replace(",", "，").replace("`", "'").replace("\r", " ").replace("\n", " ")


def bill_time(at: int) -> str:
    return datetime.datetime.fromtimestamp(at // 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
