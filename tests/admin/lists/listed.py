"""Every list of the administration: where it is, how its rows are made, and what they are recognised by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from handlers.admin.after_sales import complaints as complaints_page
from handlers.admin.after_sales import invoices as invoices_page
from handlers.admin.catalog import lists
from handlers.admin.money import cases
from handlers.admin.money import payments as payments_page
from handlers.admin.money import refunds as refunds_page
from handlers.admin.orders import listing
from handlers.admin.overview import audit_log
from handlers.admin.overview import pushes as pushes_page
from handlers.admin.pay import rules as pay_rules
from handlers.admin.people import content as content_page
from handlers.admin.people import customers, escorts, users
from storage.models import ContentKind, ContentState, RefundState
from storage.writes import NewContentCheck, NewInboxEvent, NewRefund
from tests.admin.acts_after_sales import complaint, invoice
from tests.admin.catalog.test_catalog import HOSPITAL, SERVICE
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.escort_pay import paying

PAGE = 3
A_DAY = "2030-01-07"
Make = Callable[[Scenario, Client, int], Awaitable[list[str]]]
"""Makes so many rows; what each is recognised by, in the order of the list."""


async def orders(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """Of two days, made in turn: the next visit first, of a day the newest."""
    made = [(scenario.day(1 + number % 2), number) for number in range(count)]
    ids = [await scenario.order(visit_date=day) for day, _ in made]
    return [str(ids[number]) for _, number in sorted(made, key=lambda each: (each[0], -each[1]))]


async def waiting(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """As in a diary."""
    return [str(await scenario.order()) for _ in range(count)]


async def of_one_day(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """By the hour, those that are open first; of one hour the oldest first."""
    hours = [("14:00", "", "08:30", "14:00")[number % 4] for number in range(count)]
    ids = [await scenario.order(visit_date=A_DAY, visit_time=hour) for hour in hours]
    return [str(order) for _, order in sorted(zip(hours, ids, strict=True))]


async def finished(scenario: Scenario, owner: Client, count: int) -> list[str]:
    return [str(await scenario.order("finished")) for _ in range(count)][::-1]


async def of_every_state(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """Paid ones before unpaid ones before finished ones."""
    made = {state: [] for state in ("paid", "unpaid", "finished")}  # type: dict[str, list[int]]
    for number in range(count):
        state = ("finished", "paid", "unpaid")[number % 3]
        made[state].append(await scenario.order(state, visit_date=scenario.day(9)))
    return [str(order) for rows in made.values() for order in reversed(rows)]


async def applications(scenario: Scenario, owner: Client, count: int) -> list[str]:
    return [str(await scenario.escort(f"陪{number}", "pending")) for number in range(count)][::-1]


async def accounts_of_users(scenario: Scenario, owner: Client, count: int) -> list[str]:
    return [str(await scenario.user(f"用户{number}")) for number in range(count)][::-1]


async def payments(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """Some of the same moment: then the number decides."""
    made = []
    for number in range(count):
        scenario.clock.at += number % 2
        made.append(str(await scenario.order()))
    return made[::-1]


async def refunds(
    scenario: Scenario, owner: Client, count: int, states: tuple[str, ...] = (RefundState.REQUESTED,)
) -> list[str]:
    """Of these states in turn."""
    ids = []
    order_id = await scenario.order()
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.get(order_id)
        assert order is not None
        for number in range(count):
            about: dict[str, Any] = {
                "order_id": order_id,
                "attempt_id": order.paid_attempt_id,
                "source": "admin",
                "actor_id": 1,
            }
            facts: dict[str, Any] = {
                "amount_fen": 1,
                "policy_fen": 1,
                "reason": "",
                "state": states[number % len(states)],
            }
            ids.append(
                await tx.refunds.add(
                    NewRefund(**about, **facts, out_refund_no=f"R{number:031d}"), scenario.clock()
                )
            )
        await tx.commit()
    return [str(each) for each in reversed(ids)]


async def refused(scenario: Scenario, owner: Client, count: int) -> list[str]:
    return await refunds(scenario, owner, count, (RefundState.REJECTED, RefundState.WITHDRAWN))


async def open_cases(scenario: Scenario, owner: Client, count: int) -> list[str]:
    async with scenario.storage.transaction() as tx:
        for number in range(count):
            await tx.finance.open_case("refund_unknown", f"R{number:031d}", "{}", scenario.clock())
        rows = await tx.connection.fetch_all("SELECT id FROM finance_cases ORDER BY id DESC")
        await tx.commit()
    return [str(row[0]) for row in rows]


async def hospitals(scenario: Scenario, owner: Client, count: int) -> list[str]:
    for number in range(count):
        answer = await owner.post("admin/catalog/hospitals/new/", {**HOSPITAL, "name": f"医院{number}"})
        assert answer.code == 302
    return [f"医院{number}" for number in range(count)]


async def services(scenario: Scenario, owner: Client, count: int) -> list[str]:
    for number in range(count):
        answer = await owner.post("admin/catalog/services/new/", {**SERVICE, "name": f"服务{number}"})
        assert answer.code == 302
    return [f"服务{number}" for number in range(count)]


async def archived(scenario: Scenario, owner: Client, count: int) -> list[str]:
    names = await hospitals(scenario, owner, count)
    for number in range(1, count + 1):
        await owner.post(f"admin/catalog/hospitals/{number}/archive/")
    return names


async def acts(scenario: Scenario, owner: Client, count: int) -> list[str]:
    made = []
    for number in range(count):
        order = await scenario.order("finished")
        await owner.post(f"admin/orders/{order}/notes/", {"notes": f"第{number}次", "version": "0"})
        made.append(str(order))
    return made[::-1]


async def complaints(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """By their deadlines, which are not in the order of their numbers; of one deadline the oldest first."""
    made = []
    for number in range(count):
        scenario.clock.at -= number % 2
        made.append((scenario.clock.at, await complaint(scenario)))
    return [str(complaint_id) for _, complaint_id in sorted(made)]


async def all_complaints(scenario: Scenario, owner: Client, count: int) -> list[str]:
    return [str(await complaint(scenario)) for _ in range(count)][::-1]


async def invoices(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """The longest waiting first."""
    return [str(await invoice(scenario)) for _ in range(count)]


async def all_invoices(scenario: Scenario, owner: Client, count: int) -> list[str]:
    return (await invoices(scenario, owner, count))[::-1]


async def people(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """Whose order is the last first, then those without one; every second has an order."""
    ids = [await scenario.user(f"用户{number}") for number in range(count)]
    last = {user_id: await scenario.order(user_id=user_id) for user_id in reversed(ids[::2])}
    return [str(each) for each in sorted(ids, key=lambda each: (last.get(each, 0), each), reverse=True)]


async def without_pay(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """Finished before there was a rule."""
    escort = await scenario.escort()
    made = [await paying.finished(scenario.storage, escort) for _ in range(count)]
    await paying.rule(scenario.storage, 8_000)
    return [str(order_id) for order_id in reversed(made)]


async def content(scenario: Scenario, owner: Client, count: int) -> list[str]:
    """The longest waiting first."""
    made = []
    async with scenario.storage.transaction() as tx:
        for _ in range(count):
            at = scenario.clock()
            made.append(
                await tx.content.add(NewContentCheck(1, ContentKind.COMMENT, 1, ContentState.REVIEW, at))
            )
        await tx.commit()
    return [str(check_id) for check_id in made]


async def pushes(scenario: Scenario, owner: Client, count: int) -> list[str]:
    async with scenario.storage.transaction() as tx:
        for number in range(count):
            at = scenario.clock()
            await tx.pushed_events.add(NewInboxEvent(f"key{number}", "wxa_media_check", "", at, "{}", at))
        await tx.connection.execute("UPDATE pushed_events SET state = 'failed', next_at = NULL")
        rows = await tx.connection.fetch_all("SELECT id FROM pushed_events ORDER BY id DESC")
        await tx.commit()
    return [str(row[0]) for row in rows]


@dataclass(frozen=True)
class List:
    """``row``: what a row of the page is recognised by."""

    path: str
    module: ModuleType
    make: Make
    row: str


COMPLAINT, INVOICE = r'data-href="[^"]*complaints/([0-9]+)/"', r'data-href="[^"]*invoices/([0-9]+)/"'
ORDER, NAME = r'data-href="[^"]*orders/([0-9]+)/"', r'<a class="clip" href="[^"]*">([^<]*)</a>'
LISTS = {
    "orders, paid": List("orders/", listing, orders, ORDER),
    "orders, finished": List("orders/", listing, finished, ORDER),
    "orders, every state": List("orders/", listing, of_every_state, ORDER),
    "orders of a state": List("orders/?state=finished", listing, finished, ORDER),
    "orders made today": List("orders/?by=made&from=2026-01-01", listing, payments, ORDER),
    "orders without an escort": List("orders/?state=paid&escort=none", listing, waiting, ORDER),
    "visits of a day": List(f"orders/?from={A_DAY}&to={A_DAY}", listing, of_one_day, ORDER),
    "orders, searched": List("orders/?q=%E6%9D%8E", listing, finished, ORDER),
    "escorts": List("runners/", escorts, applications, r'<a class="clip" href="[^"]*runners/([0-9]+)/"'),
    "applications": List(
        "runners/?state=pending", escorts, applications, r'<a class="clip" href="[^"]*runners/([0-9]+)/"'
    ),
    "users": List("users/", users, accounts_of_users, r'href="[^"]*users/([0-9]+)/"'),
    "users, searched": List("users/?q=%E7%94%A8", users, accounts_of_users, r'href="[^"]*users/([0-9]+)/"'),
    "payments": List("money/", payments_page, payments, r'href="[^"]*orders/([0-9]+)/"'),
    "refund requests": List("refunds/", refunds_page, refunds, r'href="[^"]*refunds/([0-9]+)/"'),
    "refunds": List("refunds/?tab=all", refunds_page, refunds, r'href="[^"]*refunds/([0-9]+)/"'),
    "refunds of two states": List(
        "refunds/?tab=rejected", refunds_page, refused, r'href="[^"]*refunds/([0-9]+)/"'
    ),
    "cases": List("cases/", cases, open_cases, r'href="[^"]*cases/([0-9]+)/"'),
    "other cases": List("cases/?kind=other", cases, open_cases, r'href="[^"]*cases/([0-9]+)/"'),
    "content": List("content/", content_page, content, r'action="[^"]*content/([0-9]+)/'),
    "pushed events": List("pushes/", pushes_page, pushes, r'action="[^"]*pushes/([0-9]+)/'),
    "hospitals": List("catalog/hospitals/", lists, hospitals, NAME),
    "services": List("catalog/services/", lists, services, NAME),
    "archived": List("catalog/hospitals/?archived=1", lists, archived, NAME),
    "acts": List("audit/?act=order.notes", audit_log, acts, r'href="[^"]*orders/([0-9]+)/"'),
    "complaints": List("complaints/", complaints_page, complaints, COMPLAINT),
    "all complaints": List("complaints/?tab=all", complaints_page, all_complaints, COMPLAINT),
    "invoices to be issued": List("invoices/", invoices_page, invoices, INVOICE),
    "all invoices": List("invoices/?tab=all", invoices_page, all_invoices, INVOICE),
    "people found": List(
        "customers/?q=%E7%94%A8%E6%88%B7", customers, people, r'data-href="[^"]*users/([0-9]+)/"'
    ),
    "orders without pay": List("pay/missing/", pay_rules, without_pay, r'href="[^"]*orders/([0-9]+)/"'),
}
