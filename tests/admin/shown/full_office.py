"""An office in which a bit of everything is going on, served for as long as it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from tornado.httpclient import HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from accounts import admin_sessions
from clock import SECOND
from handlers.admin.access import COOKIE
from handlers.application import HospitalApplication
from storage.models import Role
from tests.admin import act_preparations as prepared
from tests.admin import conftest
from tests.admin.account_preparations import entry
from tests.admin.acts_about_cash import order_in_cash
from tests.admin.acts_about_pay import order_with_pay, order_without_pay
from tests.admin.acts_about_people import escort_with_a_document, waiting_content
from tests.admin.acts_about_shipping import shipment
from tests.admin.acts_after_sales import about_complaint, about_invoice
from tests.admin.acts_at_wechat import about
from tests.admin.business import services_in
from tests.admin.clients import Client
from tests.admin.scenario import MovingClock, Scenario
from tests.admin.supplements import put
from tests.transfers.fake import FakeTransfers

ROLES = {"owner": Role.OWNER, "clerk": Role.CLERK, "accountant": Role.ACCOUNTANT}
GOING_ON = (
    escort_with_a_document(),
    prepared.recorded_visit,
    prepared.rated_low,
    prepared.order("unpaid"),
    prepared.order("finished"),
    prepared.order_to_move,
    prepared.overbooked,
    prepared.assigned,
    prepared.shared_order,
    prepared.order_with_a_contact,
    prepared.blocked_day,
    prepared.refund(),
    prepared.case,
    prepared.escort("pending"),
    prepared.escort("suspended"),
    prepared.escort_on_leave,
    prepared.proposal("approve"),
    prepared.push_given_up,
    prepared.alarm,
    *(entry(table) for table in ("hospitals", "services", "experts", "banners", "showcases")),
    entry("hospitals", archived=True),
    order_in_cash,
    order_without_pay,
    order_with_pay,
    waiting_content("approve"),
    about_complaint(),
    about_invoice(),
    about_invoice("issued"),
    about_invoice("to_reverse"),
    about(),
)
"""Made in this order, ten seconds apart: a password counts as just typed for ten minutes."""


class Office:
    """A served office: what each role reads."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clients: dict[str, Client]) -> None:
        self.loop = loop
        self.clients = clients

    def get(self, path: str, role: str = "owner") -> HTTPResponse:
        return self.loop.run_until_complete(self.clients[role].get(f"admin/{path}"))


async def _client(root: str, scenario: Scenario, name: str, role: Role) -> Client:
    client, services = Client(root), scenario.services
    async with services.storage.transaction() as tx:
        await tx.administrators.add(name, conftest._password_hash(), role, services.clock())
        admin = await tx.administrators.by_name(name)
        assert admin is not None
        browser = admin_sessions.Browser("127.0.0.1", "", "test")
        client.cookies[COOKIE] = await admin_sessions.start(
            tx, services.settings, admin, browser, services.clock()
        )
        await tx.commit()
    await client.page("admin/me/")  # its forms set the CSRF cookie
    return client


@contextmanager
def serving(folder: Path) -> Iterator[Office]:
    """The office, in an event loop of its own."""
    loop = asyncio.new_event_loop()
    clock = MovingClock()
    services = services_in(folder, cast(Any, clock))
    services.transfers.wechat = cast(Any, FakeTransfers())
    scenario = Scenario(services, clock)

    async def begin() -> tuple[HTTPServer, dict[str, Client]]:
        server = HTTPServer(HospitalApplication(services))
        socket, port = bind_unused_port()
        server.add_socket(socket)
        root = f"http://127.0.0.1:{port}/"
        clients = {name: await _client(root, scenario, name, role) for name, role in ROLES.items()}
        for ready in GOING_ON:
            await ready(scenario, clients["owner"])
            clock.at += 10 * SECOND
        await put(scenario, 1)
        await shipment(scenario, 2, "failed", last_error="微信说这笔支付不能发货", last_code=10060004)
        return server, clients

    async def end(server: HTTPServer) -> None:
        server.stop()
        await server.close_all_connections()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(work)

    run(services.storage.open())
    try:
        server, clients = run(begin())
        yield Office(loop, clients)
        run(end(server))
    finally:
        run(services.storage.close())
        loop.close()
