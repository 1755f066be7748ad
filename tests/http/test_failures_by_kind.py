"""What each kind of failure becomes for a client: status, slug, sentence, fields and headers, whole."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from marshmallow import ValidationError
from tornado.web import HTTPError

from handlers.errors import ApiError, ForgedForm, as_api_error, by_status, invalid, not_found, refused
from orders.serving import EscortUnavailable
from orders.transitions import Action, TransitionRefused
from payment.problems import OrderAlreadyPaid, PaymentError, PaymentPending
from refusals import (
    AccountClosed,
    Busy,
    Forbidden,
    InvalidInput,
    NotBelieved,
    OrderNotFound,
    Refused,
    Unknown,
)
from storage import Contention, StorageError, StorageUnavailable
from wechat.login import CodeUsed, LoginFailed, TooManyLogins, UserBlocked
from wechat.phone_numbers import CodeSpent, PhoneNumberFailed


class Named(InvalidInput):
    says_field = True


class Later(Busy):
    retry_after = 77


def whole(error: ApiError | None) -> tuple[Any, ...]:
    assert error is not None
    return error.status, error.slug, error.message, error.fields, error.headers, error.for_staff


def plain(status: int, slug: str, message: str, **headers: str) -> tuple[Any, ...]:
    return (
        status,
        slug,
        message,
        None,
        {name.replace("_", "-"): value for name, value in headers.items()},
        message,
    )


AWAY = "服务暂时不可用，请稍后再试"
FULL = plain(503, "disk_full", "服务器的存储空间满了，请稍后再试", Retry_After="60")
PENDING = "这笔支付正在人工核对，请联系客服"
NO_LONGER = "订单当前的状态不允许这项操作，请刷新后再看"
TAKEN = "这位陪诊员未通过审核，或在该时段已有其他订单"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (Refused(), plain(409, "conflict", "当前状态不允许这项操作")),
        (Refused("就是不行"), plain(409, "conflict", "就是不行")),
        (Unknown(), plain(404, "not_found", "没有找到您要的内容")),
        (OrderNotFound(), plain(404, "order_not_found", "没有找到这个订单")),
        (AccountClosed(), plain(401, "unauthorized", "请先登录")),
        (Forbidden(), plain(403, "forbidden", "没有权限进行这项操作")),
        (Busy(), plain(503, "busy", AWAY, Retry_After="5")),
        (Later("等一下"), plain(503, "busy", "等一下", Retry_After="77")),
        (OrderAlreadyPaid(), plain(409, "order_already_paid", "订单已支付")),
        (PaymentPending(), (409, "payment_pending", PENDING, None, {}, PaymentPending.for_staff)),
        (LoginFailed(), plain(502, "login_failed", "微信登录失败，请稍后再试")),
        (CodeUsed(), plain(400, "login_code_used", "登录凭证已被使用，请重新登录")),
        (PhoneNumberFailed(), plain(502, "phone_failed", "没有取到微信里的手机号，请直接填写")),
        (CodeSpent(), plain(409, "phone_code_spent", "这次授权已经过期，请再点一次，或直接填写手机号")),
        (TransitionRefused(Action.PAY, "paid"), plain(409, "state_does_not_allow", NO_LONGER)),
        (EscortUnavailable(), plain(409, "escort_unavailable", TAKEN)),
        (OSError(errno.ENOSPC, "full"), FULL),
        (OSError(errno.EDQUOT, "full"), FULL),
        (StorageUnavailable("host"), plain(503, "unavailable", AWAY, Retry_After="5")),
        (Contention("deadlock"), plain(503, "unavailable", AWAY, Retry_After="5")),
        (HTTPError(413), plain(413, "too_large", "提交的内容太大")),
        (HTTPError(404, "with its reason"), plain(404, "not_found", "没有找到您要的内容")),
    ],
)
def test_a_failure_is_told_in_this_way(error: BaseException, shown: tuple[Any, ...]) -> None:
    assert whole(as_api_error(error)) == shown


def test_only_too_many_logins_say_when_to_come_again() -> None:
    often, blocked = "登录过于频繁，请稍后再试", "该微信账号存在风险，暂时无法登录"
    assert whole(as_api_error(TooManyLogins())) == plain(429, "login_too_frequent", often, Retry_After="60")
    assert whole(as_api_error(UserBlocked())) == plain(403, "login_user_blocked", blocked)


def test_what_handlers_refuse_by_themselves() -> None:
    assert whole(refused("taken", "已经有人了")) == plain(409, "taken", "已经有人了")
    assert whole(not_found()) == plain(404, "not_found", "没有找到您要的内容")
    assert whole(ForgedForm()) == plain(403, "forbidden", "这个页面已经过期，请刷新后再试")
    assert str(refused("taken", "李雷已经有了")) == "taken", "a traceback quotes no sentence"


def test_what_is_told_already_stays_as_it_is() -> None:
    for error in (ApiError(418, "teapot", "茶"), ForgedForm()):
        assert as_api_error(error) is error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        OSError(errno.EACCES, "not yours"),
        OSError(),
        StorageError("a broken statement"),
        NotBelieved(),
        KeyError("x"),
    ],
)
def test_of_what_only_the_log_may_mention_nothing_is_told(error: BaseException) -> None:
    assert as_api_error(error) is None


STATUSES = {
    400: ("bad_request", "请求格式不正确"),
    401: ("unauthorized", "请先登录"),
    403: ("forbidden", "没有权限进行这项操作"),
    404: ("not_found", "没有找到您要的内容"),
    405: ("method_not_allowed", "不支持这种请求方式"),
    409: ("conflict", "当前状态不允许这项操作"),
    413: ("too_large", "提交的内容太大"),
    415: ("unsupported_media_type", "不支持这种内容格式"),
    429: ("too_many_requests", "操作太频繁，请稍后再试"),
    500: ("internal_error", "服务器出错了，请稍后再试"),
    503: ("unavailable", AWAY),
    418: ("bad_request", "请求格式不正确"),
    499: ("bad_request", "请求格式不正确"),
    502: ("internal_error", "服务器出错了，请稍后再试"),
    504: ("internal_error", "服务器出错了，请稍后再试"),
}


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_its_plain_error_and_others_that_of_their_kind(status: int) -> None:
    assert whole(by_status(status)) == plain(status, *STATUSES[status])
    assert by_status(status, headers={"Retry-After": "9"}).headers == {"Retry-After": "9"}


def test_an_answer_holds_the_fields_only_where_there_are_some() -> None:
    body = {"code": 409, "error": "taken", "msg": "有人了", "request_id": "r-1"}
    assert ApiError(409, "taken", "有人了").body("r-1") == body
    assert ApiError(409, "taken", "有人了", fields={}).body("r-1") == body
    fields = {"name": ["太短"]}
    assert ApiError(409, "taken", "有人了", fields=fields).body("r-1") == {**body, "fields": fields}


@pytest.mark.parametrize(
    ("said", "staff", "read"), [("请联系客服", "", "请联系客服"), ("请联系客服", "请看异常", "请看异常")]
)
def test_who_works_here_reads_their_own_sentence_where_there_is_one(said: str, staff: str, read: str) -> None:
    assert ApiError(409, "x", said, for_staff=staff).for_staff == read
    assert whole(as_api_error(PaymentError(said, staff)))[2::3] == (said, read)


@pytest.mark.parametrize(
    ("messages", "sentence", "fields"),
    [
        ({"name": ["太短"], "phone": ["不对"]}, "姓名：太短", {"name": ["太短"], "phone": ["不对"]}),
        ({"phone": ["不对"], "name": ["太短"]}, "电话：不对", {"phone": ["不对"], "name": ["太短"]}),
        ({"name": ["太短", "太怪"]}, "姓名：太短", {"name": ["太短", "太怪"]}),
        ({"nowhere": ["不认识"]}, "nowhere：不认识", {"nowhere": ["不认识"]}),
        (
            {"photos": {0: ["坏了"], 2: {"text": ["空的", "白的"]}}},
            "照片：坏了",
            {"photos": ["坏了", "空的", "白的"]},
        ),
        ({7: ["数"]}, "7：数", {"7": ["数"]}),
    ],
)
def test_input_that_is_wrong_names_every_field_and_says_the_first(
    messages: dict[Any, Any], sentence: str, fields: dict[str, list[str]]
) -> None:
    told: tuple[Any, ...] = (400, "invalid_input", sentence, fields, {}, sentence)
    assert whole(invalid(ValidationError(messages))) == told
    assert whole(as_api_error(ValidationError(messages))) == told


@pytest.mark.parametrize(
    ("error", "sentence", "fields"),
    [
        (InvalidInput("visit_date", "太远"), "就诊日期：太远", {"wantTime": ["太远"]}),
        (InvalidInput("reason", "太长"), "原因：太长", {"reason": ["太长"]}),
        (Named("visit_date", "太远了"), "太远了", {"wantTime": ["太远了"]}),
        (Named("reason", "太长了"), "太长了", {"reason": ["太长了"]}),
    ],
)
def test_a_field_that_a_rule_refuses_has_the_name_that_clients_know(
    error: InvalidInput, sentence: str, fields: dict[str, list[str]]
) -> None:
    assert whole(as_api_error(error)) == (400, "invalid_input", sentence, fields, {}, sentence)
