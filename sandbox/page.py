"""The page that shows a developer what WeChat knows and did.

Chinese, without outside assets, and with relative links only, so that it works below any prefix.
"""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import Any

import orjson
from tornado.template import Loader

from money import amount_text

from .faults import KINDS
from .formats import SHANGHAI
from .notifications import WAITS_SECONDS
from .settings import CHOICES
from .web import ControlHandler

_HERE = Path(__file__).parent
_LOADER = Loader(str(_HERE / "templates"))
SHOWN = 40


class PageHandler(ControlHandler):
    """GET / : the whole page"""

    def get(self) -> None:
        if not self.request.path.endswith("/"):
            self.redirect(self.request.path.rsplit("/", 1)[-1] + "/")
            return
        self.set_header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
        self.finish(_LOADER.load("index.html").generate(**board(self)))


class BoardHandler(ControlHandler):
    """GET board/ : the part of the page that changes; the page fetches it every two seconds"""

    def get(self) -> None:
        self.finish(_LOADER.load("board.html").generate(**board(self)))


class AssetHandler(ControlHandler):
    """GET assets/page.css, assets/page.js"""

    def get(self, name: str) -> None:
        self.set_header("Content-Type", "text/css" if name.endswith("css") else "text/javascript")
        self.finish((_HERE / "assets" / name).read_bytes())


PLACES = (
    ("reply", "接口应答"),
    ("signature", "签名"),
    ("query", "查询"),
    ("close", "关单"),
    ("notification", "通知的送达"),
    ("delivery", "通知的签名"),
    ("content", "通知的内容"),
    ("refund", "退款"),
    ("transfer", "商家转账"),
    ("bill", "账单"),
    ("complaint", "投诉"),
    ("login", "登录"),
    ("message", "订阅消息"),
    ("phone", "手机号"),
    ("link", "链接和小程序码"),
    ("content", "内容检查"),
    ("shipping", "发货管理"),
    ("push", "消息推送"),
)
OUTCOMES = (
    ("success", "付款"),
    ("cancel", "取消"),
    ("fail", "付款失败"),
    ("success_without_notify", "付款但丢失通知"),
    ("success_notified_twice", "付款且通知两次"),
)
COMPLAINT_ACTS = (
    ("reply", "用户留言"),
    ("platform", "申请平台协助"),
    ("withdraw", "撤诉"),
    ("expire", "超时退款"),
    ("continue", "继续投诉"),
)
"""What can be done to a complaint: to one that is PROCESSED a reply and a continuation alone."""
_TEMPLATE = {"template": "sandbox-template-paid"}
PUSH_ACTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("accept", "允许一条支付消息", _TEMPLATE),
    ("reject", "拒绝支付消息", _TEMPLATE),
    ("switch_off", "在设置里关闭", _TEMPLATE),
    ("revoke", "撤回昵称头像", {"info": "6"}),
    ("revoke", "撤回手机号", {"info": "8"}),
    ("profile_cleared", "资料被微信清理", {}),
    ("close_account", "注销账号", {}),
)
"""What a person can do in WeChat, of which the server learns by a push."""
PUSH_TITLES = {
    "subscribe_msg_popup_event": "回答是否接收消息",
    "subscribe_msg_change_event": "在设置里关闭消息",
    "subscribe_msg_sent_event": "消息的送达结果",
    "user_authorization_revoke": "撤回授权",
    "user_authorization_cancellation": "注销账号",
    "user_info_modified": "资料被清理",
    "wxa_media_check": "图片检查的结果",
    "trade_manage_remind_access_api": "提醒接入发货管理",
    "trade_manage_remind_shipping": "提醒发货",
    "trade_manage_order_settlement": "发货和结算",
}
SETTING_TITLES = {
    "signer_replies": "应答用哪把平台密钥签名",
    "signer_notifications": "通知用哪把平台密钥签名",
    "publish_certificates": "提供平台证书下载",
    "changed_parameters_code": "同号不同参数的错误码",
    "paid_code": "已支付的错误码写法",
    "repeated_close": "重复关单的应答",
    "unknown_order_code": "订单不存在的错误码写法",
    "bill_any_day": "任何一天都可以下账单（含今天）",
    "bill_counts": "资金账单汇总里笔数的写法",
    "bill_form": "交易账单的列（有的商户没有应结金额；最早的写法；换了顺序）",
    "refund_seconds": "退款处理时间（秒）",
    "refund_interval_seconds": "同一订单两次退款的最小间隔（秒）",
    "transfer_topped_up_yuan": "运营账户累计充值（元）",
    "transfer_max_yuan": "单笔转账上限（元）",
    "transfer_day_yuan": "商户单日转账上限（元）",
    "transfer_payee_day_yuan": "同一用户单日收款上限（元）",
    "transfer_seconds": "确认收款后到账时间（秒）",
    "transfer_cancel_seconds": "撤销转账所需时间（秒）",
    "transfer_name_compared": "同号重发时姓名怎样比较（密文或明文）",
    "continued_complaint": "继续投诉后的状态",
    "repeated_complete": "对已完成的投诉再反馈完成",
    "notify_merchants_acts": "商户自己的操作也通知",
    "count_permissions": "订阅消息要用户先允许，一次一条",
    "published": "小程序已发布（链接和小程序码要有发布的版本）",
    "order_centre_agreed": "已签订单中心协议",
    "phone_quota": "手机号组件的总次数（点一次用一次）",
    "trade_managed": "账号受交易管理（要发货、确认后才结算）",
    "trade_completed": "商户号已授权交易管理",
    "intake_seconds": "付款多久以后发货管理才知道（秒）",
    "confirm_days": "发货后多少天自动确认",
    "settle_seconds": "确认多久以后结算（秒）",
    "content_seconds": "图片检查多久以后出结果（秒）",
    "push_mode": "消息推送的加密方式（安全、兼容、明文）",
    "push_format": "消息推送的数据格式",
    "notify_speed": "通知重试的加速倍数",
}
TITLES = {
    "pass": "通过",
    "risky": "违规",
    "review": "说不准",
    "": "等结果",
    "NOTPAY": "待支付",
    "SUCCESS_PAID": "已支付",
    "CLOSED": "已关闭",
    "REFUND": "转入退款",
    "SUCCESS": "成功",
    "PROCESSING": "处理中",
    "PENDING": "待处理",
    "PROCESSED": "处理完成",
    "ABNORMAL": "异常",
    "ACCEPTED": "已受理",
    "WAIT_USER_CONFIRM": "待收款",
    "TRANSFERING": "转账中",
    "FAIL": "失败",
    "CANCELING": "撤销中",
    "CANCELLED": "已撤销",
    "pending": "待送达",
    "accepted": "已送达",
    "lost": "已丢失",
    "given_up": "已放弃",
    "probe": "签名探测",
    "stale_timestamp": "旧时间戳",
    "bad_notification_signature": "错误签名",
}


