"""Claims over HTTP: what a link tells, what a wrong one tells, that nobody guesses, and what is written nowhere."""

from __future__ import annotations

from typing import Any

from accounts import office_customers
from accounts.office_customers import CustomerContact
from accounts.personal_numbers import phone_columns
from clock import HOUR
from orders.sharing import claims
from orders.sharing.claims import NewSecrets
from storage import Transaction
from storage.models import Actor, Cause
from storage.writes import OrderContent, PatientColumns
from tests.http.product import Product
from tests.members.cards import refusal

GUESSED = {"code": "23456-78923"}
OFFICE = Actor("admin", 1)


async def entered(product: Product) -> tuple[int, NewSecrets]:
    """An order that a clerk has entered, and what the customer was given."""
    at, vault = product.clock(), product.services.vault

    async def work(tx: Transaction) -> tuple[int, NewSecrets]:
        contact = CustomerContact("王大明", "13912345678")
        customer = await office_customers.find_or_add(tx, vault, contact, 1, at)
        columns = PatientColumns(
            name="王秀英",
            adult=True,
            sex="w",
            relation="父母",
            id_kind="",
            id_number_sealed="",
            id_number_hash="",
            **phone_columns(vault, "13912345678"),
        )
        patient_id = await tx.patients.add(customer.user_id, columns, at)
        content = OrderContent(
            hospital_id=1,
            hospital_name="西京医院",
            department="",
            visit_date=product.day(),
            service_id=1,
            service_name="陪诊",
            service_unit="次",
            price_fen=58_800,
            patient_id=patient_id,
            patient_name="王秀英",
            wishes="",
        )
        order_id = await tx.orders.add(customer.user_id, content, OFFICE, at, at + 24 * HOUR)
        return order_id, await claims.create(tx, vault, order_id, 72, Cause(OFFICE, at))

    return await product.storage.run(work)


async def test_a_link_tells_little_and_gives_the_order_to_who_claims_it(product: Product) -> None:
    order_id, made = await entered(product)
    user = await product.login("daughter")
    shown: dict[str, Any] = await user.get("user/getClaim/", token=made.token)
    assert (shown["orderId"], shown["patient"], shown["amount"], shown["paid"]) == (0, "王**", "￥588", "n")
    assert "王秀英" not in repr(shown)
    await user.get("user/getOrder/", 404, id=order_id)
    assert (await user.post("user/claimOrder/", code=made.code))["orderId"] == order_id
    order = await user.get("user/getOrder/", id=order_id)
    assert order["order"]["patient"] == "王秀英"
    assert "pay" in order["actions"]
    assert order["timeline"][0]["title"] == claims.CLAIMED
    assert (await user.get("user/getClaim/", token=made.token))["orderId"] == order_id


async def test_a_stranger_learns_nothing_and_leaves_a_trace(product: Product) -> None:
    order_id, made = await entered(product)
    owner, thief = await product.login("daughter"), await product.login("thief")
    await owner.post("user/claimOrder/", token=made.token)
    for method, path in (("GET", "user/getClaim/"), ("POST", "user/claimOrder/")):
        answers = [
            await refusal(thief, method, path, **secret)
            for secret in ({"token": made.token}, {"code": made.code}, GUESSED, {"token": "x"})
        ]
        assert answers == [answers[0]] * len(answers)
        assert (answers[0]["status"], answers[0]["error"]) == (404, "claim_not_valid")
    await thief.get("user/getOrder/", 404, id=order_id)
    assert "event=unknown_claim" in product.logs.text
    assert made.token not in product.logs.text
    assert made.code not in product.logs.text


async def test_guessing_codes_meets_a_limit_that_holds_across_processes(start_product) -> None:
    product = await start_product(limits={"claim_per_minute": 3})
    thief = await product.login("thief")
    for _ in range(3):
        await thief.get("user/getClaim/", 404, **GUESSED)
    product.services.limiter._buckets.clear()  # as another process would see it
    assert (await thief.post("user/claimOrder/", 429, **GUESSED))["error"] == "too_many_requests"
