"""The commands ``backup`` and ``restore``: what they print, and the settings that a restore goes by."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from pathlib import Path

from config import ROOT, Settings, load_settings
from startup import development
from startup.backup.problems import BackupFailed
from startup.backup.restoring import config_text, restore
from startup.backup.taking import back_up, from_the_environment
from startup.checks.database import check_append_only, check_database, check_integrity, check_privacy_key
from storage import open_storage, revision


async def run_backup(settings: Settings, file: Path, *, with_keys: bool, overwrite: bool) -> int:
    """Raises BackupFailed, StorageError."""
    storage = open_storage(settings.database, settings.data, inspect=True)
    try:
        await storage.open()
        schema = await revision.current(storage)
    finally:
        await storage.close()
    if not schema:
        raise BackupFailed("the database is empty: there is nothing to back up")
    manifest = await asyncio.to_thread(
        back_up, settings, file, schema, with_keys=with_keys, overwrite=overwrite
    )
    size = file.stat().st_size / 1024 / 1024  # noqa: ASYNC240 - a moment
    print(f"备份完成并已校验 / backed up and verified: {file} ({size:.1f} MB)")
    print(f"  {manifest.engine}, schema {schema}, {len(manifest.members) - 1} files beside the database")
    if not with_keys:
        print("  没有密钥 / without keys: keep config.toml (privacy.key!) and cert/ elsewhere, or use --keys")
    elif variables := ", ".join(from_the_environment(settings)):
        print(f"  不在备份里 / in the environment, so not in the backup: {variables}")
    return 0


def restore_settings(data: Path, file: Path, config: Path | None) -> Settings:
    """With ``--keys``: the settings in the backup, meant for the place that ``config`` says. Raises BackupFailed,
    ConfigError."""
    text = config_text(file)
    place = config or ROOT / "config.toml"
    if text is None:  # the installation had no file
        return load_settings(data, place if place.exists() else None)
    with tempfile.TemporaryDirectory(prefix="hospital-") as folder:
        draft = Path(folder) / "config.toml"
        draft.touch(mode=0o600)
        draft.write_bytes(text)
        settings = load_settings(data, draft)
    return dataclasses.replace(settings, file=place, source=str(place))


async def run_restore(settings: Settings, file: Path, *, with_keys: bool, overwrite: bool) -> int:
    """Raises BackupFailed, StorageError."""
    manifest = await asyncio.to_thread(restore, settings, file, with_keys=with_keys, overwrite=overwrite)
    print(f"已恢复 / restored: {file}, made at {manifest.made_at}, schema {manifest.schema}")
    if settings.development:
        settings = development.with_secrets(settings, keep=False)
    checks = (check_database, check_integrity, check_append_only, check_privacy_key)
    results = [await check(settings) for check in checks]
    for result in results:
        print(result.line())
    if manifest.schema != revision.newest():
        print("下一步 / next: python main.py migrate")
    print("请运行 / run: python main.py check, python main.py ledger")
    older = manifest.schema != revision.newest()  # then ``migrate`` and ``check`` will tell
    return 1 if not older and any(result.level == "failed" for result in results) else 0
