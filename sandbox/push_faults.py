"""What may go wrong with the message push."""

from __future__ import annotations

from .fault_kind import Kind

PUSH_FAULTS: dict[str, Kind] = {
    "push_lost": Kind("推送：丢失", "push"),
    "push_duplicate": Kind("推送：重复且同时到达", "push", {"copies": 2}),
    "push_reorder": Kind("推送：乱序（等下一条先到）", "push", {"seconds": 10.0}),
    "push_bad_signature": Kind("推送：msg_signature 错误", "push"),
    "push_wrong_appid": Kind("推送：签名正确，appid 是别的小程序", "push", {"value": "wxWRONG"}),
    "push_bad_padding": Kind("推送：签名正确，填充错误", "push"),
    "push_stale_timestamp": Kind("推送：时间戳过旧（签名有效）", "push", {"seconds": 600}),
    "push_number_as_text": Kind("推送：数字写成字符串", "push"),
    "push_single_list": Kind("推送：List 只有一项时是对象", "push"),
    "push_before_reply": Kind("推送：消息的结果比应答先到", "push"),
    "push_not_delivered": Kind(
        "推送：消息没有送达", "push", {"errcode": 43101, "errmsg": "user refuse to accept the msg"}
    ),
    "push_bad_check": Kind("推送：验证地址时签名错误", "push"),
}
