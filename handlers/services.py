"""What the handlers work with, put together once by ``main.py``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from accounts.alarm_counter import AlarmCounter
from accounts.limits import RateLimiter
from accounts.security_events import SecurityEvents
from catalog.cache import CatalogCache
from catalog.picture_decoder import PictureDecoder
from catalog.picture_files import Pictures
from catalog.unused_files import Folders
from clock import Clock
from config import Settings
from handlers.downloads import Downloads
from handlers.monitoring.database_health import DatabaseHealth
from payment.service import Payments
from privacy import Vault
from storage import Storage
from wechat.login import LoginClient


@dataclass
class Services:
    settings: Settings
    storage: Storage
    payments: Payments
    login: LoginClient
    vault: Vault
    catalog: CatalogCache
    pictures: Pictures
    limiter: RateLimiter
    clock: Clock
    avatars: Path
    draining: bool = False
    """The server is about to stop: ``readyz/`` says so, requests are still answered."""
    security: SecurityEvents = field(default_factory=SecurityEvents)
    downloads: Downloads = field(default_factory=Downloads)
    avatar_decoder: PictureDecoder = field(default_factory=PictureDecoder)
    catalog_decoder: PictureDecoder = field(default_factory=PictureDecoder)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        data = self.settings.data
        self.folders = Folders(self.avatars, data / "uploads", data / "bills")
        self.alarms = AlarmCounter(self.storage, self.clock)
        self.database_health = DatabaseHealth(self.storage, self.clock)
