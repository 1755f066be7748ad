"""Orders are found by words in any order: parts of names, the hospital, the day, the end of a phone."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from storage.models import EscortState
from storage.repositories import order_words
from tests.admin.clients import Client
from tests.admin.orders.test_order_list import numbers
from tests.admin.scenario import HOSTILE, Scenario


async def found(owner: Client, text: str, more: str = "") -> list[int]:
    return sorted(numbers(await owner.page(f"admin/orders/?q={quote(text, safe='')}{more}")))


async def test_words_may_stand_in_any_order_and_mean_different_things(owner: Client, scenario: Scenario):
    wanted = await scenario.order(patient="王小明", hospital_name="第一医院", phone="13900130012")
    await scenario.order(patient="王小明", hospital_name="儿童医院", visit_date=scenario.day(9))
    await scenario.order(patient="李小红", hospital_name="第一医院", phone="13800001234")
    for text in (
        "小明 第一医院",
        "第一医院 小明",
        "明 王 第一",
        "小明 0012",
        "0012 王",
        f"{scenario.day()} 小明",
        f"小明 {scenario.day()[5:]}",
        "小明 后天",
        f"#{wanted} 小明",
        "小明　第一医院",
        "小明 · 第一医院",
        "小明 小明 第一医院",
    ):
        assert await found(owner, text.removeprefix("#")) == [wanted], text
    for text in ("小明 昨天", "小红 0012", "小明 小红", "小明 9999"):
        assert await found(owner, text) == [], text


async def test_a_name_with_blanks_is_one_name_before_it_is_words(owner: Client, scenario: Scenario):
    together = await scenario.order(patient="王 小明")
    apart = await scenario.order(patient="小明·王")
    assert await found(owner, "王 小明") == [together]
    assert await found(owner, "小明 王") == [apart]
    latin = await scenario.order(patient="José Ángel García Márquez")
    for text in ("garcia marquez", "Márquez josé", "ｇａｒｃｉａ", "ANGEL", "quez jose"):
        assert await found(owner, text) == [latin], text


async def test_the_longest_names_are_found_by_each_of_their_parts(owner: Client, scenario: Scenario):
    name = "".join(chr(0x4E00 + 7 * number) for number in range(64))
    order = await scenario.order(patient=name)
    await scenario.order(patient=name[:40])
    for begin, end in ((0, 64), (1, 64), (40, 64), (62, 64), (10, 50), (30, 44)):
        assert await found(owner, name[begin:end]) == [order], (begin, end)
    assert await found(owner, name[:20] + name[30:44]) == []
    assert await found(owner, "长" * 64) == []


SIGNS = ("%", "%%", "__", "_ _", "\\", "' OR 1=1 --", '"; DROP TABLE', "\U0010ffff" * 3, "a\x00b", "{{ 1 }}")


@pytest.mark.parametrize("text", [*SIGNS, HOSTILE, "😀😀", "+ - *", "0" * 64])
async def test_signs_of_sql_and_hostile_texts_find_nothing(owner: Client, scenario: Scenario, text: str):
    await scenario.order(patient="王小明")
    assert await found(owner, text) == []
    answer = await owner.get(f"admin/customers/?q={quote(text, safe='')}")
    assert answer.code == 200
    assert "<script>alert" not in answer.body.decode()
    assert "没有找到" in answer.body.decode() or not text.strip("\x00")


async def test_an_escorts_orders_are_found_by_their_name_of_today(owner: Client, scenario: Scenario):
    order = await scenario.order(patient="王小明")
    await scenario.order(patient="李小红")
    escort_user = await scenario.user("护士长")
    async with scenario.storage.transaction() as tx:
        await tx.escorts.apply(escort_user, "欧阳·丽娜", "", "", scenario.clock())
        escort = await tx.escorts.of_user(escort_user)
        assert escort is not None
        await tx.escorts.move(escort.id, EscortState.PENDING, EscortState.APPROVED, scenario.clock())
        await tx.connection.execute(
            "UPDATE orders SET escort_id = :escort, escort_name = '欧阳丽娜' WHERE id = :id",
            {"escort": escort.id, "id": order},
        )
        await tx.commit()
    assert await found(owner, "丽娜") == [order]
    assert await found(owner, "欧阳 王小") == [order]
    assert await found(owner, "丽娜 小红") == []
    async with scenario.storage.transaction() as tx:
        await tx.escorts.reapply(escort.id, "欧阳文静", "", "", scenario.clock())
        application = await tx.escorts.application(escort.id)
        assert application is not None
        await tx.escorts.adopt(application)
        await tx.commit()
    assert await found(owner, "文静") == [order]
    assert await found(owner, "丽娜") == []
    answer = await owner.get(f"admin/customers/?q={quote('文静 护士')}")
    assert answer.headers["Location"].endswith(f"users/{escort_user}/")


async def test_where_every_word_has_very_many_orders_the_newest_are_looked_through(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    orders = [await scenario.order(patient=name) for name in ("王小明", "王大明", "王小红")]
    monkeypatch.setattr(order_words, "MAX_LOOKED_UP", 0)
    assert await found(owner, "王小") == [orders[0], orders[2]], "along the list"
    assert await found(owner, "明 小") == [orders[0]]
    monkeypatch.setattr(order_words, "NEWEST_SEARCHED", 1)
    assert await found(owner, "小明 第一医院") == []
    assert "只在最近的订单里找了" in await owner.page(f"admin/orders/?q={quote('小明 第一医院')}"), (
        "and says so"
    )
    assert await found(owner, "小红 第一医院") == [orders[2]]
    assert "只在最近的订单里找了" in await owner.page(f"admin/orders/?q={quote('小红 第一医院')}")
    assert "只在最近的订单里找了" not in await owner.page(f"admin/orders/?q={quote('小红')}")


async def test_words_are_found_within_what_the_list_is_narrowed_to_and_page_by_page(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    from handlers.admin.orders import listing

    monkeypatch.setattr(listing, "PAGE", 2)
    user = await scenario.user()
    orders = [await scenario.order("finished", user_id=user, patient="赵子龙") for _ in range(5)]
    await scenario.order(patient="赵子龙")
    shown, query = list[int](), f"?q={quote('子龙 第一')}&state=finished"
    while query:
        page = await owner.page(f"admin/orders/{query}")
        assert len(numbers(page)) <= 2
        shown += numbers(page)
        following = re.search(r'href="(\?[^"]*)" rel="next"', page)
        query = following[1].replace("&amp;", "&") if following else ""
    assert shown == sorted(orders, reverse=True)


async def test_a_character_beside_a_word_may_stand_anywhere_in_a_persons_name(
    owner: Client, scenario: Scenario
):
    """However many others have a name that begins with it."""
    wanted = await scenario.user("家属")
    await scenario.order(user_id=wanted, patient="王小明")
    await scenario.order(user_id=await scenario.user("邻居"), patient="王小红")
    await scenario.order(user_id=await scenario.user("明明"), patient="李大伟")
    for text in ("明 王小", "王小 明", "小明 王", "属 王小明"):
        answer = await owner.get(f"admin/customers/?q={quote(text)}")
        assert answer.headers.get("Location", "").endswith(f"users/{wanted}/"), text
    page = await owner.page(f"admin/customers/?q={quote('红 小明')}")
    assert "没有找到" in page
