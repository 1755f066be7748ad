"""Who comes: what an escort tells, what the office has approved, and what families and everybody see of it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from catalog import unused_files
from config import ROOT
from orders import serving
from orders.escorts import profiles as escort_profiles
from orders.escorts import records
from orders.escorts.profiles import MAX_INTRODUCTION, ProposalChanged
from orders.escorts.review import EscortErased
from refusals import Unknown
from storage.models import Actor, EscortState
from tests.core.rows import add_order
from tests.escort.escorts import apply_as_escort, escort_of, set_state
from tests.escort.scenario import Offering, begin
from tests.http.client import Client
from tests.http.product import Product
from tests.http.test_uploads import picture

TOLD = {"introduction": "做了八年护士，会说陕西话", "years": 8, "shown": "y"}
NOTHING = {"introduction": "", "years": 0, "portrait": "", "verifiedOn": ""}


def test_the_form_takes_as_many_characters_as_the_server():
    page = (ROOT / "Front/packages/escort/introduction/introduction.wxml").read_text("utf-8")
    assert f'maxlength="{{{{{MAX_INTRODUCTION}}}}}"' in page
    assert f"最多 {MAX_INTRODUCTION} 字" in page


async def upload(escort: Client, content: bytes, status: int = 200) -> Any:
    answer = await escort.send(
        "POST", "escort/portrait/", files={"portrait": ("me.png", content, "image/png")}
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def decide(product: Product, escort_id: int, *, approve: bool = True) -> None:
    async with product.storage.transaction() as tx:
        unused = await escort_profiles.decide(tx, escort_id, approve=approve, changed=lambda now: set())
        await tx.commit()
    for name in unused:
        (product.services.folders.portraits / name).unlink()


async def public(product: Product) -> list[dict[str, Any]]:
    return (await (await product.client()).get("escorts/"))["data"]


def files(product: Product) -> list[str]:
    folder = product.services.folders.portraits
    return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


async def test_nothing_is_shown_before_the_office_has_approved_it(product: Product) -> None:
    wang = await apply_as_escort(product, "wang")
    escort_id, visitor = await escort_of(product, wang), await product.client()
    told = await wang.post("escort/profile/", **TOLD)
    assert told["waiting"]["introduction"] == TOLD["introduction"]
    waiting = (await upload(wang, picture(size=(900, 600))))["waiting"]
    assert waiting["portrait"] == "escort/portrait/"
    (row,) = await public(product)
    assert {name: row[name] for name in NOTHING} == NOTHING
    assert (row["name"], row["stars"], row["finished"]) == ("王芳", "", 0)
    (name,) = files(product)
    assert (await visitor.send("GET", f"escorts/portraits/{name}")).status_code == 404
    await visitor.get("escort/portrait/", 401)
    own = await wang.send("GET", "escort/portrait/")
    assert Image.open(io.BytesIO(own.content)).size == (480, 480)
    await decide(product, escort_id)
    (row,) = await public(product)
    assert (row["introduction"], row["years"]) == (TOLD["introduction"], 8)
    assert row == (await visitor.get(f"escorts/{escort_id}/"))["escort"]
    shown = await visitor.send("GET", row["portrait"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert (await wang.get("escort/profile/"))["waiting"] is None


async def test_what_is_rejected_leaves_what_was_approved_and_its_file(product: Product) -> None:
    wang = await apply_as_escort(product, "wang")
    escort_id = await escort_of(product, wang)
    await wang.post("escort/profile/", **TOLD)
    await upload(wang, picture(size=(500, 500)))
    await decide(product, escort_id)
    (kept,) = files(product)
    await upload(wang, picture(size=(400, 500)))
    await upload(wang, picture(size=(300, 500)))
    assert len(files(product)) == 2, "the second waiting portrait replaced the first"
    await wang.post("escort/profile/", **{**TOLD, "introduction": "天下第一"})
    await decide(product, escort_id, approve=False)
    assert files(product) == [kept]
    (row,) = await public(product)
    assert (row["introduction"], row["portrait"]) == (TOLD["introduction"], f"escorts/portraits/{kept}")


async def test_portraits_that_are_shown_or_wait_are_no_unused_files_and_what_was_left_behind_is(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = await apply_as_escort(product, "wang")
    await upload(wang, picture(size=(500, 500)))
    await decide(product, await escort_of(product, wang))
    await upload(wang, picture(size=(400, 500)))
    both = files(product)
    folders = product.services.folders
    (folders.portraits / f"{'0' * 32}.webp").write_bytes(b"left behind")
    monkeypatch.setattr(unused_files, "GRACE_SECONDS", -1.0)
    assert await unused_files.remove_unused(product.storage, product.clock, folders, "test") == 1
    assert (len(both), files(product)) == (2, both)
    await decide(product, await escort_of(product, wang))
    assert len(files(product)) == 1, "the first is nobody's any more"
    assert await unused_files.remove_unused(product.storage, product.clock, folders, "test") == 0


async def test_to_be_shown_or_not_and_to_take_the_portrait_away_counts_at_once(product: Product) -> None:
    wang = await apply_as_escort(product, "wang")
    escort_id, visitor = await escort_of(product, wang), await product.client()
    await wang.post("escort/profile/", **TOLD)
    await upload(wang, picture())
    await decide(product, escort_id)
    (name,) = files(product)
    told = await wang.post("escort/profile/", **{**TOLD, "removePortrait": "y"})
    assert (told["profile"]["portrait"], told["waiting"], files(product)) == ("", None, [])
    assert (await visitor.send("GET", f"escorts/portraits/{name}")).status_code == 404
    await wang.post("escort/profile/", **{**TOLD, "shown": "n"})
    assert await public(product) == []
    await visitor.get(f"escorts/{escort_id}/", 404)


async def test_only_approved_escorts_are_shown(product: Product) -> None:
    wang = await apply_as_escort(product, "wang")
    escort_id, visitor = await escort_of(product, wang), await product.client()
    await wang.post("escort/profile/", **TOLD)
    await set_state(product, wang, EscortState.SUSPENDED)
    assert await public(product) == []
    await visitor.get(f"escorts/{escort_id}/", 404)
    assert (await wang.post("escort/profile/", 403, **TOLD))["error"] == "escort_suspended"


@pytest.mark.parametrize(
    "bad",
    [
        {"introduction": "字" * 201},
        {"years": 61},
        {"years": -1},
        {"years": "many"},
        {"shown": "perhaps"},
        {"removePortrait": "x"},
    ],
)
async def test_a_profile_that_cannot_be_right_changes_nothing(product: Product, bad: dict[str, Any]) -> None:
    wang = await apply_as_escort(product, "wang")
    before = await product.contents()
    answer = await wang.post("escort/profile/", 400, **{**TOLD, **bad})
    assert list(answer["fields"]) == list(bad)
    assert await product.contents() == before


async def test_what_is_no_picture_is_refused_and_leaves_no_file(product: Product) -> None:
    wang = await apply_as_escort(product, "wang")
    assert (await upload(wang, b"GIF89a not really", 400))["error"] == "not_a_picture"
    assert files(product) == []


async def test_what_the_escort_changed_meanwhile_is_not_approved_unseen(product: Product) -> None:
    wang = await apply_as_escort(product, "wang")
    escort_id = await escort_of(product, wang)
    await wang.post("escort/profile/", **TOLD)
    async with product.storage.transaction() as tx:
        with pytest.raises(ProposalChanged):
            await escort_profiles.decide(tx, escort_id, approve=True, changed=lambda now: {"introduction"})
    await decide(product, escort_id)
    with pytest.raises(ProposalChanged):
        await decide(product, escort_id)
    with pytest.raises(Unknown):
        await decide(product, 987654)


@pytest.mark.promise(24)
async def test_an_escort_who_is_erased_leaves_no_profile_and_no_file(product: Product) -> None:
    wang = await apply_as_escort(product, "wang")
    escort_id = await escort_of(product, wang)
    await wang.post("escort/profile/", **TOLD)
    await upload(wang, picture())
    await decide(product, escort_id)
    await upload(wang, picture(size=(200, 200)))
    assert len(files(product)) == 2
    await wang.post("user/deleteMe/", confirm="删除")
    assert files(product) == []
    assert await product.count("escort_profiles") == 0
    async with product.storage.transaction() as tx:
        with pytest.raises(EscortErased):
            await escort_profiles.set_verified(tx, escort_id, 5)


@pytest.mark.promise(24)
async def test_the_export_holds_what_the_escort_told(product: Product) -> None:
    wang = await apply_as_escort(product, "wang")
    await wang.post("escort/profile/", **TOLD)
    told = (await wang.get("user/export/"))["data"]["escortProfile"]
    assert told["waiting"]["introduction"] == TOLD["introduction"]


async def test_the_family_reads_who_comes_with_the_record_of_finished_visits(product: Product) -> None:
    wang, user = await apply_as_escort(product, "wang"), await product.login("li")
    escort_id = await escort_of(product, wang)
    order_id = await product.paid_order(user)
    assert (await user.get("user/getOrder/", id=order_id))["order"]["escort"] is None
    await wang.post("escort/profile/", **{**TOLD, "shown": "n"})
    await decide(product, escort_id)
    async with product.storage.transaction() as tx:
        await escort_profiles.set_verified(tx, escort_id, product.clock())
        await tx.connection.execute(
            "UPDATE orders SET state = 'serving', escort_id = :escort, escort_name = '王芳' WHERE id = :id",
            {"escort": escort_id, "id": order_id},
        )
        for number, (state, stars) in enumerate(
            [("finished", 5), ("finished", 4), ("finished", 0), ("cancelled", 1)], start=1
        ):
            await add_rated(tx, escort_id, user_id=900 + number, state=state, stars=stars)
        await tx.commit()
    await records.repair_all(product.storage)
    comes = (await user.get("user/getOrder/", id=order_id))["order"]["escort"]
    assert (comes["name"], comes["phone"]) == ("王芳", "13811112222")
    assert (comes["years"], comes["introduction"]) == (8, TOLD["introduction"])
    assert (comes["finished"], comes["ratings"], comes["stars"]) == (3, 2, "4.5")
    assert comes["verifiedOn"] == product.day(0)


async def add_rated(tx: Any, escort_id: int, *, user_id: int, state: str, stars: int) -> None:
    order_id = await add_order(tx, user_id)
    await tx.connection.execute(
        "UPDATE orders SET state = :state, escort_id = :escort, stars = :stars WHERE id = :id",
        {"state": state, "escort": escort_id, "stars": stars, "id": order_id},
    )


async def test_a_rating_has_tags_and_the_office_answers_it(product: Product) -> None:
    wang, user = await apply_as_escort(product, "wang"), await product.login("li")
    escort_id, order_id = await escort_of(product, wang), await product.paid_order(user)
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET state = 'finished', escort_id = :escort, ending = 'served' WHERE id = :id",
            {"escort": escort_id, "id": order_id},
        )
        await tx.commit()
    for tags in ('["准时", "便宜"]', "准时", '{"准时": 1}', "5"):
        assert list(
            (await user.post("user/rate1order/", 400, id=order_id, stars=5, tags=tags))["fields"]
        ) == ["tags"]
    await user.post_json(
        "user/rate1order/", id=order_id, stars=5, comment="很好", tags=["准时", "耐心", "准时"]
    )
    async with product.storage.transaction() as tx:
        order = await tx.orders.lock(order_id)
        assert order is not None
        await serving.answer_rating(tx, order, "谢谢您", product.clock())
        await tx.commit()
    expected = {"stars": 5, "comment": "很好", "tags": ["准时", "耐心"], "answer": "谢谢您"}
    own = (await user.get("user/getOrder/", id=order_id))["order"]["rating"]
    assert own == {**expected, "commentState": ""}
    (row,) = (await wang.get("escort/ratings/"))["data"]
    assert {name: row[name] for name in expected} == expected


async def test_a_finished_and_rated_visit_is_counted_on_every_page_that_tells_of_its_escort(
    product: Product,
) -> None:
    offering = await begin(product, escorts=1)
    (wang,), (escort_id,) = offering.escorts, offering.ids
    await wang.post("escort/profile/", **TOLD)
    await decide(product, escort_id)
    await offering.assign(0)
    admin = Actor("admin", 1)
    await product.storage.run(lambda tx: serving.finish(tx, offering.order_id, admin, product.clock()))
    assert await told_of(product, offering) == [(1, 0, "")] * 3 + [(0, "")]
    await offering.owner.post("user/rate1order/", id=offering.order_id, stars=4)
    assert await told_of(product, offering) == [(1, 1, "4.0")] * 3 + [(1, "4.0")]
    await product.storage.run(lambda tx: serving.reopen(tx, offering.order_id, admin, product.clock()))
    assert await told_of(product, offering) == [(0, 0, "")] * 3 + [(0, "")]


async def told_of(product: Product, offering: Offering) -> list[tuple[Any, ...]]:
    """Finished visits, ratings and stars of the one escort, as everybody, the family and the escort read them."""
    (row,) = await public(product)
    one = (await (await product.client()).get(f"escorts/{offering.ids[0]}/"))["escort"]
    comes = (await offering.owner.get("user/getOrder/", id=offering.order_id))["order"]["escort"]
    own = (await offering.escorts[0].get("escort/workbench/"))["ratings"]
    of_all = [(each["finished"], each["ratings"], each["stars"]) for each in (row, one, comes)]
    return [*of_all, (own["count"], own["stars"])]
