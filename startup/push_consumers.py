"""Which pushed event is whose business: the one list of them. An event that has no consumer here is acknowledged and
not kept.

A consumer works in the transaction that marks the event as done (``wechat.push.consumers.Consumer``). Those that erase
data or write about money need a proof that plain mode does not give; what only makes WeChat be asked does not.
"""

from __future__ import annotations

from collections.abc import Mapping

from accounts.content import media_events
from accounts.wechat_privacy import PrivacyEvents
from handlers.services import Services
from orders.complaints.trade_events import TradeComplaintEvents
from payment.shipping import events as shipping
from wechat.push.consumers import Consumer
from wechat.push.message_events import MessageEvents


def push_consumers(services: Services) -> Mapping[str, Consumer]:
    """By the name of the event, as WeChat spells it."""
    messages = MessageEvents(services.settings.wechat)
    privacy = PrivacyEvents(services.clock, services.remove_erased)
    trade_complaints = TradeComplaintEvents(services.vault)
    return {
        "complaint_callback": Consumer("交易投诉", trade_complaints.told),
        "wxa_media_check": Consumer("头像的检查结果", media_events.take),
        "user_authorization_revoke": Consumer("用户撤回授权", privacy.revoked, needs_proof=True),
        "user_authorization_cancellation": Consumer("用户注销账号", privacy.closed, needs_proof=True),
        "user_info_modified": Consumer("微信清理了用户资料", privacy.cleared, needs_proof=True),
        "subscribe_msg_popup_event": Consumer("用户回答是否接收消息", messages.answered),
        "subscribe_msg_change_event": Consumer("用户在设置里关闭消息", messages.switched),
        "subscribe_msg_sent_event": Consumer("消息的送达结果", messages.sent),
        "trade_manage_remind_access_api": Consumer("要求上报发货", shipping.asked_to_report),
        "trade_manage_remind_shipping": Consumer("催发货", shipping.reminded),
        "trade_manage_order_settlement": Consumer("发货与结算", shipping.settlement, needs_proof=True),
        "wxa_trade_controlled": Consumer("交易受限", shipping.trade_controlled),
    }
