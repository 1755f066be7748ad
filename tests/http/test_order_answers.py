"""The answers about one order, key by key, and when WeChat is asked before one is shown."""

from __future__ import annotations

import pytest

from clock import MINUTE
from handlers.operation import summary_of
from tests.http.client import id_number
from tests.http.product import Product


@pytest.mark.promise(9)
async def test_placing_and_paying_answer_with_id_words_and_payment(product: Product) -> None:
    user = await product.login("li")
    placed = await user.order(await user.add_patient(), product.day())
    assert sorted(placed) == ["code", "id", "msg", "payment"]
    assert (placed["code"], placed["msg"]) == (0, "下单成功")
    resumed = await user.post("user/pay1order/", id=placed["id"])
    assert sorted(resumed) == ["code", "id", "msg", "payment"]
    assert (resumed["id"], resumed["msg"]) == (placed["id"], "")
    assert sorted(resumed["payment"]) == sorted(placed["payment"])


@pytest.mark.promise(8)
async def test_money_that_was_never_notified_is_seen_when_the_order_is_opened(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await product.login("li")
    order = await user.order(await user.add_patient(), product.day())

    async def lost(headers: object, body: bytes) -> str:
        return "lost on the way"

    monkeypatch.setattr(product.services.payments, "notify", lost)
    await user.pay(order)
    product.clock.move(MINUTE)
    shown = await user.get("user/getOrder/", id=order["id"])
    assert shown["order"]["progress"] == "已付款"


async def test_one_patient_more_has_an_order_of_their_own_only_for_clients_that_know_of_it(
    product: Product,
) -> None:
    user = await product.login("li")
    first = await user.order(await user.add_patient(), product.day())
    other = await user.add_patient(name="王芳", idcard=id_number(2))
    second = await user.order(other, product.day(), perPatient="y")
    assert second["id"] != first["id"]
    third = await user.add_patient(name="赵云", idcard=id_number(3))
    assert (await user.order(third, product.day()))["id"] == second["id"], "the newest one is changed"


@pytest.mark.parametrize(
    ("docstring", "summary"),
    [
        ("Log in.", "Log in."),
        ("Two\n        lines, ``code``.", "Two lines, `code`."),
        ("", ""),
        (None, ""),
    ],
)
def test_a_docstring_is_one_line_of_the_document(docstring: str | None, summary: str) -> None:
    assert summary_of(docstring) == summary
