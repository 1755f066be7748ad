"""Settings: declared once, in ``sections.py``; read from ``config.toml``, then from ``HA_…`` environment variables.

A section is a frozen dataclass whose fields are made by ``setting``; the marshmallow schema that checks the input, the
names of the environment variables, ``config.example.toml`` and the table in ``docs/`` are all derived from it. Anything
unknown, mistyped or missing stops the start with one line (``ConfigError``).
"""

from __future__ import annotations

from config.limit_settings import LimitSettings
from config.loading import example, load_settings
from config.office_settings import OfficeSettings
from config.sections import (
    SECTIONS,
    AdminSettings,
    DatabaseSettings,
    OrderSettings,
    PaySettings,
    PrivacySettings,
    SandboxSettings,
    ServerSettings,
    Settings,
    UserSettings,
)
from config.setting import ENVIRONMENT_PREFIX, ROOT, VERSION, ConfigError, IPNetwork, read_network
from config.visit_settings import VisitSettings
from config.wechat_settings import WeChatSettings

__all__ = [
    "ENVIRONMENT_PREFIX",
    "ROOT",
    "SECTIONS",
    "VERSION",
    "AdminSettings",
    "ConfigError",
    "DatabaseSettings",
    "IPNetwork",
    "LimitSettings",
    "OfficeSettings",
    "OrderSettings",
    "PaySettings",
    "PrivacySettings",
    "SandboxSettings",
    "ServerSettings",
    "Settings",
    "UserSettings",
    "VisitSettings",
    "WeChatSettings",
    "example",
    "load_settings",
    "read_network",
]
