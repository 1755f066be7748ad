"""Failures that the code has noted for engineers, in words for a clerk: what happened, and what to do.

The noted texts (``last_error`` of attempts, refunds and jobs, the ``problem`` of a case) name a class or slug of
``payment.wechatpay.errors``, ``payment.problems`` or ``storage.errors``, and WeChat's code where there was one.
"""

from __future__ import annotations

import re

from handlers.admin.money.evidence_labels import LABELS

_CODES = {
    "NOT_ENOUGH": "商户余额不足。充值或等待新的收款后，系统会自动重试",
    "USER_ACCOUNT_ABNORMAL": "用户的微信账户异常，钱退不进去。请联系用户，改用别的方式退款",
    "REQUEST_BLOCKED": "微信商户平台的设置拦住了这次请求。请到商户平台查看",
    "NO_AUTH": "商户号没有这项权限。请告诉技术人员",
    "SIGN_ERROR": "微信不认我们的签名，密钥或服务器时间可能不对。请告诉技术人员",
}
_UNKNOWN = "微信没有及时答复，结果还不知道。系统会用同一个单号再问，不会重复扣款或退款"
_BUSY = "微信支付繁忙，系统稍后会自动重试"
_DATABASE = "数据库暂时连不上，系统会自动重试"
_REFUSED = "微信拒绝了请求。请到商户平台核对，仍不清楚时告诉技术人员"
_BAD_BILL = "微信的账单没有下载完整，或内容读不懂。请到商户平台查看那一天的账单，再重新核对"
_NAMES = {
    "Unknown": _UNKNOWN,
    "wechat_unknown": _UNKNOWN,
    "WeChatTimeout": _UNKNOWN,
    "TimeoutError": _UNKNOWN,
    "Busy": _BUSY,
    "wechat_busy": _BUSY,
    "WeChatBusy": _BUSY,
    "BillNotKept": "账单文件存不下来。请告诉技术人员：检查数据目录里存账单的文件夹和磁盘空间",
    "bill_not_kept": "账单文件存不下来。请告诉技术人员：检查数据目录里存账单的文件夹和磁盘空间",
    "BillNotReady": "微信的账单还没有生成，系统会自动再试",
    "wechat_bill_not_ready": "微信的账单还没有生成，系统会自动再试",
    "NotFound": "微信还没有这一笔，系统会再问",
    "wechat_not_found": "微信还没有这一笔，系统会再问",
    "PaymentPending": "有一笔款项与订单不符，等人处理：请看「异常」",
    "Misconfigured": "微信不接受我们的商户设置（密钥、证书或权限）。请告诉技术人员",
    "wechat_misconfigured": "微信不接受我们的商户设置（密钥、证书或权限）。请告诉技术人员",
    "WeChatRefused": _REFUSED,
    "BadBill": _BAD_BILL,
    "BillError": _BAD_BILL,
    "never arrived": "没有送到微信，这个单号已作废",
    "StorageUnavailable": _DATABASE,
    "StorageError": _DATABASE,
    "Contention": _DATABASE,
}
_ELSE = "出了意外的问题，系统会自动重试；一直没有好转时请告诉技术人员"


def failure_message(text: str) -> str:
    """What a noted failure means; empty for none. WeChat's own code is kept, for those who are asked for help."""
    if not text:
        return ""
    if text.startswith("mismatch: "):
        names = text.removeprefix("mismatch: ").split(", ")
        return f"与订单不符：{'、'.join(LABELS.get(name, name) for name in names)}"
    code = re.search(r"\b[A-Z]{3,}(?:_[A-Z]+)*\b", text)
    sentence = _sentence(text, code[0] if code else "")
    return f"{sentence}（微信代码 {code[0]}）" if code else sentence


def _sentence(text: str, code: str) -> str:
    for known, sentence in _CODES.items():
        if code.replace("_", "") == known.replace("_", ""):  # WeChat writes older ones without underscores
            return sentence
    for name, sentence in _NAMES.items():
        if re.search(rf"\b{name}\b", text):
            return sentence
    return _REFUSED if "wechat_" in text else _ELSE
