"""What is refused about a supplement."""

from __future__ import annotations

from refusals import InvalidInput, Refused
from storage.models import SupplementState


class SupplementStateRefused(Refused):
    """Its state does not allow the act; the sentence says which state that is."""

    slug = "supplement_state"

    def __init__(self, state: str) -> None:
        super().__init__(_STATE[SupplementState(state)])


_STATE = {
    SupplementState.PROPOSED: "这笔补款还在等客服确认",
    SupplementState.OPEN: "这笔补款正等待支付",
    SupplementState.PAID: "这笔补款已经支付，没有改动",
    SupplementState.DISPUTED: "这笔补款已经提出疑问，客服正在处理",
    SupplementState.WITHDRAWN: "这笔补款已经撤回，不用支付",
}


class SupplementChanged(Refused):
    """It is not what the page showed any more."""

    slug = "supplement_changed"
    message = "这笔补款刚刚有变化（例如家属付了款，或同事处理过），没有改动。请看最新情况再决定"


class OrderTakesNoSupplement(Refused):
    """The order is not paid, or has ended without having been served."""

    slug = "no_supplement"
    message = "这个订单还没有付款，或者已经取消、退款，不能补款"


class ProposedTooLate(Refused):
    """The visit was too long ago."""

    slug = "supplement_too_late"


class TooManySupplements(Refused):
    """The order has as many as it may have."""

    slug = "too_many_supplements"


class SupplementAmount(InvalidInput):
    """Nothing, or more than a supplement may be."""

    says_field = True

    def __init__(self, message: str) -> None:
        super().__init__("amount", message)


class AmountReasonMissing(InvalidInput):
    """The amount was changed, and nothing says why."""

    says_field = True

    def __init__(self) -> None:
        super().__init__("reason", "改了金额，请写下原因")
