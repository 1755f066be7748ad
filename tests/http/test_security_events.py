"""Refusals that may be an attack leave a line in the log and a count in the metrics, and nothing secret."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from accounts.administrators import create_administrator
from accounts.security_events import SecurityEvent, SecurityEvents
from startup.seed import seed_catalog
from tests.http.client import Client, order_fields
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.test_metrics import TOKEN, scrape, values

LINE = re.compile(
    r"WARNING hospital\.security: event=(\S+) address=(\S+) account=(\S+) detail=(\S+) request=(\S+)"
)


def events(product: Product) -> list[tuple[Any, ...]]:
    """(event, address, account, detail) of every event so far."""
    return [found.groups()[:4] for found in map(LINE.fullmatch, product.logs.lines) if found]


async def admin_login(client: Client, name: str, password: str) -> int:
    await client.send("GET", "admin/login/")
    form = {"username": name, "password": password, "_xsrf": client.http.cookies["_xsrf"]}
    return (await client.send("POST", "admin/login/", data=form)).status_code


async def test_too_many_requests_are_logged_with_who_and_where_from(start_product: StartProduct) -> None:
    product = await start_product(
        limits={"order_per_minute": 1, "login_per_minute": 2},
        server={"metrics_token": TOKEN, "trusted_proxies": ["127.0.0.1"]},
    )
    user = await product.login("li")
    fields = order_fields(await user.add_patient(), product.day())
    await user.post("user/create1order/", **fields)
    refused = await user.post("user/create1order/", 429, **fields)
    assert events(product) == [("rate_limited", "127.0.0.1", "user:1", "too_many_requests")]
    assert f"request={refused['request_id']}" in product.logs.text
    client = await product.client()
    for number in range(3):
        headers = {"X-Forwarded-For": "203.0.113.9"}
        await client.send("GET", "login/", params={"code": f"as:wang:{number}-{id(client)}"}, headers=headers)
    assert events(product)[1:] == [("rate_limited", "203.0.113.9", "-", "too_many_requests")]
    assert (await values(client))["hospital_security_events_total['rate_limited']"] == 2


async def test_wrong_passwords_are_logged_with_the_accounts_name_and_never_with_a_typed_one(
    start_product: StartProduct,
) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    async with product.storage.transaction() as tx:
        await tx.administrators.add("店长", "no hash", "owner", product.clock())
        await tx.commit()
    client = await product.client()
    product.secrets |= {"typed-into-the-wrong-field", "wrong-words"}
    assert await admin_login(client, "店长", "wrong-words") == 401
    assert await admin_login(client, "typed-into-the-wrong-field", "wrong-words") == 401
    assert [event[::2] for event in events(product)] == [("wrong_password", "店长"), ("wrong_password", "-")]
    assert (await values(client))["hospital_security_events_total['wrong_password']"] == 2


async def test_a_disabled_user_a_forged_form_and_a_guessed_token_are_events(
    start_product: StartProduct,
) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    client = await product.login("li")
    async with product.storage.transaction() as tx:
        await tx.users.set_disabled(1, product.clock())
        await tx.commit()
    await client.get("login/", 403, code=f"as:li:{id(client)}")
    assert (await client.send("POST", "admin/logout/", data={"_xsrf": "x"})).status_code == 403
    await scrape(client, "x" * 20)
    assert [event[::3] for event in events(product)] == [
        ("forbidden", "user_disabled"),
        ("csrf_refused", "forbidden"),
        ("wrong_metrics_token", "-"),
    ]
    counted = {
        name: value for name, value in (await values(client)).items() if "security_events_total" in name
    }
    assert len(counted) == len(SecurityEvent), "those that never happened are there, too"
    assert sum(counted.values()) == 3


async def test_a_forged_form_is_logged_with_the_administrator_whose_browser_sent_it(product: Product) -> None:
    await create_administrator(product.storage, "店长", "a long Passphrase 7", "owner", product.clock())
    client = await product.client()
    assert await admin_login(client, "店长", "a long Passphrase 7") == 302
    assert (await client.send("POST", "admin/logout/", data={"_xsrf": "x"})).status_code == 403
    assert events(product) == [("csrf_refused", "127.0.0.1", "店长", "forbidden")]


async def test_an_administrator_who_opens_what_is_an_owners_is_an_event(product: Product) -> None:
    await create_administrator(product.storage, "小陈", "a long Passphrase 7", "clerk", product.clock())
    client = await product.client()
    assert await admin_login(client, "小陈", "a long Passphrase 7") == 302
    assert (await client.send("GET", "admin/accounts/")).status_code == 403
    assert events(product) == [("forbidden", "127.0.0.1", "小陈", "forbidden")]


async def test_what_is_no_refusal_leaves_no_event(product: Product) -> None:
    await seed_catalog(product.storage)
    user = await product.login("li")
    await user.get("user/getOrder/", 404, id=999)
    await user.post("user/add1friend/", 400)
    await (await product.client()).get("user/me/", 401)
    assert events(product) == []


@pytest.mark.parametrize("name", ["a b", "a\nevent=x", "a account=root", "店长\u202e", ""])
def test_no_text_makes_a_second_field_or_line(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "hospital.security"):
        SecurityEvents().record(SecurityEvent.FORBIDDEN, name, name, name, name)
    assert LINE.fullmatch(f"WARNING hospital.security: {caplog.messages[0]}")
