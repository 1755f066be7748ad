"""Faults: what may go wrong at WeChat, switched on per payment, per person or for everybody, so many times.

A fault is taken where it strikes: the code that is about to reply, notify, refund or bill asks
``Faults.take(name, …)`` and gets the fault's parameters once per remaining time.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from .errors import ControlError
from .fault_kind import Kind
from .push_faults import PUSH_FAULTS
from .shipping_faults import SHIPPING_FAULTS
from .state import Record
from .store import Store

ENDPOINTS = (
    "create",
    "query",
    "close",
    "refund",
    "refund_query",
    "transfer",
    "transfer_query",
    "transfer_cancel",
    "certificates",
    "tradebill",
    "fundflowbill",
    "download",
    "jscode2session",
    "stable_token",
    "subscribe_send",
    "getuserphonenumber",
    "generate_urllink",
    "generatescheme",
    "getwxacodeunlimit",
    "update_order_detail_path",
    "trade_managed",
    "upload_shipping",
    "shipping_query",
    "opspecialorder",
    "set_msg_jump_path",
    "msg_sec_check",
    "complaint_list",
    "complaint_detail",
    "complaint_history",
    "complaint_response",
    "complaint_complete",
    "complaint_refund",
    "complaint_address",
    "complaint_upload",
    "complaint_image",
    "media_check_async",
    "gettemplate",
    "get_order_detail_path",
)


_REPLY = {"endpoint": "any"}

KINDS: dict[str, Kind] = {
    # API replies; ``endpoint`` names one of ENDPOINTS, else every WeChat Pay endpoint is meant
    "drop_before_commit": Kind("请求丢失（未处理，断开连接）", "reply", _REPLY),
    "drop_after_commit": Kind("应答丢失（已处理，断开连接）", "reply", _REPLY),
    "rate_limited": Kind("429 频率超限", "reply", {**_REPLY, "committed": False}),
    "system_error": Kind("500 SYSTEM_ERROR", "reply", {**_REPLY, "committed": False}),
    "error": Kind(
        "指定错误码",
        "reply",
        {
            **_REPLY,
            "status": 403,
            "code": "NO_AUTH",
            "message": "沙箱故障",
            "committed": False,
        },
    ),
    "garbage": Kind("应答是乱码", "reply", {**_REPLY, "committed": True}),
    "bad_signature": Kind("应答签名错误", "reply", {**_REPLY, "committed": True}),
    "unsigned": Kind("应答没有签名", "reply", {**_REPLY, "committed": True}),
    "signtest": Kind("应答为签名探测 SIGNTEST", "reply", {**_REPLY, "committed": True}),
    "slow": Kind("应答缓慢", "reply", {**_REPLY, "seconds": 10.0, "committed": True}),
    "notify_before_reply": Kind("应答之前先送达通知", "reply", _REPLY),
    "rotated_key": Kind("用轮换后的新平台密钥签名", "signature", {"target": "both"}),
    "stale_query": Kind("查询结果滞后（仍为 NOTPAY / PROCESSING）", "query"),
    "pay_while_closing": Kind("关单的同时用户付款", "close", {"notify": True}),
    # notifications
    "lose_notification": Kind("通知丢失", "notification", {"attempts": None}),
    "duplicate_notification": Kind("通知重复且同时到达", "notification", {"copies": 2}),
    "delay_notification": Kind("通知延迟", "notification", {"seconds": 30.0}),
    "reorder_notifications": Kind("通知乱序（等下一条先到）", "notification", {"seconds": 10.0}),
    "stale_timestamp": Kind("通知时间戳过旧（签名有效）", "delivery", {"seconds": 600}),
    "bad_notification_signature": Kind("通知签名错误", "delivery"),
    "signtest_notification": Kind("先发签名探测 SIGNTEST，再发通知", "delivery"),
    "wrong_amount": Kind("通知金额不符（签名有效）", "content", {"total": 1, "target": "notification"}),
    "wrong_openid": Kind("通知 openid 不符", "content", {"value": "oWRONG", "target": "notification"}),
    "wrong_appid": Kind("通知 appid 不符", "content", {"value": "wxWRONG", "target": "notification"}),
    "wrong_mchid": Kind("通知 mchid 不符", "content", {"value": "1900000000", "target": "notification"}),
    "wrong_currency": Kind("通知币种不符", "content", {"value": "USD", "target": "notification"}),
    "wrong_trade_type": Kind("通知交易类型不符", "content", {"value": "NATIVE", "target": "notification"}),
    # refunds
    "not_enough": Kind("退款余额不足 NOT_ENOUGH", "refund"),
    "refund_success": Kind("退款延后成功", "refund", {"seconds": 5.0}),
    "refund_abnormal": Kind("退款异常 ABNORMAL", "refund", {"seconds": 0.5}),
    "refund_closed": Kind("退款关闭 CLOSED", "refund", {"seconds": 0.5}),
    "refund_processing": Kind("退款一直处理中 PROCESSING", "refund"),
    # transfers
    "transfer_stuck": Kind(
        "转账停在 ACCEPTED、PROCESSING 或 CANCELING", "transfer", {"state": "PROCESSING", "seconds": None}
    ),
    "transfer_not_found": Kind("查询转账暂时为 NOT_FOUND", "transfer"),
    "transfer_late_expiry": Kind("转账过期晚到（确认页已失效）", "transfer", {"seconds": 2820.0}),
    "transfer_confirmed_while_cancelling": Kind("撤销的同时用户确认收款", "transfer", {"accepted": True}),
    "transfer_fails": Kind("用户确认后转账失败", "transfer", {"reason": "PAYEE_ACCOUNT_ABNORMAL"}),
    # bills
    "bill_missing_row": Kind("账单少一行", "bill", {"row": 0, "target": "trade"}),
    "bill_extra_row": Kind("账单多一行", "bill", {"total": 8800, "target": "trade"}),
    "bill_changed_row": Kind("账单金额被改", "bill", {"row": 0, "by": 100, "target": "trade"}),
    "bill_bad_hash": Kind("账单哈希不符", "bill", {"target": "trade"}),
    "bill_creating": Kind("账单生成中 STATEMENT_CREATING", "bill"),
    # complaints
    "complaint_list_lags": Kind("投诉：列表滞后", "complaint", {"seconds": 60.0}),
    "complaint_unknown_action": Kind(
        "投诉：通知的 action_type 没有见过", "complaint", {"value": "SOMETHING_NEW"}
    ),
    "complaint_no_phone": Kind("投诉：没有投诉人电话", "complaint"),
    "complaint_garbled_phone": Kind("投诉：投诉人电话无法解密", "complaint"),
    "complaint_image_gone": Kind("投诉：图片已不存在", "complaint"),
    # the mini-program's side
    "login_busy": Kind("登录：系统繁忙 -1", "login"),
    "login_rate_limited": Kind("登录：频率限制 45011", "login"),
    "login_blocked": Kind("登录：高风险用户 40226", "login"),
    "message_refused": Kind("订阅消息：用户拒收 43101", "message"),
    "message_busy": Kind("订阅消息：系统繁忙 -1", "message"),
    "content_review": Kind("内容检查：说不准，建议人工审核 review", "content", {"target": "text"}),
    "content_not_visited": Kind("内容检查：用户两小时内没有访问 61010", "content"),
    "media_not_fetched": Kind("图片检查：微信下载不了图片 -1008", "content"),
    "media_event_lost": Kind("图片检查：结果丢失", "content"),
    "media_event_twice": Kind("图片检查：结果推送两次", "content"),
    "media_event_first": Kind("图片检查：结果比应答先到", "content"),
    "content_busy": Kind("内容检查：系统繁忙 -1", "content"),
    "template_missing": Kind("订阅消息：模板已被删除", "message"),
    "template_changed": Kind("订阅消息：模板多了一个字段", "message"),
    "message_error": Kind("订阅消息：指定错误码", "message", {"errcode": 47003, "errmsg": "invalid"}),
    "phone_error": Kind("手机号：换取时的错误码", "phone", {"errcode": 40029}),
    "phone_abroad": Kind("手机号：国外的号码", "phone"),
    "phone_wrong_appid": Kind("手机号：别的小程序的水印", "phone", {"value": "wxWRONG"}),
    "phone_blocked": Kind("手机号：组件被封禁 1421102", "phone"),
    "link_error": Kind("链接、小程序码、路径：指定错误码", "link", {"errcode": 85079}),
    "link_expired": Kind("链接：打开时已失效", "link"),
    **PUSH_FAULTS,
    **SHIPPING_FAULTS,
}


@dataclass
class Fault(Record):
    """A fault that is switched on. ``times`` counts down (None: no limit); ``skip`` lets the first ones pass."""

    kind: ClassVar[str] = "fault"
    key_field: ClassVar[str] = "id"

    id: str
    fault: str
    scope: str
    times: int | None
    skip: int
    parameters: dict[str, Any]
    created_at: int


class Faults:
    """The faults that are switched on, newest last; they survive a restart like everything else."""

    def __init__(self, store: Store) -> None:
        self._store = store
        faults = [Fault(**body) for _, body in store.read(Fault.kind)]
        self._active = {item.id: item for item in sorted(faults, key=lambda item: item.created_at)}

    def active(self) -> list[Fault]:
        return list(self._active.values())

    def take(self, name: str, scopes: Collection[str], **where: str) -> dict[str, Any] | None:
        """The parameters (and scope) of a matching fault, used up by one time; None when there is none.

        ``scopes`` are the names that this event goes by (out_trade_no, openid, …); "global" always matches.
        ``where`` (``endpoint`` or ``target``) has to agree with the fault's parameter of that name, if it has one.
        """
        return next(self._matching(name, scopes, where), None)

    def take_all(self, name: str, scopes: Collection[str], **where: str) -> list[dict[str, Any]]:
        """Like ``take``, for an event that several faults of a kind may strike at once."""
        return list(self._matching(name, scopes, where))

    def _matching(
        self, name: str, scopes: Collection[str], where: dict[str, str]
    ) -> Iterator[dict[str, Any]]:
        for item in list(self._active.values()):
            if item.fault != name or (item.scope != "global" and item.scope not in scopes):
                continue
            wishes = ((item.parameters.get(key, value), value) for key, value in where.items())
            if any(wish not in (value, "any", "both") for wish, value in wishes):
                continue
            if item.skip:
                item.skip -= 1
                self._store.put(item.kind, item.id, item.document())
                continue
            self._count_down(item)
            yield {**item.parameters, "scope": item.scope}

    def _count_down(self, item: Fault) -> None:
        if item.times is not None:
            item.times -= 1
        if item.times == 0:
            del self._active[item.id]
            self._store.put(item.kind, item.id, None)
        else:
            self._store.put(item.kind, item.id, item.document())

    def switch_on(self, wish: dict[str, Any], now: int) -> Fault:
        """Add a fault from the JSON of ``POST faults/``. Raises ControlError."""
        wish = dict(wish)
        name = wish.pop("fault", None)
        if name not in KINDS:
            raise ControlError(400, "unknown_fault", "没有这种故障", {"fault": sorted(KINDS)})
        times, skip = wish.pop("times", 1), wish.pop("skip", 0)
        if times is not None and (type(times) is not int or times < 1):
            hint = {"times": ["≥ 1 或 null"]}
            raise ControlError(400, "invalid", "times 必须是正整数，或 null 表示不限", hint)
        if type(skip) is not int or skip < 0:
            raise ControlError(400, "invalid", "skip 必须是非负整数", {"skip": ["≥ 0"]})
        scope = wish.pop("scope", "global")
        if not isinstance(scope, str) or not scope:
            raise ControlError(400, "invalid", "scope 必须是 global、单号或 openid", {"scope": ["文字"]})
        parameters = self._parameters(KINDS[name], wish)
        item = Fault("f_" + secrets.token_hex(6), name, scope, times, skip, parameters, now)
        self._active[item.id] = item
        self._store.put(item.kind, item.id, item.document())
        return item

    @staticmethod
    def _parameters(kind: Kind, wish: dict[str, Any]) -> dict[str, Any]:
        if unknown := wish.keys() - kind.parameters.keys():
            raise ControlError(
                400,
                "unknown_parameter",
                "故障没有这个参数",
                {name: [f"可用：{'、'.join(kind.parameters) or '无'}"] for name in unknown},
            )
        for name, value in wish.items():
            default = kind.parameters[name]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if isinstance(default, int | float) and not isinstance(default, bool):
                right = number
            elif default is None:
                right = value is None or number
            else:
                right = type(value) is type(default)
            if not right:
                raise ControlError(400, "invalid", f"参数 {name} 的类型不对", {name: [f"例如 {default!r}"]})
        if wish.get("endpoint", "any") not in ("any", *ENDPOINTS):
            raise ControlError(400, "invalid", "没有这个接口", {"endpoint": ["any", *ENDPOINTS]})
        return {**kind.parameters, **wish}

    def switch_off(self, *, identifier: str = "", name: str = "", scope: str = "") -> int:
        """Remove the faults that match every given criterion (none given: all); returns how many."""
        doomed = [
            item
            for item in self._active.values()
            if (not identifier or item.id == identifier)
            and (not name or item.fault == name)
            and (not scope or item.scope == scope)
        ]
        for item in doomed:
            del self._active[item.id]
            self._store.put(item.kind, item.id, None)
        return len(doomed)
