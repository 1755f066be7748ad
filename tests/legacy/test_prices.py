"""Prices of the older system, which are texts such as ``￥588/次``."""

from __future__ import annotations

import pytest

from startup.legacy.conversion import Price, read_price


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("￥588/次", Price(58800, "次")),
        ("¥588.5/半天", Price(58850, "半天")),
        (" ￥ 1588.00 / 天 ", Price(158800, "天")),
        ("￥５８８／次", Price(58800, "次")),
        ("￥588", None),
        ("588元/次", None),
        ("￥1,588/次", None),
        ("￥588.005/次", None),
        ("￥-5/次", None),
        ("面议", None),
        ("", None),
    ],
)
def test_a_price_is_read_to_the_fen_or_not_at_all(text: str, price: Price | None) -> None:
    assert read_price(text) == price
