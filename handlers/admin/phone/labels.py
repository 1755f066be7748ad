"""What the audit log calls the acts about orders by phone and text messages."""

from __future__ import annotations

PHONE_ACTS = {
    "order.phone": "电话下单",
    "order.sms": "写提醒短信",
    "claim.create": "生成认领码",
    "claim.link": "再要一次认领的短信链接",
    "claim.revoke": "撤销认领码",
    "order.discard": "取消未付款的电话订单",
}
