"""The queues of the overview: what waits for the office, most urgent first. Each tile opens what it counts."""

from __future__ import annotations

from urllib.parse import urlencode

from config import Settings
from config.visit_settings import VisitSettings
from handlers.admin.formats import waited
from handlers.admin.labels import UNANSWERED, WAITING
from handlers.admin.money.case_advice import OTHER
from handlers.admin.orders.listing import query_of
from handlers.admin.overview.alarms import first_counted_day
from orders.escorts.qualifications import ends_soon
from orders.office_queues import VISIT_QUEUES, OfficeQueue, orders_in
from payment.complaints.following import UNREAD_AFTER
from payment.reconciliation.bill_days import count_missing
from storage import Reader
from storage.models import PAYMENT_MISMATCH, ComplaintState, ErasureSubject

URGENT = {
    OfficeQueue.TODAY_WITHOUT_ESCORT: "今天的订单还没有陪诊员",
    OfficeQueue.OVERDUE: "就诊日已过，还没有完成",
    OfficeQueue.ESCORT_UNAVAILABLE: "已安排的陪诊员停用了，或证件到那天已过期",
    OfficeQueue.TOMORROW_WITHOUT_ESCORT: "明天的订单还没有陪诊员",
    OfficeQueue.LATER_WITHOUT_ESCORT: "以后的订单还没有陪诊员",
}
LABELS = {
    **WAITING,
    **URGENT,
    OfficeQueue.UNANSWERED: UNANSWERED,
    OfficeQueue.LOW_RATINGS: "低分评价待跟进",
}
VISITS_IN_DANGER = (
    OfficeQueue.UNWELL,
    OfficeQueue.TODAY_WITHOUT_ESCORT,
    OfficeQueue.NOBODY_ACCEPTED,
    OfficeQueue.INVITATIONS_EXPIRING,
    OfficeQueue.OVERDUE,
    OfficeQueue.ESCORT_UNAVAILABLE,
    OfficeQueue.CANNOT_COME,
    OfficeQueue.TOMORROW_WITHOUT_ESCORT,
    OfficeQueue.LATER_WITHOUT_ESCORT,
    OfficeQueue.OVERBOOKED,
    OfficeQueue.HOUR_TO_SETTLE,
    OfficeQueue.MOVES,
)
"""The tiles in their order: patients who are unwell first, then orders without an escort, the nearest day first."""
VISITS_TO_FOLLOW_UP = (
    OfficeQueue.SUPPLEMENTS,
    OfficeQueue.ABSENT,
    OfficeQueue.UNANSWERED,
    OfficeQueue.QUESTIONS,
    OfficeQueue.REPORT_MISSING,
    OfficeQueue.LOW_RATINGS,
)
"""Behind the requests for money."""

Tile = tuple[int, str, str]
"""How many, what, and where it is done: a path below ``admin/`` that lists exactly these."""


async def _order_tile(reader: Reader, queue: OfficeQueue, at: int, visits: VisitSettings) -> Tile:
    wanted, label = orders_in(queue, at, visits), LABELS[queue]
    count = await reader.order_lists.count(wanted)
    since = None
    if count and queue == OfficeQueue.LATER_WITHOUT_ESCORT:
        since = await reader.order_lists.oldest_payment(wanted)
    elif count and queue in VISIT_QUEUES and queue != OfficeQueue.HOUR_TO_SETTLE:
        since = await reader.order_lists.longest_wait(wanted) or at
    label += f"，最久已等 {waited(since, at)}" if since is not None else ""
    return count, label, f"orders/?{urlencode(query_of(wanted))}"


async def _after_sales_tiles(reader: Reader, at: int) -> list[Tile]:
    """Complaints by what is to be done about them, those that are overdue before the others; then invoices."""
    complaints, invoices = await reader.complaints.waiting(at), await reader.invoices.waiting()

    urgent = await reader.complaints.most_urgent()

    def label(text: str, overdue: int, state: ComplaintState) -> str:
        if overdue:
            return f"{text}，其中 {overdue} 件超时"
        due_at = urgent.get(state, 0)
        return f"{text}，最急的还有 {waited(at, due_at)}" if due_at > at else text

    found = [
        (
            complaints.unanswered_overdue,
            (
                complaints.unanswered,
                label("投诉待答复", complaints.unanswered_overdue, ComplaintState.OPEN),
                "complaints/?tab=open",
            ),
        ),
        (
            complaints.unsettled_overdue,
            (
                complaints.unsettled,
                label("投诉待解决", complaints.unsettled_overdue, ComplaintState.ANSWERED),
                "complaints/?tab=answered",
            ),
        ),
    ]
    by_urgency = [tile for _, tile in sorted(found, key=lambda each: not each[0])]
    unread = await reader.wechat_complaints.count_unread(at - UNREAD_AFTER)
    refused = await reader.wechat_complaints.count_refused()
    return [
        (unread, "件微信投诉读不到内容，期限还不知道", "complaints/wechat/"),
        (refused, "件微信投诉的答复或退款微信没有接受", "complaints/wechat/#refused"),
        *by_urgency,
        (invoices.to_issue, "发票待开", "invoices/?tab=requested"),
        (invoices.to_reverse, "发票待红冲", "invoices/?tab=to_reverse"),
    ]


async def tiles(reader: Reader, at: int, settings: Settings) -> list[Tile]:
    """What waits for the office now, most urgent first. Nothing is counted twice."""
    books_begin, visits = settings.pay.books_begin, settings.visits
    waiting, days_missing = await reader.desk.waiting(), await count_missing(reader, at, books_begin)
    alarms = await reader.alarms.count_unseen(first_counted_day(at))
    closing = await reader.erasure_requests.count_waiting(ErasureSubject.ACCOUNT)
    every = [
        *[await _order_tile(reader, queue, at, visits) for queue in VISITS_IN_DANGER],
        (waiting.refund_requests, "退款申请待审核", "refunds/"),
        (waiting.offline_refunds, "待线下退款", "refunds/?tab=offline"),
        *[await _order_tile(reader, queue, at, visits) for queue in VISITS_TO_FOLLOW_UP],
        *await _after_sales_tiles(reader, at),
        (waiting.escorts, "陪诊员的申请或资料待审核", "runners/?state=pending"),
        (len(await reader.qualifications.waiting()), "位陪诊员的证件待审核", "runners/documents/"),
        (
            len(await reader.qualifications.ending(ends_soon(at, settings.office.qualification_notice_days))),
            "位陪诊员的证件快到期或已过期",
            "runners/documents/?show=ending",
        ),
        (await reader.content.count_for_office(), "条昵称、评价或头像待审核", "content/"),
        (waiting.abnormal_refunds, "退款异常", "refunds/?tab=abnormal"),
        (waiting.mismatches, "收款与订单不符", f"cases/?kind={PAYMENT_MISMATCH}"),
        (
            waiting.other_cases,
            "其他收支异常" if waiting.mismatches else "待处理的收支异常",
            f"cases/?kind={OTHER}",
        ),
        await _order_tile(reader, OfficeQueue.UNSHIPPED, at, visits),
        (days_missing, "天没有对账", "reconcile/?missing=1"),
        (closing, "位用户注销了微信账号，订单还没有结束", "users/?show=closing"),
        (await reader.pushed_events.count_given_up(), "没有处理成功的微信推送", "pushes/"),
        (alarms, "不能验证的微信通知", "alarms/"),
    ]
    return [tile for tile in every if tile[0]]
