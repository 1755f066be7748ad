"""What is looked at in the database. Nothing is made or changed, not even a file beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config import ConfigError, Settings
from startup import staging, wiring
from startup.checks.durability import why_not_certified, why_not_durable
from startup.checks.result import Result, failed, failed_in_production, ok, warning
from startup.sealed import StoredFiles, why_not_opened
from storage import Storage, StorageError, open_storage, revision, sqlite_path
from storage.address import is_this_machine
from storage.inspection import missing_triggers, tables_without_transactions


@asynccontextmanager
async def open_for_inspection(settings: Settings) -> AsyncIterator[Storage | None]:
    """The database, only to look at; None where the embedded one has not been made yet. Raises StorageError."""
    if _is_absent(settings):
        yield None
        return
    storage = open_storage(settings.database, settings.data, inspect=True)
    try:
        await storage.open()
        yield storage
    finally:
        await storage.close()


def _is_absent(settings: Settings) -> bool:
    return settings.database.engine == "sqlite" and not sqlite_path(settings.database, settings.data).exists()


async def check_database(settings: Settings) -> Result:
    """The database answers, is at the newest schema, and a commit survives a crash."""
    if reason := _other_engine_meant(settings):
        return failed_in_production(settings, "database", reason)
    try:
        async with open_for_inspection(settings) as storage:
            return await _judge_database(settings, storage)
    except StorageError as error:
        return failed("database", f"{settings.source}: [database]: {error}")


async def _judge_database(settings: Settings, storage: Storage | None) -> Result:
    found, newest = await revision.current(storage) if storage else "", revision.newest()
    if problem := revision.why_too_new(found):
        return failed("database", problem)
    if storage is None or found != newest:
        state = f"schema {found or 'none'}, expected {newest}; run: python main.py migrate"
        return failed_in_production(settings, "database", state)
    durability = await storage.durability()
    if problem := why_not_durable(durability):
        return failed_in_production(settings, "database", problem)
    if problem := why_not_certified(durability, cluster=settings.database.cluster):
        return failed_in_production(settings, "database", problem)
    if others := await tables_without_transactions(storage, settings.database.engine):
        return failed_in_production(
            settings, "database", f"expected every table to be InnoDB's, found: {', '.join(others)}"
        )
    async with storage.reading() as reader:
        administrators = await reader.administrators.count()
        owner = await reader.installation.mode()
        used = await reader.installation.is_used()
    if owner and owner != settings.server.mode:
        return failed("database", staging.why_not(owner, settings.server.mode))
    if settings.staging and used and not owner:
        return failed("database", staging.USED)
    if not administrators and not settings.admin.first_password and not settings.development:
        return warning("database", "no administrator yet; run: python main.py admin create NAME")
    words = ", ".join(f"{name}={value}" for name, value in sorted(durability.items()))
    return ok("database", f"{settings.database.engine}, schema {found}; {words}")


def _other_engine_meant(settings: Settings) -> str:
    """Settings that only the other engine uses: with them set, the data would be looked for in the wrong place."""
    other = "sqlite" if settings.database.engine == "mysql" else "mysql"
    names = (
        ("path",)
        if other == "sqlite"
        else ("host", "port", "name", "user", "password", "tls_ca", "server_key_file")
    )
    given = [
        name for name in names if f"database.{name}" in settings.stated and getattr(settings.database, name)
    ]
    if not given:
        return ""
    found = settings.database.engine
    return (
        f'{settings.source}: database.engine: expected "{other}" beside database.{given[0]}, found "{found}"'
    )


async def check_database_line(settings: Settings) -> Result:
    """What goes to another machine can be read and changed on the way, unless TLS is verified."""
    host = settings.database.host
    if settings.database.engine == "sqlite":
        return ok("database-line", "none: the database is embedded")
    if settings.database.tls_ca:
        return ok("database-line", f"TLS to {host}, verified with {settings.database.tls_ca}")
    if is_this_machine(host):
        return ok("database-line", f"{host} is this machine")
    return warning(
        "database-line",
        f"{settings.source}: database.tls_ca: expected a CA file, because {host} is another machine, found nothing: "
        "personal data cross the network unprotected"
        + (
            ""
            if settings.database.server_key_file
            else ", and a login of MySQL 8 (caching_sha2_password) is refused"
        ),
    )


async def check_integrity(settings: Settings) -> Result:
    """A file that was put back wrongly, or a disk that fails, shows here before it shows at a customer."""
    if settings.database.engine != "sqlite":
        return ok("integrity", "InnoDB verifies its pages by itself")
    if _is_absent(settings):
        return ok("integrity", "no database yet")
    from storage.sqlite_file import damage  # MariaDB needs no SQLite

    path = sqlite_path(settings.database, settings.data)
    if found := await asyncio.to_thread(damage, path):
        return failed(
            "integrity", f"{path} is damaged ({found}); restore a backup: python main.py restore FILE"
        )
    return ok("integrity", "PRAGMA quick_check found nothing wrong")


async def check_append_only(settings: Settings) -> Result:
    """The append-only tables are kept from changes by triggers, if the database lets us make them."""
    name = "append-only"
    try:
        async with open_for_inspection(settings) as storage:
            if storage is None or not await revision.current(storage):
                return ok(name, "no tables yet")
            missing = await missing_triggers(storage, settings.database.engine)
    except StorageError:
        return warning(name, "not known: the database does not answer")
    if missing:
        return warning(
            name,
            f"the triggers {', '.join(missing)} are missing: nothing stops a change to these tables "
            "(docs/operation.md, Append-only tables)",
        )
    return ok(
        name, "triggers protect the ledger, receipts outside of WeChat, escorts' earnings and the audit log"
    )


async def check_privacy_key(settings: Settings) -> Result:
    """The keys are keys, and they open what is stored: others would answer 500 and seal with the wrong key."""
    name = "privacy-key"
    try:
        vault = wiring.vault(settings)
    except ConfigError as error:
        return failed(name, str(error))
    try:
        async with open_for_inspection(settings) as storage:
            found = await revision.current(storage) if storage else ""
            if storage is None or not found:
                return ok(name, f"key {vault.key_id} seals; nothing is stored yet")
            if found != revision.newest():
                return warning(
                    name, f"key {vault.key_id} seals; what is stored is compared after the migration"
                )
            problem = await why_not_opened(storage, vault, StoredFiles.below(settings.data, vault))
    except StorageError:
        return warning(name, f"key {vault.key_id} seals; the database does not answer, so nothing was opened")
    if problem:
        return failed(name, f"{settings.source}: privacy.key: {problem}")
    return ok(name, f"key {vault.key_id} seals, and what is stored opens")
