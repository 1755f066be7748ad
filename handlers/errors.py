"""One error shape everywhere, and what each kind of failure becomes in it."""

from __future__ import annotations

import errno
from typing import Any

from marshmallow import ValidationError
from tornado.web import HTTPError

from orders.serving import EscortUnavailable
from orders.transitions import TransitionRefused
from payment.problems import PaymentError
from refusals import AccountClosed, Busy, Forbidden, InvalidInput, Refused, Unknown
from schemas.wire import FIELDS
from storage import Contention, StorageUnavailable
from wechat.login import LoginFailed
from wechat.phone_numbers import PhoneNumberFailed


class ApiError(Exception):
    """A failure to tell the client of: HTTP status, a stable slug, a Chinese sentence for the user, and for an
    administrator where that is another one."""

    def __init__(
        self,
        status: int,
        slug: str,
        message: str,
        *,
        fields: dict[str, list[str]] | None = None,
        headers: dict[str, str] | None = None,
        for_staff: str = "",
    ) -> None:
        super().__init__(slug)
        self.status = status
        self.slug = slug
        self.message = message
        self.for_staff = for_staff or message
        self.fields = fields
        self.headers = headers or {}

    def body(self, request_id: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "code": self.status,
            "error": self.slug,
            "msg": self.message,
            "request_id": request_id,
        }
        if self.fields:
            body["fields"] = self.fields
        return body


class ForgedForm(ApiError):
    """A form without the token of its page: opened long ago, or sent by another site."""

    def __init__(self) -> None:
        super().__init__(403, "forbidden", "这个页面已经过期，请刷新后再试")


_BY_STATUS = {
    400: ("bad_request", "请求格式不正确"),
    401: ("unauthorized", "请先登录"),
    403: ("forbidden", "没有权限进行这项操作"),
    404: ("not_found", "没有找到您要的内容"),
    405: ("method_not_allowed", "不支持这种请求方式"),
    409: ("conflict", "当前状态不允许这项操作"),
    413: ("too_large", "提交的内容太大"),
    415: ("unsupported_media_type", "不支持这种内容格式"),
    416: ("range_not_satisfiable", "文件没有这么长"),
    429: ("too_many_requests", "操作太频繁，请稍后再试"),
    500: ("internal_error", "服务器出错了，请稍后再试"),
    503: ("unavailable", "服务暂时不可用，请稍后再试"),
}


def by_status(status: int, **options: Any) -> ApiError:
    """The plain error of a status."""
    slug, message = _BY_STATUS.get(status, _BY_STATUS[500 if status >= 500 else 400])
    return ApiError(status, slug, message, **options)


def not_found() -> ApiError:
    """Unknown, or not the caller's: the two look the same."""
    return by_status(404)


def refused(slug: str, message: str) -> ApiError:
    """409: the state does not allow it."""
    return ApiError(409, slug, message)


def invalid(error: ValidationError) -> ApiError:
    """400 with every bad field; the sentence names the first."""
    fields = {str(name): _sentences(problem) for name, problem in error.messages_dict.items()}
    name, sentences = next(iter(fields.items()))
    return ApiError(400, "invalid_input", f"{FIELD_NAMES.get(name, name)}：{sentences[0]}", fields=fields)


def _sentences(problem: Any) -> list[str]:
    if isinstance(problem, dict):
        return [sentence for inner in problem.values() for sentence in _sentences(inner)]
    return [str(sentence) for sentence in problem]


FIELD_NAMES = {
    "avatarURL": "头像",
    "nickname": "昵称",
    "name": "姓名",
    "phone": "电话",
    "idcard": "证件号码",
    "idcardKind": "证件类型",
    "sex": "性别",
    "if18": "是否成年",
    "relation": "与本人关系",
    "consentGiven": "单独同意",
    "guardianConsentGiven": "监护人同意",
    "hospitalId": "医院",
    "hospitalCustom": "医院名称",
    "department": "科室",
    "wantTime": "就诊日期",
    "visitTime": "就诊时间",
    "campus": "院区",
    "meetingPoint": "见面地点",
    "contactPhone": "联系电话",
    "appointment": "挂号情况",
    "mobility": "行动情况",
    "hearing": "听力情况",
    "answers": "服务需要的信息",
    "escortId": "陪诊员",
    "tags": "评价的标签",
    "introduction": "介绍",
    "years": "从业年数",
    "shown": "公开展示",
    "portrait": "照片",
    "serviceId": "服务项目",
    "friendid": "就诊人",
    "more": "其他需求",
    "reason": "原因",
    "amount": "金额",
    "comment": "评价",
    "stars": "星级",
    "day": "日期",
    "month": "月份",
    "half": "上午或下午",
    "code": "登录凭证",
    "status": "状态",
    "text": "内容",
    "photos": "照片",
    "kind": "类型",
    "title": "发票抬头",
    "taxNumber": "税号",
    "email": "电子邮箱",
    "notes": "备注",
    "number": "编号",
}


_STATUS: dict[type[Refused], int] = {
    Unknown: 404,
    AccountClosed: 401,
    Forbidden: 403,
    InvalidInput: 400,
    Busy: 503,
    Refused: 409,
}
"""What each kind of refusal becomes; the first that fits counts."""


def _refusal(error: Refused) -> ApiError:
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    if isinstance(error, InvalidInput):
        field = FIELDS.get(error.field, error.field)
        if error.says_field:
            return ApiError(status, error.slug, error.message, fields={field: [error.message]})
        return invalid(ValidationError({field: [error.message]}))
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Busy) else None
    return ApiError(status, error.slug, error.message, headers=headers)


def as_api_error(error: BaseException) -> ApiError | None:
    """The failure as a client may see it; None for one that only the log may mention."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, ValidationError):
        return invalid(error)
    if isinstance(error, Refused):
        return _refusal(error)
    if isinstance(error, PaymentError):
        return ApiError(error.status, error.slug, error.message, for_staff=error.for_staff)
    if isinstance(error, LoginFailed):
        headers = {"Retry-After": "60"} if error.http_status == 429 else None
        return ApiError(error.http_status, error.slug, error.message, headers=headers)
    if isinstance(error, PhoneNumberFailed):
        return ApiError(error.http_status, error.slug, error.message)
    if isinstance(error, TransitionRefused):
        return refused("state_does_not_allow", "订单当前的状态不允许这项操作，请刷新后再看")
    if isinstance(error, EscortUnavailable):
        return refused("escort_unavailable", "这位陪诊员未通过审核，或在该时段已有其他订单")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ApiError(503, "disk_full", "服务器的存储空间满了，请稍后再试", headers={"Retry-After": "60"})
    if isinstance(error, StorageUnavailable | Contention):
        return by_status(503, headers={"Retry-After": "5"})
    if isinstance(error, HTTPError):
        return by_status(error.status_code)
    return None
