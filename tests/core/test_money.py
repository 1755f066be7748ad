"""Fen as text and text as fen: exact at every amount, and no float."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money import (
    AmountRefused,
    accounting_yuan,
    amount_text,
    decimal_yuan,
    exact_yuan,
    plain_yuan,
    read_amount,
    read_typed_amount,
)


@pytest.mark.parametrize(
    ("fen", "exact", "accounting", "plain", "price"),
    [
        (0, "0.00", "0.00", "0", "￥0"),
        (1, "0.01", "0.01", "0.01", "￥0.01"),
        (-5, "-0.05", "-0.05", "-0.05", "￥-0.05"),
        (58_800, "588.00", "588.00", "588", "￥588"),
        (58_850, "588.50", "588.50", "588.50", "￥588.50"),
        (-123_450, "-1234.50", "-1,234.50", "-1234.50", "￥-1234.50"),
        (123_456_789, "1234567.89", "1,234,567.89", "1234567.89", "￥1234567.89"),
    ],
)
def test_an_amount_is_written_for_machines_accountants_forms_and_users(
    fen: int, exact: str, accounting: str, plain: str, price: str
) -> None:
    assert (exact_yuan(fen), accounting_yuan(fen)) == (exact, accounting)
    assert (plain_yuan(fen), amount_text(fen)) == (plain, price)
    assert str(decimal_yuan(fen)) == exact


@given(fen=st.integers(0, 999_999_999))
def test_what_was_written_is_read_again_as_the_same_amount(fen: int) -> None:
    for text in (exact_yuan(fen), plain_yuan(fen), amount_text(fen), f" {amount_text(fen)} "):
        assert read_amount(text) == fen
    assert read_typed_amount(accounting_yuan(fen)) == fen


@given(fen=st.integers(-(10**15), 10**15))
def test_no_amount_is_rounded(fen: int) -> None:
    assert int(exact_yuan(fen).replace(".", "")) == fen
    assert decimal_yuan(fen) * 100 == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "￥",
        "1,588",
        "-1",
        "1.",
        ".5",
        "1.234",
        "12345678",
        "1e3",
        "５８８",
        "0x10",
        "nan",
        "588元",
        "￥￥1",
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert read_amount(text) is None


@pytest.mark.parametrize(
    ("text", "fen"),
    [("588", 58_800), ("￥588.5", 58_850), ("1,588", 158_800), ("1，588.05", 158_805), (" ¥0 ", 0)],
)
def test_a_typed_amount_may_have_a_sign_of_yuan_and_separators(text: str, fen: int) -> None:
    assert read_typed_amount(text) == fen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("58,8", "逗号只能分隔千位"),
        ("1,58", "逗号只能分隔千位"),
        ("five", "应为金额"),
        ("-5", "应为金额"),
        ("1.005", "应为金额"),
    ],
)
def test_a_typed_amount_that_may_mean_another_one_is_refused(text: str, reason: str) -> None:
    with pytest.raises(AmountRefused, match=reason):
        read_typed_amount(text)
