"""Why something about a transfer cannot be done now, as the office or the escort reads it."""

from __future__ import annotations

from refusals import Refused, Unknown


class TransferNotFound(Unknown):
    slug = "transfer_not_found"
    message = "没有找到这笔微信转账"


class TransferNotPossible(Refused):
    """A ceiling, or something that is missing: the sentence says what."""

    slug = "transfer_not_possible"
    message = "这张结算单不能用微信付款"


class TransferChanged(Refused):
    """It is in another state than the page showed."""

    slug = "transfer_changed"
    message = "没有执行：您打开页面以后，这笔微信转账有了变化。现在的情况见下"


class TransferBusy(Refused):
    """WeChat is being asked about it at this moment."""

    slug = "transfer_busy"
    message = "系统正在向微信查询这笔转账，请过几秒再看"


class TransferMayArrive(Refused):
    """WeChat may have it, or may get it yet."""

    slug = "transfer_may_arrive"
    message = "微信可能已经收到这笔转账，现在不能放弃；系统会用原单号继续查询和重发"


class TransferUndecidable(Refused):
    """WeChat still tells of it: its word ends it."""

    slug = "transfer_undecidable"
    message = "没有保存：微信还查得到这笔转账，以微信的结果为准。要结束的，请先撤销，或者等微信的结果"


class TransferDecidedByWeChat(Refused):
    """WeChat says the opposite of what the office wants to record."""

    slug = "transfer_decided_by_wechat"


class NothingToReceive(Refused):
    """No transfer waits for the escort."""

    slug = "nothing_to_receive"
    message = "现在没有待收的款；如果刚刚收过，请下拉刷新看看"


class TransferExpired(NothingToReceive):
    slug = "transfer_expired"
    message = "这笔款超过 24 小时没有确认，已经过期。钱会退回办公室，请等办公室重新付款"
