"""What acts about escorts' pay need to be ready."""

from __future__ import annotations

from typing import Any

from clock import DAY
from orders.escort_pay import statements
from payment.transfers.starting import Start
from payment.wechatpay.errors import Refused
from tests.admin.act_preparations import Preparation, Ready
from tests.admin.clients import Client, form_of
from tests.admin.scenario import Scenario
from tests.escort_pay.paying import NOVEMBER, confirm, finished, issue, mark_of, rule


async def _earned(scenario: Scenario) -> tuple[int, int]:
    escort = await scenario.escort()
    await rule(scenario.storage, 8_000)
    return escort, await finished(scenario.storage, escort)


async def rule_to_enter(scenario: Scenario, owner: Client) -> Ready:
    given = {"service_id": "0", "escort_id": "0", "kind": "fixed", "typed": "80", "valid_from": "2026-11-01"}
    return Ready(fields=given, subject_id=1)


async def order_without_pay(scenario: Scenario, owner: Client) -> Ready:
    order = await finished(scenario.storage, await scenario.escort())
    await rule(scenario.storage, 8_000)
    return Ready(order, {f"order_{order}": "y"})


async def month_to_issue(scenario: Scenario, owner: Client) -> Ready:
    escort, _ = await _earned(scenario)
    form = form_of(await owner.page(f"admin/pay/?month={NOVEMBER}"), "pay/issue/")
    return Ready(fields={**form, f"escort_{escort}": "y"}, subject_id=1)


async def order_with_pay(scenario: Scenario, owner: Client) -> Ready:
    escort, order = await _earned(scenario)
    form = form_of(await owner.page(f"admin/orders/{order}/"), f"orders/{order}/pay/")
    return Ready(order, {**form, "escort_id": str(escort)})


async def escort_to_correct(scenario: Scenario, owner: Client) -> Ready:
    escort, _ = await _earned(scenario)
    form = form_of(await owner.page(f"admin/pay/escorts/{escort}/"), f"pay/escorts/{escort}/correct/")
    return Ready(escort, form)


def statement(act: str = "", *, asked: bool = False) -> Preparation:
    async def prepare(scenario: Scenario, owner: Client) -> Ready:
        escort, _ = await _earned(scenario)
        number = (await issue(scenario.storage, escort, at=scenario.clock())).id
        if asked:
            at = scenario.clock() + 1
            await scenario.storage.run(lambda tx: statements.question(tx, number, escort, "少了一单", at))
        path = f"pay/statements/{number}/"
        form = form_of(await owner.page(f"admin/{path}"), f"{path}{act}/") if act else {}
        return Ready(number, form)

    return prepare


def transfer(*, refused: bool = False) -> Preparation:
    async def prepare(scenario: Scenario, owner: Client) -> Ready:
        number = await confirmed_statement(scenario)
        if refused:
            wechat: Any = scenario.services.transfers.wechat
            wechat.failing.append(Refused(code="INVALID_REQUEST", status=400, verified=True))
        seen = await mark_of(scenario.storage, number)
        await scenario.services.transfers.start(Start(number, seen, 1))
        async with scenario.storage.reading() as reader:
            (made,) = await reader.transfers.of_statement(number)
        return Ready(made.id, {}, number)

    return prepare


def forgotten_transfer(outcome: str) -> Preparation:
    """One of which WeChat tells nothing after thirty days."""

    async def prepare(scenario: Scenario, owner: Client) -> Ready:
        ready = await transfer()(scenario, owner)
        wechat: Any = scenario.services.transfers.wechat
        wechat.requests.clear()
        async with scenario.storage.transaction() as tx:
            await tx.connection.execute(
                "UPDATE pay_transfers SET created_at = :at, sent_at = :at, accepted_at = :at",
                {"at": scenario.clock() - 30 * DAY},
            )
            await tx.commit()
        page = await owner.page(f"admin/pay/statements/{ready.subject_id}/")
        return Ready(ready.id, form_of(page, f"transfers/{ready.id}/decide/{outcome}/"), ready.subject_id)

    return prepare


async def confirmed_statement(scenario: Scenario) -> int:
    escort, _ = await _earned(scenario)
    number = (await issue(scenario.storage, escort, at=scenario.clock())).id
    await confirm(scenario.storage, number, escort, scenario.clock() + 1)
    return number


async def statement_to_transfer(scenario: Scenario, owner: Client) -> Ready:
    number = await confirmed_statement(scenario)
    path = f"pay/statements/{number}/"
    return Ready(number, form_of(await owner.page(f"admin/{path}"), f"{path}transfer/"))


async def a_month_of_pay(scenario: Scenario, owner: Client) -> Ready:
    await _earned(scenario)
    return Ready(subject_id="2026-10")


LESS = {"direction": "less", "amount": "5", "reason": "迟到"}
TRANSFER = {"day": "2026-11-18", "reference": "7"}
FOUND_PAID = {"day": "2026-11-18", "note": "电子回单 1"}
_STATEMENT = "pay/statements/{id}/"
_TRANSFER = "pay/transfers/{id}/"
PAY: list[tuple[Any, ...]] = [
    ("pay/rules/", "pay.rule", "pay_rule", rule_to_enter),
    ("pay/missing/", "pay.earn", "order", order_without_pay),
    ("pay/issue/", "pay.issue", "statement", month_to_issue),
    ("pay/escorts/{id}/correct/", "pay.correct", "escort", escort_to_correct, LESS),
    (f"{_STATEMENT}answer/", "pay.answer", "statement", statement("answer", asked=True), {"text": "好"}),
    (f"{_STATEMENT}withdraw/", "pay.withdraw", "statement", statement("withdraw")),
    (f"{_STATEMENT}paid/", "pay.paid", "statement", statement("paid"), TRANSFER),
    (f"{_STATEMENT}transfer/", "pay.transfer", "statement", statement_to_transfer),
    (f"{_TRANSFER}ask/", "pay.transfer_ask", "statement", transfer()),
    (f"{_TRANSFER}cancel/", "pay.transfer_cancel", "statement", transfer()),
    (f"{_TRANSFER}give-up/", "pay.transfer_give_up", "statement", transfer(refused=True)),
    (f"{_TRANSFER}decide/paid/", "pay.transfer_decide", "statement", forgotten_transfer("paid"), FOUND_PAID),
    (
        f"{_TRANSFER}decide/unpaid/",
        "pay.transfer_decide",
        "statement",
        forgotten_transfer("unpaid"),
        {"note": "没有付"},
    ),
    (f"{_STATEMENT}file/", "pay.export", "statement", statement(), {}, True, "GET"),
    ("pay/file/", "pay.export", "month", a_month_of_pay, {}, True, "GET"),
    ("orders/{id}/pay/", "pay.correct", "order", order_with_pay, LESS),
    ("orders/{id}/pay/earn/", "pay.earn", "order", order_without_pay),
]
"""The fields of ``Act``, in their order."""
