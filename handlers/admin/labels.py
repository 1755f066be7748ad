"""What the administrators' pages call things: the menu, states and their colours, the sentence after an act."""

from __future__ import annotations

from handlers.admin.money.case_advice import CASES
from handlers.admin.money.failure_messages import failure_message
from orders.escorts.availability import HALF
from orders.office_queues import OfficeQueue
from schemas.supplement import KIND as SUPPLEMENT_KIND
from schemas.wire import ENDING, ESCORT_STATUS, PROGRESS, REFUND_KIND, REFUND_STATE
from storage.models import (
    Appointment,
    AttemptState,
    EscortState,
    Hearing,
    MemberRole,
    Mobility,
    OfflineKind,
    OfflineMethod,
    OrderState,
    RefundKind,
    RefundState,
    Role,
)

__all__ = [
    "ENDING",
    "ESCORT_STATUS",
    "HALF",
    "PROGRESS",
    "REFUND_KIND",
    "REFUND_STATE",
    "SUPPLEMENT_KIND",
    "failure_message",
]

MENU = (
    ("", "overview", "总览"),
    ("desk/", "desk", "派单台"),
    ("orders/", "orders", "订单"),
    ("runners/", "runners", "陪诊员"),
    ("money/", "money", "收支"),
    ("complaints/", "after-sales", "售后"),
    ("catalog/", "catalog", "目录"),
    ("users/", "users", "用户"),
    ("me/", "me", "我的账号"),
)
OWNERS_MENU = (
    ("accounts/", "accounts", "员工账号"),
    ("audit/", "audit", "操作记录"),
)
ACCOUNTANTS_MENU = (
    ("money/", "money", "收支"),
    ("invoices/", "after-sales", "发票"),
    ("me/", "me", "我的账号"),
)
"""Path below ``admin/``, name of the section, label."""
ROLE: dict[str, str] = {Role.OWNER: "店主", Role.CLERK: "店员", Role.ACCOUNTANT: "会计"}
ATTEMPT_STATE = {
    AttemptState.CREATED: "已创建",
    AttemptState.UNKNOWN: "结果未知",
    AttemptState.PREPAID: "待支付",
    AttemptState.PAID: "已支付",
    AttemptState.CLOSED: "已关闭",
    AttemptState.MISMATCH: "与订单不符",
    AttemptState.REVERSED: "已撤销",
}
ORDER_TONE = {
    OrderState.UNPAID: "grey",
    OrderState.PAID: "amber",
    OrderState.SERVING: "blue",
    OrderState.FINISHED: "green",
    OrderState.REFUNDING: "red",
    OrderState.REFUNDED: "grey",
    OrderState.CANCELLED: "grey",
}
ESCORT_TONE = {
    EscortState.PENDING: "amber",
    EscortState.APPROVED: "green",
    EscortState.REJECTED: "grey",
    EscortState.SUSPENDED: "red",
}
REFUND_TONE = {
    RefundState.REQUESTED: "amber",
    RefundState.REJECTED: "grey",
    RefundState.WITHDRAWN: "grey",
    RefundState.NOTHING_DUE: "green",
    RefundState.APPROVED: "blue",
    RefundState.PROCESSING: "blue",
    RefundState.SUCCEEDED: "green",
    RefundState.CLOSED: "grey",
    RefundState.ABNORMAL: "red",
}
ATTEMPT_TONE = {
    AttemptState.CREATED: "grey",
    AttemptState.UNKNOWN: "amber",
    AttemptState.PREPAID: "grey",
    AttemptState.PAID: "green",
    AttemptState.CLOSED: "grey",
    AttemptState.MISMATCH: "red",
    AttemptState.REVERSED: "grey",
}
"""The colours of the badges, a table for each kind of state: the kinds share words that mean different things."""
ACTOR = {"user": "用户", "escort": "陪诊员", "admin": "管理员", "wechat": "微信支付", "system": "系统"}
REQUEST = {RefundKind.CANCEL: "申请取消，待审核", RefundKind.MONEY_BACK: "申请退款，待审核"}
"""A request of the user that is not decided."""
APPOINTMENT: dict[str, str] = {
    Appointment.REGISTERED: "已挂号",
    Appointment.HELP: "需要协助挂号",
    Appointment.NOT_NEEDED: "不需要挂号",
}
MOBILITY: dict[str, str] = {
    Mobility.INDEPENDENT: "能自己走",
    Mobility.CANE: "用拐杖",
    Mobility.WHEELCHAIR: "坐轮椅",
}
HEARING: dict[str, str] = {Hearing.GOOD: "听力好", Hearing.IMPAIRED: "听力不好"}
OFFLINE_METHOD: dict[str, str] = {
    OfflineMethod.CASH: "现金",
    OfflineMethod.TRANSFER: "转账",
    OfflineMethod.OTHER: "其他",
}
OFFLINE_KIND: dict[str, str] = {
    OfflineKind.RECEIPT: "收款",
    OfflineKind.REVERSAL: "撤销收款",
    OfflineKind.REFUND: "退款",
}
MEMBER_ROLE: dict[str, str] = {MemberRole.FAMILY: "家人", MemberRole.PAYER: "付款人"}
ROLES = {**ROLE, **MEMBER_ROLE}
"""Of administrators, and of members."""
WAITING = {
    OfficeQueue.HOUR_TO_SETTLE: "就诊时间待确认",
    OfficeQueue.UNWELL: "客户身体不适",
    OfficeQueue.CANNOT_COME: "陪诊员来不了",
    OfficeQueue.ABSENT: "客户没来、联系不上",
    OfficeQueue.OVERBOOKED: "约满仍付款",
    OfficeQueue.NOBODY_ACCEPTED: "派单无人接单",
    OfficeQueue.INVITATIONS_EXPIRING: "邀请即将过期",
    OfficeQueue.MOVES: "改期申请待答复",
    OfficeQueue.QUESTIONS: "家属提问待回答",
    OfficeQueue.REPORT_MISSING: "陪诊报告还没有写",
    OfficeQueue.SUPPLEMENTS: "补款待处理",
    OfficeQueue.UNSHIPPED: "付款满 48 小时未发货（微信会催）",
}
"""What the visits of each queue wait for."""
UNANSWERED = "就诊提醒未确认"
DONE = {
    "saved": "已保存",
    "logged-out": "已退出登录",
    "assigned": "已安排陪诊员",
    "invited": "已派单，等陪诊员答复",
    "invitation-withdrawn": "已收回，陪诊员会收到消息",
    "queue-done": "这个列表里没有下一单了",
    "reassigned": "已换人：原来的陪诊员和用户都会收到消息",
    "unassigned": "已取消安排，订单回到「已付款」",
    "finished": "订单已完成",
    "reopened": "订单已重新打开，仍由原来的陪诊员服务",
    "reopened-paid": "订单已重新打开，回到「已付款」，需要安排陪诊员",
    "changed": "已保存，用户和陪诊员会收到消息",
    "move-accepted": "已同意改期，用户会收到消息",
    "move-refused": "没有同意改期，用户会收到消息，就诊时间不变",
    "overbooked-settled": "已记下：这个订单处理过了",
    "day-blocked": "已停止预约",
    "day-opened": "已恢复预约",
    "trouble-closed": "已记下：这件事处理完了",
    "answered": "已回答，家人在订单里会看到",
    "supplement-opened": "补款已发出，付款的人会收到消息，在订单里支付",
    "supplement-withdrawn": "补款已撤回，不用支付",
    "member-ended": "已移除：对方马上看不到了",
    "followed-up": "已记下：这条评价跟进过了",
    "approved": "已通过",
    "rejected": "已拒绝",
    "suspended": "已停用",
    "leave-taken": "已请假，这段时间不再安排和派单",
    "leave-with-orders": "已请假。这段时间已有订单，仍由本人服务，请换人或改期，见「请假」",
    "leave-given-back": "已取消请假，这段时间可以安排",
    "profile-approve": "介绍已通过，家属现在看得到",
    "profile-reject": "没有通过，家属看到的介绍不变",
    "content-approve": "已通过，别人现在看得到",
    "content-reject": "没有通过，别人看不到，本人会看到「没有通过」",
    "document-approve": "证件已通过",
    "document-reject": "没有通过，本人在小程序里看得到原因",
    "refund-started": "退款已提交，进度和结果会显示在下面的退款记录里",
    "refund-approved": "退款申请已通过，微信支付确认后会显示「已退款」",
    "cancel-approved": "取消申请已通过：订单已结束，陪诊员的时间已空出来；要退的款项正在退回",
    "cancelled": "订单已取消，陪诊员的时间已空出来；要退的款项正在退回",
    "refund-rejected": "退款申请已拒绝，订单回到原来的状态",
    "refund-retried": "已再次向微信支付查询",
    "refund-withdrawn": "退款已撤回",
    "phone-ordered": "已下单。下面可以收款，或生成认领码发给客户",
    "discarded": "订单已取消，认领码不能再用",
    "claim-revoked": "已撤销：之前发出的链接和认领码不能再用",
    "received": "收款已记录，订单已付款",
    "receipt-reversed": "收款已撤销：已记一笔冲账，等待重新付款",
    "receipt-corrected": "收款已更正：原来的一笔已冲账，按新的一笔入账",
    "refund-paid-back": "已记录：款项已线下退给客户",
    "asked": "已向微信查询，最新情况见下",
    "shipping-unanswered": "微信没有回答，过一会儿再试",
    "shipping-queued": "已记下，几秒后上报给微信，结果见「微信发货与结算」",
    "asked-paid": "微信的答复：已付款",
    "asked-unpaid": "微信的答复：还没有付款",
    "pay-rule-added": "已新增规则：从那天起的就诊按它算，已经记的报酬不变",
    "pay-corrected": "已记一笔更正",
    "pay-earned": "已按规则记报酬",
    "statement-issued": "已出结算单，本人会收到消息",
    "statement-answered": "已答复，本人会收到消息，再请确认",
    "statement-withdrawn": "已撤回：这些报酬可以重新结算",
    "transfer-started": "已经向微信发起付款：本人在小程序「我的报酬」里 24 小时内确认收款，到账后结算单自动变成已付款",
    "transfer-doubtful": "微信还没有确定的答复：系统会用同一个单号继续查询和重发，不会付两次",
    "transfer-asked": "已向微信查询，现在的情况见下",
    "transfer-cancelled": "已撤销，结算单可以重新付款",
    "transfer-cancelling": "已向微信申请撤销；如果本人刚好确认了收款，以微信的结果为准",
    "transfer-decided-paid": "已记录：这笔转账已经付给本人，结算单已付款",
    "transfer-decided-unpaid": "已记录：这笔转账没有付成。结算单可以重新付款",
    "transfer-given-up": "已放弃这笔转账，微信没有收到过它。结算单可以重新付款",
    "statement-paid": "已标记为付款，本人会收到消息",
    "case-closed": "异常已关闭",
    "complaint-assigned": "已记下负责人",
    "complaint-noted": "已记下，只有同事看得到",
    "complaint-answered": "已答复，用户会收到消息",
    "complaint-closed": "已标记为解决，用户看得到",
    "complaint-wechat-answered": "已发到微信，用户在微信里看得到",
    "complaint-wechat-rejected": "已告诉微信不退款，用户看得到原因",
    "complaint-wechat-approved": "已告诉微信同意退款，到账后微信会自动结束这件投诉",
    "complaint-wechat-completed": "已告诉微信处理完成；用户不满意时可以继续投诉",
    "complaint-wechat-sending": "已记下，正在发给微信。结果在下面「发给微信的」里，过一会儿刷新再看",
    "invoice-issued": "已保存，用户会收到消息，可以下载",
    "invoice-replaced": "已换掉，用户看到新的发票",
    "invoice-rejected": "没有通过，用户会看到原因",
    "invoice-to-reverse": "已放进待红冲",
    "invoice-reversed": "已登记红冲，用户可以按剩下的金额重新申请",
    "reviewed": "已按微信支付的最新答复处理",
    "released": "订单已放开，用户可以重新付款或取消。请写下这笔钱的处理结果，然后关闭这项异常",
    "still-differs": "微信支付的答复仍与订单不符，没有改动",
    "reconciled": "对账完成",
    "month-closed": "已结账，这个月的数字不再变化",
    "alarm-seen": "已标记为看过",
    "push-retry": "系统马上再试一次",
    "push-discard": "已标记为处理好",
    "archived": "已下架",
    "restored": "已重新上架",
    "prices-saved": "新价格已保存，到那一天 0 点自动生效",
    "prices-same": "没有改动：填的价格与那天的价格相同",
    "price-withdrawn": "已撤回，那一天价格不变",
    "ordered": "顺序已保存",
    "imported": "导入完成",
    "created": "已新建",
    "disabled": "已停用",
    "enabled": "已启用",
    "confirmed": "密码正确。请再点一次「导出全部资料」，文件会下载到您的设备",
    "deleted": "个人资料已删除，账目保留",
    "password": "密码已修改，其他设备已退出",
    "ended": "会话已结束",
    "totp-on": "两步验证已开启",
    "totp-off": "两步验证已关闭",
}


def case_name(kind: str) -> str:
    """What a finance case is about."""
    return CASES[kind][0] if kind in CASES else kind
