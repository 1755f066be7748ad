"""Editing the catalog: forms and archive; and that the mini-program sees it at once."""

from __future__ import annotations

import json
import re

import pytest

from clock import MINUTE
from handlers.admin.catalog.forms import TABLES
from startup.seed import FILE as CATALOG
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import Scenario

HOSPITAL = {"name": "新医院", "grade": "三甲", "kind": "综合", "longitude": "108.9", "latitude": "34.2"}
SERVICE = {"name": "优享陪诊", "unit": "半天", "price_fen": "588", "included": "挂号\n取药"}


async def catalog_of(client: Client) -> dict:
    return json.loads((await client.get("catalog/")).body)


async def test_a_new_hospital_is_in_the_mini_program_at_once(owner: Client, scenario: Scenario):
    assert (await catalog_of(owner))["hospitals"] == []
    assert (await owner.post("admin/catalog/hospitals/new/", HOSPITAL)).code == 302
    assert [each["name"] for each in (await catalog_of(owner))["hospitals"]] == ["新医院"]
    await owner.post("admin/catalog/hospitals/1/archive/")
    assert (await catalog_of(owner))["hospitals"] == []
    assert "新医院" in await owner.page("admin/catalog/hospitals/?archived=1")
    await owner.post("admin/catalog/hospitals/1/restore/")
    assert len((await catalog_of(owner))["hospitals"]) == 1
    acts = [f"catalog.hospitals.{act}" for act in ("create", "archive", "restore")]
    assert (await scenario.audited())[-3:] == acts


async def test_a_changed_price_leaves_old_orders_alone_and_is_written_down(owner: Client, scenario: Scenario):
    assert (await owner.post("admin/catalog/services/new/", SERVICE)).code == 302
    order = await scenario.order(service_id=1)
    assert (await owner.post("admin/catalog/services/1/", {**SERVICE, "price_fen": "600.5"})).code == 302
    assert (await catalog_of(owner))["services"][0]["price"] == "￥600.50"
    async with scenario.storage.reading() as reader:
        kept = await reader.orders.get(order)
        entry = (await reader.audit.page(limit=1))[0]
    assert kept is not None
    assert kept.price_fen == 58800
    assert json.loads(entry.before_json) == {"price_fen": 58800}
    assert json.loads(entry.after_json) == {"price_fen": 60050}
    page = await owner.page("admin/catalog/services/?done=priced-1")
    assert "已保存：价格 588 → 600.50 元" in page
    assert "done=priced" not in page
    answer = await owner.post(
        "admin/catalog/services/1/", {**SERVICE, "price_fen": "600.5", "notice": "请早到"}
    )
    assert answer.headers["Location"].endswith("?done=saved")
    answer = await owner.post("admin/catalog/services/1/", {**SERVICE, "price_fen": "598"})
    assert answer.headers["Location"].endswith("?done=priced-1")
    assert "已保存：价格 600.50 → 598 元" in await owner.page("admin/catalog/services/?done=priced-1")
    assert "已保存：" not in await owner.page("admin/catalog/services/?done=priced-99"), (
        "nothing of that kind"
    )


async def test_a_price_needs_the_owner_and_a_fresh_password(owner: Client, clerk: Client, scenario: Scenario):
    assert (await clerk.post("admin/catalog/services/new/", SERVICE)).code == 403
    await owner.post("admin/catalog/services/new/", SERVICE)
    scenario.clock.at += 11 * MINUTE
    answer = await owner.post("admin/catalog/services/1/", {**SERVICE, "price_fen": "1"})
    assert answer.code == 403
    assert "588.00 元改为 1.00 元" in answer.body.decode()
    assert (await owner.post("admin/catalog/services/1/", {**SERVICE, "summary": "新"})).code == 302
    fields = {**SERVICE, "price_fen": "1", "confirm_password": PASSWORD}
    assert (await owner.post("admin/catalog/services/1/", fields)).code == 302
    assert (await catalog_of(owner))["services"][0]["price"] == "￥1"


