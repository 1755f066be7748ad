"""The commands beside ``serve``: each opens what it needs, does one thing, and returns an exit code."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from clock import now_ms
from config import Settings
from handlers.admin.accounts import AccountRefused, create_administrator, unlock
from handlers.admin.totp import CONTEXT as TOTP
from handlers.escorts import PHONE as ESCORT_PHONE
from handlers.patients import ID_NUMBER, PHONE
from payment.ledger import ledger_report
from payment.reconcile_job import run_reconciliation
from privacy import Vault
from startup import wiring
from startup.checks import run_checks
from storage import Storage, Transaction, migrate, open_storage, revision

PAGE = 200


class CommandFailed(Exception):
    """A command could not do its work; the message says why."""


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Storage]:
    storage = open_storage(settings.database, settings.data)
    try:
        await storage.open()
        yield storage
    finally:
        await storage.close()


async def check(settings: Settings) -> int:
    """List every start-up check with its result; 1 when one failed."""
    results = await run_checks(settings)
    for result in results:
        print(result.line())
    return 1 if any(result.level == "failed" for result in results) else 0


async def migrate_database(settings: Settings) -> int:
    await asyncio.to_thread(migrate, settings.database, settings.data)
    print(f"数据库已是最新结构 / schema {revision.newest()}")
    return 0


async def create_admin(settings: Settings, name: str, password: str, role: str) -> int:
    if settings.development:
        await asyncio.to_thread(migrate, settings.database, settings.data)
    async with _opened(settings) as storage:
        try:
            await create_administrator(storage, name, password, role, now_ms())
        except AccountRefused as error:
            raise CommandFailed(str(error)) from None
    print(f"管理员 {name} 已创建 / created")
    return 0


async def unlock_admin(settings: Settings, name: str) -> int:
    """Forget the wrong passwords for an account, so that it can log in at once."""
    async with _opened(settings) as storage:
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
        return await run_reconciliation(services.payments, day)


async def ledger(settings: Settings) -> int:
    """Print the balance per day; 1 when the ledger disagrees with payments and refunds."""
    async with _opened(settings) as storage:
        text, code = await ledger_report(storage)
    print(text)
    return code


async def rotate_privacy_key(settings: Settings) -> int:
    """Seal every personal number that an older key sealed with the newest; may be interrupted and run again."""
    vault = wiring.vault(settings)
    async with _opened(settings) as storage:
        patients = await _reseal_patients(storage, vault)
        escorts = await _reseal_escorts(storage, vault)
        await _reseal_administrators(storage, vault)
    print(f"已换用新密钥 / resealed: {patients} 位就诊人, {escorts} 位陪诊员")
    return 0


async def _reseal_patients(storage: Storage, vault: Vault) -> int:
    last, changed = 0, 0
    while True:
        async with storage.transaction() as tx:
            page = await tx.patients.sealed_after(last, PAGE)
            for patient in page:
                last = patient.id
                if vault.current(patient.phone_sealed) and vault.current(patient.id_number_sealed):
                    continue
                phone = (
                    vault.seal(vault.open(patient.phone_sealed, PHONE), PHONE) if patient.phone_sealed else ""
                )
                number = vault.open(patient.id_number_sealed, ID_NUMBER)
                sealed = vault.seal(number, ID_NUMBER) if number else ""
                changed += await tx.patients.reseal(patient, phone, sealed)
            await tx.commit()
        if len(page) < PAGE:
            return changed


async def _reseal_escorts(storage: Storage, vault: Vault) -> int:
    changed = 0
    async with storage.transaction() as tx:
        for escort in await tx.escorts.page(limit=1_000_000):
            if not vault.current(escort.phone_sealed):
                phone = vault.open(escort.phone_sealed, ESCORT_PHONE)
                changed += await tx.escorts.reseal(escort, vault.seal(phone, ESCORT_PHONE))
            application = await tx.escorts.application(escort.id)
            if application is not None and not vault.current(application.phone_sealed):
                phone = vault.open(application.phone_sealed, ESCORT_PHONE)
                await tx.escorts.reseal_application(application, vault.seal(phone, ESCORT_PHONE))
        await tx.commit()
    return changed


async def _reseal_administrators(storage: Storage, vault: Vault) -> None:
    """The secrets of the second factor."""
    async with storage.transaction() as tx:
        for admin in await tx.administrators.all():
            if not vault.current(admin.totp_sealed):
                sealed = vault.seal(vault.open(admin.totp_sealed, TOTP), TOTP)
                await tx.administrators.change(admin.id, totp_sealed=sealed)
        await tx.commit()


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
