"""Each thing that makes a claim one that can be used, by itself; and whose patient the order is for afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts.patients import MAX_PATIENTS, TooManyPatients
from accounts.tokens import token_hash
from orders.sharing import claims
from orders.sharing.claims import ClaimNotValid, NewSecrets, NotClaimable, Secret
from privacy import ORDER_CLAIM
from refusals import AccountClosed, OrderNotFound
from storage.models import OrderState, Patient
from storage.writes import PatientColumns
from tests.orders.row_changes import read_rows
from tests.orders.scene import NOON, Scene
from tests.orders.test_acts_of_claims import EXPIRES, _claim, _claims, _customer, _use
from tests.storage.rows import made as made_columns

NOBODY = 999


async def look(scene: Scene, secret: Secret, user: int = 0, at: int = NOON) -> claims.Claimable:
    async with scene.storage.reading() as reader:
        return await claims.look(reader, scene.vault, secret, user or scene.stranger, at)


async def assert_not_valid(scene: Scene, secret: Secret, user: int = 0) -> None:
    """It is neither shown nor used, and nothing changes."""
    before = await read_rows(scene.storage)
    with pytest.raises(ClaimNotValid):
        await look(scene, secret, user)
    with pytest.raises(ClaimNotValid):
        await _use(scene, secret, user or scene.stranger, NOON)
    assert await read_rows(scene.storage) == before


def by_token(made: NewSecrets) -> Secret:
    return Secret(token=made.token)


async def patient_of(scene: Scene, patient_id: int) -> Patient:
    async with scene.storage.reading() as reader:
        found = await reader.patients.get(patient_id)
    assert found is not None
    return found


async def owner_of_order(scene: Scene) -> int:
    return (await scene.read()).user_id


# What is presented


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("23456789AB", "23456789AB"),
        ("23456-789ab", "23456789AB"),
        (" 2 3456\u3000789-AB ", "23456789AB"),
        ("23456789A", ""),
        ("23456789ABC", ""),
        *((f"23456789A{letter}", "") for letter in "01OILoil王_"),
        ("", ""),
    ],
)
def test_a_code_is_read_however_it_was_typed_and_nothing_else_is_one(typed: str, read: str) -> None:
    assert claims.read_code(typed) == read


async def test_a_code_counts_where_the_token_is_none_and_not_beside_one(scene: Scene) -> None:
    made = await _claims(scene)
    for token in ("", "x" * 21, "x" * 23, "x" * 21 + "=", f"{made.token}\n", f" {made.token}"):
        assert (await look(scene, Secret(token, made.code))).claim.order_id == scene.order, token
    for code in (made.code, ""):
        await assert_not_valid(scene, Secret("x" * 22, code))
    await assert_not_valid(scene, Secret("x" * 21, "22222-22222"))


async def test_both_secrets_are_drawn_anew_and_the_code_is_grouped_in_fives(scene: Scene) -> None:
    made = [await _claims(scene), await _claim(scene)]
    for each in made:
        assert (each.code[5], len(each.code), each.expires_at) == ("-", 11, EXPIRES)
    assert len({made[0].token, made[1].token}) == len({made[0].code, made[1].code}) == 2
    async with scene.storage.reading() as reader:
        newest = (await reader.claims.of_order(scene.order))[-1]
    assert newest.token_hash == token_hash(made[1].token)
    assert newest.code_hash == scene.vault.hash(claims.read_code(made[1].code), ORDER_CLAIM)


async def test_of_an_order_that_is_not_there_nothing_is_claimed_or_revoked(scene: Scene) -> None:
    await _claims(scene)
    with pytest.raises(OrderNotFound):
        await scene.run(lambda tx: claims.create(tx, scene.vault, NOBODY, 1, scene.cause()))
    with pytest.raises(OrderNotFound):
        await scene.run(lambda tx: claims.revoke(tx, NOBODY, NOON))


# Whether it can be used


@pytest.mark.parametrize("column", ["used_at", "revoked_at"])
async def test_a_claim_that_was_used_or_revoked_is_none_any_more(scene: Scene, column: str) -> None:
    made = await _claims(scene)
    await scene.set("order_claims", 2, **{column: NOON})
    await assert_not_valid(scene, by_token(made))


async def test_an_order_that_is_gone_is_not_shown(scene: Scene) -> None:
    made = await _claims(scene)
    await scene.set("order_claims", 2, order_id=NOBODY)
    await assert_not_valid(scene, by_token(made))


@pytest.mark.parametrize("columns", [{"deleted_at": NOON}, {"disabled_at": NOON}])
async def test_an_order_of_a_customer_whose_account_is_over_is_not_claimed(
    scene: Scene, columns: dict[str, Any]
) -> None:
    made = await _claims(scene)
    await scene.set("users", scene.other.owner, **columns)
    assert (await look(scene, by_token(made))).mine is False
    await scene.set("users", scene.own.owner, **columns)
    await assert_not_valid(scene, by_token(made))


@pytest.mark.parametrize("owner", ["family", NOBODY])
async def test_an_order_that_is_no_customer_s_any_more_is_not_claimed(scene: Scene, owner: str | int) -> None:
    made = await _claims(scene)
    user = scene.own.family if owner == "family" else NOBODY
    await scene.set("orders", scene.order, user_id=user)
    await assert_not_valid(scene, by_token(made))
    if user != NOBODY:
        with pytest.raises(NotClaimable):
            await _claim(scene)


@pytest.mark.parametrize("columns", [{"deleted_at": NOON}, {"disabled_at": NOON}])
async def test_who_has_no_account_any_more_claims_nothing(scene: Scene, columns: dict[str, Any]) -> None:
    made = await _claims(scene)
    await scene.set("users", scene.stranger, **columns)
    before = await read_rows(scene.storage)
    with pytest.raises(AccountClosed):
        await _use(scene, by_token(made), scene.stranger)
    assert await read_rows(scene.storage) == before


async def test_an_order_is_mine_while_i_have_it_by_this_claim(scene: Scene) -> None:
    made = await _claims(scene)
    await _use(scene, by_token(made), scene.stranger)
    assert (await look(scene, by_token(made))).mine is True
    await assert_not_valid(scene, by_token(made), scene.own.family)
    await scene.set("orders", scene.order, user_id=scene.own.family)
    await assert_not_valid(scene, by_token(made))
    await assert_not_valid(scene, by_token(made), scene.own.family)


async def test_a_claim_is_told_again_by_both_of_its_secrets_alone(scene: Scene) -> None:
    first = await _claims(scene)
    second = await _claim(scene, 1)

    async def told(secret: Secret, at: int = NOON, order_id: int = 0) -> NewSecrets | None:
        async with scene.storage.reading() as reader:
            try:
                return await claims.still_open(reader, scene.vault, order_id or scene.order, secret, at)
            except ClaimNotValid:
                return None

    both = Secret(first.token, first.code.lower())
    assert await told(both) == first
    assert await told(both, EXPIRES - 1) == first
    assert await told(both, EXPIRES) is None
    assert await told(replace(both, code=second.code)) is None
    assert await told(replace(both, token=second.token)) is None
    assert await told(Secret(second.token, second.code)) is None
    assert await told(Secret(second.token, second.code), order_id=scene.other.order) == second
    assert await told(replace(both, token="")) == replace(first, token="")
    await scene.set("order_claims", 2, revoked_at=NOON)
    assert await told(both) is None


# Whose patient it is for


async def test_without_an_id_number_nobody_is_taken_for_the_same_patient(scene: Scene) -> None:
    made = await _claims(scene)
    for each in scene.households:
        await scene.set("patients", each.patient, id_kind="", id_number_sealed="", id_number_hash="")
    await _use(scene, by_token(made), scene.other.owner)
    assert (await scene.read()).patient_id == scene.own.patient
    assert (await patient_of(scene, scene.own.patient)).user_id == scene.other.owner


async def test_an_order_whose_patient_is_gone_keeps_its_number(scene: Scene) -> None:
    made = await _claims(scene)
    await scene.set("orders", scene.order, patient_id=NOBODY)
    await _use(scene, by_token(made), scene.stranger)
    assert ((await scene.read()).patient_id, await owner_of_order(scene)) == (NOBODY, scene.stranger)
    assert (await patient_of(scene, scene.own.patient)).user_id == scene.own.owner


async def add_patients(scene: Scene, user: int, many: int) -> None:
    for number in range(many):
        without_number = {"id_number_sealed": "", "id_number_hash": ""}
        columns = made_columns(PatientColumns, name=f"家人{number}", sex="w", **without_number)
        await scene.run(lambda tx, columns=columns: tx.patients.add(user, columns, NOON))


async def test_the_last_place_for_a_patient_can_be_claimed_into_and_no_more(scene: Scene) -> None:
    made = await _claims(scene)
    await add_patients(scene, scene.stranger, MAX_PATIENTS - 1)
    await add_patients(scene, scene.carers[0], MAX_PATIENTS)
    with pytest.raises(TooManyPatients) as refused:
        await _use(scene, by_token(made), scene.carers[0])
    assert refused.value.message == "最多可以添加 50 位就诊人，请先删除一位，再来认领"
    await _use(scene, by_token(made), scene.stranger)
    async with scene.storage.reading() as reader:
        assert len(await reader.patients.of_user(scene.stranger)) == MAX_PATIENTS


async def test_who_has_the_patient_claims_however_many_patients_they_have(scene: Scene) -> None:
    made = await _claims(scene, OrderState.PAID)
    same = await patient_of(scene, scene.own.patient)
    sealed = {"id_number_sealed": same.id_number_sealed, "id_number_hash": same.id_number_hash}
    await scene.set("patients", scene.other.patient, **sealed)
    await add_patients(scene, scene.other.owner, MAX_PATIENTS - 1)
    await _use(scene, by_token(made), scene.other.owner)
    assert (await scene.read()).patient_id == scene.other.patient


async def test_a_copy_of_a_patient_has_each_of_its_columns(scene: Scene) -> None:
    made = await _claims(scene, OrderState.PAID)
    await scene.add_order(scene.own)
    columns = {
        "name": "王秀英",
        "adult": 0,
        "sex": "w",
        "relation": "子女",
        "phone_sealed": "patients.phone(13900000001)",
        "phone_tail": "0001",
        "phone_hash": "a1",
        "id_kind": "passport",
        "id_number_sealed": "patients.id_number(E00000001)",
        "id_number_hash": "a2",
        "consented_at": NOON - 7,
        "guardian_consented_at": NOON - 5,
    }
    await scene.set("patients", scene.own.patient, **columns)
    await _use(scene, by_token(made), scene.stranger)
    original = await patient_of(scene, scene.own.patient)
    copy = await patient_of(scene, (await scene.read()).patient_id)
    assert copy.id != original.id
    assert {name: getattr(copy, name) for name in columns} == columns
    assert (copy.user_id, copy.created_at, copy.deleted_at) == (scene.stranger, NOON + 1, None)
    assert original.user_id == scene.own.owner


async def test_of_two_customers_the_other_one_s_order_stays(scene: Scene) -> None:
    await scene.ordered()
    await _customer(scene)
    made = await _claim(scene)
    other = await scene.read(scene.other.order)
    await _use(scene, by_token(made), scene.stranger)
    assert await owner_of_order(scene) == scene.stranger
    assert await scene.read(scene.other.order) == other
