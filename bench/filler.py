"""A database as it looks after two years of business: users, patients, escorts, orders in every state, their money.

    filled = fill(settings, orders=1_000_000, vault=vault, now=now_ms())

Made up, but with the shapes that make lists slow or quick: hospitals and services from a few per thousand to a fifth
of all orders, one surname in fourteen, most users with WeChat's default nickname, and all but the last days' orders
finished, refunded or cancelled. The same ``seed`` gives the same rows, up to the moment ``now`` and the sealed values.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from bench.bulk import Bulk, open_bulk
from bench.filler_after import AfterSales, Made
from bench.filler_office import add_audit, add_cases
from bench.filler_people import AS_BEFORE, Company, People, add_people
from clock import DAY, HOUR, MINUTE, SECOND, shanghai_date
from config import DatabaseSettings
from personal.names import search_form
from privacy import Vault
from startup.seed import FILE as CATALOG
from storage.models import DISPLAY_RANK, AttemptState, OrderState, RefundState

DEPARTMENTS = ("心内科", "骨科", "神经内科", "呼吸科", "妇科", "儿科", "肿瘤科", "眼科", "")
WISHES = ("", "", "", "老人听力不好，请大声一些", "需要轮椅", "请提前半小时到门诊大厅等候")
NOTES = ("", "", "", "", "", "已电话确认", "家属要求女陪诊员", "改期一次")
HISTORY_OF_THE_LAST = 10
"""Only the newest orders get a history, one in this many: pages read it for one order at a time."""
NEWEST = 10_000
"""The regular user's orders are among so many."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class Filled:
    """What is there: rows per table, and one example of everything that can be searched for."""

    rows: dict[str, int] = field(default_factory=dict)
    out_trade_no: str = ""
    transaction_id: str = ""
    out_refund_no: str = ""
    case_number: str = ""
    """WeChat's number of a payment that did not agree with its order."""
    patient_name: str = ""
    phone_tail: str = ""
    phone: str = ""
    statement: int = 0
    """The newest of the first escort."""


