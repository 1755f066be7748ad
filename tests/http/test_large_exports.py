"""Exports of many rows: every one once, without stopping others; and patients added and deleted without end."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from accounts import data_export
from accounts.patients import MAX_ADDED_PER_DAY, MAX_EVER_ADDED
from clock import DAY
from privacy import PATIENT_ID_NUMBER, PATIENT_PHONE
from storage import StorageUnavailable
from storage.models import OrderState
from storage.repositories.orders import Orders
from tests.core.rows import add_order
from tests.http.client import PATIENT
from tests.http.conftest import StartProduct
from tests.http.product import Product


async def fill(product: Product, patients: int, orders: int) -> None:
    """So many deleted patients and cancelled orders of the first user."""
    vault = product.services.vault
    phone, number = (
        vault.seal("13822223333", PATIENT_PHONE),
        vault.seal("610102195001011234", PATIENT_ID_NUMBER),
    )
    patient = "(1, '甲', 1, 'm', :phone, '3333', :number, '其他', 1, 1)"
    columns = "user_id, name, adult, sex, phone_sealed, phone_tail, id_number_sealed, relation, created_at, deleted_at"
    async with product.storage.transaction() as tx:
        for _ in range(patients // 500):
            await tx.connection.execute(
                f"INSERT INTO patients ({columns}) VALUES {', '.join([patient] * 500)}",
                {"phone": phone, "number": number},
            )
        for number_of_order in range(orders):
            await add_order(tx, 1, OrderState.CANCELLED, wishes=f"第{number_of_order}张")
        await tx.commit()


async def test_an_export_of_many_rows_holds_every_one_once_and_lets_others_through(
    start_product: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_product(limits={"export_per_minute": 0})
    monkeypatch.setattr(data_export, "PAGE", 100)
    user = await product.login("li")
    await user.add_patient()
    await fill(product, 5000, 250)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - begun)

    begun = time.perf_counter()
    watching = asyncio.create_task(watch())
    data = (await user.get("user/export/"))["data"]
    watching.cancel()
    assert len(data["patients"]) == 5001
    assert data["patients"][-1]["idcard"] == "610102195001011234"
    assert [order["more"] for order in data["orders"]] == [f"第{number}张" for number in range(250)]
    took = time.perf_counter() - begun
    assert longest < max(took / 3, 0.1), "nothing else waited for the whole of it"
    monkeypatch.setattr(data_export, "PAGE", 5001)
    assert (await user.get("user/export/"))["data"] == data, "pages change nothing"


async def test_an_export_that_fails_amid_it_does_not_look_complete(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await product.login("li")
    await user.add_patient()

    async def fail(*_: Any) -> Any:
        raise StorageUnavailable("gone")

    monkeypatch.setattr(Orders, "page_of_user", fail)
    with pytest.raises(httpx.RemoteProtocolError):
        await user.send("GET", "user/export/")


async def test_adding_and_deleting_patients_comes_to_an_end(start_product: StartProduct) -> None:
    product = await start_product(limits={"write_per_minute": 0})
    user, other = await product.login("li"), await product.login("wang")

    async def pairs(count: int) -> None:
        for number in range(count):
            idcard = f"A{product.clock.offset % 9973:05d}{number:05d}"
            await user.post("user/delete1friend/", id=await user.add_patient(idcard=idcard))

    await pairs(MAX_ADDED_PER_DAY)
    refused = await user.post("user/add1friend/", 409, **PATIENT)
    assert "明天再试" in refused["msg"]
    await other.add_patient()
    product.clock.move(DAY + 1)
    await pairs(1)
    await fill(product, MAX_EVER_ADDED - 500, 0)
    await fill(product, 500, 0)
    product.clock.move(DAY)
    refused = await user.post("user/add1friend/", 409, **PATIENT)
    assert "联系客服" in refused["msg"]
