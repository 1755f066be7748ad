"""The settings of shipping: reporting served orders to WeChat's 发货信息管理 (docs/platform.md)."""

from __future__ import annotations

from marshmallow import validate

from config.setting import setting
from frozen_dataclasses import frozen


@frozen()
class ShippingSettings:
    enabled: bool = setting(
        False, "report served orders to WeChat (发货信息管理), while the account is under trade management"
    )
    logistics_type: int = setting(
        3,
        "what WeChat is told about delivery: 2 same-city, 3 nothing is carried, 4 pick-up",
        check=validate.OneOf([2, 3, 4]),
    )
    description: str = setting(
        "陪诊服务",
        "what was sold, as WeChat shows it to payers; no names, hospitals or illnesses",
        check=validate.Length(1, 100),
    )
