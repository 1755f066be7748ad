"""What the public catalog tells of one hospital, one service and the experts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import Client
from tests.http.product import Product

EXPERTS = (
    {"hospital_id": 2, "name": "Ann Wang", "title": "主任医师", "department": "骨科", "specialty": "膝关节"},
    {"hospital_id": 2, "name": "李·明", "title": "主治医师", "department": "眼科", "specialty": "白内障"},
    {"hospital_id": 3, "name": "赵强", "title": "副主任医师", "department": "骨科", "specialty": "骨折"},
)


@pytest.fixture
def engine() -> str:
    """The catalog is read by the same few statements everywhere; tests/admin/catalog tries them on both."""
    return "sqlite"


async def replace_experts(product: Product, *experts: dict[str, Any]) -> list[int]:
    """The catalog with these experts alone, in this order; their ids."""
    async with product.storage.transaction() as tx:
        for each in await tx.catalog.lock_all("experts"):
            await tx.catalog.change("experts", each.id, {"archived_at": product.clock()})
        ids = [
            await tx.catalog.add(
                "experts",
                {"introduction": "", "picture": "", "sample": 0, **expert, "position": place * 10},
            )
            for place, expert in enumerate(experts, start=1)
        ]
        await tx.catalog.touch()
        await tx.commit()
    return ids


async def found(client: Client, **query: Any) -> list[str]:
    return [each["name"] for each in (await client.get("catalog/experts/", **query))["experts"]]


async def test_a_hospital_comes_with_its_introduction_its_experts_and_its_cases_alone(
    product: Product,
) -> None:
    ann, li, _ = await replace_experts(product, *EXPERTS)
    async with product.storage.transaction() as tx:
        for hospital, title in ((2, "陪王奶奶复查"), (3, "别的医院")):
            case = {"title": title, "body": "一切顺利", "service_name": "全心全程陪诊服务"}
            await tx.catalog.add(
                "showcases", {"hospital_id": hospital, **case, "visit_date": "2026-03-02", "position": 10}
            )
        await tx.catalog.touch()
        await tx.commit()
    client = await product.client()
    answer = await client.get("catalog/hospitals/2/")
    [row] = [each for each in (await client.get("catalog/"))["hospitals"] if each["id"] == 2]
    assert "introduction" not in row
    introduction = answer["hospital"].pop("introduction")
    assert introduction.startswith("唐都医院")
    assert answer["hospital"] == row
    assert [(each["id"], each["name"]) for each in answer["experts"]] == [(ann, "Ann Wang"), (li, "李·明")]
    assert [{**case, "id": 0} for case in answer["cases"]] == [
        {
            "id": 0,
            "title": "陪王奶奶复查",
            "text": "一切顺利",
            "service": "全心全程陪诊服务",
            "date": "2026-03-02",
        }
    ]
    other = await client.get("catalog/hospitals/4/")
    assert (other["hospital"]["id"], other["experts"], other["cases"]) == (4, [], [])


async def test_a_service_comes_with_all_its_variants_and_their_prices(product: Product) -> None:
    service = (await (await product.client()).get("catalog/services/102/"))["service"]
    assert (service["id"], service["name"]) == (102, "军警消及家属陪诊服务")
    assert service["included"][0] == "就诊前电话核对时间和资料"
    assert service["notice"].startswith("服务当天请出示")
    assert service["variants"] == [
        {"id": 2, "unit": "半天", "price": "￥150", "priceChange": None},
        {"id": 102, "unit": "天", "price": "￥300", "priceChange": None},
    ]
    assert not {"unit", "price", "priceChange", "questions", "keywords"} & service.keys()


async def test_experts_are_those_of_a_hospital_or_of_all(product: Product) -> None:
    await replace_experts(product, *EXPERTS)
    client = await product.client()
    assert await found(client) == ["Ann Wang", "李·明", "赵强"]
    assert await found(client, hospitalId=2) == ["Ann Wang", "李·明"]
    assert await found(client, hospitalId=4) == []


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("ANN", ["Ann Wang"]),
        ("李明", ["李·明"]),
        ("主任医师", ["Ann Wang", "赵强"]),
        ("骨科", ["Ann Wang", "赵强"]),
        ("白内障", ["李·明"]),
        ("唐都", ["Ann Wang", "李·明"]),
        ("皮肤科", []),
        (" · ", ["Ann Wang", "李·明", "赵强"]),
    ],
)
async def test_words_are_looked_for_in_all_that_a_card_of_an_expert_says(
    product: Product, words: str, names: list[str]
) -> None:
    await replace_experts(product, *EXPERTS)
    assert await found(await product.client(), q=words) == names


async def test_a_hospital_narrows_what_the_words_find(product: Product) -> None:
    await replace_experts(product, *EXPERTS)
    client = await product.client()
    assert await found(client, q="骨科", hospitalId=3) == ["赵强"]


async def test_an_expert_has_a_page_with_an_introduction_that_lists_leave_out(product: Product) -> None:
    [ann] = await replace_experts(product, {**EXPERTS[0], "introduction": "从医二十年", "sample": 1})
    client = await product.client()
    expert = (await client.get(f"catalog/experts/{ann}/"))["expert"]
    [row] = (await client.get("catalog/experts/"))["experts"]
    assert expert == {**row, "introduction": "从医二十年"}
    assert "introduction" not in row
    assert (expert["hospitalId"], expert["hospitalName"], expert["sample"]) == (2, "唐都医院", True)


@pytest.mark.parametrize("kind", ["hospitals", "services", "experts"])
async def test_what_was_archived_or_never_there_is_not_found(product: Product, kind: str) -> None:
    client = await product.client()
    await client.get(f"catalog/{kind}/3/")
    async with product.storage.transaction() as tx:
        await tx.catalog.change(kind, 3, {"archived_at": product.clock()})
        await tx.catalog.touch()
        await tx.commit()
    for number in (3, 99_999):
        refused = await client.get(f"catalog/{kind}/{number}/", 404)
        assert refused["error"] == "not_found"
