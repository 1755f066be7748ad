"""Every route of the product as every caller: the table ``callers.txt`` declares who may call it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from accounts.admin_sessions import Browser, start
from accounts.administrators import create_administrator
from handlers.admin.access import COOKIE
from storage.models import EscortState, Role
from tests.escort.escorts import apply_as_escort, set_state
from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.routes import Known, known

TABLE = Path(__file__).with_name("callers.txt")
WARRANTS = ("user", "escort", "other escort", "suspended escort")
ADMINISTRATORS = ("accountant", "clerk", "owner")
CALLERS = ("stranger", *WARRANTS, *ADMINISTRATORS)
MAY: dict[str, tuple[str, ...]] = {
    "everybody": CALLERS,
    "users": WARRANTS,
    "escorts": ("escort", "other escort"),
    "staff": ADMINISTRATORS,
    "clerks": ("clerk", "owner"),
    "bookkeepers": ("accountant", "owner"),
    "owners": ("owner",),
    "servers": (),
}
UNLIMITED = {
    f"{name}_per_minute": 0
    for name in (
        "login",
        "order",
        "card",
        "write",
        "export",
        "avatar",
        "complaint",
        "complaint_photo",
        "admin_login",
        "admin_write",
    )
}
NOBODYS = 999_999
ENDING = ("user/logout/", "user/deleteMe/", "admin/logout/", "admin/me/sessions/others/end/")
"""What ends the session that calls it."""
REFUSES_WRONG_PASSWORDS = ("POST", "admin/login/")
"""Open to everybody, and a form without a password is 401."""


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    callers: str
    methods: tuple[str, ...]
    pattern: str


def table() -> list[Line]:
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return [Line(callers, tuple(methods), pattern) for callers, *methods, pattern in lines]


@pytest.fixture
def engine() -> str:
    """What is refused at the door has read a session and an escort, and nothing else: one engine is enough."""
    return "sqlite"


def test_the_table_names_every_route_and_method_once() -> None:
    declared = [(line.pattern, method) for line in table() for method in line.methods]
    assert len(declared) == len(set(declared))
    there = {(route.pattern, method) for route in known() for method in route.methods if method != "HEAD"}
    assert set(declared) - there == set(), "declared, and not there"
    assert there - set(declared) == set(), "to be declared in tests/http/callers.txt"
    assert {line.callers for line in table()} <= set(MAY)


async def administrator(product: Product, role: Role) -> Client:
    """A browser in which an administrator of this role is logged in."""
    name = str(role)
    await create_administrator(product.storage, name, "a long Passphrase 7", role, product.clock())
    return await logged_in_again(product, name)


async def logged_in_again(product: Product, name: str) -> Client:
    async with product.storage.transaction() as tx:
        admin = await tx.administrators.by_name(name)
        assert admin is not None
        token = await start(tx, product.settings, admin, Browser("127.0.0.1", "", "test"), product.clock())
        await tx.commit()
    client = await product.client()
    client.http.cookies.set(COOKIE, token)
    return client


class Callers:
    """A browser or phone of every caller, logged in again where a call has ended the session."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.clients: dict[str, Client] = {}

    async def enter(self) -> None:
        product, clients = self.product, self.clients
        clients["stranger"] = await product.client()
        clients["user"] = await product.login("user")
        for name, state in (
            ("escort", EscortState.APPROVED),
            ("other escort", EscortState.APPROVED),
            ("suspended escort", EscortState.SUSPENDED),
        ):
            clients[name] = await apply_as_escort(product, name.replace(" ", "-"), state)
        clients["accountant"] = await administrator(product, Role.ACCOUNTANT)
        clients["clerk"] = await administrator(product, Role.CLERK)
        clients["owner"] = await administrator(product, Role.OWNER)
        for client in clients.values():
            await take_form_token(client)

    async def call(self, name: str, method: str, route: Known) -> httpx.Response:
        fields = {"data": {"id": ""}} if method == "POST" else {}
        return await self.clients[name].send(method, route.path, **fields)

    async def enter_again(self, name: str) -> None:
        if name in WARRANTS:
            self.clients[name] = await self.product.login(name.replace(" ", "-"))
        elif name in ADMINISTRATORS:
            self.clients[name] = await logged_in_again(self.product, name)
        await take_form_token(self.clients[name])


