"""What the handlers work with, put together once by ``main.py``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from accounts import profile
from accounts.alarm_counter import AlarmCounter
from accounts.content import pictures
from accounts.content.deciding import Decided
from accounts.limits import RateLimiter
from accounts.personal_data import ErasedFiles
from accounts.security_events import SecurityEvents
from catalog.cache import CatalogCache
from catalog.picture_decoder import JpegCopies, PictureDecoder
from catalog.picture_files import Pictures
from catalog.unused_files import Folders
from clock import Clock
from config import Settings
from handlers.downloads import Downloads
from handlers.monitoring.database_health import DatabaseHealth
from orders.visits.photo_files import PhotoFiles
from payment.complaints.service import WeChatComplaints
from payment.service import Payments
from payment.shipping.context import ShippingContext
from payment.shipping.service import Shipping
from payment.transfers.service import Transfers
from payment.wechatpay.gateway import Gateway
from privacy import Vault
from sealed_files import DocumentFiles
from storage import Storage
from wechat.api import WeChatApi
from wechat.content_checks import ContentChecks
from wechat.login import LoginClient
from wechat.push.envelope import PushReceiver
from wechat.push.inbox import PushInbox
from wechat.shipping import ShippingCalls


@dataclass
class Services:
    settings: Settings
    storage: Storage
    payments: Payments
    gateway: Gateway
    transfers: Transfers
    login: LoginClient
    wechat: WeChatApi
    vault: Vault
    catalog: CatalogCache
    pictures: Pictures
    limiter: RateLimiter
    clock: Clock
    avatars: Path
    content: ContentChecks
    draining: bool = False
    """The server is about to stop: ``readyz/`` says so, requests are still answered."""
    push_receiver: PushReceiver | None = None
    """None: the message push is not configured."""
    security: SecurityEvents = field(default_factory=SecurityEvents)
    avatar_decoder: PictureDecoder = field(default_factory=PictureDecoder)
    catalog_decoder: PictureDecoder = field(default_factory=PictureDecoder)
    photo_decoder: PictureDecoder = field(default_factory=PictureDecoder)
    unchecked_copies: JpegCopies = field(default_factory=JpegCopies)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.downloads = Downloads(self.storage, self.clock)
        data = self.settings.data
        self.folders = Folders(
            self.avatars,
            data / "uploads",
            data / "bills",
            data / "visits",
            data / "portraits",
            data / "documents",
            data / "unchecked",
        )
        self.visit_photos = PhotoFiles(self.folders.visits, self.vault)
        self.documents = DocumentFiles(data, self.vault)
        self.complaints = WeChatComplaints(
            self.storage, self.gateway, self.settings, self.documents, self.vault, self.clock
        )
        calls = ShippingCalls(self.wechat, self.settings.wechat.appid)
        self.shipping = Shipping(ShippingContext(self.storage, calls, self.settings, self.clock))
        self.alarms = AlarmCounter(self.storage, self.clock)
        self.pushes = PushInbox(self.storage, self.clock, {})
        self.database_health = DatabaseHealth(self.storage, self.clock)

    async def remove_erased(self, erased: ErasedFiles) -> None:
        """Remove the files of a user whose data has been erased, after that was committed."""
        profile.remove_avatar(self.avatars, erased.avatar)
        pictures.discard(self.folders.unchecked, erased.unchecked)
        await asyncio.to_thread(self.visit_photos.remove, erased.visit_photos)
        self.remove_portraits(erased.portraits)
        await self.remove_documents(erased.documents)

    async def remove_documents(self, files: list[str]) -> None:
        """Remove sealed documents that nothing refers to any more, after that was committed."""
        await asyncio.to_thread(self.documents.remove, files)

    async def content_decided(self, decided: Decided) -> None:
        """Remove the files that nothing refers to once it was decided about what a user wanted others to see."""
        profile.remove_avatar(self.avatars, decided.unused_avatar)
        if decided.check.file:
            await asyncio.to_thread(pictures.discard, self.folders.unchecked, [decided.check.file])

    def remove_portraits(self, names: list[str]) -> None:
        """Remove portraits of escorts that nothing refers to any more, after that was committed."""
        for name in names:
            (self.folders.portraits / name).unlink(missing_ok=True)
