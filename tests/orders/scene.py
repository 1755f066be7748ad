"""Two users with a patient, a family member and a payer each, and three escorts: whatever happens to what belongs to
one user and one escort, what belongs to the others stays as it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clock import DAY as ONE_DAY
from clock import HOUR, MINUTE
from config import Settings, load_settings
from orders import serving
from orders.booking.bookable_days import DayRules
from orders.changing.changes import ChangeTerms
from storage import Storage, Transaction
from storage.models import (
    Actor,
    Cause,
    EscortState,
    MemberRole,
    MemberScope,
    Order,
    OrderState,
    Role,
)
from storage.writes import PatientColumns
from tests.core.rows import DAY, add_order, order_of
from tests.orders.row_changes import OpenVault

NOON = 1_795_060_800_000
"""2026-11-19, 12:00 in Shanghai."""
EARLIER = NOON - 3 * ONE_DAY
VISIT_DAY = DAY
ADMIN = Actor("admin", 1)


@dataclass
class Household:
    """A user, who orders, with those who read along."""

    owner: int
    family: int
    payer: int
    patient: int = 0
    order: int = 0


@dataclass
class Scene:
    """``own``: what the act is about; ``other``: the same of somebody else."""

    storage: Storage
    own: Household
    other: Household
    stranger: int
    escorts: list[int]
    """王芳, 赵敏, 钱进; 周全 has applied."""
    carers: list[int]
    """The users who are these escorts."""
    at: int = NOON
    vault: OpenVault = field(default_factory=OpenVault)
    settings: Settings = field(default_factory=lambda: load_settings(Path("/nonexistent"), environment={}))

    def clock(self) -> int:
        return self.at

    @property
    def order(self) -> int:
        """The own order."""
        return self.own.order

    @property
    def households(self) -> tuple[Household, Household]:
        return self.own, self.other

    def cause(self, reason: str = "", actor: Actor = ADMIN) -> Cause:
        return Cause(actor, self.at, reason)

    def later(self, minutes: float) -> Scene:
        """The same at another moment."""
        return replace(self, at=self.at + round(minutes * MINUTE))

    async def run(self, work: Callable[..., Awaitable[Any]]) -> Any:
        """In a transaction, what it gives. ``work`` may have more parameters, which keep their defaults."""
        return await self.storage.run(work)

    async def read(self, order_id: int = 0) -> Order:
        return await order_of(self.storage, order_id or self.order)

    async def add_order(
        self, household: Household, state: OrderState = OrderState.PAID, **content: Any
    ) -> int:
        """An order of a household, shared with its family member and its payer."""
        values: dict[str, Any] = {
            "patient_id": household.patient,
            "visit_time": "09:30",
            "campus": "本部",
            "meeting_point": "门诊楼大厅",
            "contact_phone_sealed": "orders.contact_phone(13800138000)",
            "contact_phone_tail": "8000",
            **content,
        }

        async def add(tx: Transaction) -> int:
            order_id = await add_order(tx, household.owner, state, at=EARLIER, **values)
            for user_id, role in (
                (household.family, MemberRole.FAMILY),
                (household.payer, MemberRole.PAYER),
            ):
                await tx.members.add(household.owner, user_id, MemberScope.ORDER, order_id, role, EARLIER)
            return order_id

        return await self.run(add)

    async def ordered(self, state: OrderState = OrderState.PAID, **content: Any) -> None:
        """Each household has ordered."""
        for each in self.households:
            each.order = await self.add_order(each, state, **content)

    async def served(self, half: str = "am", **content: Any) -> None:
        """Each household's order is served: the own one by the first escort, the other by the second."""
        await self.ordered(**content)
        for each, escort in zip(self.households, self.escorts, strict=False):
            cause = Cause(ADMIN, EARLIER + HOUR)
            await self.run(
                lambda tx, each=each, escort=escort, cause=cause: serving.assign(
                    tx, each.order, escort, half, cause, 4
                )
            )

    async def finished(self, **content: Any) -> None:
        """Each household's order is finished."""
        await self.served(**content)
        for each in self.households:
            await self.run(lambda tx, each=each: serving.finish(tx, each.order, ADMIN, NOON - HOUR))

    async def set(self, table: str, row_id: int, **columns: Any) -> None:
        """What a row holds, whatever the rules are."""
        marks = ", ".join(f"{name} = :{name}" for name in columns)

        async def change(tx: Transaction) -> None:
            await tx.connection.execute(
                f"UPDATE {table} SET {marks} WHERE id = :row_id", {**columns, "row_id": row_id}
            )

        await self.run(change)

    def terms(self, percent: int = 100, **more: Any) -> ChangeTerms:
        return ChangeTerms(DayRules.of(self.settings), lambda order: percent, **more)


async def build(storage: Storage) -> Scene:
    vault = OpenVault()

    async def people(tx: Transaction) -> Scene:
        names = ["李建国", "李雷", "李梅", "韩松", "韩磊", "韩雪", "路人", "王芳", "赵敏", "钱进", "周全"]
        users = []
        for number, name in enumerate(names, 1):
            users.append(await tx.users.find_or_add(f"oUser{number:02d}", EARLIER))
            await tx.users.set_profile(users[-1], name, "", EARLIER)
        await tx.administrators.add("店主", "hash-1", Role.OWNER, EARLIER)
        await tx.administrators.add("小陈", "hash-2", Role.CLERK, EARLIER)
        own, other = Household(*users[0:3]), Household(*users[3:6])
        for each in (own, other):
            each.patient = await tx.patients.add(each.owner, _patient(vault, each.owner), EARLIER)
        escorts = []
        for number, user_id in enumerate(users[7:], 7):
            phone = vault.seal(f"1390013900{number - 7}", "escorts.phone")
            await tx.escorts.apply(user_id, names[number], phone, f"900{number - 7}", EARLIER)
            escort = await tx.escorts.of_user(user_id)
            assert escort is not None
            escorts.append(escort.id)
            if number < len(users) - 1:
                await tx.escorts.move(escort.id, EscortState.PENDING, EscortState.APPROVED, EARLIER)
        return Scene(storage, own, other, users[6], escorts, users[7:])

    return await storage.run(people)


def _patient(vault: OpenVault, owner: int) -> PatientColumns:
    return PatientColumns(
        name=f"就诊人{owner}",
        adult=True,
        sex="m",
        relation="父亲",
        phone_sealed=vault.seal("13800138000", "patients.phone"),
        phone_tail="8000",
        phone_hash=vault.hash("13800138000", "patients.phone"),
        id_kind="resident",
        id_number_sealed=vault.seal(f"11010119900307{owner:04d}", "patients.id_number"),
        id_number_hash=vault.hash(f"11010119900307{owner:04d}", "patients.id_number"),
        consented_at=EARLIER,
    )
