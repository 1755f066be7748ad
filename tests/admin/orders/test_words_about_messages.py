"""What the office reads of a message: to whom it went, what about, when, and why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clock import day_bounds
from handlers.admin.orders.sharing import (
    People,
    ShownMessage,
    message_detail,
    message_title,
    shown_message,
    why_not,
)
from storage.models import OutboxMessage
from wechat.message_facts import EXAMPLE, MessageOutcome, Reader

NOW = day_bounds("2026-11-18")[0]
CREATED, SENT, AGAIN = NOW + 3_600_000, NOW + 7_200_000, NOW + 10_800_000
ABOUT_NOTHING = replace(EXAMPLE, outcome="").to_json()
PEOPLE = People(
    owner_id=1,
    payer_id=2,
    members={3, 2},
    names={1: "小李", 2: "儿子", 3: "女儿", 4: "用户 4", 5: "王芳的昵称", 6: "x"},
    escorts={5: "王芳", 6: "", 1: "小李师傅"},
)


def message(**changes: Any) -> OutboxMessage:
    usual = {
        "id": 1,
        "kind": "moved",
        "reference": "",
        "user_id": 1,
        "payload": ABOUT_NOTHING,
        "state": "pending",
        "tries": 0,
        "next_at": AGAIN,
        "claimed_until": 0,
        "last_error": "",
        "created_at": CREATED,
        "sent_at": None,
    }
    return OutboxMessage(**{**usual, **changes})


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({}, "11-18 01:00"),
        ({"tries": 2}, "11-18 01:00 · 试了 2 次没有发出，11-18 03:00 再试"),
        ({"tries": 2, "next_at": None, "last_error": "the user is gone"}, "11-18 01:00 · 账号已停用或已删除"),
        ({"next_at": None}, "11-18 01:00 · 原因没有记录"),
        ({"state": "sent", "sent_at": SENT, "next_at": None}, "11-18 02:00"),
        (
            {"state": "undelivered", "sent_at": SENT, "last_error": "43101"},
            "11-18 02:00 · 对方没有允许这种消息，或允许的次数用完了",
        ),
    ],
)
def test_when_a_message_went_out_or_why_it_did_not(changes: dict[str, Any], detail: str) -> None:
    assert message_detail(message(**changes), NOW) == detail


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("43101", "对方没有允许这种消息，或允许的次数用完了"),
        ("43101 user refuse", "对方没有允许这种消息，或允许的次数用完了"),
        ("40037", "微信没有接受（错误码 40037）"),
        ("40037 invalid template", "微信没有接受（错误码 40037）：invalid template"),
        ("-1 system busy", "微信没有接受（错误码 -1）：system busy"),
        ("the escort is gone", "陪诊员已删除资料"),
        ("no template is configured", "这种消息没有设置模板"),
        ("ConnectTimeout", "多次没有发出（ConnectTimeout）"),
        ("", "原因没有记录"),
    ],
)
def test_why_it_was_not_sent(error: str, words: str) -> None:
    assert why_not(error) == words


@pytest.mark.parametrize(
    ("kind", "payload", "title"),
    [
        ("moved", ABOUT_NOTHING, "预约有变动"),
        ("moved", replace(EXAMPLE, outcome=MessageOutcome.MOVED).to_json(), "预约有变动（已改期）"),
        ("moved", "no JSON", "预约有变动"),
        ("moved", "[]", "预约有变动"),
        ("paid", '{"order_id": 1}', "付款成功"),
    ],
)
def test_what_a_message_is_about(kind: str, payload: str, title: str) -> None:
    assert message_title(message(kind=kind, payload=payload)) == title


@pytest.mark.parametrize(
    ("user_id", "reader", "named"),
    [
        (1, Reader.USER, "用户 小李"),
        (1, "", "用户 小李"),
        (1, Reader.ESCORT, "陪诊员 小李师傅"),
        (2, "", "付款人 儿子"),
        (3, "", "家人 女儿"),
        (4, "", "原来的家人 用户 4"),
        (4, Reader.ESCORT, "陪诊员 （已删除）"),
        (5, "", "陪诊员 王芳"),
        (6, "", "陪诊员 （已删除）"),
        (6, Reader.ESCORT, "陪诊员 （已删除）"),
    ],
)
def test_whom_a_message_is_for(user_id: int, reader: str, named: str) -> None:
    assert PEOPLE.named(user_id, replace(EXAMPLE, reader=reader)) == named


def test_a_message_whole() -> None:
    failed = message(user_id=5, state="failed", next_at=None, payload="?", last_error="ConnectTimeout")
    assert shown_message(failed, PEOPLE, NOW) == ShownMessage(
        "预约有变动", "陪诊员 王芳", "没有发成", "red", "11-18 01:00 · 多次没有发出（ConnectTimeout）"
    )
