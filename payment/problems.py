"""Why something about money cannot be done now, as the user reads it.

What WeChat says is in ``payment.wechatpay.errors``.
Every class has a stable ``slug``, the HTTP ``status`` that our own API answers, and a Chinese ``message``; where that
sends the user to customer service, ``for_staff`` is what customer service itself reads.
None of them means that money was lost: whatever was committed stays, and the same act may be tried again.
"""

from __future__ import annotations

from money import amount_text, plain_yuan
from payment.wechatpay import errors


class PaymentError(Exception):
    """Base of all. The text holds no personal data."""

    slug = "payment_failed"
    status = 409
    message = "支付暂时无法处理，请稍后再试"
    for_staff = ""

    def __init__(self, message: str = "", for_staff: str = "") -> None:
        self.message = message or type(self).message
        self.for_staff = for_staff or message or type(self).for_staff or self.message
        super().__init__(f"{self.slug}: {self.message}")


class OrderAlreadyPaid(PaymentError):
    slug = "order_already_paid"
    message = "订单已支付"


class OrderNotPayable(PaymentError):
    """Cancelled, expired or refunded."""

    slug = "order_not_payable"
    message = "订单已取消或已过期，请重新下单"


class SupplementAlreadyPaid(OrderAlreadyPaid):
    slug = "supplement_already_paid"
    message = "这笔补款已经付过了"


class SupplementNotPayable(OrderNotPayable):
    """Proposed, disputed or withdrawn."""

    slug = "supplement_not_payable"
    message = "这笔补款已撤回，或者还在核对，现在不用付"


class PatientHasUnpaidOrder(PaymentError):
    """The order that is changed would become the second unpaid one of its patient."""

    slug = "patient_has_unpaid_order"
    message = "这位就诊人还有一笔待付款的订单，请先付款或删除那一笔"


class OrderNotDeletable(PaymentError):
    slug = "order_not_deletable"
    message = "仅支持删除未支付的订单"


class SupplementNotChangeable(OrderNotDeletable):
    """Its money has arrived, or is on its way."""

    slug = "supplement_not_changeable"
    message = "这笔补款刚刚已经付款，不能再改动。要退的话请按退款办理"


class PaymentPending(PaymentError):
    """Money came that does not agree with the order: a human looks at it, and nothing else may happen to it."""

    slug = "payment_pending"
    message = "这笔支付正在人工核对，请联系客服"
    for_staff = "这笔款项与订单不符，还没有处理。请打开订单上的那项异常，按上面写的办"


class WeChatRefused(PaymentError):
    slug = "wechat_refused"
    status = 502
    message = "微信支付拒绝了请求，请联系客服"
    for_staff = "微信支付拒绝了请求。请到商户平台核对这一笔；仍不清楚时告诉技术人员"


class WeChatBusy(PaymentError):
    slug = "wechat_busy"
    status = 503
    message = "微信支付繁忙，请稍后再试"


class WeChatTimeout(PaymentError):
    """The outcome at WeChat is not known yet; trying again continues with the same number."""

    slug = "wechat_timeout"
    status = 504
    message = "微信支付没有及时答复，请稍后再试"


class BillNotReady(PaymentError):
    slug = "bill_not_ready"
    status = 503
    message = "微信的账单还没有生成，请过几分钟再核对；每天 10 点后也会自动核对"


class BillDayRefused(PaymentError):
    """A day that cannot be compared with WeChat's bill; the message says why."""

    slug = "bill_day_refused"
    status = 400
    message = "这一天不能核对"


class BillNotKept(PaymentError):
    """The file of a bill could not be written: the day is not done, and nothing else is lost by it."""

    slug = "bill_not_kept"
    status = 503
    message = "账单文件存不下来，这一天还没有核对完。请告诉技术人员：检查数据目录里的 bills/ 和磁盘空间"


class RefundNotFound(PaymentError):
    slug = "refund_not_found"
    status = 404
    message = "没有找到这笔退款"


class RefundNotAllowed(PaymentError):
    slug = "refund_not_allowed"
    message = "这个订单现在不能退款，请联系客服"
    for_staff = "这个订单现在不能退款：只有已付款、在服务和已完成的订单可以"


