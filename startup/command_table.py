"""What each command of ``main.py`` does: settings and arguments in, exit code out.

With this module comes all that a server needs; the parent of several processes does without (``command_line.py``).
"""

from __future__ import annotations

import argparse
import getpass
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import config
from clock import now_ms
from config import Settings
from startup import commands, complaint_notifications, development, output
from startup.backup import BackupFailed
from startup.given_settings import given_settings
from startup.passwords import ask_password, read_password
from startup.problems import CommandFailed
from startup.running import serving_from
from startup.server import serve, serve_as_worker
from startup.wechat_paths import set_paths
from storage import StorageError


async def run(settings: Settings, given: argparse.Namespace) -> int:
    """Run the command that the arguments name; its exit code. Raises ConfigError, CommandFailed."""
    try:
        return await _COMMANDS[given.command](settings, given)
    except (StorageError, BackupFailed) as error:
        raise CommandFailed(str(error)) from None


async def _serve(settings: Settings, given: argparse.Namespace) -> int:
    with serving_from(settings.data):
        return await _serve_alone_or_with_sandbox(settings, given)


async def _serve_alone_or_with_sandbox(settings: Settings, given: argparse.Namespace) -> int:
    if given.worker:
        return await serve_as_worker(settings, given.worker)
    if not settings.development or not settings.sandbox.enabled:
        return await serve(settings, None, reread=lambda: given_settings(given))
    from sandbox import FolderInUse, Sandbox
    from sandbox.client import ClientBuild, routes

    story = None
    if given.command == "demo":
        from startup.demo import command as demo

        if demo.is_told(settings):
            output.print_utf8((settings.data / demo.MARK).read_text("utf-8"))
        else:
            settings = demo.without_limits(settings)
            story = demo.Story.of_days(settings, given.days)
    sandbox = Sandbox(
        settings.data / "sandbox",
        clock=story.clock if story else now_ms,
        notify_speed=settings.sandbox.notify_speed,
    )
    client = ClientBuild(config.ROOT / "Front", settings.data / "client")
    client.start()  # in the background: the page shows the progress until it is ready
    prefix = settings.server.base_path.rstrip("/")
    try:
        extra = routes(f"{prefix}/sandbox/client", client)
        return await serve(settings, sandbox, extra, reread=lambda: given_settings(given), story=story)
    except FolderInUse as error:
        raise CommandFailed(f"{error}: another server is using this data folder") from None
    finally:
        await client.stop()


async def _demo(settings: Settings, given: argparse.Namespace) -> int:
    if not settings.development or not settings.sandbox.enabled:
        raise CommandFailed("a demonstration runs in development, with WeChat's stand-in")
    return await _serve(settings, given)


async def _sandbox(settings: Settings, given: argparse.Namespace) -> int:
    if not settings.development and not settings.staging:
        raise CommandFailed("the sandbox never runs in production")
    from sandbox import FolderInUse, Sandbox
    from sandbox.app import make_app
    from sandbox.client import ClientBuild, routes

    sandbox = Sandbox(settings.data / "sandbox", notify_speed=settings.sandbox.notify_speed)
    if not settings.staging:
        return await commands.serve_sandbox(sandbox, make_app(sandbox), given.port)
    # A rehearsal is done on a phone, too: a proxy puts this beside the server, under sandbox/.
    client = ClientBuild(config.ROOT / "Front", settings.data / "client")
    client.start()
    try:
        application = make_app(sandbox, extra=routes("/sandbox/client", client, rehearsal=True))
        return await commands.serve_sandbox(sandbox, application, given.port)
    except FolderInUse as error:
        raise CommandFailed(f"{error}: another stand-in is using this data folder") from None
    finally:
        await client.stop()


async def _check(settings: Settings, given: argparse.Namespace) -> int:
    """In development without the identity of a stand-in yet: with one for this once. Nothing is written."""
    if not settings.development:
        return await commands.check(settings, live=given.live)
    settings = development.with_secrets(settings, keep=False)
    if not settings.sandbox.enabled:
        return await commands.check(settings, live=given.live)
    from sandbox import load_identity

    with tempfile.TemporaryDirectory() as passing:
        kept = settings.data / "sandbox"
        identity = load_identity(kept if (kept / "identity.json").exists() else Path(passing))
        address = development.running_address(settings)
        return await commands.check(development.with_sandbox(settings, identity, address), live=given.live)


async def _migrate(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.migrate_database(settings)


async def _admin(settings: Settings, given: argparse.Namespace) -> int:
    if given.act == "unlock":
        return await commands.unlock_admin(settings, given.name)
    password = read_password() if given.password_stdin else ask_password()
    return await commands.create_admin(settings, given.name, password, given.role)


async def _reconcile(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.reconcile(_for_command(settings), given.day)


async def _complaint_notifications(settings: Settings, given: argparse.Namespace) -> int:
    return await complaint_notifications.run(_for_command(settings), given.act)


async def _wechat_paths(settings: Settings, given: argparse.Namespace) -> int:
    return await set_paths(_for_command(settings))


async def _ledger(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.ledger(settings, repair=given.repair)


async def _rotate_privacy_key(settings: Settings, given: argparse.Namespace) -> int:
    return await commands.rotate_privacy_key(_for_command(settings))


async def _backup(settings: Settings, given: argparse.Namespace) -> int:
    from startup.backup.command import run_backup  # SQLAlchemy with it, which a server does not need

    return await run_backup(settings, given.file, with_keys=given.keys, overwrite=given.overwrite)


async def _restore(settings: Settings, given: argparse.Namespace) -> int:
    from startup.backup.command import run_restore

    return await run_restore(settings, given.file, with_keys=given.keys, overwrite=given.overwrite)


async def _import_legacy(settings: Settings, given: argparse.Namespace) -> int:
    from startup.legacy.command import import_legacy
    from startup.legacy.source import LegacyAddress, LegacyDatabaseError

    password = read_password() if given.password_stdin else getpass.getpass("旧数据库的密码 / password: ")
    address = LegacyAddress(given.host, given.port, given.name, given.user, password)
    try:
        return await import_legacy(_for_command(settings), address, dry_run=given.dry_run)
    except LegacyDatabaseError as error:
        raise CommandFailed(str(error)) from None


def _for_command(settings: Settings) -> Settings:
    """In development, commands share secrets and sandbox with the running server of the same data folder."""
    if not settings.development:
        return settings
    settings = development.with_secrets(settings)
    if not settings.sandbox.enabled:
        return settings
    from sandbox import load_identity

    identity = load_identity(settings.data / "sandbox")
    return development.with_sandbox(settings, identity, development.running_address(settings))


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]] = {
    "serve": _serve,
    "demo": _demo,
    "migrate": _migrate,
    "check": _check,
    "admin": _admin,
    "sandbox": _sandbox,
    "reconcile": _reconcile,
    "wechat-paths": _wechat_paths,
    "complaint-notifications": _complaint_notifications,
    "ledger": _ledger,
    "rotate-privacy-key": _rotate_privacy_key,
    "backup": _backup,
    "restore": _restore,
    "import-legacy": _import_legacy,
}