def fill(
    settings: DatabaseSettings,
    orders: int,
    vault: Vault,
    now: int,
    seed: int = 1,
    company: Company = AS_BEFORE,
) -> Filled:
    """Fill a migrated database without users and orders. Raises RuntimeError when the engine takes not every row."""
    chance, filled = random.Random(seed), Filled()  # made-up data, not secrets
    with open_bulk(settings) as into:
        people = add_people(into, orders, vault, now, chance, company)
        writer = _Orders(into, people, now, chance, filled)
        writer.span = company.span
        if company.regular_orders:
            writer.regular_every = max(min(orders, NEWEST) // company.regular_orders, 1)
            writer.regular_above = orders - NEWEST
        if company.after_sales:
            writer.after_sales = AfterSales(into, orders, now - company.span, now, vault)
        writer.write(orders)
        add_audit(into, orders // 2, now, chance, company.span)
        filled.case_number = add_cases(into, orders, now, company)
        filled.rows, filled.phone_tail, filled.phone = into.rows, people.phone_tail, people.phone
    return filled


class _Orders:
    """Writes orders, oldest first, each with its attempts, refunds, bookings and history."""

    span = 0
    regular_every = regular_above = 0
    after_sales: AfterSales | None = None

    def __init__(self, into: Bulk, people: People, now: int, chance: random.Random, filled: Filled) -> None:
        catalog = json.loads(CATALOG.read_text("utf-8"))
        self._into, self._people, self._now, self._chance, self._filled = into, people, now, chance, filled
        self._hospitals = [(entry["id"], entry["name"]) for entry in catalog["hospitals"]] + [(0, "县医院")]
        self._services = [
            (entry["id"], entry["name"], entry["unit"], entry["price_fen"]) for entry in catalog["services"]
        ]
        self._pick_hospital = self._picker(self._hospitals)
        self._pick_service = self._picker(self._services)
        self._today = shanghai_date(now)
        self._days: dict[int, str] = {}
        self._taken: set[tuple[int, str, str]] = set()
        self._finished = [bytearray() for _ in range(people.escorts + 1)]
        self._free_users = iter(range(1, people.users + 1))
        self._attempts = self._refunds = self._movements = self._steps = 0
        self._random = f"{chance.getrandbits(40):010d}"[:10]

    def _picker(self, entries: list[Any]) -> Callable[[], Any]:
        """Chooses an entry, each 0.7 times as often as the one before it."""
        weights = list(accumulate(0.7**position for position in range(len(entries))))
        return lambda: self._chance.choices(entries, cum_weights=weights)[0]

    def write(self, orders: int) -> None:
        begin, step = self._now - self.span, self.span / max(orders, 1)
        newest = orders - orders // HISTORY_OF_THE_LAST
        for order in range(1, orders + 1):
            self._order(order, int(begin + order * step) - 1, order > newest)
        for escort, stars in enumerate(self._finished[1:], 1):
            self._into.add("escort_records", (escort, len(stars), len(stars) - stars.count(0), sum(stars)))
        if self.after_sales is not None:
            self._filled.statement = self.after_sales.finish()

    def _day(self, at: int) -> str:
        number = (at + 8 * HOUR) // DAY
        if number not in self._days:
            self._days[number] = shanghai_date(at)
        return self._days[number]

    def _state(self, visit_date: str, age: int) -> OrderState:
        dice = self._chance.random()
        if visit_date < self._today:
            over = (("finished", 0.84), ("cancelled", 0.94), ("refunded", 0.999), ("paid", 1))
            return next(OrderState(state) for state, until in over if dice < until)
        if age < 12 * HOUR and dice < 0.2:
            return OrderState.UNPAID
        for state, until in (("cancelled", 0.3), ("refunded", 0.35), ("refunding", 0.36), ("paid", 0.6)):
            if dice < until:
                return OrderState(state)
        return OrderState.SERVING

    def _order(self, order: int, at: int, remembered: bool) -> None:
        chance, people = self._chance, self._people
        visit_date = self._day(at + chance.randint(0, 13) * DAY)
        state = self._state(visit_date, self._now - at)
        if self.after_sales is not None and visit_date < self._today:
            state = self.after_sales.past_state(order, state)
        newest = bool(self.regular_every) and order > self.regular_above
        regular = newest and order % self.regular_every == 0
        patient = chance.randrange(len(people.name)) if not regular else 0
        unpaid_user = next(self._free_users, None) if state == OrderState.UNPAID else None
        if state == OrderState.UNPAID and unpaid_user is None:
            state = OrderState.CANCELLED
        user = unpaid_user or people.owner[patient]
        hospital, hospital_name = self._pick_hospital()
        service, service_name, unit, price = self._pick_service()
        served = state in (OrderState.SERVING, OrderState.FINISHED)
        stars = 0 if not served or order % 4 else 2 if order % 40 == 0 else 5
        complaint = stars == 2 and state == OrderState.FINISHED and remembered and order % 400 == 0
        if self.after_sales is not None:
            complaint = state == OrderState.FINISHED and self.after_sales.waits(order, 2)
            stars = 2 if complaint else stars
        paid = state not in (OrderState.UNPAID, OrderState.CANCELLED)
        escort = (1 if regular else chance.randint(1, people.escorts)) if served else None
        attempt = self._attempt(order, state, price, at, paid)
        refunded = self._refund(order, attempt, state, price, at) if paid else 0
        paid_at = at + MINUTE if paid else None
        self._into.add(
            "orders",
            (
                *(order, user, state, DISPLAY_RANK[state], unpaid_user, hospital, hospital_name),
                *(chance.choice(DEPARTMENTS), visit_date, service, service_name, unit, price, patient + 1),
                *(people.name[patient], chance.choice(WISHES), chance.choice(NOTES), 0, escort),
                "paid" if state == OrderState.REFUNDING else "",
                *(price if paid else 0, paid_at, refunded, stars, ""),
                *(at, at + MINUTE, at + DAY, attempt if paid else None, "", int(complaint)),
                *(people.escort_names.get(escort or 0, ""), "", None),
                search_form(people.name[patient]),
            ),
        )
        if state == OrderState.SERVING:
            self._book(escort or 0, visit_date, order)
        if remembered:
            self._history(order, state, at)
        if self.after_sales is not None:
            about = (state, escort, attempt, price, visit_date, at, paid)
            self.after_sales.add(Made(order, user, *about, regular))
        elif state == OrderState.FINISHED:
            self._into.add("orders_without_pay", (order, visit_date))
        if state == OrderState.FINISHED:
            self._finished[escort or 0].append(stars)
        if order % 977 == 0 or not self._filled.patient_name:
            self._filled.patient_name = people.name[patient]

    def _book(self, escort: int, visit_date: str, order: int) -> None:
        """Take the escort for the half-day that is free, if one is."""
        for half in ("am", "pm"):
            if (escort, visit_date, half) not in self._taken:
                self._taken.add((escort, visit_date, half))
                self._into.add("escort_bookings", (escort, visit_date, half, order))
                return

    def _number(self, at: int, prefix: str = "") -> str:
        """As payment/wechatpay/numbers.py writes them: the moment, then what nobody can guess (here: a count)."""
        count = self._attempts + self._refunds
        mixed = "".join(_ALPHABET[(count * 2_654_435_761 >> shift) & 31] for shift in (0, 5, 10, 15))
        minutes, seconds = divmod((at + 8 * HOUR) % DAY // SECOND, 60)
        moment = f"{self._day(at).replace('-', '')}{minutes // 60:02d}{minutes % 60:02d}{seconds:02d}"
        return f"{prefix}{moment}{mixed}{count:0{14 - len(prefix)}d}"

    def _attempt(self, order: int, state: OrderState, price: int, at: int, paid: bool) -> int:
        """The attempts of an order, of which the last one decides; its id."""
        tries = 2 if self._chance.random() < 0.1 else 1
        for number in range(tries):
            self._attempts += 1
            last = number == tries - 1
            open_ = last and state == OrderState.UNPAID
            paid_at = at + MINUTE if paid and last else None
            ended = AttemptState.PREPAID if open_ else AttemptState.PAID if paid_at else AttemptState.CLOSED
            transaction = f"42000{self._random}{self._attempts:013d}" if paid_at else None
            trade = self._number(at)
            self._into.add(
                "payment_attempts",
                (
                    *(self._attempts, order, order if open_ else None, trade, ended, price, "CNY"),
                    *(
                        "o" + "x" * 27,
                        "wxbench",
                        "1900000000",
                        "陪诊服务",
                        "https://example.com/wechatpay/notify/",
                    ),
                    *(at + DAY, f"wx{self._attempts:034d}", at, transaction, paid_at, 0, None, 0, "", at, at),
                ),
            )
            if paid_at:
                self._move("payment", trade, price, order, None, paid_at)
                self._filled.out_trade_no, self._filled.transaction_id = trade, transaction or ""
        return self._attempts

    def _refund(self, order: int, attempt: int, state: OrderState, price: int, at: int) -> int:
        """The refund of an order that has one; the sum that went back, in fen."""
        half = state == OrderState.FINISHED and order % 50 == 0
        if state not in (OrderState.REFUNDED, OrderState.REFUNDING) and not half:
            return 0
        self._refunds += 1
        done = state != OrderState.REFUNDING
        amount = price // 2 if half else price
        number, finished = self._number(at, "R"), at + 2 * HOUR if done else None
        self._into.add(
            "refunds",
            (
                *(
                    self._refunds,
                    order,
                    attempt,
                    number,
                    RefundState.SUCCEEDED if done else RefundState.REQUESTED,
                ),
                *(
                    amount,
                    amount,
                    "行程有变",
                    "",
                    "user",
                    None,
                    f"5{self._refunds:027d}" if done else "",
                    "",
                    0,
                ),
                *(None, 0, at + HOUR, finished, finished, finished, at + HOUR),
            ),
        )
        self._filled.out_refund_no = number
        if finished is None:
            return 0
        self._move("refund", number, -amount, order, self._refunds, finished)
        return amount

    def _move(self, kind: str, reference: str, amount: int, order: int, refund: int | None, at: int) -> None:
        self._movements += 1
        row = (self._movements, kind, reference, amount, order, self._attempts, refund, at, at)
        self._into.add("ledger", row)

    def _history(self, order: int, state: OrderState, at: int) -> None:
        ways = {
            OrderState.UNPAID: ("unpaid",),
            OrderState.CANCELLED: ("unpaid", "cancelled"),
            OrderState.PAID: ("unpaid", "paid"),
            OrderState.SERVING: ("unpaid", "paid", "serving"),
            OrderState.FINISHED: ("unpaid", "paid", "serving", "finished"),
            OrderState.REFUNDING: ("unpaid", "paid", "refunding"),
            OrderState.REFUNDED: ("unpaid", "paid", "refunding", "refunded"),
        }
        before = ""
        for number, step in enumerate(ways[state]):
            self._steps += 1
            self._into.add(
                "order_history",
                (self._steps, order, before, step, "system", None, "", at + number * HOUR, None, ""),
            )
            before = step