class RefundAmountChanged(PaymentError):
    """The policy gives another amount than the one that was shown."""

    slug = "refund_amount_changed"

    def __init__(self, amount_fen: int) -> None:
        super().__init__(f"可退金额已变为 {amount_text(amount_fen)}，请确认后重新提交")
        self.amount_fen = amount_fen


class TooLateToCancel(PaymentError):
    """The day of the visit is over, or the order is finished: what is left is 仅退款."""

    slug = "too_late_to_cancel"
    message = "就诊日期已过，不能再取消订单；如需退款，请申请「仅退款」"


class OrderNotEndable(PaymentError):
    slug = "order_not_endable"
    message = "这个订单现在不能取消"
    for_staff = "这个订单现在不能取消：只有已付款和在服务的订单可以"


class ChangedSinceSeen(PaymentError):
    """Something that the decision depends on is no longer what the page showed."""

    slug = "changed_since_seen"
    message = "页面打开后内容变了，请看清现在的内容，再决定"

    def __init__(self, *changed: str) -> None:
        super().__init__(f"页面打开后，{'、'.join(map(str, changed))}变了。请看清现在的内容，再决定")


class RefundExceedsPaid(PaymentError):
    slug = "refund_exceeds_paid"
    message = "退款金额超过可退余额"


class NothingToRefund(PaymentError):
    """Money back, and no amount: what gives nothing is rejected instead."""

    slug = "nothing_to_refund"
    status = 400
    message = "退款金额：金额太小"


class AboveClerkLimit(PaymentError):
    """More than a clerk may decide to give back, and more than the policy gives by itself."""

    slug = "above_clerk_limit"

    def __init__(self, amount_fen: int, limit_fen: int) -> None:
        super().__init__(
            f"店员自己决定的退款最多 {plain_yuan(limit_fen)} 元。退 {plain_yuan(amount_fen)} 元 请店主来操作"
        )


class AmountUnusual(PaymentError):
    """Far from the amount that was proposed, and not confirmed explicitly."""

    slug = "amount_unusual"

    def __init__(self, amount_fen: int, proposed_fen: int) -> None:
        amount = plain_yuan(amount_fen)
        super().__init__(
            f"您填的是 {amount} 元，按规则或申请应退 {plain_yuan(proposed_fen)} 元，相差很大。"
            f"如果确实要退 {amount} 元，请在下面勾选后再提交一次"
        )
        self.amount_fen = amount_fen


class RefundAlreadyDecided(PaymentError):
    """A colleague acted first, or the refund has gone on."""

    slug = "refund_already_decided"
    message = "这笔退款已被处理，请刷新后查看"


class RefundUnderWay(PaymentError):
    """Another process is sending it, or asking about it, at this moment."""

    slug = "refund_under_way"
    message = "系统正在向微信发送或查询这笔退款，请几秒后刷新再看"


class RefundMayLand(PaymentError):
    """WeChat was asked and did not answer: the refund may still arrive there, so its amount cannot be freed yet."""

    slug = "refund_may_land"
    message = "微信刚才没有答复，这笔退款可能还在路上，现在撤回会多退。请十分钟后再撤回"


class CaseNotOpen(PaymentError):
    slug = "case_not_open"
    message = "这项异常已经处理过了，请刷新后查看"


class CaseHoldsOrder(PaymentError):
    """Closed now, the case would leave its order locked: not to be paid, deleted or expired."""

    slug = "case_holds_order"
    message = (
        "还不能关闭：这笔款项仍占着订单，用户不能付款，也不能取消。请先「重新向微信查询」；"
        "仍不符时把钱处理好，再「放开订单」，然后关闭"
    )


def of_gateway(error: errors.GatewayError) -> PaymentError:
    """What the user is told when a call to WeChat ended in ``error``."""
    if isinstance(error, errors.Busy):
        return WeChatBusy()
    if isinstance(error, errors.Unknown):
        return WeChatTimeout()
    if isinstance(error, errors.BillNotReady):
        return BillNotReady()
    if isinstance(error, errors.Refused) and error.code:
        return WeChatRefused(for_staff=f"{WeChatRefused.for_staff}（微信代码 {error.code}）")
    return WeChatRefused()
