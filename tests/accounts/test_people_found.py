"""Whom a search of the office means: the whole of it or all its words, names, phones and numbers."""

from __future__ import annotations

import pytest

from accounts.people_search import FoundPeople, find_people, read_search
from storage import Storage, Transaction
from storage.filters import MAX_WORDS
from storage.models import NameKind
from storage.repositories import people_search
from storage.repositories.names import Names
from tests.orders.row_changes import OpenVault
from tests.storage.rows import fill

VAULT = OpenVault()
NUMBER = "4200001234202611190123456789"


async def people(tx: Transaction) -> None:
    """Users 1 to 7 with a patient each; 3 is called 王芳 herself, 4 an escort, the last have nearly the same name."""
    names = {1: ("王小芳", "13800001234"), 2: ("王大明", "13800005678"), 3: ("李明", "02985321234")}
    names |= {4: ("赵敏", "13900139999"), 5: ("欧阳明", "13811110000"), 6: ("欧阳 明月", "13811112222")}
    names |= {7: ("欧阳明珠", "13811113333")}
    for number, (name, phone) in names.items():
        key = name.replace(" ", "")
        await fill(tx, "users", {"id": number, "nickname_key": "王芳" if number == 3 else ""})
        patient = {"user_id": number, "name": name, "name_key": key, "phone_tail": phone[-4:]}
        patient |= {
            "phone_sealed": VAULT.seal(phone, "patients.phone"),
            "phone_hash": VAULT.hash(phone, "patients.phone"),
        }
        await fill(tx, "patients", patient)
        await Names(tx.connection).add(NameKind.PATIENT, key)
        await fill(tx, "orders", {"id": 100 + number, "user_id": number})
    await Names(tx.connection).add(NameKind.USER, "王芳")
    escort = {"user_id": 4, "name": "钱进", "name_key": "钱进", "phone_tail": "7000"}
    await fill(tx, "escorts", {**escort, "phone_sealed": VAULT.seal("13700137000", "escorts.phone")})
    unreadable = {"phone_sealed": "sealed under a key that is gone", "phone_tail": "7000"}
    await fill(tx, "office_customers", {"user_id": 5, **unreadable})
    await fill(tx, "payment_attempts", {"order_id": 102, "out_trade_no": NUMBER})


FOUND: dict[str, set[int]] = {
    "王小芳": {1},
    "芳": set(),
    "王": {1, 2, 3},
    "小芳": {1},
    "王芳": {3},
    "欧阳明": {5, 6, 7},
    "欧阳 明月": {6},
    "欧阳 明": {5, 6, 7},
    "明 王": set(),
    "王小 芳": {1},
    "王大 芳": set(),
    "王小芳 李明": set(),
    "王 小芳": {1},
    "钱进": {4},
    "13800001234": {1},
    "138 0000 1234": {1},
    "1234": {1, 3},
    "234": set(),
    "21234": {3},
    "王 1234": {1, 3},
    "李明 1234": {3},
    "王小芳 5678": set(),
    "7000": {4},
    "13700137000": {4},
    "#102": {2},
    "102": {2},
    "6": {6},
    "#6": set(),
    "999": set(),
    "102 王大明": {2},
    "103 王大明": set(),
    NUMBER: {2},
    f"{NUMBER} 大明": {2},
    "王小芳 · ' - . ’ 李明": set(),
    "没有人": set(),
    "没有人 王小芳": set(),
    "·": set(),
    "": set(),
}


@pytest.mark.parametrize("text", FOUND)
async def test_a_search_means_these_people(storage: Storage, text: str) -> None:
    async with storage.transaction() as tx:
        await people(tx)
        assert await find_people(tx, VAULT, read_search(text)) == FoundPeople(frozenset(FOUND[text]))


async def test_of_too_many_words_the_last_are_not_read(storage: Storage) -> None:
    words = ["王小芳", "小芳", "1234", "101", "#101", "13800001234"]
    assert len(words) == MAX_WORDS
    async with storage.transaction() as tx:
        await people(tx)
        for text in (" ".join(words), " ".join([*words, "李明"]), " ".join([words[0], *words, "李明"])):
            found = await find_people(tx, VAULT, text)
            assert found == FoundPeople(frozenset({1})), "a word that is said twice is one"
        assert (await find_people(tx, VAULT, " ".join([*words[:-1], "李明"]))).ids == frozenset()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("欧阳 0000", {5}),
        ("欧阳 2222", {6}),
        ("欧阳 3333", {7}),
        ("欧阳 明月", {6}),
        ("欧阳 月", {6}),
        ("欧阳 珠", {7}),
        ("欧阳 王", set()),
    ],
)
async def test_of_a_name_that_very_many_have_another_word_finds_those_that_were_cut_off(
    storage: Storage, text: str, found: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_search, "_NAMED", tuple((*each[:5], 1) for each in people_search._NAMED))
    async with storage.transaction() as tx:
        await people(tx)
        some = await find_people(tx, VAULT, "欧阳")
        assert (len(some.ids), some.many) == (2, True)
        assert await find_people(tx, VAULT, text) == FoundPeople(frozenset(found))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  王　芳\u200b ", "王 芳"),
        ("１３８", "138"),
        ("x" * 70, "x" * 64),
        (" " * 3, ""),
        (f"{'x' * 63} y", "x" * 63),
    ],
)
def test_a_search_is_read_in_half_width_without_what_cannot_be_seen(typed: str, read: str) -> None:
    assert read_search(typed) == read
