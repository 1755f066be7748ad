"""A running server: binds, wires, starts the background work, prints where it is, and stops without losing anything."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from tornado.netutil import bind_sockets

from accounts.administrators import AccountRefused, create_administrator
from clock import now_ms
from config import ConfigError, Settings
from frozen_dataclasses import frozen
from handlers.application import HospitalApplication
from handlers.connections import Server
from handlers.monitoring.process_gauges import refreshing
from handlers.services import Services
from startup import checks, development, output, staging
from startup.addresses import EVERY_ADDRESS, LOOPBACK, bound, print_addresses, root_address
from startup.background import Background
from startup.checks.durability import why_not_durable
from startup.processes import READY, inherited, parent_is_gone
from startup.seed import seed_catalog
from startup.signals import Signals
from startup.story import Story, tell
from startup.tls import server_context
from startup.watching import watch
from startup.wiring import open_services
from storage import Storage, migrate, open_storage, revision
from storage.models import Role

logger = logging.getLogger("hospital.server")

DRAIN_SECONDS = 10.0
"""How long requests in flight may take to finish at the end."""


class StandIn(Protocol):
    """What the server needs of WeChat's stand-in; only ``main.py`` knows where it comes from."""

    @property
    def identity(self) -> development.Identity: ...
    def routes(self, prefix: str) -> list[Any]: ...
    def push_to(self, url: str) -> None: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


async def serve_as_worker(settings: Settings, descriptors: str) -> int:
    """Serve on the parent's sockets until it says so, or is gone."""
    sockets, line = inherited(descriptors)
    return await serve(settings, None, parent=Parent(sockets, line))


@frozen()
class Parent:
    """What a worker has of its parent."""

    sockets: list[Any]
    line: socket.socket

    def say_ready(self) -> None:
        self.line.send(READY)


async def serve(
    settings: Settings,
    sandbox: StandIn | None,
    extra_routes: list[Any] | None = None,
    reread: Callable[[], Settings] | None = None,
    parent: Parent | None = None,
    story: Story | None = None,
) -> int:
    """Run until SIGINT or SIGTERM; the exit code. Raises ConfigError, StorageUnavailable.

    ``sandbox``: only in development. ``extra_routes``: further development pages, in front of the sandbox's own.
    ``reread``: gives the settings as they are in the file now, for SIGHUP. ``parent``: of one of several processes.
    ``story``: told before the server says that it is ready; only in development.
    """
    signals = Signals(reread)
    signals.listen()
    sockets = parent.sockets if parent else bound(settings)
    settings, internal = _complete(settings, sandbox, sockets)
    await _refuse_unless_sound(settings, before=True)
    await _prepare_schema(settings)
    await _refuse_unless_sound(settings, before=False)
    tls = signals.tls = server_context(settings)
    async with open_services(settings, story.now if story else now_ms) as services:
        await _refuse_unless_durable(services)
        await staging.claim_database(services.storage, settings, now_ms())
        await _first_administrator(services)
        await seed_catalog(services.storage)
        prefix = settings.server.base_path.rstrip("/")
        extra = [*(extra_routes or []), *(sandbox.routes(f"{prefix}/sandbox") if sandbox else [])]
        application = HospitalApplication(services, extra)
        async with AsyncExitStack() as stack:
            listening = _listening(application, tls, sockets, internal, sandbox)
            servers = await stack.enter_async_context(listening)
            if story:
                await tell(story, services, root_address(settings, sockets), signals.stopping)
            await stack.enter_async_context(Background(services).running())
            await stack.enter_async_context(refreshing(services, application))
            gc.collect()
            gc.freeze()  # what was made up to here stays: a collection need not look through it each time
            if parent:
                parent.say_ready()
                ended = asyncio.create_task(_stop_with_parent(parent, signals))
            else:
                print_addresses(settings, sockets, bool(sandbox))
            await signals.stopping.wait()
            if parent:
                ended.cancel()
            else:
                print("正在停止 / stopping…", flush=True)
            services.draining = True
            for server in servers:
                server.conn_params.no_keep_alive = True  # the next answer on each connection is its last
            await signals.delay(settings.server.stop_delay_seconds)
            for server in servers:
                server.stop()
            await application.drained(DRAIN_SECONDS)
    return 0


