"""A living business is backed up, everything is deleted and restored, and it goes on as if nothing had happened."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clock import DAY, HOUR, day_bounds, now_ms, shanghai_date
from config import ROOT, DatabaseSettings, Settings
from config.sections import SECTIONS
from payment.books.ledger import self_check
from startup.backup.contents import _KEY_FILES, FOLDERS
from startup.backup.restoring import restore
from startup.backup.taking import back_up
from storage import open_storage, revision
from storage.models import Actor, RefundState
from tests.after_sales.complaining import TEXT, complain, upload
from tests.core.test_sizes import modules
from tests.http import uploading
from tests.http.client import Client
from tests.http.conftest import identity_folder, quick
from tests.http.product import Product, running, until
from tests.visits.scenario import ANSWER, OFFICE, Visit, begin_visit, record_everything

__all__ = ["identity_folder", "quick"]
REASON = "孩子病了"


@dataclass
class Place:
    """Where the business lives. ``offset``: how far its clock is ahead."""

    database: DatabaseSettings
    folder: Path
    identity: Path
    offset: int = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Product]:
        """The product with all its background work, as one run of the server."""
        storage = open_storage(self.database, self.folder)
        await storage.open()
        try:
            async with running(storage, self.folder, self.identity, background=True) as product:
                product.clock.offset = self.offset
                yield product
                self.offset = product.clock.offset
        finally:
            await storage.close()

    def settings(self, product: Product) -> Settings:
        return dataclasses.replace(product.settings, database=self.database)


@dataclass
class Lived:
    """What people know of it, and have on their phones: warrants, numbers, addresses of pictures."""

    visit_warrants: tuple[str, str]
    visit_order: int
    escort_id: int
    photo: str
    payer: str
    paid: int
    unpaid: dict[str, Any]
    asked: int
    complaint_photo: str
    seen: dict[str, Any]


async def live(product: Product) -> Lived:
    """Orders in several states, a visit with photo and report, a complaint with a photo, an avatar, refunds."""
    visit = await begin_visit(product)
    photo = await record_everything(visit)
    payer = await product.login("payer")
    await uploading.upload(payer, uploading.picture())
    back, asked, paid = [await product.paid_order(payer, wantTime=product.day(20 + n)) for n in range(3)]
    refund = await product.services.payments.start_refund(back, Actor("admin", 1), 5_000)
    await until(lambda: refund_is(product, refund, RefundState.SUCCEEDED))
    await payer.post("user/refund1order/", id=asked, reason=REASON, amount="￥198", kind="cancel")
    unpaid = await payer.order(await payer.add_patient(), product.day(30))
    sent = await upload(payer, "photo-of-the-complaint")
    await complain(payer, paid, photos="photo-of-the-complaint")
    lived = Lived(
        (visit.owner.warrant, visit.escort.warrant),
        visit.order_id,
        visit.escort_id,
        photo,
        payer.warrant,
        paid,
        unpaid,
        asked,
        sent.json()["photo"],
        {},
    )
    lived.seen = await everything(product, lived)
    return lived


async def refund_is(product: Product, refund_id: int, state: RefundState) -> bool:
    async with product.storage.reading() as reader:
        refund = await reader.refunds.get(refund_id)
    return refund is not None and refund.state == state


async def everything(product: Product, lived: Lived) -> dict[str, Any]:
    """What each of them reads, pictures byte by byte, with the warrants that they have."""
    owner, escort = [await product.client(warrant) for warrant in lived.visit_warrants]
    payer = await product.client(lived.payer)
    found: dict[str, Any] = {"visit": await owner.get("user/getVisit/", id=lived.visit_order)}
    for client, path in ((owner, lived.photo), (payer, lived.complaint_photo)):
        picture = await client.send("GET", path)
        assert picture.status_code == 200
        found[path] = picture.content
    me = await payer.get("user/me/")
    avatar = await payer.send("GET", me["user"]["avatar"])
    assert avatar.status_code == 200
    found |= {"me": me, "avatar": avatar.content}
    for path in ("user/getFriends/", "user/getOrderStatus/", "user/getComplaints/", "user/getDevices/"):
        found[path] = (await payer.get(path))["data"]
    found["jobs"] = await escort.get("escort/workbench/")
    return found


async def go_on(product: Product, lived: Lived) -> None:
    """With old sessions: pay, give back, ask and answer, order again; the day's bill then agrees with the books."""
    payer = await product.client(lived.payer)
    await payer.pay(lived.unpaid)  # WeChat tells the address of before the restore: the phone asks
    await payer.get("user/getOrder/", id=lived.unpaid["id"])
    await product.until_progress(payer, lived.unpaid["id"], "已付款")
    async with product.storage.reading() as reader:
        (asked,) = await reader.refunds.of_order(lived.asked)
    await product.services.payments.approve_refund(asked.id, OFFICE, note="好的")
    await until(lambda: refund_is(product, asked.id, RefundState.SUCCEEDED))
    owner, escort = [await product.client(warrant) for warrant in lived.visit_warrants]
    visit = Visit(product, owner, escort, lived.visit_order, lived.escort_id)
    await escort.post(
        "escort/addToReport/", id=lived.visit_order, actionId="after-the-restore-0001", text=ANSWER
    )
    assert ANSWER in str(await visit.read())
    assert TEXT in str(await payer.get("user/getComplaints/"))
    await order_and_pay(product, payer)
    assert await self_check(product.storage) == []


