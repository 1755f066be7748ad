"""An escort reads what they earned, and confirms or questions a statement; nothing of anybody else."""

from __future__ import annotations

import pytest

from handlers.escort import pay
from storage.models import EscortState, PayStatement
from tests.escort.escorts import apply_as_escort, escort_of, set_state
from tests.escort_pay.paying import IN_DECEMBER, NOVEMBER, add_row, correct, finished, issue, rule
from tests.http.client import Client
from tests.http.product import Product

pytestmark = pytest.mark.promise(40)


async def paid_escort(product: Product, name: str = "wang") -> tuple[Client, int]:
    client = await apply_as_escort(product, name)
    return client, await escort_of(product, client)


async def test_an_escort_reads_months_lines_and_what_is_held_and_why(product: Product) -> None:
    wang, escort = await paid_escort(product)
    assert (await wang.get("escort/pay/"))["open"] == {"amount": "￥0", "count": 0, "lines": []}
    await rule(product.storage, 8_050)
    one = await finished(product.storage, escort)
    held = await finished(product.storage, escort)
    await correct(product.storage, escort, one, -1_050, "迟到半小时")
    await add_row(product.storage, "complaints", order_id=held, state="open")
    now = await wang.get("escort/pay/")
    assert (now["open"]["amount"], now["open"]["count"], now["held"]["amount"]) == ("￥70", 2, "￥80.50")
    assert now["held"]["lines"][0]["held"] == "投诉还没有处理完"
    newest = now["open"]["lines"][0]
    assert (newest["kind"], newest["amount"], newest["reason"]) == ("correction", "￥-10.50", "迟到半小时")
    number = (await issue(product.storage, escort)).id
    after = await wang.get("escort/pay/")
    assert (after["open"]["count"], after["held"]["count"]) == (0, 1)
    assert [(row["month"], row["state"], row["total"]) for row in after["data"]] == [
        (NOVEMBER, "issued", "￥70")
    ]
    told = await wang.get("escort/statement/", id=number)
    assert [line["amount"] for line in told["lines"]] == ["￥80.50", "￥-10.50"]
    assert (told["statement"]["orders"], told["statement"]["corrections"]) == ("￥80.50", "￥-10.50")
    assert told["lines"][0]["day"] == "2026-11-10"
    assert "李建国" not in str(told), "an escort needs no patient's name to check pay"


async def test_an_escort_confirms_or_questions_in_one_tap(product: Product) -> None:
    wang, escort = await paid_escort(product)
    await rule(product.storage, 8_000)
    await finished(product.storage, escort)
    number = (await issue(product.storage, escort)).id
    assert (await wang.get("escort/workbench/"))["statementsToCheck"] == 1
    await wang.post("escort/questionStatement/", id=number, text="少了一单\n<b>11 月 3 日</b>")
    await wang.post("escort/questionStatement/", id=number, text="少了一单\n<b>11 月 3 日</b>")
    told = (await wang.get("escort/statement/", id=number))["statement"]
    assert (told["state"], [each["text"] for each in told["questions"]]) == (
        "questioned",
        ["少了一单 <b>11 月 3 日</b>"],
    )
    assert (await wang.get("escort/workbench/"))["statementsToCheck"] == 0
    refused = await wang.post("escort/confirmStatement/", 409, id=number)
    assert refused["error"] == "statement_changed"
    second = (await issue_another(product, escort)).id
    await wang.post("escort/confirmStatement/", id=second)
    await wang.post("escort/confirmStatement/", id=second)
    assert (await wang.get("escort/statement/", id=second))["statement"]["state"] == "confirmed"


async def issue_another(product: Product, escort: int) -> PayStatement:
    await finished(product.storage, escort, IN_DECEMBER)
    return await issue(product.storage, escort, "2026-12", IN_DECEMBER)


async def test_strangers_and_suspended_escorts_read_and_decide_nothing(product: Product) -> None:
    wang, escort = await paid_escort(product)
    zhao, _ = await paid_escort(product, "zhao")
    user = await product.login("li")
    await rule(product.storage, 8_000)
    await finished(product.storage, escort)
    number = (await issue(product.storage, escort)).id
    for client, status in ((zhao, 404), (user, 403)):
        await client.get("escort/statement/", status, id=number)
        await client.post("escort/confirmStatement/", status, id=number)
        await client.post("escort/questionStatement/", status, id=number, text="我的？")
    assert (await zhao.get("escort/pay/"))["data"] == []
    await set_state(product, wang, EscortState.SUSPENDED)
    assert (await wang.get("escort/pay/", 403))["error"] == "escort_suspended"
    async with product.storage.reading() as reader:
        found = await reader.pay_statements.get(number)
    assert found is not None
    assert (found.state, found.question) == ("issued", "")


@pytest.mark.parametrize("text", ["", "   ", "字" * 141, "\x00", 7, None])
async def test_a_question_that_is_none_is_refused(product: Product, text: object) -> None:
    wang, escort = await paid_escort(product)
    await rule(product.storage, 8_000)
    await finished(product.storage, escort)
    number = (await issue(product.storage, escort)).id
    await wang.post_json("escort/questionStatement/", 400, id=number, text=text)


async def test_long_lists_come_in_pages(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pay, "PAGE", 1)
    monkeypatch.setattr(pay, "LINES", 2)
    wang, escort = await paid_escort(product)
    await rule(product.storage, 8_000)
    for _ in range(3):
        await finished(product.storage, escort)
    first = (await issue(product.storage, escort)).id
    second = (await issue_another(product, escort)).id
    page = await wang.get("escort/pay/")
    assert ([row["id"] for row in page["data"]], page["next"]) == ([second], second)
    rest = await wang.get("escort/pay/", before=second)
    assert ([row["id"] for row in rest["data"]], rest["next"]) == ([first], 0)
    lines = await wang.get("escort/statement/", id=first)
    more = await wang.get("escort/statement/", id=first, after=lines["next"])
    assert [len(lines["lines"]), len(more["lines"]), more["next"]] == [2, 1, 0]


async def test_an_export_holds_what_was_earned_and_an_erasure_leaves_the_books_without_the_words(
    product: Product,
) -> None:
    wang, escort = await paid_escort(product)
    await rule(product.storage, 8_000)
    await finished(product.storage, escort)
    number = (await issue(product.storage, escort)).id
    await wang.post("escort/questionStatement/", id=number, text="少了一单")
    export = await wang.get("user/export/")
    assert "少了一单" in str(export)
    assert "￥80" in str(export)
    await wang.post("user/deleteMe/", confirm="删除")
    async with product.storage.reading() as reader:
        found = await reader.pay_statements.get(number)
    assert found is not None
    assert (found.question, found.answer, found.total_fen) == ("", "", 8_000)
