"""What a complaint at WeChat says, field by field: read where it is plain, left out where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from payment.wechatpay.complaint_replies import MAX_FEN, read_detail, read_history, read_page
from payment.wechatpay.results import Malformed

AT = 1_763_865_296_000
"""2025-11-23T10:34:56+08:00"""
WHEN = "2025-11-23T10:34:56+08:00"


def complaint(**changes: Any) -> dict[str, Any]:
    """A complaint as its detail tells of it."""
    return {"complaint_id": "200201820200101080076610000", "complaint_time": WHEN, **changes}


@pytest.mark.parametrize(
    ("name", "longest", "read"),
    [
        ("complaint_state", 32, "state"),
        ("payer_openid", 128, "openid"),
        ("problem_type", 32, "problem_type"),
    ],
)
def test_a_word_of_a_complaint_that_is_too_long_is_none(name: str, longest: int, read: str) -> None:
    nothing = "OTHERS" if name == "problem_type" else ""
    found = [
        getattr(read_detail(complaint(**{name: value}), lambda sealed: sealed), read)
        for value in ("x" * longest, "x" * (longest + 1), "with blank", "中文", 5, None)
    ]
    assert found == ["x" * longest, *[nothing] * 5]


@pytest.mark.parametrize("name", ["transaction_id", "out_trade_no"])
def test_the_first_payment_that_a_complaint_names_counts(name: str) -> None:
    orders = [5, {name: "x" * 64}, {name: "another"}]
    detail = read_detail(complaint(complaint_order_info=orders), lambda sealed: sealed)
    assert getattr(detail, name) == "x" * 64
    longer = [{name: "x" * 65}]
    assert getattr(read_detail(complaint(complaint_order_info=longer), lambda sealed: sealed), name) == ""


def test_what_people_write_is_cut_and_never_refused() -> None:
    detail = read_detail(
        complaint(complaint_detail="诉" * 3_001, problem_description="因" * 1_001), lambda sealed: sealed
    )
    assert (detail.text, detail.problem) == ("诉" * 3_000, "因" * 1_000)
    entries = [
        {
            "operate_time": WHEN,
            "operator": "x" * 65,
            "operate_type": "y" * 65,
            "operate_details": "z" * 3_001,
        },
        {"operate_time": "soon", "operate_details": "nowhere to be placed"},
        {"operate_time": "2025-11-23T10:34:55+08:00", "image_list": ["https://a/b/c.jpg"]},
    ]
    first, second = read_history({"data": entries})
    assert (first.at, first.operator, first.text, first.images) == (AT - 1_000, "", "", ("c.jpg",))
    assert (second.operator, second.kind, second.text) == ("x" * 64, "y" * 64, "z" * 3_000)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ({}, (1, False, False, False, None)),
        ({"user_complaint_times": 2}, (2, False, False, False, None)),
        ({"user_complaint_times": 0}, (1, False, False, False, None)),
        ({"user_complaint_times": 1_000_000}, (1, False, False, False, None)),
        ({"user_complaint_times": 999_999}, (999_999, False, False, False, None)),
        ({"user_complaint_times": True}, (1, False, False, False, None)),
        ({"incoming_user_response": True}, (1, True, False, False, None)),
        ({"incoming_user_response": 1}, (1, False, False, False, None)),
        ({"complaint_full_refunded": True}, (1, False, True, False, None)),
        ({"in_platform_service": True}, (1, False, False, True, None)),
        ({"need_immediate_service": True}, (1, False, False, True, None)),
        ({"need_immediate_service": "yes"}, (1, False, False, False, None)),
        ({"apply_refund_amount": 1}, (1, False, False, False, 1)),
        ({"apply_refund_amount": 0}, (1, False, False, False, None)),
        ({"apply_refund_amount": MAX_FEN}, (1, False, False, False, MAX_FEN)),
        ({"apply_refund_amount": MAX_FEN + 1}, (1, False, False, False, None)),
        ({"apply_refund_amount": True}, (1, False, False, False, None)),
    ],
)
def test_what_a_complaint_does_not_say_plainly_it_does_not_say(
    told: dict[str, Any], read: tuple[Any, ...]
) -> None:
    detail = read_detail(complaint(**told), lambda sealed: sealed)
    assert read == (
        detail.times,
        detail.user_waits,
        detail.full_refunded,
        detail.platform,
        detail.refund_wanted_fen,
    )


@pytest.mark.parametrize(
    ("sealed", "opened", "phone"),
    [
        (None, "13800138000", None),
        ("", "13800138000", None),
        (5, "13800138000", None),
        ("sealed", "13800138000", "13800138000"),
        ("sealed", " 13800138000\n", "13800138000"),
        ("sealed", None, ""),
        ("sealed", "1" * 32, "1" * 32),
        ("sealed", "1" * 33, ""),
        ("sealed", "138\u200b00", ""),
    ],
)
def test_a_phone_that_cannot_be_opened_is_told_from_one_that_is_not_there(
    sealed: Any, opened: str | None, phone: str | None
) -> None:
    assert read_detail(complaint(payer_phone=sealed), lambda text: opened).phone == phone


@pytest.mark.parametrize("number", ["a" * 64, "0-9_A.z"])
def test_a_complaint_has_a_number_of_at_most_64_characters(number: str) -> None:
    (listed,) = read_page({"data": [{"complaint_id": number}]})
    assert listed is not None
    assert listed.complaint_id == number
    assert read_page({"data": [{"complaint_id": wrong} for wrong in ("a" * 65, "", "a/b", 5)]}) == [None] * 4
    for wrong in ("a" * 65, None, "a b"):
        with pytest.raises(Malformed, match="complaint_id"):
            read_detail(complaint(complaint_id=wrong), lambda sealed: sealed)


@pytest.mark.parametrize(
    "name",
    [
        "complaint_state",
        "user_complaint_times",
        "incoming_user_response",
        "complaint_full_refunded",
        "in_platform_service",
        "need_immediate_service",
        "apply_refund_amount",
        "problem_type",
    ],
)
def test_whatever_is_shown_or_decides_makes_a_complaint_another(name: str) -> None:
    marks = set()
    for value in (None, 1, 2):
        (listed,) = read_page({"data": [complaint(**{name: value})]})
        assert listed is not None
        marks.add(listed.mark)
        assert read_detail(complaint(**{name: value}), lambda sealed: sealed).mark == listed.mark
    assert len(marks) == 3
    (listed,) = read_page({"data": [complaint(complaint_detail="other words")]})
    assert listed is not None
    assert listed.mark in marks
