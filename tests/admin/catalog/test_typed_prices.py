"""What the forms of prices and of the order of display hold: which fields are read, and what is refused in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from catalog.prices import WantedPrice
from handlers.admin.catalog.ordering import OrderHandler
from handlers.admin.catalog.prices import PricesHandler, Typed
from handlers.errors import ApiError


def prices_page(**fields: Any) -> Any:
    named = {
        name.replace("_", "-") if name != "valid_from" else name: value for name, value in fields.items()
    }
    return SimpleNamespace(body_fields=named)


def test_only_prices_that_were_typed_are_read() -> None:
    page = prices_page(price_7=" 588 ", price_8="  ", price_x="1", price_9=5, valid_from=" 2026-12-01 ")
    assert PricesHandler._typed_prices(page) == Typed({7: "588", 9: "5"}, "2026-12-01")
    assert PricesHandler._typed_prices(prices_page()) == Typed({}, "")


def test_what_is_typed_becomes_what_is_wanted_from_the_day_on() -> None:
    page, typed = prices_page(was_7="mark"), Typed({7: "588.50"}, "2026-12-01")
    assert PricesHandler._wanted(page, typed) == [WantedPrice(7, 58_850, "2026-12-01", "mark")]
    assert typed.problems == {}


@pytest.mark.parametrize(
    ("typed", "was", "sentence", "wrong"),
    [
        (Typed({7: "588"}, "x"), "mark", "请选择新价格从哪一天开始", []),
        (Typed({}, "2026-12-01"), "mark", "没有填写新的价格。请在要改的那一行填上，其他的留空", []),
        (Typed({7: "x"}, "2026-12-01"), "mark", "没有保存，请改正标红的 1 处", [7]),
        (Typed({7: "x", 8: "1", 9: "-1"}, "2026-12-01"), "mark", "没有保存，请改正标红的 2 处", [7, 9]),
    ],
)
def test_what_is_wrong_with_typed_prices_is_said_beside_each(
    typed: Typed, was: str, sentence: str, wrong: list[int]
) -> None:
    page = prices_page(was_7=was, was_8=was, was_9=was)
    with pytest.raises(ApiError) as refused:
        PricesHandler._wanted(page, typed)
    assert (refused.value.status, refused.value.message) == (400, sentence)
    assert list(typed.problems) == wrong


@pytest.mark.parametrize("was", [None, "", 7])
def test_a_price_that_nobody_has_seen_is_not_changed(was: Any) -> None:
    with pytest.raises(ApiError) as refused:
        PricesHandler._wanted(prices_page(was_7=was), Typed({7: "588"}, "2026-12-01"))
    assert refused.value.slug == "fingerprint_missing"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "从 2026-12-01 起改 1 项服务的价格（1 元）"),
        (5, "从 2026-12-01 起改 5 项服务的价格（1 元、2 元、3 元、4 元、5 元）"),
        (6, "从 2026-12-01 起改 6 项服务的价格（1 元、2 元、3 元、4 元、5 元等 6 项）"),
    ],
)
def test_the_page_of_the_password_names_the_first_prices(count: int, words: str) -> None:
    wanted = [WantedPrice(number, 100 * number, "2026-12-01", "") for number in range(1, count + 1)]
    assert PricesHandler._in_words(Typed(valid_from="2026-12-01"), wanted) == words


def test_numbers_of_the_order_are_read_by_their_entries() -> None:
    page = cast(
        Any, SimpleNamespace(body_fields={"position-7": " 10 ", "position-x": "1", "was-7": "5", "q": 1})
    )
    assert OrderHandler._numbers(page, "position-") == {7: "10"}
    assert OrderHandler._numbers(page, "was-") == {7: "5"}


@pytest.mark.parametrize(
    ("text", "ids"),
    [("7", [7]), ("7,5", [7, 5]), ("", None), ("7,", None), ("7 ,5", None), ("x", None), ("9" * 19, None)],
)
def test_a_dragged_order_is_a_list_of_entries(text: str, ids: list[int] | None) -> None:
    page = cast(Any, SimpleNamespace(body_fields={"now": text}))
    if ids is not None:
        assert OrderHandler._ids(page, "now") == ids
        return
    with pytest.raises(ApiError) as refused:
        OrderHandler._ids(page, "now")
    assert refused.value.status == 400
