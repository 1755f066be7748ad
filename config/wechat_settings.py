"""The settings of the mini-program's server side: who it is at WeChat, and the subscribe messages.

``message_<kind>`` is the template of a kind of message, ``message_<kind>_fields`` what goes into its fields
(``wechat.message_facts``).
"""

from __future__ import annotations

from marshmallow import validate

from config.setting import setting
from frozen_dataclasses import frozen


@frozen()
class WeChatSettings:
    appid: str = setting("", "appid of the mini-program")
    secret: str = setting("", "app secret of the mini-program", secret=True)
    api_base: str = setting("https://api.weixin.qq.com", "address of WeChat's mini-program API")
    links: bool = setting(
        False,
        "make links for text messages and mini-program codes for orders by phone; the mini-program must be published, "
        "and not a person's",
    )
    phone_numbers: bool = setting(
        False,
        "offer a user to fill in the phone number of their WeChat by one tap; WeChat charges each tap after the first "
        "1,000",
    )
    push_token: str = setting(
        "",
        "Token of the message push (消息推送), 3 to 32 letters and digits; empty: nothing is taken at wechat/push/",
        secret=True,
        check=validate.Regexp(r"^$|^[0-9A-Za-z]{3,32}\Z", error="3 to 32 letters and digits"),
    )
    push_aes_key: str = setting(
        "",
        "EncodingAESKey of the message push, 43 characters: only encrypted messages are taken then; empty: plain mode",
        secret=True,
        check=validate.Regexp(r"^$|^[0-9A-Za-z+/]{43}\Z", error="43 letters and digits"),
    )
    content_checks: bool = setting(
        False,
        "let WeChat check nicknames, comments, questions and avatars before others see them; needs message push for "
        "avatars",
    )
    message_paid: str = setting("", "subscribe message template for 支付成功; empty: not sent")
    message_escort: str = setting("", "subscribe message template for 已安排陪诊员; empty: not sent")
    message_refund: str = setting("", "subscribe message template for 退款结果; empty: not sent")
    message_started: str = setting("", "subscribe message template for 服务开始; empty: not sent")
    message_report: str = setting("", "subscribe message template for 陪诊报告已完成; empty: not sent")
    message_cancelled: str = setting(
        "",
        "subscribe message template for 服务取消, sent to escort and family of a cancelled order; empty: not sent",
    )
    message_invitation: str = setting(
        "",
        "subscribe message template for 派单, sent to escorts who may accept an order; empty: not sent",
    )
    message_moved: str = setting(
        "",
        "subscribe message template for 预约变更, sent to user, family and escort of a moved visit; empty: not sent",
    )
    message_reminder: str = setting(
        "",
        "subscribe message template for 就诊提醒, sent to user, family and escort before a visit; empty: not sent",
    )
    message_supplement: str = setting(
        "",
        "subscribe message template for 补款, sent to user and payer of what is to be paid, and to its escort; empty: "
        "not sent",
    )
    message_statement: str = setting(
        "",
        "subscribe message template for 报酬结算, sent to an escort about a monthly statement; empty: not sent",
    )
    message_qualification: str = setting(
        "",
        "subscribe message template for 证件到期, sent to an escort before a document ends; empty: not sent",
    )
    message_complaint: str = setting(
        "", "subscribe message template for 投诉答复, sent to who complained; empty: not sent"
    )
    message_invoice: str = setting(
        "", "subscribe message template for 发票结果, sent to who asked for an invoice; empty: not sent"
    )
    message_paid_fields: list[str] = setting(
        ["thing1=service", "amount2=amount", "time3=time"],
        "fields of the 支付成功 template and what goes in: service, hospital, meeting_point, visit_date, visit_time "
        "(day and hour), order, amount, time",
    )
    message_escort_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "date3=visit_date", "name4=escort"],
        "fields of the 已安排陪诊员 template; besides the above: escort",
    )
    message_refund_fields: list[str] = setting(
        ["thing1=service", "amount2=amount", "phrase3=outcome"],
        "fields of the 退款结果 template; besides the above: outcome",
    )
    message_started_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "time3=time", "name4=escort"],
        "fields of the 服务开始 template: service, hospital, meeting_point, visit_date, visit_time, order, time, "
        "escort",
    )
    message_report_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "time3=time", "name4=escort"],
        "fields of the 陪诊报告已完成 template: service, hospital, meeting_point, visit_date, visit_time, order, time, "
        "escort",
    )
    message_cancelled_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "date3=visit_date", "phrase4=outcome"],
        "fields of the 服务取消 template: service, hospital, meeting_point, visit_date, visit_time, order, time, "
        "outcome",
    )
    message_invitation_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "date3=visit_date", "time4=until", "phrase5=outcome"],
        "fields of the 派单 template: service, hospital, visit_date, visit_time, time, order, outcome, amount (the "
        "escort's pay), until",
    )
    message_moved_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "time3=visit_time", "phrase4=outcome"],
        "fields of the 预约变更 template: service, hospital, meeting_point, visit_date, visit_time, order, time, "
        "outcome",
    )
    message_reminder_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "time3=visit_time"],
        "fields of the 就诊提醒 template: service, hospital, meeting_point, visit_date, visit_time, order",
    )
    message_supplement_fields: list[str] = setting(
        ["thing1=service", "amount2=amount", "phrase3=outcome"],
        "fields of the 补款 template: service, hospital, meeting_point, visit_date, visit_time, order, amount, time, "
        "outcome",
    )
    message_statement_fields: list[str] = setting(
        ["thing1=month", "amount2=amount", "phrase3=outcome"],
        "fields of the 报酬结算 template: month, amount, time, outcome",
    )
    message_qualification_fields: list[str] = setting(
        ["thing1=document", "date2=last_day", "phrase3=outcome"],
        "fields of the 证件到期 template: document, last_day, time, outcome",
    )
    message_complaint_fields: list[str] = setting(
        ["thing1=service", "phrase2=outcome", "time3=time"],
        "fields of the 投诉答复 template: service, time, outcome",
    )
    message_invoice_fields: list[str] = setting(
        ["thing1=service", "amount2=amount", "phrase3=outcome"],
        "fields of the 发票结果 template: service, hospital, visit_date, order, amount, time, outcome",
    )
