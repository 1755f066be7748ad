"""Why a notification of WeChat Pay, or a message that WeChat pushed, could not be verified, and what to do about it,
in words."""

from __future__ import annotations

STRANGER = "多半是有人乱试，没有任何影响，可以不管"
REASONS = {
    "unknown_serial": (
        "签名用的证书或公钥这里没有",
        "微信换了平台证书或公钥，或配置里的 pay.public_key_id 不对。请技术人员到商户平台核对公钥；"
        "微信会再次通知，系统也会自己去查询，钱不会丢",
    ),
    "stale_timestamp": (
        "通知的时间与服务器相差超过 5 分钟",
        "服务器的时间不准，或有人重放旧通知。请技术人员核对服务器时间",
    ),
    "bad_ciphertext": (
        "签名正确，内容解不开",
        "APIv3 密钥与商户平台的不一致。请技术人员核对 pay.apiv3_key；在此之前，付款靠查询入账，会晚几分钟",
    ),
    "bad_signature": (
        "签名与内容不符",
        "可能是中间的代理改动了内容，也可能是有人伪造。一天只有几次时，"
        + STRANGER
        + "；很多而且收款变慢时请技术人员查看代理",
    ),
    "missing_header": (
        "没有签名",
        STRANGER + "；收款变慢时请技术人员查看代理是否去掉了 Wechatpay- 开头的请求头",
    ),
    "bad_header": ("签名的格式不对", STRANGER),
    "wrong_algorithm": ("签名或加密的算法不认识", "请技术人员查看商户平台的设置；也可能是有人乱试"),
    "bad_envelope": (
        "签名正确，格式与微信的文档不同",
        "请技术人员查看：可能有别的业务把通知发到了这个地址",
    ),
    "body_too_large": ("内容太长", STRANGER),
    "push_unsigned": ("推送没有签名", STRANGER),
    "push_bad_parameter": ("推送签名的格式不对", STRANGER),
    "push_bad_signature": (
        "推送的签名不对",
        "后台刚改过 Token 时，请技术人员核对 wechat.push_token；没有改过，" + STRANGER,
    ),
    "push_stale_timestamp": (
        "推送的时间与服务器相差超过 5 分钟",
        "服务器的时间不准，或有人重放旧消息。请技术人员核对服务器时间",
    ),
    "push_not_encrypted": (
        "推送没有加密",
        "请技术人员到小程序后台把消息推送改成安全模式；没有改过，" + STRANGER,
    ),
    "push_not_proved": (
        "推送没有加密，要删除资料或涉及货款的没有执行",
        "微信要求删除的个人信息还没有删除：请技术人员到小程序后台把消息推送改成安全模式，填好 wechat.push_aes_key",
    ),
    "push_bad_ciphertext": (
        "推送的签名正确，内容解不开",
        "EncodingAESKey 与小程序后台的不一致，请技术人员核对 wechat.push_aes_key",
    ),
    "push_wrong_appid": (
        "推送是发给另一个小程序的",
        "请技术人员核对 wechat.appid，以及别的小程序是否填了这里的推送地址",
    ),
    "push_bad_message": ("推送的签名正确，格式与微信的文档不同", "请技术人员查看日志"),
    "push_too_large": ("推送的内容太长", STRANGER),
}
ELSE = ("不能验证", "请技术人员查看")


def reason_and_advice(reason: str) -> tuple[str, str]:
    """What happened, and what to do."""
    return REASONS.get(reason, ELSE)
