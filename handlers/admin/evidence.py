"""The evidence of a finance case, as an administrator reads it."""

from __future__ import annotations

import json
from typing import Any

from handlers.admin.words import yuan

LABELS = {
    "source": "来源",
    "day": "账单日期",
    "amount": "金额",
    "amount_fen": "金额",
    "bill_fen": "交易账单",
    "flow_fen": "资金账单",
    "flow_id": "资金流水号",
    "line": "账单第几行",
    "code": "错误代码",
    "error": "错误说明",
    "refund_id": "退款编号",
    "out_trade_no": "商户单号",
    "transaction_id": "微信支付单号",
    "currency": "币种",
    "appid": "小程序 appid",
    "mchid": "商户号",
    "openid": "付款人",
    "trade_type": "交易类型",
    "trade_state": "交易状态",
    "state": "状态",
    "differs": "不一致",
}
SOURCES = {"notification": "微信通知", "query": "主动查询", "bill": "每日账单"}
_AMOUNTS = {"amount", "total", "total_fen"}


def lines(text: str) -> list[tuple[str, str]]:
    """The detail of a case as pairs of label and text; WeChat's own object is left to :func:`raw`."""
    found: list[tuple[str, str]] = []
    for name, value in _mapping(text).items():
        if name == "differs" and isinstance(value, dict):
            found += [(LABELS.get(str(key), str(key)), _difference(key, pair)) for key, pair in value.items()]
        elif name != "wechat":
            found.append((LABELS.get(str(name), str(name)), _shown(name, value)))
    return found


def raw(text: str) -> str:
    """What WeChat sent, if the case keeps it, laid out to be read."""
    sent = _mapping(text).get("wechat")
    return json.dumps(sent, ensure_ascii=False, indent=2) if sent else ""


def day(text: str) -> str:
    """The day of the bill that the case is about; empty for others."""
    return str(_mapping(text).get("day", ""))


def _mapping(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {"detail": text}
    return value if isinstance(value, dict) else {"detail": value}


def _difference(name: str, pair: Any) -> str:
    expected, found = (
        (pair.get("expected"), pair.get("found"))
        if isinstance(pair, dict)
        else (pair if isinstance(pair, list) and len(pair) == 2 else ("", pair))
    )
    return f"应为 {_shown(name, expected)}，微信报告 {_shown(name, found)}"


def _shown(name: str, value: Any) -> str:
    if name == "source":
        return SOURCES.get(str(value), str(value))
    if isinstance(value, int) and not isinstance(value, bool) and (name.endswith("_fen") or name in _AMOUNTS):
        return f"{yuan(value)} 元"
    if value is None:
        return "（没有）"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