async def _stop_with_parent(parent: Parent, signals: Signals) -> None:
    await parent_is_gone(parent.line)
    signals.stopping.set()


def _complete(settings: Settings, sandbox: StandIn | None, sockets: list[Any]) -> tuple[Settings, list[Any]]:
    """Fill in what development leaves open; with it, a plain listener for the sandbox when the server uses HTTPS."""
    if not settings.development:
        return settings, []
    settings = development.with_secrets(settings)
    if sandbox is None:
        return settings, []
    internal = bind_sockets(0, LOOPBACK) if settings.server.tls_certificate else []
    host, port = (internal or sockets)[0].getsockname()[:2]
    host = LOOPBACK if host in EVERY_ADDRESS else host
    address = f"http://{host}:{port}{settings.server.base_path.rstrip('/')}"
    development.announce(settings, address)
    sandbox.push_to(f"{address}/wechat/push/")
    return development.with_sandbox(settings, sandbox.identity, address), internal


async def _refuse_unless_sound(settings: Settings, *, before: bool) -> None:
    """Every check that a start waits for. In development the schema is made in between: ``before`` and after it."""
    for check in checks.CHECKS:
        after_migration = settings.development and check in checks.AFTER_MIGRATION
        if check in checks.ON_DEMAND or after_migration is before:
            continue
        result = await check(settings)
        if result.level == "failed":
            raise ConfigError(f"start-up check {result.name} failed: {result.detail}")
        if result.level == "warning":
            logger.warning("start-up check %s: %s", result.name, result.detail)


async def _refuse_unless_durable(services: Services) -> None:
    """What the checks could only expect is read back from the connection that writes (promise 28)."""
    problem = why_not_durable(await services.storage.durability())
    if problem and not services.settings.development:
        raise ConfigError(f"start-up check database failed: {problem}")


async def _prepare_schema(settings: Settings) -> None:
    """Development migrates by itself; production has been checked already."""
    if not settings.development:
        return
    storage = open_storage(settings.database, settings.data)
    try:
        await storage.open()
        await staging.refuse_another_modes(storage, settings)
        up_to_date = await revision.current(storage) == revision.newest()
    finally:
        await storage.close()
    if not up_to_date:
        await asyncio.to_thread(migrate, settings.database, settings.data)


async def _first_administrator(services: Services) -> None:
    """Make the first administrator on an empty database.

    A generated password is shown before there is an account: when it cannot be shown, or we are killed just then, no
    account is left that nobody can use, and the next start makes a new one.
    """
    settings, storage = services.settings, services.storage
    if not await _no_administrator(storage):
        return
    given = settings.admin.first_password
    if not given and not settings.development:
        logger.warning("there is no administrator yet; run: python main.py admin create NAME")
        return
    name, password = settings.admin.first_name, given or secrets.token_urlsafe(12)
    line = f"管理员 {name} 的初始密码（只显示这一次）/ password, shown once: {password}"
    if not given and not output.show(line):
        logger.warning(
            "no administrator was made: the password could not be shown; run: main.py admin create NAME"
        )
        return
    try:
        await create_administrator(storage, name, password, Role.OWNER, now_ms())
    except AccountRefused as error:
        raise ConfigError(f"{settings.source}: admin.first_password: {error}") from None


async def _no_administrator(storage: Storage) -> bool:
    async with storage.reading() as reader:
        return await reader.administrators.count() == 0


@asynccontextmanager
async def _listening(
    application: HospitalApplication,
    tls: ssl.SSLContext | None,
    sockets: list[Any],
    internal: list[Any],
    sandbox: StandIn | None,
) -> AsyncIterator[list[Server]]:
    limits: dict[str, Any] = {
        "max_body_size": 64 * 1024 * 1024,
        "body_timeout": 120,
        "connections": application.connections,
    }
    watch()
    servers = [Server(application, ssl_options=tls, **limits)]
    servers[0].add_sockets(sockets)
    if internal:
        servers.append(Server(application, **limits))
        servers[1].add_sockets(internal)
    try:
        if sandbox:
            await sandbox.start()
        yield servers
    finally:
        for server in servers:
            server.stop()
        if sandbox:
            await sandbox.stop()
        for server in servers:
            await server.close_all_connections()
