"""What the claims of orders that the office has entered change."""

from __future__ import annotations

from typing import Any

from orders.sharing import claims
from orders.sharing.claims import Secret
from storage.models import OfficeCustomer, OrderState
from tests.orders.acts import Act
from tests.orders.scene import EARLIER, NOON, VISIT_DAY, Scene

HOURS = 72
EXPIRES = NOON + HOURS * 3_600_000


async def _customer(scene: Scene) -> None:
    """Both owners are customers of the office."""
    for each in scene.households:
        customer = OfficeCustomer(
            each.owner, "客户", "客户", "sealed", "8000", f"hash{each.owner}", 1, EARLIER
        )
        await scene.run(lambda tx, customer=customer: tx.customers.add(customer))


async def _claim(scene: Scene, place: int = 0) -> claims.NewSecrets:
    order_id = scene.households[place].order
    return await scene.run(lambda tx: claims.create(tx, scene.vault, order_id, HOURS, scene.cause()))


async def _claims(scene: Scene, state: OrderState = OrderState.UNPAID) -> claims.NewSecrets:
    await scene.ordered(state)
    await _customer(scene)
    await _claim(scene, 1)
    return await _claim(scene)


async def a_claim_made(scene: Scene):
    await _claims(scene)
    yield
    yield (await _claim(scene)).expires_at


async def a_claim_of_an_order_that_a_user_has(scene: Scene):
    await scene.ordered()
    yield
    yield await _claim(scene)


async def a_claim_revoked(scene: Scene):
    await _claims(scene)
    yield
    yield await scene.run(lambda tx: claims.revoke(tx, scene.order, scene.at + 1))
    try:
        await scene.run(lambda tx: claims.revoke(tx, scene.order, scene.at + 1))
    except claims.ClaimNotValid as refusal:
        yield refusal.message


async def _use(scene: Scene, secret: Secret, user: int, at: int = 0) -> Any:
    return await scene.run(lambda tx: claims.use(tx, scene.vault, secret, user, at or scene.at + 1))


async def a_claim_used_by_its_link(scene: Scene):
    secrets = await _claims(scene)
    yield
    yield await _use(scene, Secret(token=secrets.token), scene.stranger)
    yield await _use(scene, Secret(token=secrets.token), scene.stranger, scene.at + 2)


async def a_claim_used_by_its_code_of_a_patient_with_more_orders(scene: Scene):
    secrets = await _claims(scene, OrderState.PAID)
    await scene.add_order(scene.own)
    yield
    yield await _use(scene, Secret(code=f" {secrets.code.lower()}"), scene.stranger)


async def a_claim_by_who_has_the_patient(scene: Scene):
    secrets = await _claims(scene, OrderState.PAID)
    await scene.set(
        "patients",
        scene.other.patient,
        id_number_hash=scene.vault.hash(f"11010119900307{scene.own.owner:04d}", "patients.id_number"),
        id_number_sealed=f"patients.id_number(11010119900307{scene.own.owner:04d})",
    )
    yield
    yield await _use(scene, Secret(token=secrets.token), scene.other.owner)


async def a_claim_used_at_its_end(scene: Scene):
    secrets = await _claims(scene)
    yield
    yield await _use(scene, Secret(token=secrets.token), scene.stranger, EXPIRES)


async def a_claim_used_a_moment_before_its_end(scene: Scene):
    secrets = await _claims(scene)
    yield
    yield await _use(scene, Secret(token=secrets.token), scene.stranger, EXPIRES - 1)


async def a_claim_used_by_two(scene: Scene):
    secrets = await _claims(scene)
    await _use(scene, Secret(token=secrets.token), scene.stranger)
    yield
    yield await _use(scene, Secret(token=secrets.token), scene.carers[0])


async def an_older_claim_of_what_is_mine(scene: Scene):
    """Was revoked by the newer one, and does not show the order."""
    older = await _claims(scene)
    newer = await _claim(scene)
    await _use(scene, Secret(token=newer.token), scene.stranger)
    yield
    async with scene.storage.reading() as reader:
        found = await claims.look(reader, scene.vault, Secret(token=newer.token), scene.stranger, NOON + 2)
        yield found.mine
        try:
            yield await claims.look(reader, scene.vault, Secret(token=older.token), scene.stranger, NOON + 2)
        except claims.ClaimNotValid:
            yield "not valid"


async def a_claim_of_a_customer_who_is_disabled(scene: Scene):
    secrets = await _claims(scene)
    await scene.set("users", scene.own.owner, disabled_at=NOON)
    yield
    yield await _use(scene, Secret(token=secrets.token), scene.stranger)


async def claims_as_they_are_looked_at(scene: Scene):
    secrets = await _claims(scene)
    other = scene.other.order
    yield VISIT_DAY
    async with scene.storage.reading() as reader:
        for order_id, shown, at in (
            (scene.order, Secret(secrets.token, secrets.code), scene.at),
            (scene.order, Secret(secrets.token, secrets.code), EXPIRES),
            (scene.order, Secret(secrets.token, ""), scene.at),
            (scene.order, Secret(secrets.token, "22222-22222"), scene.at),
            (other, Secret(secrets.token, secrets.code), scene.at),
        ):
            try:
                found = await claims.still_open(reader, scene.vault, order_id, shown, at)
                yield found == secrets
            except claims.ClaimNotValid:
                yield "not valid"
        claimable = await claims.look(reader, scene.vault, Secret(code=secrets.code), scene.stranger, NOON)
        yield (claimable.order, claimable.mine, claimable.claim.order_id)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
