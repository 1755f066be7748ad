"""What each kind of finance case means to an administrator, and what to do about it."""

from __future__ import annotations

from payment.reconciliation.bill_comparison import KINDS
from storage.models import PAYMENT_MISMATCH, FinanceCase, Refund, RefundState

OTHER = "other"
"""In place of a kind: all but money that does not agree with its order, and but refunds that are still abnormal."""

_BILL = "到微信商户平台按单号核对这一笔，确认是谁的差错；补记、退款或联系微信支付后，写下结果并关闭。"
_MISMATCH = "金额、商户或付款人与订单不一致，订单没有算作已付款。"
CASES: dict[str, tuple[str, str]] = {
    "payment_mismatch": ("收款与订单不符", _MISMATCH),
    "payment_unknown": (
        "收到未知单号的付款",
        "这个商户单号不是本系统开出的。到商户平台查明来源，必要时在那里退款。",
    ),
    "payment_contradicted": (
        "已入账的付款又有不同说法",
        "微信后来的通知与已入账的内容不同。以商户平台的记录为准，核对后写下结果。",
    ),
    "payment_surplus": ("重复或迟到的付款", "多收的钱会自动退回。退款完成后写下结果并关闭。"),
    "refund_made_elsewhere": (
        "在商户平台上直接退过款",
        "有人绕过本系统在商户平台退款。请核对金额，并处理这个订单（完成或备注），以后请从本系统退款。"
        "第一次收到消息时就已退款的，付款和全额退款都已入账，订单是已退款，不会再安排陪诊。",
    ),
    "refund_unknown": ("收到未知单号的退款", "这个退款单号不是本系统开出的。到商户平台查明来源。"),
    "refund_mismatch": ("退款与记录不符", "微信报告的退款内容与本系统的记录不同。到商户平台核对。"),
    "refund_closed": (
        "微信关闭了退款",
        "钱没有退出去，占用的金额已释放。查明原因（常见：余额不足、超过期限）后，打开这笔退款，用新单号「重新退款」。",
    ),
    "refund_abnormal": (
        "退款异常",
        "用户的银行卡可能已注销。到商户平台「交易中心 → 退款查询」处理异常退款，完成后打开这笔退款，「向微信查询」。",
    ),
    "refund_revived": (
        "已关闭的退款后来到账",
        "微信先说关闭、后来又退成功，系统已按到账处理。核对金额即可。",
    ),
    "refund_not_enough": (
        "商户余额不足，退款未发出",
        "给商户号充值或等待新的收款，系统会自动重试，也可在退款页立即重试。",
    ),
    "refund_lost": ("微信查不到这笔退款", "微信受理过，现在却查不到。到商户平台核对，再决定重试。"),
    "refund_refused": (
        "微信拒绝了退款",
        "看清拒绝的原因后处理；系统每天自动重试一次，也可在退款页立即重试或撤回。",
    ),
    "transfer_not_enough": (
        "运营账户余额不足，微信转账未发出",
        "到微信支付商户平台给运营账户充值，系统会用原单号自动重发，不用重新付款。",
    ),
    "transfer_refused": (
        "微信拒绝了转账",
        "看清拒绝的原因：限额、场景、收款感知或 IP 名单。改好以后在结算单页「向微信查询」，会用原单号重发；"
        "不发了就「放弃」，再用银行付款。",
    ),
    "transfer_lost": (
        "微信查不到这笔转账",
        "微信受理过，现在却查不到。到商户平台按单号核对；没有结果以前，不要用别的方式再付一次。"
        "满 30 天微信还查不到的，店主在结算单页的「核实结果」里写下付了没有。",
    ),
    "transfer_stuck": (
        "微信转账很久没有进展",
        "到商户平台按单号看看：常见的是运营账户余额不足，或单据在等审批。有结果以前，不要用别的方式再付一次。",
    ),
    "transfer_unknown": ("收到未知单号的转账", "这个转账单号不是本系统开出的。到商户平台查明来源。"),
    "transfer_mismatch": (
        "转账与记录不符",
        "微信报告的金额、收款人或单号与本系统的记录不同，结算单没有变。到商户平台核对，再由店主在结算单页的「核实结果」里写下付了没有。",
    ),
    "transfer_contradicted": (
        "已有结果的转账又有不同说法",
        "以商户平台的记录为准：钱已经付出的，结算单已按付款处理，或另有一项「付了两次」。",
    ),
    "transfer_twice": (
        "结算单可能付了两次",
        "微信转账成功时，这张结算单已用别的方式付款、撤回，或有另一笔转账。核对以后请陪诊员退回，或记一笔更正。",
    ),
    "legacy_payment": (
        "旧系统的收款需要核对",
        "导入旧系统时，这笔收款对不上订单，或没有微信支付单号。到商户平台按单号核对，决定是否退款，写下结果后关闭。",
    ),
    "shipment_failed": (
        "发货没有上报成功",
        "微信不接受这笔款项的发货上报，货款可能一直冻结。打开订单看「微信发货与结算」里的原因；可以再上报一次，或到小程序后台手工发货。",
    ),
    "shipment_unsettled": (
        "发货后很久没有结算",
        "到小程序后台「发货信息管理」看这笔款项：有没有投诉、有没有被限制。处理好以后写下结果并关闭。",
    ),
    "presale_refused": (
        "推迟发货的报备没有成功",
        "就诊日离付款超过 15 天，微信没有接受报备，会催发货。到小程序后台手工报备（预售），或与客户改期。",
    ),
    "bill_unusable": (
        "某天的微信账单无法核对",
        "到商户平台看看那一天的账单是否正常，然后在对账页重新核对这一天；日志里有具体原因。",
    ),
    **{kind: (label, _BILL) for kind, label in KINDS.items()},
}
_FAILED_REFUNDS = ("refund_closed", "refund_abnormal", "refund_not_enough", "refund_lost", "refund_refused")
_TELL = "写下结果并关闭。"
UNKNOWN = "核对微信商户平台的记录，写下处理结果后关闭。"


