"""One search box leads from a name, a phone or a number to the person, and the person's page tells what there is."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from accounts.office_customers import CustomerContact, find_or_add
from accounts.personal_data import erase
from handlers.admin.people import customers, person
from storage import filters
from storage.repositories import people_search
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

PERSON = re.compile(r'data-href="[^"]*users/([0-9]+)/"')


async def people(owner: Client, text: str) -> list[int]:
    """Whom the box leads to: one person at once, else the list."""
    answer = await owner.get(f"admin/customers/?q={quote(text, safe='')}")
    if answer.code == 302:
        return [int(re.findall(r"users/([0-9]+)/", answer.headers["Location"])[0])]
    assert answer.code == 200, answer.body
    return [int(found) for found in PERSON.findall(answer.body.decode())]


async def customer(scenario: Scenario, name: str, phone: str) -> int:
    """A customer as the office notes them."""
    async with scenario.storage.transaction() as tx:
        contact = CustomerContact(name, phone)
        made = await find_or_add(tx, scenario.services.vault, contact, 1, scenario.clock())
        await tx.commit()
    return made.user_id


async def test_every_page_has_the_box_and_it_keeps_what_was_typed(owner: Client, scenario: Scenario):
    for path in ("admin/", "admin/orders/", "admin/catalog/services/", "admin/customers/"):
        assert 'class="find"' in await owner.page(path), path
    page = await owner.page(f"admin/customers/?q={quote('没有这个人')}")
    assert 'value="没有这个人"' in page
    assert "没有找到「没有这个人」" in page


async def test_a_person_is_found_by_each_of_their_names_phones_and_numbers(owner: Client, scenario: Scenario):
    user = await scenario.user("开心果Happy")
    order = await scenario.order("finished", user_id=user, patient="古丽·买买提", phone="13900130012")
    await scenario.patient(user, "没下过单的人", phone="029-85321234转801")
    await scenario.order(patient="别人")
    async with scenario.storage.reading() as reader:
        [attempt] = await reader.attempts.of_order(order)
    for text in (
        "买买",
        "丽买买提",
        "古丽",
        "心果",
        "happy",
        "ＨＡＰＰＹ",
        "下过单",
        "139 0013 0012",
        "+86 139-0013-0012",
        "１３９００１３００１２",
        "00130012",
        "30012",
        "029-85321234",
        "85321234",
        f"#{order}",
        attempt.out_trade_no,
        attempt.transaction_id or "",
        "买提 古丽",
        "古丽 0012",
        "happy 1234",
        "单的 买买提",
    ):
        assert await people(owner, text) == [user], text
    for text in ("13900130013", "90012", "古丽 9999", "110105", "11010519491231002X", "#999999", "·"):
        assert await people(owner, text) == [], text


async def test_customers_of_the_office_and_escorts_are_found_and_marked(owner: Client, scenario: Scenario):
    by_phone = await customer(scenario, "田·大妈", "13700001111")
    escort = await scenario.user("小田")
    async with scenario.storage.transaction() as tx:
        await tx.escorts.apply(escort, "田大壮", "", "", 1)
        await tx.commit()
    assert await people(owner, "大妈") == [by_phone]
    assert await people(owner, "137 0000 1111") == [by_phone]
    assert await people(owner, "01111") == [by_phone]
    assert await people(owner, "大壮") == [escort]
    page = await owner.page(f"admin/customers/?q={quote('田大')}")
    assert PERSON.findall(page) == [str(escort), str(by_phone)]
    assert "电话客户" in page
    assert "田大壮" in page
    revealed = await owner.post(f"admin/users/{by_phone}/reveal/", {"patient": 0})
    assert "13700001111" in revealed.body.decode()
    async with scenario.storage.reading() as reader:
        [entry] = await reader.audit.page(act="user.reveal.phone")
    assert (entry.subject, entry.subject_id) == ("user", str(by_phone))


async def test_too_many_people_are_said_to_be_too_many(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(people_search, "MAX_PEOPLE", 3)
    monkeypatch.setattr(customers, "MAX_PEOPLE", 3)
    named = [(*entry[:5], 3) for entry in people_search._NAMED]
    monkeypatch.setattr(people_search, "_NAMED", tuple(named))
    users = [await scenario.user("") for _ in range(5)]
    for user in users:
        await scenario.patient(user, "陈建国", phone=f"1380000{user:04d}")
    page = await owner.page(f"admin/customers/?q={quote('建国')}")
    assert "结果太多，只列出其中 3 位" in page
    assert len(PERSON.findall(page)) == 3
    wanted = users[1]
    assert await people(owner, f"建国 {wanted:04d}") == [wanted], (
        "another word finds those too that were cut off"
    )
    assert await people(owner, f"陈 {wanted:04d}") == [wanted]


async def test_people_are_listed_by_their_last_order_page_by_page(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(customers, "PAGE", 2)
    users = [await scenario.user("周末") for _ in range(5)]
    for user in (users[3], users[0]):
        await scenario.order("finished", user_id=user)
    shown, path = list[int](), f"admin/customers/?q={quote('周末')}"
    while path:
        page = await owner.page(path)
        shown += [int(found) for found in PERSON.findall(page)]
        following = re.search(r'href="(\?[^"]*)" rel="next"', page)
        path = f"admin/customers/{following[1].replace('&amp;', '&')}" if following else ""
    assert shown == [users[0], users[3], users[4], users[2], users[1]]


@pytest.mark.promise(24)
async def test_erased_and_deleted_people_are_not_found_by_what_is_gone(owner: Client, scenario: Scenario):
    user = await scenario.user("老朋友")
    order = await scenario.order("finished", user_id=user, patient="孙悟空", phone="13900130012")
    patient = await scenario.patient(user, "沙悟净", phone="13600136000")
    async with scenario.storage.transaction() as tx:
        await tx.patients.delete(patient, user, 1, 2)
        await tx.commit()
    assert await people(owner, "悟净") == [user], "a deleted patient while the name is kept"
    async with scenario.storage.transaction() as tx:
        found = await tx.users.get(user)
        assert found is not None
        await erase(tx, found, scenario.clock())
        await tx.commit()
    for text in ("悟空", "悟净", "朋友", "13900130012", "0012"):
        assert await people(owner, text) == [], text
    assert await people(owner, f"#{order}") == [user]
    assert "已删除" in await owner.page(f"admin/users/{user}/")


async def test_the_persons_page_tells_orders_money_messages_and_cases(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(person, "ORDERS", 2)
    user = await scenario.user("小李")
    orders = [await scenario.order("finished", user_id=user, patient="王小明") for _ in range(3)]
    async with scenario.storage.transaction() as tx:
        await tx.outbox.add("paid", "r1", user, "{}", scenario.clock(), orders[2])
        await tx.connection.execute(
            "INSERT INTO complaints (order_id, user_id, source, kind, action_id, text_sealed, state, answer_due_at, "
            "settle_due_at, created_at, updated_at) "
            "VALUES (:order, :user, 'own', 'service', 'a', '', 'open', 1, 1, 1, 1)",
            {"order": orders[0], "user": user},
        )
        await tx.connection.execute(
            "INSERT INTO invoices (order_id, user_id, kind, title, tax_number, email_sealed, amount_fen, state, "
            "number, file, note, requested_at, reversal_number, updated_at) "
            "VALUES (:order, :user, 'person', '王小明抬头', '', '', 100, 'issued', '', '', '', 1, '', 1)",
            {"order": orders[0], "user": user},
        )
        await tx.commit()
    page = await owner.page(f"admin/users/{user}/")
    for text in ("收支", "588", "发给 TA 的消息", "等待发送", "投诉与建议", "待处理", "王小明抬头", "已开票"):
        assert text in page, text
    assert f"orders/{orders[2]}/" in page
    following = re.search(r'href="(\?[^"]*)" rel="next"', page)
    assert following
    older = await owner.page(f"admin/users/{user}/{following[1]}")
    table = older.partition("<h2>收支")[0]
    assert f"orders/{orders[0]}/" in table
    assert f'orders/{orders[2]}/"' not in table


@pytest.mark.promise(23)
async def test_a_patients_phone_is_shown_by_an_audited_act_to_who_asks(owner: Client, scenario: Scenario):
    user, stranger = await scenario.user(), await scenario.user()
    patient = await scenario.patient(user, "王小明", phone="13900130012")
    page = await owner.page(f"admin/users/{user}/")
    assert "13900130012" not in page
    answer = await owner.post(f"admin/users/{user}/reveal/", {"patient": patient})
    assert "13900130012" in answer.body.decode()
    async with scenario.storage.reading() as reader:
        [entry] = await reader.audit.page(act="patient.reveal.phone")
    assert json.loads(entry.after_json) == {"user": user, "what": "phone"}
    for path, sent in (
        (f"admin/users/{stranger}/reveal/", patient),
        (f"admin/users/{user}/reveal/", 999_999),
        (f"admin/users/{user}/reveal/", 0),
    ):
        assert (await owner.post(path, {"patient": sent})).code == 404, path
    assert (await owner.post(f"admin/users/{user}/reveal/", {"patient": "x"})).code == 400


async def test_a_search_asks_the_database_as_often_for_many_as_for_few(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    from storage.connection import Connection

    asked: list[str] = []

    async def count(text: str) -> int:
        asked.clear()
        await people(owner, text)
        return len(asked)

    async with scenario.storage.reading() as reader:
        kind: type[Connection] = type(reader.connection)
    fetch = kind.fetch_all

    async def counted(self: Connection, sql: str, parameters: object = None) -> object:
        asked.append(sql)
        return await fetch(self, sql, parameters or {})  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "fetch_all", counted)
    for _ in range(2):
        await scenario.order(patient="郑成功")
    few = await count("成功")
    for _ in range(8):
        await scenario.order(patient="郑成功")
    assert await count("成功") == few
    assert filters.MAX_PEOPLE >= 10