SHIPPING_TITLES = {1: "待发货", 2: "已发货", 3: "已确认", 4: "已结算", 5: "已退款", 6: "待结算"}


def board(handler: ControlHandler) -> dict[str, Any]:
    """Everything that the templates show."""
    context = handler.sandbox.context
    state = context.state
    notifications = list(state.notifications.values())

    def who(openid: str) -> str:
        person = state.people.get(openid)
        return person.name if person and person.name else openid[:10] + "…"

    return {
        "identity": context.identity,
        "settings": context.settings.document(),
        "choices": CHOICES,
        "orders": newest(state.orders),
        "order_count": len(state.orders),
        "refunds": newest(state.refunds),
        "refund_count": len(state.refunds),
        "transfers": newest(state.transfers),
        "transfer_count": len(state.transfers),
        "transfer_balance_fen": handler.sandbox.transfers.balance_fen(),
        "notifications": newest(state.notifications),
        "notification_count": len(notifications),
        "undelivered": sum(item.state != "accepted" for item in notifications),
        "complaints": handler.sandbox.complaints.book.newest()[:SHOWN],
        "complaint_url": handler.sandbox.complaints.book.url,
        "complaint_acts": COMPLAINT_ACTS,
        "messages": newest(state.messages),
        "message_count": len(state.messages),
        "links": newest(handler.sandbox.links.links),
        "link_count": len(handler.sandbox.links.links),
        "order_page": handler.sandbox.links.order_page,
        "phone_codes": newest(handler.sandbox.phone_numbers.codes),
        "phone_count": len(handler.sandbox.phone_numbers.codes),
        "phones_left": handler.sandbox.phone_numbers.left,
        "content": newest(state.content_traces),
        "content_count": len(state.content_traces),
        "shipments": list(itertools.islice(reversed(handler.sandbox.shipping.known()), SHOWN)),
        "shipping_state": handler.sandbox.shipping.state_of,
        "shipping_titles": SHIPPING_TITLES,
        "pushes": newest(handler.sandbox.pushes.pushes),
        "push_count": len(handler.sandbox.pushes.pushes),
        "push_url": handler.sandbox.pushes.url,
        "push_people": sorted(state.people.values(), key=lambda item: -item.last_at)[:5],
        "push_acts": PUSH_ACTS,
        "push_titles": PUSH_TITLES,
        "faults": context.faults.active(),
        "kinds": KINDS,
        "rounds": len(WAITS_SECONDS) + 1,
        "paid_fen": sum(item.amount_fen for item in state.orders.values() if item.paid),
        "refunded_fen": sum(item.amount_fen for item in state.refunds.values() if item.status == "SUCCESS"),
        "who": who,
        "yuan": amount_text,
        "when": when,
        "answer": answer,
        "json": lambda value: orjson.dumps(value).decode(),
        "titles": TITLES,
        "outcomes": OUTCOMES,
        "places": PLACES,
        "setting_titles": SETTING_TITLES,
    }


def newest(table: dict[str, Any]) -> list[Any]:
    """The last records of a table, newest first."""
    return list(itertools.islice(reversed(table.values()), SHOWN))


def answer(attempt: dict[str, Any]) -> str:
    """What came of one delivery, in a few words."""
    if attempt["how"] == "lost":
        return "途中丢失"
    return f"HTTP {attempt['status']}" if attempt["status"] is not None else str(attempt["answer"])


def when(at: int | None) -> str:
    """Milliseconds for people, in Shanghai's time."""
    if at is None:
        return ""
    return datetime.datetime.fromtimestamp(at / 1000, SHANGHAI).strftime("%m-%d %H:%M:%S")
