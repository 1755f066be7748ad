"""Rows as the product would have made them, and a clock that a test moves."""

from __future__ import annotations

import json
from typing import Any

from accounts.personal_numbers import id_number_columns, phone_columns
from clock import DAY, HOUR, shanghai_date
from handlers.services import Services
from orders.transitions import Action, transition
from personal.id_numbers import IdKind
from privacy import ESCORT_PHONE
from storage import Transaction
from storage.models import SYSTEM, WECHAT, Actor, Cause
from storage.writes import AttemptMove, NewAttempt, OrderContent, OrderMove, PatientColumns

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 8641*7919 }}"
ID_CARD = "11010519491231002X"
MOBILE = "13800001234"


class MovingClock:
    """A clock that a test moves."""

    def __init__(self, at: int = 1_795_000_000_000) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


class Scenario:
    """Makes rows as the product would have made them."""

    def __init__(self, services: Services, clock: MovingClock) -> None:
        self.services = services
        self.storage = services.storage
        self.clock = clock
        self._made = 0

    def day(self, days: int = 2) -> str:
        return shanghai_date(self.clock() + days * DAY)

    async def user(self, nickname: str = "小李") -> int:
        self._made += 1
        async with self.storage.transaction() as tx:
            user_id = await tx.users.find_or_add(f"openid-{self._made}", self.clock())
            await tx.users.set_profile(user_id, nickname, "", 1)
            await tx.commit()
        return user_id

    async def patient(self, user_id: int, name: str = "李雷", phone: str = MOBILE, **changes: Any) -> int:
        vault = self.services.vault
        values: dict[str, Any] = {
            "name": name,
            "adult": True,
            "sex": "m",
            **phone_columns(vault, phone),
            **id_number_columns(vault, IdKind.RESIDENT, ID_CARD),
            "relation": "本人",
            "consented_at": self.clock(),
            **changes,
        }
        async with self.storage.transaction() as tx:
            patient_id = await tx.patients.add(user_id, PatientColumns(**values), self.clock())
            await tx.commit()
        return patient_id

    async def order(
        self, state: str = "paid", *, user_id: int | None = None, patient: str = "李雷", **content: Any
    ) -> int:
        """An order of a user of its own, brought to ``unpaid``, ``paid`` or ``finished``."""
        user_id = user_id or await self.user()
        phone = content.pop("phone", MOBILE)
        patient_id = content.pop("patient_id", None) or await self.patient(user_id, patient, phone)
        row: dict[str, Any] = {
            "hospital_id": 1,
            "hospital_name": "第一医院",
            "department": "心内科",
            "visit_date": self.day(),
            "service_id": 1,
            "service_name": "优享陪诊",
            "service_unit": "半天",
            "price_fen": 58800,
            "patient_id": patient_id,
            "patient_name": patient,
            "wishes": "",
            **content,
        }
        at = self.clock()
        async with self.storage.transaction() as tx:
            order_id = await tx.orders.add(
                user_id, OrderContent(**row), Actor("user", user_id), at, at + 24 * HOUR
            )
            if state != "unpaid":
                await self._pay(tx, order_id, row["price_fen"], at)
            if state == "finished":
                order = await tx.orders.lock(order_id)
                assert order is not None
                await transition(tx, order, Action.FINISH, Cause(SYSTEM, at))
            await tx.commit()
        return order_id

    async def _pay(self, tx: Transaction, order_id: int, price_fen: int, at: int) -> None:
        self._made += 1
        number = f"20261118{self._made:024d}"
        attempt_id = await tx.attempts.add(
            order_id,
            NewAttempt(
                out_trade_no=number,
                amount_fen=price_fen,
                currency="CNY",
                openid="openid",
                appid="wxtest",
                mchid="1900000000",
                description="陪诊",
                notify_url="https://example.com/wechatpay/notify/",
                expires_at=at + HOUR,
            ),
            at,
            at,
        )
        await tx.attempts.move(
            attempt_id,
            ("created",),
            "paid",
            at,
            AttemptMove(transaction_id=f"42000000{self._made:020d}", paid_at=at),
        )
        await tx.ledger.book("payment", number, price_fen, at, at, order_id=order_id, attempt_id=attempt_id)
        order = await tx.orders.lock(order_id)
        assert order is not None
        paid = OrderMove(paid_fen=price_fen, paid_at=at, paid_attempt_id=attempt_id)
        await transition(tx, order, Action.PAY, Cause(WECHAT, at), paid)

    async def escort(self, name: str = "王芳", state: str = "approved", phone: str = "13900005678") -> int:
        user_id = await self.user(name)
        async with self.storage.transaction() as tx:
            sealed = self.services.vault.seal(phone, ESCORT_PHONE)
            await tx.escorts.apply(user_id, name, sealed, phone[-4:], self.clock())
            escort = await tx.escorts.of_user(user_id)
            assert escort is not None
            if state != "pending":
                await tx.escorts.move(escort.id, "pending", state, self.clock())
            await tx.commit()
        return escort.id

    async def audited(self) -> list[str]:
        """The acts in the audit log, oldest first."""
        async with self.storage.reading() as reader:
            return [entry.act for entry in reversed(await reader.audit.page(limit=500))]

    async def log(self, count: int = 1) -> list[tuple[str, Any, Any]]:
        """The last rows of the audit log: act, before, after; newest first."""
        async with self.storage.reading() as reader:
            entries = await reader.audit.page(limit=count)
        return [(entry.act, _facts(entry.before_json), _facts(entry.after_json)) for entry in entries]


def _facts(text: str) -> Any:
    return json.loads(text) if text else None