async def take_form_token(client: Client) -> None:
    """With the CSRF token in every request, nobody is turned away for want of it."""
    for page in ("admin/login/", "admin/me/"):
        await client.send("GET", page)
    client.http.headers["X-XSRFToken"] = client.http.cookies["_xsrf"]


def turned_away(answer: httpx.Response) -> bool:
    """Was the caller refused for who they are?"""
    login = answer.status_code == 302 and "admin/login/?next=" in answer.headers["location"]
    return login or answer.status_code in (401, 403)


async def callers_of(start_product: StartProduct) -> Callers:
    callers = Callers(await start_product(limits=UNLIMITED))
    await callers.enter()
    return callers


def routes_by_line() -> list[tuple[Line, str, Known]]:
    routes = {route.pattern: route for route in known(NOBODYS)}
    return [(line, method, routes[line.pattern]) for line in table() for method in line.methods]


@pytest.mark.gen_test(timeout=120)
@pytest.mark.promise(18)
async def test_who_may_not_call_a_route_is_turned_away_and_changes_nothing(
    start_product: StartProduct,
) -> None:
    callers = await callers_of(start_product)
    before = await callers.product.contents()
    for line, method, route in routes_by_line():
        for name in CALLERS:
            if name in MAY[line.callers]:
                continue
            answer = await callers.call(name, method, route)
            if line.callers == "servers":
                assert answer.status_code in (400, 401, 403, 404), (name, method, route.path)
            else:
                assert turned_away(answer), (name, method, route.path, answer.status_code)
    assert await callers.product.contents() == before


@pytest.mark.gen_test(timeout=120)
async def test_who_may_call_a_route_is_let_in(start_product: StartProduct) -> None:
    callers = await callers_of(start_product)
    for line, method, route in routes_by_line():
        if (method, route.path) == REFUSES_WRONG_PASSWORDS:
            continue
        for name in MAY[line.callers]:
            answer = await callers.call(name, method, route)
            assert not turned_away(answer), (name, method, route.path, answer.status_code)
            assert answer.status_code < 500, (name, method, route.path)
            if route.path in ENDING:
                await callers.enter_again(name)


async def test_escorts_are_told_why_they_are_turned_away(start_product: StartProduct) -> None:
    callers = await callers_of(start_product)
    answers = {name: await callers.clients[name].send("GET", "escort/ratings/") for name in CALLERS}
    told = {name: (answer.status_code, answer.json().get("error")) for name, answer in answers.items()}
    assert told["user"] == (403, "not_an_escort")
    assert told["suspended escort"] == (403, "escort_suspended")
    assert told["stranger"] == told["accountant"] == told["clerk"] == told["owner"] == (401, "unauthorized")
    assert told["escort"] == told["other escort"] == (200, None)
    lines = [line for line in callers.product.logs.lines if "event=forbidden" in line]
    assert [re.findall(r"detail=(\S+)", line) for line in lines] == [["not_an_escort"], ["escort_suspended"]]


@pytest.mark.parametrize("state", [EscortState.PENDING, EscortState.REJECTED])
async def test_an_applicant_is_no_escort_yet(product: Product, state: EscortState) -> None:
    applicant = await apply_as_escort(product, "li", state)
    assert (await applicant.get("escort/ratings/", 403))["error"] == "not_an_escort"


async def test_a_suspended_escort_is_turned_away_at_the_next_call(product: Product) -> None:
    escort = await apply_as_escort(product, "wang")
    await escort.get("escort/ratings/")
    await set_state(product, escort, EscortState.SUSPENDED)
    assert (await escort.get("escort/ratings/", 403))["error"] == "escort_suspended"
    await escort.get("user/me/")
