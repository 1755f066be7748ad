"""The catalog's lists, page by page; their order by numbers and by dragging; two people who order at once."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from tornado.httpclient import HTTPResponse

from handlers.admin.catalog.lists import PAGE
from tests.admin.catalog.test_catalog import HOSPITAL, SERVICE, catalog_of
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

LIST = "admin/catalog/hospitals/"


async def hospitals(owner: Client, names: str = "甲乙丙丁") -> None:
    for name in names:
        await owner.post(LIST + "new/", {**HOSPITAL, "name": f"{name}医院"})


async def order_of(client: Client) -> str:
    return "".join(each["name"][0] for each in (await catalog_of(client))["hospitals"])


async def drag(client: Client, was: str, now: str, table: str = "hospitals") -> HTTPResponse:
    return await client.post(f"admin/catalog/{table}/order/", {"was": was, "now": now})


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr data-id="(\d+)"', page)]


async def test_the_order_is_by_numbers(owner: Client):
    for name in ("甲医院", "乙医院"):
        await owner.post("admin/catalog/hospitals/new/", {**HOSPITAL, "name": name})
    assert (
        await owner.post("admin/catalog/hospitals/order/", {"position-2": "5", "was-2": "20"})
    ).code == 302
    assert [each["name"] for each in (await catalog_of(owner))["hospitals"]] == ["乙医院", "甲医院"]
    assert (await owner.post("admin/catalog/hospitals/order/", {"position-2": "x", "was-2": "5"})).code == 400
    many = {f"position-{number}": str(number) for number in range(1, 500)}
    many |= {f"was-{number}": {1: "10", 2: "5"}.get(number, "0") for number in range(1, 500)}
    assert (await owner.post("admin/catalog/hospitals/order/", many)).code == 302
    assert [each["name"] for each in (await catalog_of(owner))["hospitals"]] == ["甲医院", "乙医院"]


async def test_numbers_that_are_none_come_back_as_they_were_typed(owner: Client):
    await hospitals(owner, "甲乙")
    answer = await owner.post(LIST + "order/", {"position-1": "1x", "position-2": "7"})
    page = answer.body.decode()
    assert answer.code == 400
    assert "请改正标红的几项" in page
    assert 'value="1x"' in page
    assert 'name="position-2" value="7"' in page
    assert await order_of(owner) == "甲乙"


async def test_who_saves_numbers_moves_only_what_they_have_changed(
    owner: Client, clerk: Client, scenario: Scenario
):
    await hospitals(owner)
    shown = {f"was-{number}": str(number * 10) for number in range(1, 5)}
    typed = {f"position-{number}": str(number * 10) for number in range(1, 5)}
    assert (await clerk.post(LIST + "order/", {**shown, **typed, "position-4": "5"})).code == 302
    assert (await owner.post(LIST + "order/", {**shown, **typed, "position-1": "25"})).code == 302
    assert await order_of(owner) == "丁乙甲丙"
    assert await scenario.log() == [("catalog.hospitals.order", {"1": 10}, {"1": 25})]


async def test_who_moves_what_a_colleague_has_just_moved_is_told(
    owner: Client, clerk: Client, scenario: Scenario
):
    await hospitals(owner)
    shown = {f"was-{number}": str(number * 10) for number in range(1, 5)}
    await clerk.post(LIST + "order/", {**shown, "position-4": "5"})
    answer = await owner.post(LIST + "order/", {**shown, "position-4": "15", "position-1": "35"})
    page = answer.body.decode()
    assert answer.code == 409
    assert "现在是 5" in page
    assert page.count("现在是") == 1
    for number, kept in (("4", "15"), ("1", "35")):
        assert f'name="position-{number}" value="{kept}"' in page
    assert 'name="was-4" value="5"' in page
    assert await order_of(owner) == "丁甲乙丙"
    links = re.findall(r'<a href="([^"]+)"', page)
    assert not [link for link in links if link.startswith("?")], "relative ones would lead below order/"


async def test_dragging_renumbers_and_is_in_the_mini_program_at_once(owner: Client, scenario: Scenario):
    await hospitals(owner)
    await owner.post(LIST + "order/", {"position-1": "1", "position-2": "1", "position-3": "1"})
    answer = await drag(owner, "1,2,3,4", "1,4,2,3")
    assert json.loads(answer.body) == {"positions": {"1": 10, "4": 20, "2": 30, "3": 40}}
    assert await order_of(owner) == "甲丁乙丙"
    assert await scenario.log() == [("catalog.hospitals.order", {"ids": [1, 2, 3, 4]}, {"ids": [1, 4, 2, 3]})]
    audited = len(await scenario.audited())
    assert (await drag(owner, "1,4,2,3", "1,4,2,3")).code == 200
    assert len(await scenario.audited()) == audited


async def test_dragging_a_part_leaves_all_others_where_they_are(owner: Client):
    await hospitals(owner)
    await owner.post(LIST + "2/archive/")
    assert (await drag(owner, "1,4", "4,1")).code == 200
    await owner.post(LIST + "2/restore/")
    assert await order_of(owner) == "丁乙丙甲"


async def test_of_two_who_drag_at_once_the_second_is_told(owner: Client, clerk: Client, scenario: Scenario):
    await hospitals(owner)
    answers = await asyncio.gather(drag(owner, "1,2,3,4", "2,1,3,4"), drag(clerk, "1,2,3,4", "1,2,4,3"))
    assert sorted(answer.code for answer in answers) == [200, 409]
    assert await order_of(owner) in ("乙甲丙丁", "甲乙丁丙")
    assert (await scenario.audited()).count("catalog.hospitals.order") == 1


async def test_what_a_colleague_has_archived_or_added_meanwhile_is_not_lost(owner: Client, clerk: Client):
    await hospitals(owner)
    await clerk.post(LIST + "2/archive/")
    assert (await drag(owner, "1,2,3,4", "4,3,2,1")).code == 409
    await clerk.post(LIST + "2/restore/")
    await hospitals(clerk, "戊")
    assert (await drag(owner, "1,2,3,4", "4,3,2,1")).code == 200
    assert await order_of(owner) == "丁丙乙甲戊"


@pytest.mark.parametrize(
    ("was", "now"), [("1,2", "1"), ("1,2", "1,3"), ("1,1", "1,1"), ("", ""), ("1,x", "x,1"), ("1,2", "2,1,")]
)
async def test_what_is_no_order_is_refused(owner: Client, was: str, now: str):
    await hospitals(owner, "甲乙丙")
    assert (await drag(owner, was, now)).code == 400
    assert await order_of(owner) == "甲乙丙"


async def test_a_clerk_neither_archives_nor_orders_what_has_a_price(
    owner: Client, clerk: Client, scenario: Scenario
):
    for unit in ("半天", "天"):
        await owner.post("admin/catalog/services/new/", {**SERVICE, "unit": unit})
    before = await catalog_of(owner)
    services = "admin/catalog/services/"
    for path, fields in (
        ("1/archive/", {}),
        ("1/restore/", {}),
        ("order/", {"position-1": "99"}),
        ("order/", {"was": "1,2", "now": "2,1"}),
        ("1/", {**SERVICE, "summary": "x"}),
    ):
        assert (await clerk.post(services + path, fields)).code == 403, path
    assert await catalog_of(owner) == before
    page = await clerk.page(services)
    assert "grip" not in page
    assert "archive/" not in page


async def many_experts(scenario: Scenario, count: int) -> None:
    """Every third one at the second hospital; numbers that are not all different."""
    async with scenario.storage.transaction() as tx:
        for name in ("第一医院", "第二医院"):
            row = {
                **HOSPITAL,
                "name": name,
                "address": "",
                "phone": "",
                "introduction": "",
                "logo": "",
                "picture": "",
            }
            await tx.catalog.add("hospitals", {**row, "position": 10})
        for number in range(1, count + 1):
            await tx.catalog.add(
                "experts",
                {
                    "hospital_id": 2 if number % 3 == 0 else 1,
                    "name": f"医生{number}",
                    "title": "",
                    "department": "",
                    "specialty": "",
                    "introduction": "长" * 1_000,
                    "picture": "",
                    "sample": 0,
                    "position": number // 4,
                },
            )
        await tx.commit()


async def walk(client: Client, path: str) -> list[list[int]]:
    """The entries on each page of a list, following its links to the end."""
    pages = []
    for _ in range(20):
        page = await client.page(path)
        pages.append(ids(page))
        following = re.search(r'href="([^"]*)" rel="next"', page)
        if not following:
            return pages
        assert re.match(r"(\.\./)+admin/", following[1])
        path = "admin/" + following[1].replace("&amp;", "&").rpartition("/admin/")[2].removeprefix(
            "../admin/"
        )
    raise AssertionError(f"{path}: no end")


EXPERTS = "admin/catalog/experts/"


async def test_a_long_list_comes_in_pages_complete_and_in_order(owner: Client, scenario: Scenario):
    await many_experts(scenario, 130)
    pages = await walk(owner, EXPERTS)
    assert [len(page) for page in pages] == [PAGE, PAGE, 30]
    assert [number for page in pages for number in page] == list(range(1, 131))
    assert len(await owner.page(EXPERTS)) < 100_000, "without the long texts"
    assert [number for page in await walk(owner, EXPERTS + "?hospital=2") for number in page] == list(
        range(3, 131, 3)
    )
    assert await walk(owner, EXPERTS + "?q=%E7%94%9F13") == [[13, 130]]
    assert await walk(owner, EXPERTS + "?q=%E7%94%9F13&hospital=2") == [[]]
    assert "没有找到" in await owner.page(EXPERTS + "?q=%25")
    await owner.post(EXPERTS + "13/archive/")
    assert await walk(owner, EXPERTS + "?archived=1&q=%E7%94%9F13") == [[13]]


async def test_dragging_on_a_page_or_among_what_was_found_moves_nothing_else(
    owner: Client, scenario: Scenario
):
    await many_experts(scenario, 130)
    second = (await walk(owner, EXPERTS))[1]
    assert "拖动只在这一页显示的几项之间换位置" in await owner.page(EXPERTS)
    now = [second[-1], *second[:-1]]
    assert (await drag(owner, ",".join(map(str, second)), ",".join(map(str, now)), "experts")).code == 200
    assert [number for each in await walk(owner, EXPERTS) for number in each] == [
        *range(1, PAGE + 1),
        *now,
        *range(2 * PAGE + 1, 131),
    ]
    found = (await walk(owner, EXPERTS + "?hospital=2&q=9"))[0]
    assert found == [9, 39, 69, 90, 93, 96, 99, 129]
    assert (await drag(owner, "9,39", "39,9", "experts")).code == 200
    first = (await walk(owner, EXPERTS))[0]
    assert (first[8], first[38]) == (39, 9)


async def test_numbers_saved_on_a_later_page_lead_back_to_it(owner: Client, scenario: Scenario):
    await many_experts(scenario, 60)
    answer = await owner.post(
        EXPERTS + "order/?after=12-50&done=ordered", {"position-60": "99", "was-60": "15"}
    )
    assert answer.headers["Location"].endswith("/experts/?after=12-50&done=ordered")