async def order_and_pay(product: Product, user: Client) -> None:
    order = await user.order(await user.add_patient(), product.day(40))
    await user.pay(order)
    await product.until_progress(user, order["id"], "已付款")


def to_a_morning(place: Place) -> None:
    """Ten o'clock in Shanghai, so that all of it happens on one day."""
    begin, _ = day_bounds(shanghai_date(now_ms() + DAY))
    place.offset = begin + 10 * HOUR - now_ms()


@pytest.mark.promise(45)
@pytest.mark.timeout(300)
@pytest.mark.gen_test(timeout=240)
async def test_a_living_business_goes_on_after_everything_was_deleted_and_restored(
    database_settings: DatabaseSettings,
    tmp_path: Path,
    identity_folder: Path,
    request: pytest.FixtureRequest,
) -> None:
    place = Place(database_settings, tmp_path / "data", identity_folder)
    place.folder.mkdir()
    file = tmp_path / "backup.tgz"
    if database_settings.engine == "sqlite":  # the database is in the data folder, and goes with it
        database = dataclasses.replace(database_settings, path=str(place.folder / "hospital.sqlite3"))
        shutil.move(database_settings.path, database.path)
        place.database = database
    to_a_morning(place)
    async with place.open() as product:
        lived = await live(product)
        settings, day = place.settings(product), shanghai_date(product.clock())
        await asyncio.to_thread(back_up, settings, file, revision.newest(), with_keys=True, overwrite=False)
        assert await everything(product, lived) == lived.seen, "a backup is not noticed"
    shutil.rmtree(place.folder)
    place.folder.mkdir()
    if place.database.engine == "mysql":
        name = request.getfixturevalue("mariadb").fresh_database(f"again_{place.database.name}")
        place.database = dataclasses.replace(place.database, name=name)
    settings = dataclasses.replace(settings, database=place.database)
    await asyncio.to_thread(restore, settings, file, with_keys=True, overwrite=False)
    async with place.open() as product:
        assert await everything(product, lived) == lived.seen
        await go_on(product, lived)
        product.clock.move(DAY + HOUR)
        result = await product.services.payments.reconcile(day)
        assert result.differences == []
        assert await self_check(product.storage) == []


MADE_ANEW = {"sandbox", "client"}
"""Folders of a development server alone: the stand-in's state, which goes with the keys, and the client's build."""


def test_every_folder_and_key_file_of_an_installation_is_in_a_backup() -> None:
    """What a new part of the program keeps beside the database has to be copied, too."""
    sources = [ROOT / name for name in modules() if not name.startswith(("bench/", "tools/"))]
    folders = {
        found for file in sources for found in re.findall(r'data / "([a-z]+)"', file.read_text("utf-8"))
    }
    assert {"uploads", "visits", "documents"} <= folders
    assert folders - MADE_ANEW <= set(FOLDERS)
    files = {
        (section, field.name)
        for section, kind in SECTIONS.items()
        for field in dataclasses.fields(kind)
        if re.search(r"_file$|^tls_", field.name)
    }
    assert files == set(_KEY_FILES)