async def test_variants_of_a_service_share_their_texts(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/services/new/", SERVICE)
    await owner.post("admin/catalog/services/new/", {**SERVICE, "unit": "天", "price_fen": "988"})
    await owner.post("admin/catalog/services/1/", {**SERVICE, "notice": "带身份证", "siblings": "1"})
    async with scenario.storage.reading() as reader:
        assert [each.notice for each in await reader.catalog.services()] == ["带身份证"] * 2
        assert [each.price_fen for each in await reader.catalog.services()] == [58800, 98800]


@pytest.mark.parametrize(
    ("table", "fields", "problem"),
    [
        ("hospitals", {**HOSPITAL, "name": ""}, "name"),
        ("hospitals", {**HOSPITAL, "longitude": "东"}, "longitude"),
        ("services", {**SERVICE, "price_fen": "-5"}, "price_fen"),
        ("services", {**SERVICE, "price_fen": "0"}, "price_fen"),
        ("experts", {"name": "张医生", "hospital_id": "99"}, "hospital_id"),
        ("banners", {"title": "没有图", "link": ""}, "picture"),
        ("banners", {"title": "外链", "link": "https://evil.example/"}, "link"),
        ("showcases", {"hospital_id": "1", "title": "案例", "visit_date": "昨天"}, "visit_date"),
    ],
)
async def test_a_bad_form_comes_back_with_its_fields_marked(
    owner: Client, table: str, fields: dict, problem: str
):
    answer = await owner.post(f"admin/catalog/{table}/new/", fields)
    assert answer.code == 400
    page = answer.body.decode()
    assert "没有保存" in page
    assert 'class="problem"' in page, problem
    assert (await catalog_of(owner)).get(table, []) == []


@pytest.mark.parametrize(
    ("longitude", "latitude", "problem"),
    [
        ("108.9402", "34.2658", ""),
        ("73.4", "3.8", ""),
        ("135.1", "53.6", ""),
        ("34.2658", "108.9402", "填反了"),
        ("108.9402", "108.9402", "这像是经度"),
        ("34.2658", "34.2658", "这像是纬度"),
        ("-108.9402", "34.2658", "不在中国境内，经度应在"),
        ("2.35", "48.85", "不在中国境内，经度应在"),
        ("139.69", "35.68", "不在中国境内，经度应在"),
        ("108.9402", "-34.2658", "不在中国境内，纬度应在"),
        ("108.9402", "0", "不在中国境内，纬度应在"),
        ("108,9402", "34.2658", "应为坐标，例如 108.9402"),
        ("１０８", "34.2658", "应为坐标，例如 108.9402"),
    ],
)
async def test_a_hospital_lies_in_china_and_its_coordinates_are_not_swapped(
    owner: Client, scenario: Scenario, longitude: str, latitude: str, problem: str
):
    given = {**HOSPITAL, "longitude": longitude, "latitude": latitude, "introduction": "写了很久的介绍"}
    answer = await owner.post("admin/catalog/hospitals/new/", given)
    page = answer.body.decode()
    async with scenario.storage.reading() as reader:
        stored = len(await reader.catalog.hospitals())
    if not problem:
        assert (answer.code, stored) == (302, 1)
        return
    assert (answer.code, stored) == (400, 0)
    assert re.search(problem, page)
    assert "写了很久的介绍" in page, "nothing typed is lost"
    assert f'value="{longitude}"' in page


def test_the_hospitals_that_are_shipped_lie_in_china():
    shipped = json.loads(CATALOG.read_text("utf-8"))["hospitals"]
    assert shipped
    for hospital in shipped:
        TABLES["hospitals"].schema.load(
            {**HOSPITAL, "longitude": str(hospital["longitude"]), "latitude": str(hospital["latitude"])}
        )


async def test_a_hospital_that_has_no_place_yet_is_not_shown_to_anybody(owner: Client, scenario: Scenario):
    """As an import from the older system leaves it: the mini-program could not say where it is."""
    async with scenario.storage.transaction() as tx:
        empty = dict.fromkeys(
            ("grade", "kind", "longitude", "latitude", "address", "phone", "logo", "picture"), ""
        )
        row = {**empty, "introduction": "", "name": "旧医院", "position": 10, "archived_at": 1}
        await tx.catalog.add("hospitals", row)
        await tx.commit()
    answer = await owner.submit("admin/catalog/hospitals/?archived=1", "catalog/hospitals/1/restore/")
    assert answer.code == 409
    assert "还没有坐标" in answer.body.decode()
    assert (await catalog_of(owner))["hospitals"] == []
    assert (await owner.post("admin/catalog/hospitals/1/", HOSPITAL)).code == 302
    answer = await owner.submit("admin/catalog/hospitals/?archived=1", "catalog/hospitals/1/restore/")
    assert answer.code == 302
    assert len((await catalog_of(owner))["hospitals"]) == 1
