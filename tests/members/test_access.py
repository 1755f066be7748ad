"""Who a user is to an order and what they may do with it, for everybody there is; and when that ends."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from clock import DAY, day_bounds
from orders.sharing import access
from orders.sharing.access import MAY, Act, OrderRole
from orders.user_list import OrderRemoved
from refusals import OrderNotFound
from storage import Storage, Transaction
from storage.models import SYSTEM, Cause, EscortState, MemberRole, MemberScope, OrderState
from storage.writes import OrderMove
from tests.core.rows import DAY as VISIT_DAY
from tests.core.rows import add_order

JOINED_AT = day_bounds(VISIT_DAY)[0] - 10 * DAY

TABLE = {
    "owner": "read read_record ask call_escort read_contact pay manage complain",
    "family": "read read_record ask call_escort",
    "payer": "read read_record ask call_escort pay complain",
    "family_of_patient": "read read_record ask call_escort",
    "payer_of_patient": "read read_record ask call_escort pay complain",
    "escort": "read read_record read_own_steps write_record read_contact",
    "former_escort": "read_own_steps",
    "other_escort": "",
    "member_of_another_order": "",
    "member_of_another_patient": "",
    "ended_member": "",
    "stranger": "",
}


@dataclass
class Scene:
    storage: Storage
    order_id: int
    users: dict[str, int]

    async def may(self, who: str, act: Act) -> bool:
        async with self.storage.reading() as reader:
            try:
                found = await access.find(reader, self.order_id, self.users[who], act)
            except OrderNotFound:
                return False
        assert found.order.id == self.order_id
        return True

    async def allowed(self, who: str) -> set[str]:
        return {act.value for act in Act if await self.may(who, act)}

    async def run(self, sql: str, **parameters: object) -> None:
        async with self.storage.transaction() as tx:
            await tx.connection.execute(sql, parameters)
            await tx.commit()


async def join(
    tx: Transaction, owner_id: int, user_id: int, scope: MemberScope, scope_id: int, role: MemberRole
) -> None:
    await tx.members.add(owner_id, user_id, scope, scope_id, role, JOINED_AT)


async def escort(tx: Transaction, user_id: int, state: EscortState = EscortState.APPROVED) -> int:
    await tx.escorts.apply(user_id, "王芳", "", "2222", 1_000)
    found = await tx.escorts.of_user(user_id)
    assert found is not None
    await tx.escorts.move(found.id, found.state, state, 1_000)
    return found.id


@pytest.fixture
def scene(storage, io_loop) -> Scene:
    return io_loop.run_sync(lambda: build(storage))


async def build(storage: Storage) -> Scene:
    """An order of the patient 7 that is being served, and everybody of the table."""
    async with storage.transaction() as tx:
        users = {who: await tx.users.find_or_add(f"openid-{who}", 1_000) for who in TABLE}
        owner = users["owner"]
        order_id = await add_order(tx, owner, OrderState.PAID, patient_id=7)
        other = await add_order(tx, owner, OrderState.PAID, patient_id=8)
        family, payer = MemberRole.FAMILY, MemberRole.PAYER
        await join(tx, owner, users["family"], MemberScope.ORDER, order_id, family)
        await join(tx, owner, users["payer"], MemberScope.ORDER, order_id, payer)
        await join(tx, owner, users["family_of_patient"], MemberScope.PATIENT, 7, family)
        await join(tx, owner, users["payer_of_patient"], MemberScope.PATIENT, 7, payer)
        await join(tx, owner, users["member_of_another_order"], MemberScope.ORDER, other, payer)
        await join(tx, owner, users["member_of_another_patient"], MemberScope.PATIENT, 8, payer)
        await join(tx, owner, users["ended_member"], MemberScope.ORDER, order_id, payer)
        await tx.connection.execute(
            "UPDATE members SET ended_at = 5, live_user_id = NULL WHERE user_id = :id",
            {"id": users["ended_member"]},
        )
        ids = {who: await escort(tx, users[who]) for who in ("former_escort", "escort", "other_escort")}
        for who in ("former_escort", "escort"):
            given = OrderMove(escort_id=ids[who], escort_name="王芳")
            await tx.orders.move(order_id, OrderState.PAID, OrderState.SERVING, Cause(SYSTEM, 2_000), given)
            if who == "former_escort":
                gone = OrderMove(escort_id=None, escort_name="")
                await tx.orders.move(
                    order_id, OrderState.SERVING, OrderState.PAID, Cause(SYSTEM, 3_000), gone
                )
        await tx.commit()
    return Scene(storage, order_id, users)


@pytest.mark.promise(18)
async def test_everybody_may_do_what_the_table_says_and_nothing_else(scene):
    assert {who: await scene.allowed(who) for who in TABLE} == {
        who: set(acts.split()) for who, acts in TABLE.items()
    }


def test_every_role_has_a_row_of_the_table_and_only_the_owner_manages():
    assert set(MAY) == set(OrderRole)
    assert [role for role in OrderRole if Act.MANAGE in MAY[role]] == [OrderRole.OWNER]
    assert {role for role in OrderRole if Act.PAY in MAY[role]} == {OrderRole.OWNER, OrderRole.PAYER}
    assert {role for role in OrderRole if Act.WRITE_RECORD in MAY[role]} == {OrderRole.ESCORT}


@pytest.mark.promise(18)
async def test_an_order_that_does_not_exist_and_one_of_another_user_are_refused_alike(scene):
    refusals = []
    async with scene.storage.reading() as reader:
        for order_id in (scene.order_id, 999_999):
            with pytest.raises(OrderNotFound) as caught:
                await access.find(reader, order_id, scene.users["stranger"], Act.READ)
            refusals.append((type(caught.value), caught.value.slug, caught.value.message))
    assert refusals[0] == refusals[1]


async def test_a_suspended_escort_is_a_former_one_from_the_next_look_on(scene):
    await scene.run("UPDATE escorts SET state = 'suspended' WHERE user_id = :id", id=scene.users["escort"])
    assert await scene.allowed("escort") == {"read_own_steps"}


async def test_an_ended_membership_and_an_erased_owner_end_the_access_at_the_next_look(scene):
    await scene.run("UPDATE members SET live_user_id = NULL WHERE user_id = :id", id=scene.users["payer"])
    assert await scene.allowed("payer") == set()
    assert await scene.allowed("family") == set(TABLE["family"].split())


async def test_a_member_of_a_patient_reads_no_order_whose_visit_was_before_they_joined(scene):
    await scene.run("UPDATE members SET joined_at = :at", at=day_bounds(VISIT_DAY)[1])
    assert await scene.allowed("family_of_patient") == set()
    assert await scene.allowed("family") == set(TABLE["family"].split()), "their order is this one"
    await scene.run("UPDATE members SET joined_at = :at", at=day_bounds(VISIT_DAY)[1] - 1)
    assert await scene.allowed("family_of_patient") == set(TABLE["family"].split())


async def test_who_is_member_of_the_order_and_of_the_patient_may_do_what_either_may(scene):
    async with scene.storage.transaction() as tx:
        await join(tx, scene.users["owner"], scene.users["family"], MemberScope.PATIENT, 7, MemberRole.PAYER)
        await tx.commit()
    assert await scene.allowed("family") == set(TABLE["payer"].split())
    async with scene.storage.reading() as reader:
        found = await access.find(reader, scene.order_id, scene.users["family"], Act.PAY)
    assert found.role == OrderRole.PAYER


async def test_the_same_number_of_another_owners_patient_opens_nothing(scene):
    """A membership names its owner beside the patient."""
    await scene.run("UPDATE members SET owner_id = 999 WHERE scope = 'patient'")
    assert await scene.allowed("payer_of_patient") == set()


async def test_what_the_owner_took_off_the_list_is_there_for_no_member_and_still_for_the_escort(scene):
    await scene.run("UPDATE orders SET hidden_at = 5 WHERE id = :id", id=scene.order_id)
    assert await scene.allowed("family") == set()
    assert await scene.allowed("escort") == set(TABLE["escort"].split())
    async with scene.storage.reading() as reader:
        with pytest.raises(OrderRemoved):
            await access.find(reader, scene.order_id, scene.users["owner"], Act.READ)


@pytest.mark.parametrize(
    ("state", "ending", "allowed"),
    [
        ("refunding", "", "escort"),
        ("finished", "served", "escort"),
        ("refunded", "served", "escort"),
        ("cancelled", "cancelled_by_user", "former_escort"),
        ("refunding", "cancelled_by_company", "former_escort"),
        ("refunded", "customer_absent", "former_escort"),
    ],
)
async def test_the_escort_of_a_visit_that_does_not_take_place_keeps_their_own_steps(
    scene, state, ending, allowed
):
    await scene.run(
        "UPDATE orders SET state = :state, ending = :ending WHERE id = :id",
        state=state,
        ending=ending,
        id=scene.order_id,
    )
    assert await scene.allowed("escort") == set(TABLE[allowed].split())


async def test_an_owner_who_is_the_escort_too_may_do_both(scene):
    await scene.run(
        "UPDATE escorts SET user_id = :owner WHERE user_id = :id",
        owner=scene.users["owner"],
        id=scene.users["escort"],
    )
    both = set(TABLE["owner"].split()) | set(TABLE["escort"].split())
    assert await scene.allowed("owner") == both


async def test_a_look_under_the_lock_says_the_same(scene):
    async with scene.storage.transaction() as tx:
        found = await access.lock(tx, scene.order_id, scene.users["payer"], Act.PAY)
        assert found.role == OrderRole.PAYER
        with pytest.raises(OrderNotFound):
            await access.lock(tx, scene.order_id, scene.users["family"], Act.PAY)
        with pytest.raises(OrderNotFound):
            await access.lock(tx, 999_999, scene.users["payer"], Act.PAY)
