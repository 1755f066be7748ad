"""An escort's documents over HTTP: cleaned, sealed, read by the escort alone, gone with the escort."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from catalog import unused_files
from clock import DAY, shanghai_date
from privacy import DOCUMENT, PrivacyError
from sealed_files import SealedFiles
from storage.models import EscortState
from tests.escort.escorts import apply_as_escort, set_state
from tests.http.client import Client
from tests.http.product import Product
from tests.visits.scenario import picture
from tests.visits.test_photos import GPS, REFUSED, with_gps


async def upload(
    escort: Client, content: bytes, kind: str = "health", expires: str = "2099-01-01", status: int = 200
) -> Any:
    answer = await escort.send(
        "POST",
        f"escort/qualification/?kind={kind}&expiresOn={expires}",
        files={"file": ("paper.jpg", content, "image/jpeg")},
    )
    assert answer.status_code == status, answer.text
    return answer.json()


def in_days(product: Product, days: int) -> str:
    return shanghai_date(product.clock() + days * DAY)


async def row(escort: Client, kind: str = "health") -> dict[str, Any]:
    rows = (await escort.get("escort/qualifications/"))["data"]
    assert [each["kind"] for each in rows] == ["portrait", "id_card", "health", "training"]
    return next(each for each in rows if each["kind"] == kind)


@pytest.mark.promise(23)
async def test_a_document_is_kept_without_its_place_and_sealed_for_its_own_name(product: Product) -> None:
    escort = await apply_as_escort(product, "wang")
    await upload(escort, with_gps(), expires=in_days(product, 90))
    latest = (await row(escort))["latest"]
    assert (latest["state"], latest["daysLeft"]) == ("pending", 90)
    shown = await escort.send("GET", latest["picture"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cache-control"] == "no-store"
    assert not Image.open(io.BytesIO(shown.content)).getexif().get_ifd(GPS)
    (file,) = (product.settings.data / "documents").iterdir()
    assert shown.content[:64] not in file.read_bytes()
    other = SealedFiles(product.settings.data / "documents", product.services.vault, f"{DOCUMENT}x")
    with pytest.raises(PrivacyError):
        other.read(file.name)


@pytest.mark.promise(18)
async def test_a_document_is_nobody_elses_to_read(product: Product) -> None:
    escort = await apply_as_escort(product, "wang")
    await upload(escort, picture((300, 200)), expires=in_days(product, 90))
    address = (await row(escort))["latest"]["picture"]
    other, user = await apply_as_escort(product, "li"), await product.login("zhang")
    assert (await other.send("GET", address)).status_code == 404
    assert (await user.send("GET", address)).status_code == 403
    assert (await (await product.client()).send("GET", address)).status_code == 401
    await set_state(product, escort, EscortState.SUSPENDED)
    assert (await escort.send("GET", address)).status_code == 403


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_no_photo_is_refused_and_leaves_nothing(product: Product, case: str) -> None:
    content, words = REFUSED[case]
    escort = await apply_as_escort(product, "wang")
    answer = await upload(escort, content(), expires=in_days(product, 90), status=400)
    assert words in answer["msg"]
    assert (await row(escort))["latest"] is None
    assert list((product.settings.data / "documents").glob("*")) == []


@pytest.mark.parametrize(
    ("kind", "expires"),
    [("health", ""), ("health", "2020-01-01"), ("passport", "2099-01-01"), ("id_card", "tomorrow")],
)
async def test_a_wrong_kind_or_day_is_refused_before_anything_is_kept(
    product: Product, kind: str, expires: str
) -> None:
    escort = await apply_as_escort(product, "wang")
    answer = await upload(escort, picture((300, 200)), kind, expires, 400)
    assert answer["fields"]
    assert list((product.settings.data / "documents").glob("*")) == []


async def test_the_workbench_says_what_ends_soon_and_what_is_over(product: Product) -> None:
    escort = await apply_as_escort(product, "wang")
    assert (await escort.get("escort/workbench/"))["documentsWarning"] == ""
    await upload(escort, picture((300, 200)), expires=in_days(product, 12))
    assert (await escort.get("escort/workbench/"))["documentsWarning"] == ""  # nobody has approved it
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE escort_qualifications SET state = 'approved'")
        await tx.commit()
    warning = (await escort.get("escort/workbench/"))["documentsWarning"]
    assert warning == "健康证还有 12 天到期，请及时上传新的"
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE escort_qualifications SET expires_date = :day", {"day": in_days(product, -1)}
        )
        await tx.commit()
    warning = (await escort.get("escort/workbench/"))["documentsWarning"]
    assert warning == "健康证已过期，不能接新订单，请上传新的"


@pytest.mark.promise(24)
async def test_documents_go_with_the_escort_and_are_told_in_their_export(product: Product) -> None:
    escort = await apply_as_escort(product, "wang")
    await upload(escort, picture((300, 200)), expires=in_days(product, 90))
    await upload(escort, picture((300, 200)), "id_card", "")
    told = (await escort.get("user/export/"))["data"]["escortWork"]["documents"]
    assert [(each["kind"], each["state"]) for each in told] == [("id_card", "pending"), ("health", "pending")]
    await escort.post("user/deleteMe/", confirm="删除")
    assert list((product.settings.data / "documents").iterdir()) == []


async def test_a_replaced_document_is_removed_and_one_in_use_is_not_taken_for_unused(
    product: Product,
) -> None:
    escort = await apply_as_escort(product, "wang")
    for size in (300, 400):
        await upload(escort, picture((size, 200)), expires=in_days(product, 90))
    folder = product.settings.data / "documents"
    (kept,) = folder.iterdir()
    assert (await row(escort))["latest"]["picture"].endswith(kept.name)
    await unused_files.remove_unused(product.storage, product.clock, product.services.folders, "test")
    assert list(folder.iterdir()) == [kept]
