"""What the evidence of a finance case is called. A test sees to it that every key that the code writes is here."""

from __future__ import annotations

LABELS = {
    "source": "来源",
    "day": "账单日期",
    "problem": "原因",
    "amount": "金额",
    "amount_fen": "金额",
    "refund_fen": "退款金额",
    "total_fen": "原支付金额",
    "here_fen": "本系统的金额",
    "there_fen": "微信账单的金额",
    "bill_fen": "交易账单",
    "flow_fen": "资金账单",
    "flow_id": "资金流水号",
    "line": "账单第几行",
    "code": "微信的错误代码",
    "error": "错误说明",
    "refund_id": "退款编号",
    "out_trade_no": "商户单号",
    "transaction_id": "微信支付单号",
    "currency": "币种",
    "appid": "小程序 appid",
    "mchid": "商户号",
    "openid": "付款人",
    "trade_type": "交易类型",
    "trade_state": "交易状态",
    "state": "本系统的状态",
    "state_here": "本系统的状态",
    "here": "本系统的状态",
    "there": "微信账单的状态",
    "detail": "内容",
    "differs": "不一致",
    "settled_source": "后来的消息已一致，来自",
    "settled_at": "一致的消息到达时间",
    "settled_as": "这笔款项已",
    "note_before": "上次关闭时的备注",
    "reopened": "再次打开",
    "booked": "入账情况",
    "why": "原因",
    "wechat_bill_no": "微信转账单号",
    "was": "以前的状态",
    "statement": "结算单编号",
    "legacy_id": "旧系统收款编号",
    "legacy_order": "旧系统订单编号",
}
SETTLED = {
    "paid": "入账，订单已付款",
    "surplus": "入账，订单用不上，自动退回",
    "refunded": "入账，并记为已在商户平台全额退回；若实际只退了一部分，请到商户平台核对金额",
}
"""What became of money that is booked by later news, or booked as refunded at once."""
SOURCES = {"notification": "微信通知", "query": "主动查询", "bill": "每日账单", "legacy": "旧系统"}
AT_WECHAT = {
    "SUCCESS": "成功",
    "REFUND": "转入退款",
    "NOTPAY": "未支付",
    "CLOSED": "已关闭",
    "REVOKED": "已撤销",
    "PAYERROR": "支付失败",
    "PROCESSING": "处理中",
    "ABNORMAL": "异常",
    "FAIL": "失败",
    "CHANGE": "退款异常",
}
"""States of payments and refunds, in WeChat's queries and bills."""
