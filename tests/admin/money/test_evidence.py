"""The evidence of cases and the failures that are noted, in words for a clerk."""

from __future__ import annotations

import ast
import json
import re
from inspect import signature

import pytest

from config import ROOT
from handlers.admin.money import evidence
from handlers.admin.money.evidence_labels import LABELS
from handlers.admin.money.failure_messages import failure_message
from payment import problems
from payment.sweeper import _error_text
from payment.wechatpay import errors
from payment.wechatpay.bills.bill_file import BadBill
from payment.wechatpay.bills.bill_lines import BillError
from storage import Contention, StorageError, StorageUnavailable

OPENERS = {"open_case", "_add_difference", "_differing", "evidence"}
"""Calls whose arguments become evidence; so do the dictionaries that the other names hold."""
NAMES = {"detail", "content", "pairs", "differs"}


def _keys(tree: ast.AST) -> set[str]:
    return {
        key.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def written_keys() -> set[str]:
    """Every key under which ``payment/`` keeps evidence."""
    found: set[str] = set()
    for file in sorted((ROOT / "payment").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in OPENERS:
                    found |= _keys(node)
                if name in ("_add_difference", "_differing", "evidence"):
                    found |= {keyword.arg for keyword in node.keywords if keyword.arg}
            elif isinstance(node, ast.AugAssign):
                if getattr(node.target, "id", "") in NAMES:
                    found |= _keys(node.value)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    name = getattr(target, "id", "")
                    if name in NAMES:
                        found |= _keys(node.value)
                    if isinstance(target, ast.Subscript) and getattr(target.value, "id", "") in (
                        "differs",
                        "detail",
                    ):
                        assert isinstance(target.slice, ast.Constant)
                        found.add(str(target.slice.value))
    return found - {"expected", "found", "here_", "wechat"}


def test_every_key_that_is_written_as_evidence_has_a_label():
    written = written_keys()
    assert {
        "here_fen",
        "there",
        "state_here",
        "problem",
        "refund_fen",
        "openid",
        "differs",
        "code",
    } <= written
    assert written <= set(LABELS)


def test_a_bill_that_differs_names_both_sides():
    detail = {"day": "2026-01-01", "differs": {"transaction_id": {"here": "4200A", "there": "4200B"}}}
    assert evidence.lines(json.dumps(detail)) == [
        ("账单日期", "2026-01-01"),
        ("微信支付单号", "本系统 4200A，微信账单 4200B"),
    ]


@pytest.mark.parametrize("odd", [5, "x", {"at": 1}, None])
def test_odd_evidence_of_a_reopening_or_a_difference_is_shown_as_it_is(odd: object):
    """Nothing writes it; a case whose detail cannot be read could not be decided about."""
    ((label, text),) = evidence.lines(json.dumps({"reopened": odd}))
    assert (label, text) == ("再次打开", evidence._in_words("reopened", odd))
    if not isinstance(odd, dict):
        ((label, text),) = evidence.lines(json.dumps({"differs": odd}))
        assert (label, text) == ("不一致", evidence._in_words("differs", odd))


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ({"here": "processing", "there": "FAIL"}, ["退款中", "失败"]),
        ({"state_here": "mismatch"}, ["与订单不符"]),
        ({"state_here": None}, ["（没有）"]),
        ({"here_fen": 58800, "there_fen": 1}, ["588.00 元", "0.01 元"]),
        ({"problem": "BadBill: the file has another hash"}, ["没有下载完整"]),
        (
            {"code": "NOT_ENOUGH", "error": "wechat_not_enough_money: 403 NOT_ENOUGH"},
            ["NOT_ENOUGH", "商户余额不足"],
        ),
        (
            {"differs": {"trade_state": {"expected": "SUCCESS", "found": "REFUND"}}},
            ["应为 成功，微信报告 转入退款"],
        ),
    ],
)
def test_states_amounts_and_failures_are_told_in_words(detail: dict[str, object], shown: list[str]):
    lines = evidence.lines(json.dumps(detail))
    assert len(lines) == len(shown)
    for (_, text), words in zip(lines, shown, strict=True):
        assert words in text
        assert not re.search(r"[a-z]{3}", text)


def _classes(module: object, base: type) -> list[type]:
    return [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, base)]


def _made(kind: type) -> Exception:
    """A refusal of this kind, about amounts that are 0: some tell of one amount, some of two."""
    required = [
        each for each in signature(kind).parameters.values() if each.kind == each.POSITIONAL_OR_KEYWORD
    ]
    made: Exception = kind(*(0 for _ in required))
    return made


NOTED = [
    *(
        str(kind("a reply in English", code="SOME_CODE", status=403))
        for kind in _classes(errors, errors.GatewayError)
    ),
    *(_error_text(kind()) for kind in _classes(errors, errors.GatewayError)),
    *(_error_text(_made(kind)) for kind in _classes(problems, problems.PaymentError)),
    *(
        _error_text(kind("x"))
        for kind in (StorageError, StorageUnavailable, Contention, TimeoutError, KeyError)
    ),
    *(f"2026-01-01: {kind.__name__}" for kind in (BadBill, BillError, errors.BillNotReady)),
    "3 failed: Unknown: wechat_unknown",
    "never arrived at WeChat",
    "refused by WeChat: wechat_invalid_request: 400 INVALID_REQUEST",
    "mismatch: amount, openid, transaction_id",
]


@pytest.mark.parametrize("noted", NOTED)
def test_no_noted_failure_reaches_a_clerk_in_english(noted: str):
    sentence = failure_message(noted)
    assert sentence
    assert not re.search(r"[a-z]{3}", sentence), sentence


def test_a_failure_says_what_is_the_matter():
    assert "余额不足" in failure_message("wechat_not_enough_money: 403 NOT_ENOUGH")
    assert "NOT_ENOUGH" in failure_message("wechat_not_enough_money: 403 NOT_ENOUGH")
    assert failure_message("mismatch: amount, openid") == "与订单不符：金额、付款人"
    assert "还没有生成" in failure_message("2026-01-01: BillNotReady")
    assert failure_message("") == ""
