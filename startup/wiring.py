"""Puts the parts together: from complete settings to the services that the handlers work with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urljoin

from accounts.content import pictures
from accounts.content.rounds import Places
from accounts.limits import RateLimiter
from catalog.cache import CatalogCache
from catalog.picture_files import Pictures
from clock import Clock, now_ms
from config import ROOT, ConfigError, Settings
from handlers.services import Services
from payment.service import Payments
from payment.transfers.service import Transfers
from payment.wechatpay.gateway import Gateway
from payment.wechatpay.keys import PlatformKeys, load_public_key
from payment.wechatpay.merchant import Merchant
from payment.wechatpay.notification import NotificationVerifier
from payment.wechatpay.signing import MerchantKey, load_merchant_key, sign_payment_parameters
from payment.wechatpay.transfers import MerchantTransfers
from privacy import PrivacyError, Vault
from startup.push_consumers import push_consumers
from storage import Storage, open_storage
from wechat.api import WeChatApi
from wechat.content_checks import ContentChecks
from wechat.login import LoginClient
from wechat.push.envelope import PushReceiver
from wechat.push.inbox import PushInbox
from wechat.tokens import AccessTokens


def merchant_key(settings: Settings) -> MerchantKey:
    """The merchant's private key. Raises ConfigError."""
    file = ROOT / settings.pay.key_file  # an absolute path stays as it is
    with _naming(settings, "pay.key_file", "the merchant's private key (PEM)", file):
        return load_merchant_key(file.read_bytes(), settings.pay.serial)


def platform_keys(settings: Settings, clock: Clock = now_ms) -> PlatformKeys:
    """The configured public key of WeChat Pay, if any; certificates are fetched later. Raises ConfigError."""
    if not settings.pay.public_key_id:
        return PlatformKeys(clock=clock)
    file = ROOT / settings.pay.public_key_file
    with _naming(settings, "pay.public_key_file", "WeChat Pay's public key (PEM)", file):
        return PlatformKeys([load_public_key(file.read_bytes(), settings.pay.public_key_id)], clock)


@contextmanager
def _naming(settings: Settings, key: str, expected: str, file: Path) -> Iterator[None]:
    """Say which setting an unusable file belongs to."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{settings.source}: {key}: expected {expected}, found {file}: {reason}") from None


def merchant(settings: Settings) -> Merchant:
    """Who we are at WeChat Pay. Raises ConfigError."""
    pay = settings.pay
    try:
        return Merchant(
            mchid=pay.mchid,
            appid=settings.wechat.appid,
            key=merchant_key(settings),
            apiv3_key=pay.apiv3_key,
            notify_url=pay.notify_url,
            refund_notify_url=refund_notify_url(settings),
            public_key_id=pay.public_key_id or None,
            use_certificates=pay.use_certificates,
        )
    except ValueError as error:
        raise ConfigError(f"{settings.source}: pay.notify_url: {error}") from None


def refund_notify_url(settings: Settings) -> str:
    """As configured, or beside the one for payments."""
    return settings.pay.refund_notify_url or urljoin(settings.pay.notify_url, "../refund-notify/")


def vault(settings: Settings) -> Vault:
    """Seals and opens personal numbers. Raises ConfigError."""
    try:
        return Vault(settings.privacy.key, settings.privacy.previous_keys)
    except PrivacyError:
        raise ConfigError(
            f"{settings.source}: privacy.key: expected 64 hexadecimal digits, found something else (kept secret)"
        ) from None


def push_receiver(settings: Settings, clock: Clock = now_ms) -> PushReceiver | None:
    """What proves pushed messages to be WeChat's; None where the message push is not configured."""
    wechat = settings.wechat
    if not wechat.push_token:
        return None
    return PushReceiver(wechat.push_token, wechat.push_aes_key, wechat.appid, clock)


def complaint_notify_url(settings: Settings) -> str:
    """As configured, or beside the one for payments."""
    return settings.pay.complaint_notify_url or urljoin(settings.pay.notify_url, "../complaint-notify/")


def public_root(settings: Settings) -> str:
    """The server's address on the internet, with a slash at its end: WeChat Pay's notifications come to it."""
    return urljoin(settings.pay.notify_url, "../../")


def content_places(services: Services) -> Places:
    """Where avatars that wait for WeChat are, and are fetched by it."""
    settings, folders = services.settings, services.folders

    def address(file: str) -> str:
        path = pictures.address(settings.server.cookie_secret, file, services.clock())
        return public_root(settings) + path

    return Places(folders.unchecked, folders.avatars, address)


@asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock = now_ms, storage: Storage | None = None
) -> AsyncIterator[Services]:
    """Every service, opened; closed again at the end. ``storage``: one that is open already."""
    async with AsyncExitStack() as stack:
        if storage is None:
            storage = open_storage(settings.database, settings.data)
            stack.push_async_callback(storage.close)
            await storage.open()
        keys = platform_keys(settings, clock)
        gateway = Gateway(merchant(settings), keys, base_url=settings.pay.api_base, clock=clock)
        await stack.enter_async_context(gateway)
        appid, secret, base_url = (
            settings.wechat.appid,
            settings.wechat.secret,
            settings.wechat.api_base,
        )
        login = LoginClient(appid, secret, base_url=base_url)
        stack.push_async_callback(login.close)
        tokens = await stack.enter_async_context(AccessTokens(appid, secret, base_url=base_url, clock=clock))
        wechat = await stack.enter_async_context(WeChatApi(tokens, base_url=base_url))
        pictures = Pictures(settings.data / "uploads")
        payments = Payments(
            storage,
            gateway,
            NotificationVerifier(keys, settings.pay.apiv3_key, clock),
            lambda prepay_id: _sign(prepay_id, gateway.merchant, clock),
            settings,
            clock,
        )
        sealing = vault(settings)
        services = Services(
            settings=settings,
            storage=storage,
            payments=payments,
            gateway=gateway,
            transfers=Transfers(
                storage, MerchantTransfers(gateway.merchant, gateway.requests), sealing, settings, clock
            ),
            login=login,
            wechat=wechat,
            vault=sealing,
            catalog=CatalogCache(storage, settings, pictures, clock),
            pictures=pictures,
            limiter=RateLimiter(clock),
            clock=clock,
            avatars=settings.data / "avatars",
            push_receiver=push_receiver(settings, clock),
            content=ContentChecks(wechat, enabled=settings.wechat.content_checks),
        )
        services.pushes = PushInbox(storage, clock, push_consumers(services))
        stack.push_async_callback(services.alarms.close)
        yield services


def _sign(prepay_id: str, who: Merchant, clock: Clock) -> dict[str, str]:
    return sign_payment_parameters(prepay_id, appid=who.appid, key=who.key, now_ms=clock())
