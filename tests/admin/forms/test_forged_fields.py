"""What comes from a form is believed in no field, hidden ones neither: junk is refused, and never a failure of ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from handlers.admin import base
from handlers.admin.base import AdminHandler
from handlers.body import parse_form
from handlers.services import Services
from tests.admin.acts import ACTS, Act
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.http.routes import known
from tests.payment.conftest import Shop

JUNK_TEXTS = (
    "",
    " ",
    "garbage",
    "0",
    "-1",
    "1.5",
    "9" * 30,
    "2026-13-45",
    "9999-12-31",
    "0000-00-00",
    "a.b",
    "%00",
    "\x00",
    "\u202e",
    "😀" * 70,
    "x" * 20_000,
    "aaaaaaaa.AAAA",
    "../../etc",
    "<b>",
    "٣",
    "１",
    "null",
)
FEW_TEXTS = ("garbage", "9" * 30, "\x00")
JUNK_VALUES: tuple[Any, ...] = (None, True, [], {}, ["a"], {"a": {"b": 1}}, 1.5, -1, 2**63, "\x00")
JUNK_QUERIES = ("-1", "9" * 30, "9999-12-31", "0000-00-00", "%00", "%F0%9F%98%80", "1.1", "1_1", "a-9")
ROWS = (
    ("order_", "half_", "mark_", "escort_"),
    ("escort_", "seen_"),
    ("price-", "was-"),
    ("position-", "was-"),
)
"""The beginnings of names that end with the number of a row."""


@pytest.fixture
def engine() -> str:
    """Junk gets no further than the schemas: one engine is enough."""
    return "sqlite"


class Recorded(dict[str, Any]):
    """The fields of a form, which remember by what names they were asked for: the hidden ones, too."""

    asked: set[str]

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self.asked.add(name)
        return super().pop(name, *default)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the fields that the server has asked for."""
    names, body = set[str](), AdminHandler._body

    def recorded(handler: AdminHandler) -> dict[str, Any]:
        fields = Recorded(body(handler))
        fields.asked = names
        return fields

    monkeypatch.setattr(AdminHandler, "_body", recorded)
    return names


@pytest.fixture
def asked_in_address(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The same of what stands in an address behind the question mark."""
    names = set[str]()

    def recorded(text: bytes) -> dict[str, Any]:
        fields = Recorded(parse_form(text))
        fields.asked = names
        return fields

    monkeypatch.setattr(base, "parse_form", recorded)
    return names


POSTED = [act for act in ACTS if act.method == "POST"]


def name_of(act: Act) -> str:
    return f"{act.path}:{act.name}"


@pytest.mark.gen_test(timeout=180)
@pytest.mark.parametrize("act", POSTED, ids=name_of)
async def test_junk_in_a_field_of_a_form_is_never_a_failure_of_ours(
    act: Act, owner: Client, scenario: Scenario, shop: Shop, asked: set[str]
) -> None:
    """In each field that the form sends, and in each that the server asks for besides."""
    ready = await act.ready(scenario, owner)
    client, path = ready.client or owner, "admin/" + act.path.replace("{id}", str(ready.id))
    fields = {**ready.fields, **act.fields}
    cookies = dict(client.cookies)
    asked.clear()
    asked.update(fields, ("confirm_password",))
    tried = set[str]()
    while left := sorted(asked - tried):
        name = left[0]
        tried.add(name)
        own = name in fields
        for junk in JUNK_TEXTS if own else FEW_TEXTS:
            answer = await client.post(path, {**fields, name: junk})
            assert answer.code < 500, (name, junk[:40], answer.body.decode()[-500:])
        for value in JUNK_VALUES if own else (["a"], {"a": 1}):
            answer = await client.post_json(path, {**fields, name: value})
            assert answer.code < 500, (name, value, answer.body.decode()[-500:])
        client.cookies.update(cookies)


@pytest.mark.parametrize("number", ["0", "999999", "9" * 18, "9" * 30])
async def test_a_row_that_is_not_there_is_never_a_failure_of_ours(
    owner: Client, services: Services, scenario: Scenario, shop: Shop, number: str
) -> None:
    """The boxes of a page, ticked with numbers that no page has shown."""
    tried = 0
    for path in (act.path for act in POSTED if "{id}" not in act.path):
        for names in ROWS:
            fields = {f"{name}{number}": "1" for name in names} | {"do": "assign", "escort_id": number}
            fields |= {
                "half": "am",
                "month": "2026-11",
                "valid_from": "2027-01-01",
                "note": "x",
                "commit": "1",
            }
            for sent in (fields, {**fields, "escort_id": "1", "do": "invite", "pay": "80"}):
                answer = await owner.post(f"admin/{path}", sent)
                assert answer.code < 500, (path, names, answer.body.decode()[-500:])
                tried += 1
    assert tried > 100


@pytest.mark.gen_test(timeout=240)
async def test_junk_in_an_address_is_never_a_failure_of_ours(
    owner: Client, scenario: Scenario, services: Services, shop: Shop, asked_in_address: set[str]
) -> None:
    await scenario.order()
    await scenario.escort()
    tried = 0
    for route in known():
        if not route.pattern.startswith("/admin/") or "GET" not in route.methods:
            continue
        asked_in_address.clear()
        await owner.get(route.path)
        alone = set[str]()
        while left := sorted(asked_in_address - alone):
            alone.add(left[0])
            for junk in ("garbage", "9" * 18, *JUNK_QUERIES):
                answer = await owner.get(f"{route.path}?{left[0]}={junk}")
                assert answer.code < 500, (route.path, left[0], junk)
                tried += 1
        for junk in JUNK_QUERIES:
            answer = await owner.get(f"{route.path}?{'&'.join(f'{name}={junk}' for name in sorted(alone))}")
            assert answer.code < 500, (route.path, sorted(alone), junk)
    assert tried > 1_000


DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "2026-W01-1", "２０２６-11-01", "20261101", "1969-12-31")
MONTHS = ("2026-13", "2026-00", "9999-12", "2199-12", "0001-01", "2000-01", "2999-12", "２０２６-11")
OF_TIME = ("month", "day", "from", "to", "first", "last", "until", "since", "before", "after", "place")


async def test_days_and_months_at_the_ends_of_the_calendar_are_never_a_failure_of_ours(
    owner: Client, scenario: Scenario, services: Services, shop: Shop
) -> None:
    await scenario.order()
    await scenario.escort()
    for route in known():
        if not route.pattern.startswith("/admin/") or "GET" not in route.methods:
            continue
        for text in (*DAYS, *MONTHS):
            query = urlencode(dict.fromkeys(OF_TIME, text))
            answer = await owner.get(f"{route.path}?{query}")
            assert answer.code < 500, (route.path, text)
