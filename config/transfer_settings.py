"""The settings of escorts' pay through WeChat Pay (商家转账): what WeChat is told, and its ceilings."""

from __future__ import annotations

from marshmallow import validate

from config.setting import POSITIVE, setting
from frozen_dataclasses import frozen

PERCEPTIONS = ("劳务报酬", "报销款", "企业补贴", "开工利是")
"""What WeChat allows the payee to read of a transfer of scene 1005."""


@frozen()
class TransferSettings:
    scene_id: str = setting(
        "",
        "transfer scene that WeChat Pay has approved: 1005 (佣金报酬); empty: escorts are not paid through WeChat",
        check=validate.Regexp(r"^([0-9]{4,8})?\Z", error="the number of a scene, such as 1005, or nothing"),
    )
    position: str = setting(
        "陪诊员", "what WeChat is told as 岗位类型, at most 32 characters", check=validate.Length(1, 32)
    )
    paid_for: str = setting(
        "陪诊服务报酬", "what WeChat is told as 报酬说明, at most 32 characters", check=validate.Length(1, 32)
    )
    perception: str = setting(
        "劳务报酬",
        "what the payee reads as the kind of money: 劳务报酬, 报销款, 企业补贴 or 开工利是; empty: WeChat's own words",
        check=validate.OneOf(["", *PERCEPTIONS]),
    )
    remark: str = setting(
        "陪诊报酬",
        "what the payee reads behind the month, at most 20 characters; nothing about patients",
        check=validate.Length(1, 20),
    )
    max_yuan: int = setting(
        200,
        "one transfer is at most so much, as WeChat's merchant platform says (by default 200)",
        check=POSITIVE,
    )
    escort_day_max_yuan: int = setting(
        2000, "an escort gets at most so much through WeChat on a day", check=POSITIVE
    )
    day_max_yuan: int = setting(
        100_000, "all escorts together get at most so much through WeChat on a day", check=POSITIVE
    )
    notify_url: str = setting(
        "", "public address of wechatpay/transfer-notify/; empty: beside pay.notify_url"
    )