def advice(
    case: FinanceCase,
    refund: Refund | None,
    *,
    renewed: bool,
    can_ask: bool = False,
    can_release: bool = False,
    what: str = "订单",
) -> str:
    """What to do about a case as it stands now: it names only what its page, or that of its refund, offers.

    ``can_ask``, ``can_release``: are the buttons of a payment that does not agree there? ``what``: it was to pay.
    """
    if case.kind == PAYMENT_MISMATCH:
        return _about_mismatch(case.state == "open", can_ask, can_release).replace("订单", what)
    if case.state != "open":
        return "这项异常已经处理完，不用再做什么。"
    if case.kind in _FAILED_REFUNDS and refund is not None and refund.state == RefundState.SUCCEEDED:
        return f"这笔退款后来成功了。核对金额，{_TELL}"
    if case.kind == "refund_closed" and renewed:
        return f"微信关闭了这笔退款，已经用新单号重新退款。新的一笔成功后，{_TELL}"
    return CASES[case.kind][1] if case.kind in CASES else UNKNOWN


def _about_mismatch(is_open: bool, can_ask: bool, can_release: bool) -> str:
    tell = _TELL if is_open else ""
    if can_release:
        text = (
            "先「重新向微信查询」；仍不符时到商户平台核对，把钱退给付款人，然后「放开订单」让用户可以重新付款"
        )
        return f"{_MISMATCH}{text}{'，' + tell if tell else '。'}"
    if not is_open:
        return "这项异常已经处理完，不用再做什么。"
    if can_ask:
        text = (
            "订单已经放开，用户可以重新付款或取消。到商户平台确认钱已退给付款人（可以再「重新向微信查询」），"
        )
        return f"{_MISMATCH}{text}{tell}"
    return f"这笔收款已经不再与订单不符，或已在别处处理。到商户平台确认这笔钱的去向，{tell}"
