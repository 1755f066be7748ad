"""Phones of the older system after the import: their token, their orders and payments."""

from __future__ import annotations

from clock import DAY, now_ms
from payment.books.ledger import self_check
from privacy import PATIENT_PHONE
from startup.legacy.importing import LegacyImport
from startup.legacy.money import Merchant
from startup.legacy.source import read_legacy
from storage.filters import OrderFilter
from storage.models import OrderState
from tests.core.rows import order_of
from tests.http.client import PATIENT
from tests.http.conftest import StartProduct
from tests.http.product import until
from tests.legacy.older_system import LATER, OlderSystem, warrant


async def test_an_old_phone_goes_on_with_the_token_that_it_holds(
    start_product: StartProduct, older: OlderSystem
) -> None:
    older.user(1)
    older.patient(11, 1)
    older.paid_order(101, 1, 11, LATER, 19800)
    product = await start_product()
    pay = product.settings.pay
    importing = LegacyImport(
        product.storage,
        product.services.vault,
        Merchant(product.settings.wechat.appid, pay.mchid),
        24,
        now_ms,
    )
    await importing.run(read_legacy(older.address), dry_run=False)
    phone = await product.client()
    product.clock.move(400 * DAY)  # a session that is renewed by every use would be over long ago
    orders = (await phone.get("user/getOrderStatus/", warrant=warrant(1)))["data"]
    assert [(order["id"], order["progress"], order["price"]) for order in orders] == [
        (101, "已付款", "￥198")
    ]
    assert orders[0]["date"].startswith("2026-11-02"), "half past midnight in Shanghai"
    friends = (await phone.get("user/getFriends/", warrant=warrant(1)))["data"]
    assert [(friend["id"], friend["name"], friend["phone"]) for friend in friends] == [
        (11, "李建国", "138****3333")
    ]
    added = await phone.post(
        "user/add1friend/", warrant=warrant(1), **{**PATIENT, "idcard": "110101196001012815"}
    )
    assert added["id"] > 11
    again = await phone.post("user/add1friend/", warrant=warrant(1), **PATIENT)
    assert again["id"] == 11, "one ID number is one patient, whichever system it was given to"
    async with product.storage.reading() as reader:
        hashes = product.services.vault.hashes("+8613822223333", PATIENT_PHONE)
        for search in (OrderFilter(search="李 建国"), OrderFilter(search="13822223333", phone_hashes=hashes)):
            assert [order.id for order in await reader.order_lists.page(search, None, 10)] == [101]
    (product.secrets).add(warrant(1))


async def test_an_old_phone_changes_and_pays_an_order_whose_old_number_never_arrived_at_wechat(
    start_product: StartProduct, older: OlderSystem
) -> None:
    older.user(1)
    older.patient(11, 1)
    older.order(101, 1, 11, LATER)
    older.payment(101, 101, 19800, transactionId="")  # given out on the first of November
    product = await start_product()
    merchant = Merchant(product.settings.wechat.appid, product.settings.pay.mchid)
    importing = LegacyImport(product.storage, product.services.vault, merchant, 24, product.clock)
    await importing.run(read_legacy(older.address), dry_run=False)
    phone = await product.client()
    changed = await phone.post(
        "user/create1order/",
        warrant=warrant(1),
        hospitalId=1,
        hospitalCustom="",
        department="骨科",
        wantTime=product.day(9),
        serviceId=4,
        friendid=11,
        more="",
    )
    assert changed["id"] == 101
    product.secrets.add(warrant(1))
    await phone.pay(changed)

    async def paid() -> bool:
        return (await order_of(product.storage, 101)).state == OrderState.PAID

    await until(paid)
    order = await order_of(product.storage, 101)
    assert (order.department, order.visit_date) == ("骨科", product.day(9))
    assert await self_check(product.storage) == []
