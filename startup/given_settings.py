"""The settings of a command: those of the configuration, with what its arguments change."""

from __future__ import annotations

import argparse
from pathlib import Path

from config import ConfigError, Settings, load_settings
from startup.running import data_folder

_READ_ONLY_COMMANDS = ("check", "backup")
"""Commands that make not even the data folder."""


def given_settings(given: argparse.Namespace) -> Settings:
    """Raises ConfigError, BackupFailed."""
    data = data_folder(given.data, make=given.command not in _READ_ONLY_COMMANDS)
    file = Path(given.config) if given.config else None
    if given.command == "restore" and given.keys:
        from startup.backup.command import restore_settings

        return restore_settings(data, given.file, file)
    settings = load_settings(data, file)
    if given.command in ("serve", "demo") and given.port is not None:
        settings = settings.replace("server", port=given.port)
    if settings.staging and given.command != "sandbox":
        settings = _rehearsing(settings)
    return settings


def _rehearsing(settings: Settings) -> Settings:
    """With the stand-in that runs beside this server, in the same data folder. Raises ConfigError."""
    from startup import staging  # the database's modules with it

    folder = settings.data / "sandbox"
    staging.refuse_merchant_data(settings)
    if not (folder / "identity.json").exists():
        raise ConfigError(
            f"{settings.source}: server.mode: staging needs WeChat's stand-in, which has not run in {settings.data} "
            "yet: start `main.py sandbox` with the same --data and --config"
        )
    from sandbox import load_identity

    return staging.with_stand_in(settings, load_identity(folder))
