"""All prices in one table: those of today, those to come, and entering many that hold from a day on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from catalog import prices
from catalog.prices import PriceChange, WantedPrice, next_change, price_on, prices_mark
from clock import DAY, shanghai_date
from frozen_dataclasses import frozen
from handlers.admin.catalog.forms import TABLES
from handlers.admin.page import FINGERPRINT_MISSING, AdminPage
from handlers.errors import ApiError
from money import AmountRefused, plain_yuan, read_typed_amount
from refusals import Refused
from storage import Transaction
from storage.models import Role, Service, ServicePrice

_FIELD = re.compile(r"price-([0-9]{1,18})")


@frozen()
class Row:
    """A service with its prices."""

    service: Service
    price_fen: int
    coming: list[ServicePrice]
    mark: str
    soon: bool
    """Do users read of the next one already?"""


@dataclass
class Typed:
    """What was typed and not saved: by service; and what is wrong, by service, and with all of it."""

    prices: dict[int, str] = field(default_factory=dict)
    valid_from: str = ""
    problems: dict[int, str] = field(default_factory=dict)
    sentence: str = ""


class PricesPage(AdminPage):
    section = "catalog"
    back = "catalog/prices/"
    role = Role.OWNER

    async def show(self, typed: Typed) -> None:
        at = self.now()
        today = shanghai_date(at)
        async with self.services.storage.reading() as reader:
            services = await reader.catalog.services()
            pending = await reader.prices.pending()
        rows = []
        for service in services:
            own = [each for each in pending if each.service_id == service.id]
            now, coming = price_on(service, own, today), [each for each in own if each.valid_from > today]
            soon = next_change(service, own, today) is not None
            rows.append(Row(service, now, coming, prices_mark(service, own, at), soon))
        self.render(
            "admin/catalog/prices.html",
            rows=rows,
            tables=TABLES.values(),
            typed=typed,
            today=today,
            tomorrow=shanghai_date(at + DAY),
            latest=shanghai_date(at + prices.MAX_DAYS_AHEAD * DAY),
            near_days=prices.NEAR_DAYS,
        )


class PricesHandler(PricesPage):
    """The table, and entering prices into it."""

    many_fields = True

    async def get(self) -> None:
        await self.show(Typed())

    async def post(self) -> None:
        typed = self._typed_prices()
        at = self.now()
        try:
            wanted = self._wanted(typed)
            if not await self.confirmed(self._in_words(typed, wanted)):
                return
            changes = await self.services.storage.run(lambda tx: self._save(tx, wanted, at))
        except prices.StalePrices as stale:
            typed.problems = dict.fromkeys(stale.services, "同事刚刚改过")
            await self._refuse(typed, stale)
        except (ApiError, Refused) as error:
            await self._refuse(typed, error)
        else:
            self.redirect_done("catalog/prices/", "prices-saved" if changes else "prices-same")

    async def _refuse(self, typed: Typed, error: Exception) -> None:
        typed.sentence = self.form_error(error).message
        await self.show(typed)

    def _typed_prices(self) -> Typed:
        found = {
            int(match[1]): str(text).strip()
            for name, text in self.body_fields.items()
            if (match := _FIELD.fullmatch(name)) and str(text).strip()
        }
        return Typed(found, str(self.body_fields.get("valid_from", "")).strip())

    def _wanted(self, typed: Typed) -> list[WantedPrice]:
        """Raises ApiError 400; ``typed.problems`` says what is wrong with which price."""
        try:
            day = date.fromisoformat(typed.valid_from).isoformat()
        except ValueError:
            raise ApiError(400, "invalid_input", "请选择新价格从哪一天开始") from None
        if not typed.prices:
            raise ApiError(400, "invalid_input", "没有填写新的价格。请在要改的那一行填上，其他的留空")
        wanted = []
        for service_id, text in typed.prices.items():
            seen = self.body_fields.get(f"was-{service_id}")
            if not isinstance(seen, str) or not seen:
                raise ApiError(400, "fingerprint_missing", FINGERPRINT_MISSING)
            try:
                wanted.append(WantedPrice(service_id, read_typed_amount(text), day, seen))
            except AmountRefused as refusal:
                typed.problems[service_id] = str(refusal)
        if typed.problems:
            raise ApiError(400, "invalid_input", f"没有保存，请改正标红的 {len(typed.problems)} 处")
        return wanted

    @staticmethod
    def _in_words(typed: Typed, wanted: list[WantedPrice]) -> str:
        amounts = "、".join(f"{plain_yuan(each.price_fen)} 元" for each in wanted[:5])
        more = f"等 {len(wanted)} 项" if len(wanted) > 5 else ""
        return f"从 {typed.valid_from} 起改 {len(wanted)} 项服务的价格（{amounts}{more}）"

    async def _save(self, tx: Transaction, wanted: list[WantedPrice], at: int) -> list[PriceChange]:
        changes = await prices.enter(tx, wanted, self.caller.id, at)
        for change in changes:
            before, after = {"price_fen": change.before_fen}, {"price_fen": change.after_fen}
            about = ("services", change.service.id)
            await self.audit(tx, "price.enter", about, before, {**after, "valid_from": change.valid_from})
        return changes


class WithdrawHandler(PricesPage):
    """Give up a price that has not begun."""

    async def post(self, price_id: str) -> None:
        at = self.now()

        async def work(tx: Transaction) -> None:
            service, price = await prices.withdraw(tx, int(price_id), at)
            before = {"price_fen": price.price_fen, "valid_from": price.valid_from}
            await self.audit(tx, "price.withdraw", ("services", service.id), before)

        try:
            await self.services.storage.run(work)
        except (prices.PriceBegun, prices.PriceWithdrawn) as refusal:
            await self.show(Typed(sentence=self.form_error(refusal).message))
            return
        self.redirect_done("catalog/prices/", "price-withdrawn")


routes = [
    (r"/admin/catalog/prices/", PricesHandler),
    (r"/admin/catalog/prices/([0-9]{1,18})/withdraw/", WithdrawHandler),
]
