"""Two people at the same form: what the one saved is not put back by the other, who has not seen it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from html import unescape
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse

from clock import MINUTE
from handlers.admin.catalog.entry import EntryHandler
from tests.admin.catalog.test_catalog import HOSPITAL, SERVICE
from tests.admin.clients import Client
from tests.admin.clients import form_of as hidden_of
from tests.admin.overview.test_overview import rated
from tests.admin.scenario import Scenario


def form_of(page: str) -> dict[str, str]:
    """The fields of the page's form as a browser would send them back, lines in CRLF."""
    form = page[page.index('<form class="card"') :]
    given = {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input(?: type="hidden")? name="([^"]+)" value="([^"]*)"', form)
    }
    for name, value in re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', form):
        given[name] = "\r\n".join(unescape(value).splitlines())
    given |= dict(re.findall(r'<select name="([^"]+)".*?<option value="([^"]*)" selected', form, re.S))
    given.pop("_xsrf", None)
    return {name: value for name, value in given.items() if not name.endswith("_file")}


async def opened(client: Client, path: str) -> dict[str, str]:
    return form_of(await client.page(path))


def problems(answer: HTTPResponse) -> list[str]:
    found = re.findall(r'<p class="problem full">(.*?)</p>', answer.body.decode(), re.S)
    return [unescape(re.sub(r"<[^>]+>", "", each)) for each in found]


async def service(scenario: Scenario, service_id: int = 1) -> Any:
    async with scenario.storage.reading() as reader:
        return await reader.catalog.service(service_id)


PRICE = "admin/catalog/services/1/"


async def test_an_old_price_is_not_put_back_by_a_form_that_was_opened_before(
    owner: Client, scenario: Scenario
):
    await owner.post("admin/catalog/services/new/", {**SERVICE, "summary": "旧简介"})
    late = await opened(owner, PRICE)
    assert (await owner.post(PRICE, {**await opened(owner, PRICE), "price_fen": "599"})).code == 302

    answer = await owner.post(PRICE, {**late, "summary": "我写的简介"})
    assert answer.code == 409
    assert problems(answer) == ["价格（元）：同事刚改成了这样；您打开时是「588」"]
    again = form_of(answer.body.decode())
    assert (again["price_fen"], again["summary"]) == ("599", "我写的简介"), "nothing typed is lost"
    assert ((await service(scenario)).price_fen, (await service(scenario)).summary) == (59900, "旧简介")

    assert (await owner.post(PRICE, again)).code == 302
    assert ((await service(scenario)).price_fen, (await service(scenario)).summary) == (59900, "我写的简介")
    assert await scenario.log() == [
        ("catalog.services.change", {"summary": "旧简介"}, {"summary": "我写的简介"})
    ]


async def test_nobody_is_asked_for_the_password_to_put_an_old_price_back(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/services/new/", SERVICE)
    late = await opened(owner, PRICE)
    await owner.post(PRICE, {**late, "price_fen": "599"})
    scenario.clock.at += 11 * MINUTE
    assert (await owner.post(PRICE, {**late, "summary": "新"})).code == 409
    assert (await owner.post(PRICE, {**await opened(owner, PRICE), "price_fen": "600"})).code == 403


async def test_what_both_have_changed_is_shown_in_both_versions(
    owner: Client, clerk: Client, scenario: Scenario
):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    path = "admin/catalog/hospitals/1/"
    late = await opened(owner, path)
    await clerk.post(path, {**await opened(clerk, path), "grade": "二甲", "introduction": "同事的\n两行"})
    answer = await owner.post(path, {**late, "grade": "三级", "introduction": "我的"})
    assert answer.code == 409
    assert problems(answer) == ["等级：同事刚改为「二甲」", "介绍：同事刚改为「同事的\n两行」"]
    again = form_of(answer.body.decode())
    assert (again["grade"], again["introduction"]) == ("三级", "我的")
    assert (await owner.post(path, again)).code == 302


async def test_two_who_have_typed_the_same_do_not_quarrel(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/hospitals/new/", HOSPITAL)
    path = "admin/catalog/hospitals/1/"
    late = await opened(owner, path)
    for _ in range(2):
        assert (await owner.post(path, {**late, "grade": "二甲"})).code == 302
    assert (await scenario.audited()).count("catalog.hospitals.change") == 1


async def test_a_change_between_reading_and_writing_is_seen_too(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    await owner.post("admin/catalog/services/new/", SERVICE)
    form = await opened(owner, PRICE)

    async def meanwhile(*_: Any) -> bool:
        async with scenario.storage.transaction() as tx:
            await tx.catalog.change("services", 1, {"price_fen": 59900})
            await tx.commit()
        return True

    monkeypatch.setattr(EntryHandler, "_price_is_confirmed", meanwhile)
    assert (await owner.post(PRICE, {**form, "summary": "新"})).code == 409
    assert ((await service(scenario)).price_fen, (await service(scenario)).summary) == (59900, "")


async def test_of_two_at_the_same_moment_one_is_told(owner: Client, scenario: Scenario):
    await owner.post("admin/catalog/services/new/", SERVICE)
    form = await opened(owner, PRICE)
    texts = [f"版本 {number}" for number in range(5)]
    answers = await asyncio.gather(*(owner.post(PRICE, {**form, "notice": text}) for text in texts))
    assert sorted(answer.code for answer in answers) == [302, 409, 409, 409, 409]
    assert (await scenario.audited()).count("catalog.services.change") == 1


async def test_a_form_that_comes_back_keeps_the_unticked_box(owner: Client):
    await owner.post("admin/catalog/services/new/", SERVICE)
    assert 'name="siblings" value="1" checked' in await owner.page(PRICE)
    answer = await owner.post(PRICE, {**await opened(owner, PRICE), "price_fen": "x"})
    assert answer.code == 400
    assert 'name="siblings" value="1">' in answer.body.decode()


async def test_lines_from_a_browser_are_the_lines_that_are_there(owner: Client, scenario: Scenario):
    """The seed and imports hold LF, browsers send CRLF: one price corrected is one change, and the other price
    variants keep their own list."""
    await owner.post("admin/catalog/services/new/", SERVICE)
    await owner.post("admin/catalog/services/new/", {**SERVICE, "unit": "天", "included": "别的\n清单"})
    async with (
        scenario.storage.transaction() as tx
    ):  # one row as the seed has it, one as older versions saved it
        await tx.catalog.change("services", 1, {"included": "挂号\n取药", "notice": "甲\r\n乙"})
        await tx.commit()
    form = await opened(owner, PRICE)
    assert "\r\n" in form["included"]
    assert (await owner.post(PRICE, {**form, "price_fen": "599", "siblings": "1"})).code == 302
    assert await scenario.log() == [("catalog.services.change", {"price_fen": 58800}, {"price_fen": 59900})]
    assert (await service(scenario, 2)).included == "别的\n清单"
    await owner.post(PRICE, {**await opened(owner, PRICE), "included": "甲\r\n\r\n乙\r\n"})
    assert (await service(scenario)).included == "甲\n\n乙"


REMARKS = {
    "runners": ("remark/", "status", "escort.remark", "remark"),
    "users": ("remark/", "remark", "user.remark", "remark"),
    "orders": ("answer/", "answer", "order.rating_answer", "answer"),
}
"""Whose page it is: address and field of the form, the act and its name for the text in the log."""


async def remark_of(scenario: Scenario, kind: str, number: int) -> str:
    async with scenario.storage.reading() as reader:
        if kind == "users":
            user = await reader.users.get(number)
            return user.admin_remark if user else ""
        if kind == "orders":
            order = await reader.orders.get(number)
            return order.rating_answer if order else ""
        escort = await reader.escorts.get(number)
        return escort.remark if escort else ""


@pytest.mark.parametrize("kind", REMARKS)
async def test_a_colleagues_remark_is_not_overwritten_unseen(
    owner: Client, clerk: Client, scenario: Scenario, kind: str
):
    """Nor their answer to a rating, which the user and the escort read."""
    form, field, act, logged = REMARKS[kind]
    make: dict[str, Callable[[], Awaitable[int]]] = {
        "runners": scenario.escort,
        "users": scenario.user,
        "orders": lambda: rated(scenario, 2),
    }
    number = await make[kind]()
    path = f"admin/{kind}/{number}/"

    async def seen(client: Client) -> str:
        return hidden_of(await client.page(path), f"{path.removeprefix('admin/')}{form}")["fingerprint"]

    late = await seen(owner)
    first = {field: "同事\r\n写的", "fingerprint": await seen(clerk)}
    assert (await clerk.post(path + form, first)).code == 302
    for typed in ("我写的", ""):
        answer = await owner.post(path + form, {field: typed, "fingerprint": late})
        assert answer.code == 409
        assert await remark_of(scenario, kind, number) == "同事\n写的"
    answer = await owner.post(path + form, {field: "我写的", "fingerprint": late})
    page = answer.body.decode()
    assert answer.code == 409
    assert '<p class="pre">我写的</p>' in page
    assert ">同事\n写的</textarea>" in page
    assert await remark_of(scenario, kind, number) == "同事\n写的"
    assert (await owner.post(path + form, {field: "都写上", "fingerprint": await seen(owner)})).code == 302
    assert await scenario.log() == [(act, {logged: "同事\n写的"}, {logged: "都写上"})]
    assert (await owner.post(f"admin/{kind}/999999/{form}", {field: "x"})).code == 404


async def test_the_kept_endpoint_goes_on_overwriting(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    for remark in ("一", "二"):
        assert (await owner.post_json(f"admin/runners/edit/{escort}/", {"status": remark})).code == 200
    assert await remark_of(scenario, "runners", escort) == "二"


@pytest.mark.parametrize("kind", ["orders", "runners", "users"])
async def test_of_two_remarks_at_the_same_moment_one_is_told(owner: Client, scenario: Scenario, kind: str):
    make: dict[str, Callable[[], Awaitable[int]]] = {
        "orders": scenario.order,
        "runners": scenario.escort,
        "users": scenario.user,
    }
    path = f"{kind}/{await make[kind]()}/"
    action, field = {
        "orders": (f"{path}notes/", "notes"),
        "runners": (f"{path}remark/", "status"),
        "users": (f"{path}remark/", "remark"),
    }[kind]
    form = hidden_of(await owner.page(f"admin/{path}"), action)
    texts = [f"版本 {number}" for number in range(4)]
    answers = await asyncio.gather(*(owner.post(f"admin/{action}", {**form, field: text}) for text in texts))
    assert sorted(answer.code for answer in answers) == [302, 409, 409, 409]
    (saved,) = await scenario.log()
    (text,) = saved[2].values()
    assert texts[[answer.code for answer in answers].index(302)] == text
    assert set(saved[1].values()) == {""}
