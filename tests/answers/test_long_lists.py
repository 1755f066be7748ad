"""Lists that are longer than a page: each page, and what comes after it, with pages that end before, at and behind the
last row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tornado.ioloop import IOLoop

from clock import DAY
from handlers.api import own_orders
from handlers.api.after_sales import complaints, invoices
from handlers.escort import pay, ratings
from orders import serving
from orders.escort_pay import months, statements
from orders.sharing import members
from storage.models import ComplaintKind, InvoiceKind
from storage.writes import NewInvoice, NewRating
from tests.answers.answer_text import lines_of
from tests.answers.booking_scenes import pay_each
from tests.answers.conftest import Ready
from tests.answers.house import House
from tests.answers.record import Record
from tests.orders.complaints import complain
from tests.orders.pay import correct, rule
from tests.orders.scene import ADMIN

LISTS = (
    ("owner", "user/getOrders/?", "before", own_orders, "PAGE"),
    ("family", "user/getSharedOrders/?", "before", members, "PAGE"),
    ("owner", "user/getComplaints/?", "before", complaints, "PAGE"),
    ("owner", "user/getInvoices/?", "before", invoices, "PAGE"),
    ("escort", "escort/ratings/?", "before", ratings, "PAGE"),
    ("escort", "escort/pay/?", "before", pay, "PAGE"),
    ("escort", "escort/statement/?id=1&", "after", pay, "LINES"),
)
"""Who reads it, from where, how the next page is asked for, and what holds its length."""


async def three_of_each(house: House) -> None:
    """The own user has three orders with one escort, each rated, complained about and invoiced; the escort has two
    statements, and three earnings that are on none."""
    scene = house.scene
    await scene.served()
    await pay_each(house)
    await rule(scene)
    orders = [scene.order]
    for day in ("2026-12-22", "2026-12-23"):
        orders.append(await scene.add_order(scene.own, visit_date=day))
        await scene.run(lambda tx: serving.assign(tx, orders[-1], scene.escorts[0], "am", scene.cause(), 4))
    for place, order_id in enumerate(orders):
        scene.own.order = order_id
        await scene.run(lambda tx, order_id=order_id: serving.finish(tx, order_id, ADMIN, scene.at))
        order, rating = await scene.read(order_id), NewRating(3 + place, f"评价{place}", "")
        await scene.run(lambda tx, order=order, rating=rating: serving.rate(tx, order, rating, scene.at))
        invoice = NewInvoice(
            order_id, scene.own.owner, InvoiceKind.PERSON, f"抬头{place}", "", "", 100 + place, scene.at
        )
        await scene.run(lambda tx, invoice=invoice: tx.invoices.add(invoice))
    scene.own.order = orders[0]
    for month, later in (("2026-11", 0), ("2026-12", 20 * DAY), ("", 50 * DAY)):
        then = replace(scene, at=scene.at + later)
        for number in range(3):
            await correct(then, None, 100 + number, f"{month} {number}")
        if month:
            async with scene.storage.reading() as reader:
                seen = (await months.preview(reader, scene.escorts[0], month)).mark
            at = then.at + 20 * DAY
            await scene.run(
                lambda tx, month=month, seen=seen, at=at: statements.issue(
                    tx, scene.escorts[0], month, seen, 1, at
                )
            )
    house.at(scene.at + 51 * DAY)
    for place in range(3):
        await complain(scene, order_id=None, kind=ComplaintKind.SUGGESTION, action_id=f"suggest-{place}")


def test_a_long_list_is_told_page_by_page(
    open_in: Callable[[Ready], House],
    io_loop: IOLoop,
    records: Callable[[str], Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, record = open_in(three_of_each), records("long_lists")
    asked: list[str] = []

    async def read() -> None:
        for who, path, name, module, length in LISTS:
            for rows in (1, 2, 3, 4, 6, 7):
                monkeypatch.setattr(module, length, rows)
                page = path
                for _ in range(9):
                    answer = await house.ask(who, "GET", page)
                    asked.append(f"{who} | {page} of {rows}")
                    record.check(asked[-1], lines_of(answer))
                    following = answer.json()["next"]
                    if not following:
                        break
                    page = f"{path}{name}={following}"
                assert not following, "the last page says that it is the last"
        record.check_whole(asked)

    io_loop.run_sync(read, timeout=120)
