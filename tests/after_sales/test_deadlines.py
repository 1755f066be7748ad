"""What has to be done about a complaint next, and by when."""

from __future__ import annotations

from clock import HOUR
from orders.complaints.deadlines import due_at, is_overdue
from tests.after_sales.complaining import answer, close, complain, stored
from tests.http.product import Product


async def test_a_complaint_is_due_to_be_answered_then_to_be_settled_then_never(product: Product) -> None:
    user = await product.login("li")
    number = (await complain(user, kind="suggestion"))["id"]
    opened = await stored(product, number)
    assert due_at(opened) == opened.answer_due_at == opened.created_at + 24 * HOUR
    assert not is_overdue(opened, opened.answer_due_at)
    assert is_overdue(opened, opened.answer_due_at + 1)
    await answer(product, number)
    answered = await stored(product, number)
    assert due_at(answered) == answered.settle_due_at == opened.created_at + 72 * HOUR
    assert not is_overdue(answered, opened.answer_due_at + 1)
    assert is_overdue(answered, answered.settle_due_at + 1)
    await close(product, number)
    closed = await stored(product, number)
    assert due_at(closed) is None
    assert not is_overdue(closed, closed.settle_due_at + 1)
