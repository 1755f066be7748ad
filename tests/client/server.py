"""A small server that stands in for ours and for the sandbox, when only the client is tested.

It runs in a thread of its own: Playwright keeps the main thread's event loop. Everything lies under a prefix, as behind
a proxy, so an absolute address in the client would be noticed.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from sandbox.client import ClientBuild, routes

PREFIX = "/some/prefix"
THINGS = [{"id": 1, "name": "第一个", "price": "￥1"}, {"id": 2, "name": "第二个", "price": "￥2"}]


class ServerState:
    """What the stand-in answers, and what it was sent. Tests change the one and read the other."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.status = 200
        self.delay = 0.0
        self.things: list[dict[str, Any]] = THINGS
        self.refusal = ""
        self.cashier: list[dict[str, Any]] = []
        self.payee: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.uploads: list[tuple[str, str, bytes]] = []


class Handler(tornado.web.RequestHandler):
    def initialize(self, server_state: ServerState) -> None:
        self.server_state = server_state


class ThingsHandler(Handler):
    async def get(self) -> None:
        self.server_state.headers.append(dict(self.request.headers))
        await asyncio.sleep(self.server_state.delay)
        self.set_status(self.server_state.status)
        self.write({"code": 0, "warrant": "very-secret", "things": self.server_state.things})


class UploadHandler(Handler):
    def post(self) -> None:
        [file] = self.request.files["avatar"]
        self.server_state.uploads.append((file["filename"], file["content_type"], file["body"]))
        self.write({"code": 0, "avatar": "avatars/1.png"})


class OrdersHandler(Handler):
    def get(self) -> None:
        self.write(
            {"code": 0, "amount": 58800, "description": f"样例服务 {self.get_query_argument('prepay_id')}"}
        )


class PayeeHandler(Handler):
    def post(self) -> None:
        wish = json.loads(self.request.body)
        self.server_state.payee.append(wish)
        if self.server_state.refusal:
            self.set_status(409)
            self.write({"code": 409, "error": "wrong_payee", "msg": self.server_state.refusal})
            return
        told = {"amount": 8_000, "remark": "2026-11 陪诊报酬", "perception": "劳务报酬"}
        self.write({"code": 0, "state": "WAIT_USER_CONFIRM", **told})


class CashierHandler(Handler):
    def post(self) -> None:
        wish = json.loads(self.request.body)
        self.server_state.cashier.append(wish)
        if self.server_state.refusal:
            self.set_status(409)
            self.write({"code": 1, "error": "order_expired", "msg": self.server_state.refusal})
            return
        messages = {"cancel": "requestPayment:fail cancel", "fail": "requestPayment:fail 支付失败"}
        self.write({"code": 0, "errMsg": messages.get(wish["outcome"], "requestPayment:ok")})


class PeopleHandler(Handler):
    def get(self) -> None:
        self.write({"code": 0, "people": [{"name": "zhangsan", "openid": "o1"}]})


class MessagesHandler(Handler):
    def get(self) -> None:
        message = {
            "data": {"thing1": "样例服务"},
            "errcode": 0,
            "created_at": 1_795_000_000_000,
            "page": "pages/list/list",
        }
        self.write({"code": 0, "messages": [message] if self.get_query_argument("openid") == "o1" else []})


class PermissionsHandler(Handler):
    """Takes what the person allowed; nothing here sends messages."""

    def post(self) -> None:
        self.write({"code": 0, "permissions": []})


def make_app(client: ClientBuild | Path, server_state: ServerState) -> tornado.web.Application:
    known = {"server_state": server_state}
    return tornado.web.Application(
        [
            *routes(f"{PREFIX}/sandbox/client", client),
            (f"{PREFIX}/things/", ThingsHandler, known),
            (f"{PREFIX}/upload/", UploadHandler, known),
            (f"{PREFIX}/sandbox/orders/", OrdersHandler, known),
            (f"{PREFIX}/sandbox/cashier/", CashierHandler, known),
            (f"{PREFIX}/sandbox/transfers/payee/", PayeeHandler, known),
            (f"{PREFIX}/sandbox/people/", PeopleHandler, known),
            (f"{PREFIX}/sandbox/messages/", MessagesHandler, known),
            (f"{PREFIX}/sandbox/permissions/", PermissionsHandler, known),
        ]
    )


@contextmanager
def serving(client: ClientBuild | Path, server_state: ServerState) -> Iterator[str]:
    """The address of the client's page, on a free port, while this lasts."""
    sockets = bind_sockets(0, "127.0.0.1")
    loop = asyncio.new_event_loop()
    server: list[HTTPServer] = []

    async def start() -> None:
        server.append(HTTPServer(make_app(client, server_state)))
        server[0].add_sockets(sockets)

    async def stop() -> None:
        server[0].stop()
        await server[0].close_all_connections()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}{PREFIX}/sandbox/client/"
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
