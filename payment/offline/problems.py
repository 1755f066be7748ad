"""Why something about money outside of WeChat cannot be recorded, as the office reads it."""

from __future__ import annotations

from money import plain_yuan
from payment.problems import PaymentError


class PaidAtWeChat(PaymentError):
    """The customer has paid through WeChat meanwhile."""

    slug = "paid_at_wechat"
    message = "已在微信付款，不用再收线下款。如果又收了现金，请当面退给客户"


class WrongAmount(PaymentError):
    """What was received is not what there is to pay."""

    slug = "wrong_amount"
    status = 400

    def __init__(self, amount_fen: int, price_fen: int) -> None:
        super().__init__(
            f"应收 {plain_yuan(price_fen)} 元，您填的是 {plain_yuan(amount_fen)} 元。"
            "金额必须一致；多收的请退给客户，少收的请补齐再记"
        )


class WrongMoment(PaymentError):
    """The moment lies in the future, or so far back that it must be a typing error."""

    slug = "wrong_moment"
    status = 400
    message = "日期不对，请核对"


class NotOffline(PaymentError):
    """The order or refund is one of WeChat's, or the receipt was reversed already."""

    slug = "not_offline"
    message = "这不是线下收的款，或者已经撤销过了，请刷新后再看"


class NotReversible(PaymentError):
    """The order is being served, or some of the money was refunded."""

    slug = "not_reversible"
    message = "这笔收款现在不能撤销"
