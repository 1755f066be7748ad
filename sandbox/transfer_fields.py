"""What WeChat accepts in a request for a merchant transfer (商家转账), field by field.

Source: "发起转账" of the API v3 documents. Undocumented fields, null and empty texts are refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1

from .errors import PayError
from .fields import text_field, url_field
from .signing import Keyring

MIN_FEN = 10
MIN_NAMED_FEN = 30
MUST_BE_NAMED_FEN = 2_000_00
MAX_RED_PACKET_FEN = 200_00
SCENES = ("1000", "1002", "1004", "1005", "1009", "1010", "1011", "1013")
REPORTED = {"1005": ("岗位类型", "报酬说明")}
"""Scenes of this merchant, and what each must report."""
PERCEPTIONS = {"1005": ("劳务报酬", "报销款", "企业补贴", "开工利是")}
_OAEP = OAEP(mgf=MGF1(algorithm=SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 as WeChat demands
_NUMBER = re.compile(r"[0-9A-Za-z]{1,32}", re.ASCII)
_KNOWN = {
    "appid",
    "out_bill_no",
    "transfer_scene_id",
    "openid",
    "user_name",
    "transfer_amount",
    "transfer_remark",
    "notify_url",
    "user_recv_perception",
    "user_recv_style",
    "transfer_scene_report_infos",
}


def refused(field: str, message: str, code: str = "PARAM_ERROR") -> PayError:
    return PayError(400, code, message, f"/{field}")


def check_request(body: dict[str, Any], appid: str) -> None:
    """Everything that one look at the request can tell, but the name. Raises PayError."""
    for name, value in body.items():
        if name not in _KNOWN:
            raise refused(name, f"接口没有参数 {name}")
        if value is None:
            raise refused(name, f"{name} 不能为 null")
    if text_field(body, "appid", 32) != appid:
        raise refused("appid", "appid 与商户号没有绑定关系")
    if not _NUMBER.fullmatch(text_field(body, "out_bill_no", 32)):
        raise refused("out_bill_no", "商户单号只能由数字、大小写字母组成")
    text_field(body, "openid", 64)
    text_field(body, "transfer_remark", 32)
    if "notify_url" in body:
        url_field(body, 256, required=True)
    amount = body.get("transfer_amount")
    if type(amount) is not int or amount < MIN_FEN:
        raise refused("transfer_amount", "转账金额应为整数，单位为分，不少于 10 分")
    _check_scene(body, text_field(body, "transfer_scene_id", 36))
    _check_style(body, amount)


def _check_scene(body: dict[str, Any], scene: str) -> None:
    if scene not in SCENES:
        raise refused("transfer_scene_id", "转账场景 ID 不存在")
    if scene not in REPORTED:
        raise PayError(403, "NO_AUTH", "当前商户号没有开通这个转账场景")
    infos = body.get("transfer_scene_report_infos")
    if not isinstance(infos, list) or not infos:
        raise refused("transfer_scene_report_infos", "缺少转账场景报备信息")
    given = []
    for info in infos:
        if not isinstance(info, dict) or info.keys() != {"info_type", "info_content"}:
            raise refused("transfer_scene_report_infos", "报备信息应包含 info_type 和 info_content")
        given.append(text_field(info, "info_type", 15, at="/transfer_scene_report_infos"))
        text_field(info, "info_content", 32, at="/transfer_scene_report_infos")
    if sorted(given) != sorted(REPORTED[scene]):
        raise refused("transfer_scene_report_infos", "转账场景报备信息与场景不符", "INVALID_REQUEST")
    if "user_recv_perception" in body:
        perception = text_field(body, "user_recv_perception", 36)
        if perception not in PERCEPTIONS[scene]:
            raise refused("user_recv_perception", "用户收款感知与转账场景不符", "INVALID_REQUEST")


def _check_style(body: dict[str, Any], amount: int) -> None:
    if "user_recv_style" not in body:
        return
    style = body["user_recv_style"]
    if not isinstance(style, dict) or style.keys() != {"type"}:
        raise refused("user_recv_style", "user_recv_style 应包含 type")
    if style["type"] not in ("CONFIRM_PAGE", "RED_PACKET"):
        raise refused("user_recv_style", "收款样式不存在")
    if style["type"] == "RED_PACKET" and amount > MAX_RED_PACKET_FEN:
        raise refused("user_recv_style", "红包样式的金额不能超过 200 元", "INVALID_REQUEST")


def read_name(body: dict[str, Any], serial: str, keyring: Keyring) -> str:
    """The payee's real name, decrypted; empty where none was sent. Raises PayError."""
    amount = body["transfer_amount"]
    if "user_name" not in body:
        if amount >= MUST_BE_NAMED_FEN:
            raise refused("user_name", "转账金额达到 2000 元，必须填写收款用户姓名", "INVALID_REQUEST")
        return ""
    sealed = text_field(body, "user_name", 1024)
    if amount < MIN_NAMED_FEN:
        raise refused("user_name", "转账金额低于 0.3 元，不支持填写收款用户姓名", "INVALID_REQUEST")
    keys = {each.serial: each.key for each in (keyring.public_key, keyring.certificate)}
    if serial not in keys:
        raise refused("user_name", "缺少或无法识别加密所用的 Wechatpay-Serial")
    try:
        return keys[serial].decrypt(base64.b64decode(sealed, validate=True), _OAEP).decode("utf-8")
    except (ValueError, binascii.Error):
        raise refused("user_name", "收款用户姓名解密失败，请检查是否加密") from None
