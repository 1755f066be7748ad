"""What is going on in both households before an escort has the order: of each thing there are two."""

from __future__ import annotations

from clock import HOUR, MINUTE
from orders.changing import moves
from orders.changing.moves import Move
from orders.escorts import invitations, leaves
from orders.escorts.invitations import Office, Terms
from orders.escorts.leaves import HalfDays
from orders.sharing import claims, member_links
from orders.sharing.member_links import Shared
from privacy import CUSTOMER_PHONE
from storage import Transaction
from storage.models import MemberRole, MemberScope, OfficeCustomer, OrderState
from storage.writes import NewAttempt
from tests.answers.house import House
from tests.http.product import until
from tests.orders.scene import EARLIER, VISIT_DAY
from tests.orders.visits import BEGIN


def name_of(number: int, ending: str = "jpg") -> str:
    """Of a file: those that the tests know can be told from those that are drawn by chance."""
    return f"{number:032d}.{ending}"


async def nothing(house: House) -> None:
    """Nobody has ordered."""


async def pay_each(house: House) -> None:
    """Each order was paid: the own one by its payer."""
    scene = house.scene
    for place, (each, payer) in enumerate(
        zip(scene.households, (scene.own.payer, scene.other.owner), strict=True)
    ):
        number = f"T2026111812000000000000000000000{place}"
        new = NewAttempt(
            number, 19_800, "CNY", "oUser", f"wx{place}", "1900000109", "陪诊", "https://example.test", EARLIER,
            payer_user_id=payer,
        )  # fmt: skip

        async def pay(tx: Transaction, order: int = each.order, new: NewAttempt = new) -> None:
            await tx.attempts.add(order, new, EARLIER, EARLIER)
            found = await tx.attempts.by_number(new.out_trade_no)
            assert found is not None
            await tx.connection.execute(
                "UPDATE payment_attempts SET state = 'paid', paid_at = :at, transaction_id = :wechat,"
                " open_order_id = NULL WHERE id = :id",
                {"id": found.id, "at": EARLIER + MINUTE, "wechat": f"420000{found.id:022d}"},
            )
            await tx.connection.execute(
                "UPDATE orders SET paid_attempt_id = :attempt, paid_fen = 19800, paid_at = :at WHERE id = :id",
                {"id": order, "attempt": found.id, "at": EARLIER + MINUTE},
            )

        await scene.run(pay)


async def pay_supplements(house: House) -> None:
    """Each supplement was paid: the own one by the payer."""
    scene = house.scene
    for place, payer in enumerate((scene.own.payer, scene.other.owner)):
        number = f"S2026122409400000000000000000000{place}"
        new = NewAttempt(
            number, 3_850, "CNY", "oUser", f"wx{place}", "1900000109", "补款", "https://example.test",
            scene.at, payer_user_id=payer, supplement_id=place + 1,
        )  # fmt: skip

        async def pay(tx: Transaction, place: int = place, new: NewAttempt = new) -> None:
            await tx.attempts.add(scene.households[place].order, new, scene.at, scene.at)
            found = await tx.attempts.by_number(new.out_trade_no)
            assert found is not None
            values = {"attempt": found.id, "at": scene.at, "id": place + 1, "wechat": f"420001{place:022d}"}
            await tx.connection.execute(
                "UPDATE payment_attempts SET state = 'paid', paid_at = :at, transaction_id = :wechat,"
                " open_order_id = NULL WHERE id = :attempt",
                values,
            )
            await tx.connection.execute(
                "UPDATE supplements SET state = 'paid', paid_attempt_id = :attempt, paid_fen = 3850, paid_at = :at"
                " WHERE id = :id",
                values,
            )

        await scene.run(pay)


async def cancelled(house: House) -> None:
    """Both orders are cancelled."""
    await house.scene.ordered(OrderState.CANCELLED)


async def ordered(house: House) -> None:
    """Both have paid, and the own order is shared by a card that nobody has accepted; its user wants another day. An
    escort is asked whether she takes it, and has leave."""
    scene = house.scene
    await scene.ordered()
    await pay_each(house)
    for each, name in zip(scene.households, ("card", "other_card"), strict=True):
        for shared, known in (
            (Shared(MemberScope.ORDER, each.order), name),
            (Shared(MemberScope.PATIENT, each.patient), f"{name}_of_patient"),
        ):
            card = await scene.run(
                lambda tx, each=each, shared=shared: member_links.create(
                    tx, each.owner, shared, MemberRole.PAYER, scene.at, 72
                )
            )
            house.known[known] = card.token
    office = Office(1, scene.later(-10).clock, scene.settings.visits)
    for each in scene.households:
        await scene.run(
            lambda tx, each=each: invitations.offer(
                tx, each.order, scene.escorts[:2], Terms("am", 12_000), office
            )
        )
    wanted = Move("2026-12-25", "14:30", (VISIT_DAY, "09:30"), "孩子考试")
    late = BEGIN - HOUR
    await scene.run(
        lambda tx: moves.move_by_user(tx, scene.other.order, scene.other.owner, wanted, scene.terms(), late)
    )
    for escort, day in zip(scene.escorts[:2], ("2026-12-20", "2026-12-21"), strict=True):
        when = HalfDays(day, "am")
        await scene.run(
            lambda tx, escort=escort, when=when: leaves.take(tx, escort, when, "看牙", scene.clock)
        )


async def unpaid(house: House) -> None:
    """Both have ordered by phone what a claim leads to, and the own user an order of their own as well."""
    scene = house.scene
    await scene.ordered(OrderState.UNPAID)
    sealed = scene.vault.seal("13800138000", CUSTOMER_PHONE)
    for place, each in enumerate(scene.households):
        customer = OfficeCustomer(each.owner, "客户", "客户", sealed, "8000", f"hash{place}", 1, EARLIER)

        async def enter(tx: Transaction, each=each, customer: OfficeCustomer = customer) -> claims.NewSecrets:
            await tx.customers.add(customer)
            return await claims.create(tx, scene.vault, each.order, 72, scene.cause())

        found = await scene.run(enter)
        house.known |= {f"token{place}": found.token, f"code{place}": found.code}


async def paying(house: House) -> None:
    """Both have begun to pay at WeChat."""
    for name in ("owner", "other"):
        patient = getattr(house.scene, "own" if name == "owner" else "other").patient
        order = await house.clients[name].order(patient, VISIT_DAY)
        house.known[name] = order["payment"]["package"].partition("=")[2]


async def paid(house: House) -> None:
    """Both have paid at WeChat."""
    await paying(house)
    for order, name in enumerate(("owner", "other"), 1):
        wish = {"prepay_id": house.known[name], "outcome": "success"}
        assert (await house.clients[name].http.post("sandbox/cashier/", json=wish)).status_code == 200

        async def settled(order: int = order) -> bool:
            return (await house.scene.read(order)).state == OrderState.PAID

        await until(settled)
    house.scene.own.order, house.scene.other.order = 1, 2


async def asked_back(house: House) -> None:
    """Both have asked for a cancellation."""
    await paid(house)
    for name, order in (("owner", 1), ("other", 2)):
        await house.clients[name].post("user/refund1order/", id=order, reason="临时有事", amount="￥198")
