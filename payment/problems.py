"""Why something about money cannot be done now, in words for the user. `payment.errors` holds what WeChat says.

Every class has a stable ``slug``, the HTTP ``status`` that our own API answers, and a Chinese ``message``.
None of them means that money was lost: whatever was committed stays, and the same act may be tried again.
"""

from __future__ import annotations

from payment import errors


class PaymentError(Exception):
    """Base of all. The text holds no personal data."""

    slug = "payment_failed"
    status = 409
    message = "支付暂时无法处理，请稍后再试"

    def __init__(self, message: str = "") -> None:
        self.message = message or type(self).message
        super().__init__(f"{self.slug}: {self.message}")


class OrderNotFound(PaymentError):
    """No such order, or somebody else's."""

    slug = "order_not_found"
    status = 404
    message = "没有找到这个订单"


class OrderAlreadyPaid(PaymentError):
    slug = "order_already_paid"
    message = "订单已支付"


class OrderNotPayable(PaymentError):
    """Cancelled, expired or refunded."""

    slug = "order_not_payable"
    message = "订单已取消或已过期，请重新下单"


class OrderNotDeletable(PaymentError):
    slug = "order_not_deletable"
    message = "仅支持删除未支付的订单"


class PaymentPending(PaymentError):
    """Money came that does not agree with the order: a human looks at it, and nothing else may happen to it."""

    slug = "payment_pending"
    message = "这笔支付正在人工核对，请联系客服"


class WeChatRefused(PaymentError):
    slug = "wechat_refused"
    status = 502
    message = "微信支付拒绝了请求，请联系客服"


class WeChatBusy(PaymentError):
    slug = "wechat_busy"
    status = 503
    message = "微信支付繁忙，请稍后再试"


class WeChatTimeout(PaymentError):
    """The outcome at WeChat is not known yet; trying again continues with the same number."""

    slug = "wechat_timeout"
    status = 504
    message = "微信支付没有及时答复，请稍后再试"


class RefundNotFound(PaymentError):
    slug = "refund_not_found"
    status = 404
    message = "没有找到这笔退款"


class RefundNotAllowed(PaymentError):
    slug = "refund_not_allowed"
    message = "这个订单现在不能退款，请联系客服"


class RefundAmountChanged(PaymentError):
    """The policy gives another amount than the one that was shown."""

    slug = "refund_amount_changed"
    message = "可退金额已变化，请确认后重新提交"

    def __init__(self, amount_fen: int) -> None:
        super().__init__()
        self.amount_fen = amount_fen


class RefundExceedsPaid(PaymentError):
    slug = "refund_exceeds_paid"
    message = "退款金额超过可退余额"


class RefundAlreadyDecided(PaymentError):
    """Somebody else was quicker, or the refund has gone on."""

    slug = "refund_already_decided"
    message = "这笔退款已被处理，请刷新后查看"


class CaseNotOpen(PaymentError):
    slug = "case_not_open"
    message = "没有待处理的异常"


def of_gateway(error: errors.GatewayError) -> PaymentError:
    """What the user is told when a call to WeChat ended in ``error``."""
    if isinstance(error, errors.Busy):
        return WeChatBusy()
    if isinstance(error, errors.Unknown):
        return WeChatTimeout()
    return WeChatRefused()
