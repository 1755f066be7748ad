"""The commands beside ``serve``: each opens what it needs, does one thing, and returns an exit code."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from accounts.administrators import AccountRefused, create_administrator, unlock
from clock import now_ms
from config import Settings
from orders.escort_pay import lists
from orders.escorts import records
from payment.books.closing import check_closed_months
from payment.books.ledger import ledger_report
from payment.reconciliation.reconcile_job import run_reconciliation
from startup import staging, wiring
from startup.checks import run_checks
from startup.problems import CommandFailed
from startup.sealed import Rotation, StoredFiles, why_not_opened
from storage import Storage, Transaction, migrate, open_storage, revision


@asynccontextmanager
async def opened_storage(settings: Settings) -> AsyncIterator[Storage]:
    """Raises CommandFailed where the database is not at this version's schema."""
    storage = open_storage(settings.database, settings.data)
    try:
        await storage.open()
        found = await revision.current(storage)
        if found != revision.newest():
            raise CommandFailed(
                revision.why_too_new(found)
                or f"数据库不是最新结构 / schema {found or 'none'}, expected {revision.newest()}; run: main.py migrate"
            )
        yield storage
    finally:
        await storage.close()


async def check(settings: Settings, *, live: bool = False) -> int:
    """List every start-up check with its result, with ``live`` also what WeChat says; 1 when one failed."""
    results = await run_checks(settings)
    for result in results:
        print(result.line(), flush=True)
    if live:
        from startup.live import run_live_checks

        asked = await run_live_checks(settings)
        print("\n".join(["", "WeChat says / 微信的答复：", *(result.line() for result in asked)]))
        results += asked
    return 1 if any(result.level == "failed" for result in results) else 0


async def migrate_database(settings: Settings) -> int:
    await asyncio.to_thread(migrate, settings.database, settings.data)
    print(f"数据库已是最新结构 / schema {revision.newest()}")
    return 0


async def create_admin(settings: Settings, name: str, password: str, role: str) -> int:
    if settings.development:
        await asyncio.to_thread(migrate, settings.database, settings.data)
    async with opened_storage(settings) as storage:
        # The first act on a new database: whoever makes an administrator of a rehearsal has begun the rehearsal.
        await staging.claim_database(storage, settings, now_ms())
        try:
            await create_administrator(storage, name, password, role, now_ms())
        except AccountRefused as error:
            raise CommandFailed(str(error)) from None
    print(f"管理员 {name} 已创建 / created")
    return 0


async def unlock_admin(settings: Settings, name: str) -> int:
    """Forget the wrong passwords for an account, so that it can log in at once."""
    async with opened_storage(settings) as storage:
        found = await storage.run(lambda tx: _unlock(tx, name))
    if found is None:
        raise CommandFailed(f"没有这个账号 / no such account: {name}")
    print(f"管理员 {found} 可以登录了 / unlocked")
    return 0


async def _unlock(tx: Transaction, name: str) -> str | None:
    found = await unlock(tx, name)
    if found is None:
        return None
    await tx.audit.add(None, "", "account.unlock", "administrator", found[0].id, now_ms())
    return found[0].name


async def reconcile(settings: Settings, day: str | None) -> int:
    """Fetch and compare a day's bills, or those of every missing day; 1 when there are differences."""
    async with wiring.open_services(settings) as services:
        await staging.refuse_another_modes(services.storage, settings)
        return await run_reconciliation(services.payments.context, day)


async def ledger(settings: Settings, *, repair: bool = False) -> int:
    """Print the balance per day; 1 when the ledger disagrees with payments and refunds, or with a closed month, or what
    is kept about escorts' visits with the orders. ``repair``: before, put right that and the lists beside their pay."""
    async with opened_storage(settings) as storage:
        if repair:
            mended = [*await lists.repair_all(storage), *await records.repair_all(storage)]
            print("\n".join([f"已补正 put right: {len(mended)}", *(f"  {line}" for line in mended), ""]))
        text, code = await ledger_report(storage)
        async with storage.reading() as reader:
            problems = await check_closed_months(reader)
        problems += await records.problems(storage)
    print("\n".join([text, *problems]))
    code = 1 if problems else code
    return code


async def rotate_privacy_key(settings: Settings) -> int:
    """Seal every personal number that an older key sealed with the newest; may be interrupted and run again."""
    vault = wiring.vault(settings)
    async with opened_storage(settings) as storage:
        files = StoredFiles.below(settings.data, vault)
        if problem := await why_not_opened(storage, vault, files):
            raise CommandFailed(f"{settings.source}: privacy.key: {problem}; nothing was changed")
        rotation = Rotation(storage, vault, files)
        await rotation.run()
    found = rotation.resealed
    print(f"已换用新密钥 / resealed with {vault.key_id}: {sum(found.values())}")
    for table, count in sorted(found.items()):
        print(f"  {table}: {count}")
    for value in rotation.damaged:
        print(f"  无法打开 / does not open: {value}")
    return 1 if rotation.damaged else 0


async def serve_sandbox(sandbox: Any, application: Any, port: int) -> int:
    """Run WeChat's stand-in alone on the loopback until SIGINT or SIGTERM."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = HTTPServer(application, max_body_size=4 * 1024 * 1024)
    sockets = bind_sockets(port, "127.0.0.1")
    server.add_sockets(sockets)
    await sandbox.start()
    print(f"微信沙箱 / sandbox: http://localhost:{sockets[0].getsockname()[1]}/sandbox/", flush=True)
    await stopping.wait()
    server.stop()
    await sandbox.stop()
    await server.close_all_connections()
    return 0
