"""Taking over an order that the office entered: once, for its time, with its patient, and nothing of others."""

from __future__ import annotations

import asyncio

import pytest

from accounts import patients
from accounts.patients import TooManyPatients
from clock import HOUR
from orders.sharing import claims
from orders.sharing.claims import CLAIMED, ClaimNotValid, NotClaimable, PatientWaits, Secret
from payment.payables import PayableKey
from privacy import PATIENT_ID_NUMBER
from storage.models import OrderState
from tests.offline.conftest import receipt
from tests.offline.phone import (
    HOURS,
    ID_NUMBER,
    VAULT,
    add_patient,
    claim,
    customer,
    given,
    ordered,
    patient,
    phone_order,
)
from tests.payment.conftest import ADMIN, Shop


async def test_by_its_code_an_order_becomes_the_users_with_its_patient_and_is_paid_as_ever(
    shop: Shop,
) -> None:
    order_id = await phone_order(shop)
    made = await given(shop, order_id)
    user = await shop.user()
    before = await shop.order(order_id)
    assert await claim(shop, Secret(code=made.code.lower().replace("-", " ")), user.id) == order_id
    order = await shop.order(order_id)
    assert (order.user_id, order.unpaid_user_id, order.patient_id) == (user.id, user.id, before.patient_id)
    assert (order.origin, order.ordered_by) == ("phone", ADMIN.id)
    async with shop.storage.reading() as reader:
        moved = await reader.patients.owned(order.patient_id, user.id)
        step = (await reader.orders.history(order_id))[-1]
    assert moved is not None
    assert VAULT.open(moved.id_number_sealed, PATIENT_ID_NUMBER) == ID_NUMBER
    assert (step.from_state, step.to_state, step.reason) == ("unpaid", "unpaid", CLAIMED)
    assert (step.actor_kind, step.actor_id) == ("user", user.id)
    await shop.payments.resume(order_id, user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


async def test_by_its_link_too_and_a_second_time_by_the_same_user_changes_nothing(shop: Shop) -> None:
    order_id = await phone_order(shop)
    made = await given(shop, order_id)
    user = await shop.user()
    assert await claim(shop, Secret(token=made.token), user.id) == order_id
    assert await claim(shop, Secret(token=made.token), user.id) == order_id
    assert await claim(shop, Secret(code=made.code), user.id) == order_id
    async with shop.storage.reading() as reader:
        assert [step.reason for step in await reader.orders.history(order_id)] == ["", CLAIMED]


async def test_of_many_users_at_once_one_gets_the_order(shop: Shop) -> None:
    order_id = await phone_order(shop)
    made = await given(shop, order_id)
    users = [await shop.user(f"oUser{number}") for number in range(6)]
    results = await asyncio.gather(
        *(claim(shop, Secret(token=made.token), user.id) for user in users), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == ["ClaimNotValid"] * 5 + ["int"]
    winner = users[[isinstance(each, int) for each in results].index(True)]
    assert (await shop.order(order_id)).user_id == winner.id


@pytest.mark.parametrize("case", ["wrong", "old", "revoked", "replaced", "used", "erased", "garbage"])
async def test_whatever_is_wrong_with_it_the_answer_is_the_same(shop: Shop, case: str) -> None:
    order_id = await phone_order(shop)
    made = await given(shop, order_id)
    user, secret = await shop.user(), Secret(code=made.code)
    if case == "wrong":
        secret = Secret(code=("2" if made.code[0] != "2" else "3") + made.code[1:])
    elif case == "old":
        shop.pass_time(HOURS * HOUR)
    elif case == "revoked":
        await shop.storage.run(lambda tx: claims.revoke(tx, order_id, shop.at))
    elif case == "replaced":
        await given(shop, order_id)
    elif case == "used":
        await claim(shop, secret, (await shop.user("oOther")).id)
    elif case == "erased":
        owner = (await shop.order(order_id)).user_id
        await shop.storage.run(lambda tx: tx.users.erase(owner, shop.at))
    else:
        secret = Secret(token="' OR 1=1 --", code="O0I1L-\x00")
    for act in (
        claim(shop, secret, user.id),
        _look(shop, secret, user.id),
        claim(shop, Secret(), user.id),
        _look(shop, Secret(token=made.code, code=made.token), user.id),
    ):
        with pytest.raises(ClaimNotValid) as refusal:
            await act
        assert refusal.value.message == ClaimNotValid.message
    assert (await shop.order(order_id)).user_id != user.id


async def _look(shop: Shop, secret: Secret, user_id: int) -> claims.Claimable:
    async with shop.storage.reading() as reader:
        return await claims.look(reader, VAULT, secret, user_id, shop.at)


async def test_nothing_that_is_stored_tells_a_link_or_a_code(shop: Shop) -> None:
    order_id = await phone_order(shop)
    made = await given(shop, order_id)
    assert len(made.token) == 22
    code = made.code.replace("-", "")
    assert len(code) == 10
    assert set(code) <= set(claims.ALPHABET)
    async with shop.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT * FROM order_claims")
    assert made.token not in repr(rows)
    assert code not in repr(rows)


async def test_other_orders_of_the_customer_keep_the_patient_and_the_user_gets_a_copy(shop: Shop) -> None:
    owner = await customer(shop)
    patient_id = await add_patient(shop, owner, patient())
    first = await ordered(shop, owner, patient_id)
    await shop.payments.offline.record(PayableKey(first), receipt(shop), ADMIN)
    second = await ordered(shop, owner, patient_id)
    user = await shop.user()
    await claim(shop, Secret(code=(await given(shop, second)).code), user.id)
    kept, taken = await shop.order(first), await shop.order(second)
    assert (kept.user_id, kept.patient_id) == (owner, patient_id)
    assert taken.user_id == user.id
    assert taken.patient_id != patient_id
    async with shop.storage.reading() as reader:
        copy = await reader.patients.owned(taken.patient_id, user.id)
        assert await reader.patients.owned(patient_id, owner) is not None
    assert copy is not None
    assert VAULT.open(copy.id_number_sealed, PATIENT_ID_NUMBER) == ID_NUMBER


async def test_a_user_who_has_the_patient_already_gets_no_second_one(shop: Shop) -> None:
    user = await shop.user()
    own = await add_patient(shop, user.id, patient("王秀英"))
    order_id = await phone_order(shop)
    await claim(shop, Secret(code=(await given(shop, order_id)).code), user.id)
    assert (await shop.order(order_id)).patient_id == own
    async with shop.storage.reading() as reader:
        assert len(await reader.patients.of_user(user.id)) == 1


async def test_who_has_as_many_patients_as_one_may_have_claims_nothing_until_one_is_deleted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MAX_PATIENTS", 2)
    user = await shop.user()
    own = [await add_patient(shop, user.id, patient(name, "")) for name in ("甲一", "乙二")]
    order_id = await phone_order(shop)
    before, secret = await shop.order(order_id), Secret(code=(await given(shop, order_id)).code)
    with pytest.raises(TooManyPatients, match="too_many_patients") as refused:
        await claim(shop, secret, user.id)
    assert refused.value.message == "最多可以添加 2 位就诊人，请先删除一位，再来认领"
    assert await shop.order(order_id) == before
    await shop.storage.run(lambda tx: patients.delete(tx, user.id, own[0], shop.at))
    assert await claim(shop, secret, user.id) == order_id, "the claim was not used up"


async def test_two_unpaid_orders_of_a_patient_are_never_a_users(shop: Shop) -> None:
    user = await shop.user()
    own = await add_patient(shop, user.id, patient())
    await shop.placed(user, patient_id=own)
    order_id = await phone_order(shop)
    secret = Secret(code=(await given(shop, order_id)).code)
    with pytest.raises(PatientWaits):
        await claim(shop, secret, user.id)
    order = await shop.order(order_id)
    assert order.user_id != user.id
    assert order.unpaid_user_id == order.user_id  # all of it is undone, and the code still works
    await shop.payments.cancel((await shop.unpaid(user)).id, user)
    assert await claim(shop, secret, user.id) == order_id


async def test_an_order_that_was_paid_in_cash_is_claimed_and_its_money_stays(shop: Shop) -> None:
    order_id = await phone_order(shop)
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    user = await shop.user()
    await claim(shop, Secret(code=(await given(shop, order_id)).code), user.id)
    order = await shop.order(order_id)
    assert (order.state, order.user_id, order.unpaid_user_id) == (OrderState.PAID, user.id, None)
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", order.paid_fen)
    await shop.payments.approve_refund(refund_id, ADMIN)
    async with shop.storage.reading() as reader:
        assert await reader.offline.refunds_by_hand(order_id) == {refund_id}


async def test_an_order_of_a_user_of_the_mini_program_cannot_be_given_away(shop: Shop) -> None:
    with pytest.raises(NotClaimable):
        await given(shop, await shop.placed())
    order_id = await phone_order(shop)
    await claim(shop, Secret(code=(await given(shop, order_id)).code), (await shop.user()).id)
    with pytest.raises(NotClaimable):
        await given(shop, order_id)


async def test_a_customer_without_the_mini_program_gets_no_messages(shop: Shop) -> None:
    order_id = await phone_order(shop)
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    async with shop.storage.reading() as reader:
        assert await reader.outbox.count_waiting() == 0
    user = await shop.user()
    await claim(shop, Secret(code=(await given(shop, order_id)).code), user.id)
    await shop.payments.start_refund(order_id, ADMIN, 100, "协商")
    refund = await shop.refund(order_id)
    from tests.offline.conftest import handling

    await shop.payments.offline.confirm_refund(refund.id, handling(shop), ADMIN)
    async with shop.storage.reading() as reader:
        assert await reader.outbox.count_waiting() == 1
