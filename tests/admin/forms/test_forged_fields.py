"""What comes from a form is believed in no field, hidden ones neither: junk is refused, and never a failure of ours."""

from __future__ import annotations

from typing import Any

import pytest

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
FEW_TEXTS = ("garbage", "9" * 30)
JUNK_VALUES: tuple[Any, ...] = (None, True, [], {}, ["a"], {"a": {"b": 1}}, 1.5, -1, 2**63, "\x00")
JUNK_QUERIES = ("-1", "9" * 30, "9999-12-31", "0000-00-00", "%00", "%F0%9F%98%80", "1.1", "1_1", "a-9")
HIDDEN = (
    "fingerprint",
    "siblings_fingerprint",
    "plan",
    "origin",
    "tab",
    "version",
    "half",
    "sealed",
    "next",
    "commit",
    "what",
    "day",
    "event",
    "reason",
    "count",
    "siblings",
    "sure",
    "confirm_password",
    "position-1",
    "was-1",
    "picture",
    "code",
)
"""Every hidden field of every form, and what is read besides; each is sent to each act."""
ASKED = (
    "page",
    "before",
    "after",
    "from",
    "to",
    "state",
    "kind",
    "q",
    "user",
    "wait",
    "archived",
    "tab",
    "done",
    "about",
    "format",
    "ticket",
    "tries",
    "show",
    "next",
    "by",
    "first",
    "last",
    "hospital",
    "service",
    "escort",
    "sort",
    "order",
    "act",
    "admin",
    "subject",
    "id",
    "day",
    "until",
    "since",
)


@pytest.fixture
def engine() -> str:
    """Junk gets no further than the schemas: one engine is enough."""
    return "sqlite"


@pytest.mark.parametrize(
    "act", [act for act in ACTS if act.method == "POST"], ids=lambda act: f"{act.path}:{act.name}"
)
async def test_junk_in_a_field_of_a_form_is_never_a_failure_of_ours(
    act: Act, owner: Client, scenario: Scenario, shop: Shop
) -> None:
    ready = await act.ready(scenario, owner)
    client, path = ready.client or owner, "admin/" + act.path.replace("{id}", str(ready.id))
    fields = {**ready.fields, **act.fields}
    cookies = dict(client.cookies)
    for name in {**fields, **dict.fromkeys(HIDDEN)}:
        own = name in fields
        for junk in JUNK_TEXTS if own else FEW_TEXTS:
            answer = await client.post(path, {**fields, name: junk})
            assert answer.code < 500, (name, junk[:40], answer.body.decode()[-500:])
        for value in JUNK_VALUES if own else (["a"],):
            answer = await client.post_json(path, {**fields, name: value})
            assert answer.code < 500, (name, value, answer.body.decode()[-500:])
        client.cookies.update(cookies)


async def test_junk_in_an_address_is_never_a_failure_of_ours(
    owner: Client, scenario: Scenario, services: Services, shop: Shop
) -> None:
    await scenario.order()
    await scenario.escort()
    tried = 0
    for route in known():
        if not route.pattern.startswith("/admin/") or "GET" not in route.methods:
            continue
        alone = [f"{name}={junk}" for name in ASKED for junk in ("garbage", "9" * 18)]
        together = ["&".join(f"{name}={junk}" for name in ASKED) for junk in JUNK_QUERIES]
        for query in alone + together:
            answer = await owner.get(f"{route.path}?{query}")
            assert answer.code < 500, (route.path, query)
            tried += 1
    assert tried > 1_000
