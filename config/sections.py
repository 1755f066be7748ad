"""Every setting there is, declared once: section by section, each with its default, its meaning and its check."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from marshmallow import validate

from config.limit_settings import LimitSettings
from config.office_settings import OfficeSettings
from config.setting import (
    BASE_PATH,
    NOT_NEGATIVE,
    PORT,
    POSITIVE,
    day_or_empty,
    proxy_networks,
    service_phone,
    setting,
)
from config.shipping_settings import ShippingSettings
from config.transfer_settings import TransferSettings
from config.visit_settings import VisitSettings
from config.wechat_settings import WeChatSettings
from frozen_dataclasses import frozen


@frozen()
class ServerSettings:
    mode: str = setting(
        "development",
        "development (sandbox, embedded database, generated secrets), production, or staging: a rehearsal of "
        "production that pays at WeChat's stand-in",
        check=validate.OneOf(["development", "staging", "production"]),
    )
    address: str = setting(
        "",
        "address to listen on, 0.0.0.0 for every one; empty: every one with tls_certificate, else 127.0.0.1",
    )
    port: int = setting(8000, "port to listen on", check=PORT)
    base_path: str = setting(
        "",
        "prefix under which requests arrive, such as /api; empty when a proxy strips it or there is none",
        check=BASE_PATH,
    )
    cookie_secret: str = setting(
        "", "signs the administrators' cookies; 32 random characters or more", secret=True
    )
    tls_certificate: str = setting("", "certificate file (PEM); with tls_key the server uses HTTPS itself")
    tls_key: str = setting("", "key file (PEM) that belongs to tls_certificate")
    trusted_proxies: list[str] = setting(
        [],
        "addresses or networks (10.0.0.0/8) of reverse proxies whose X-Forwarded-For is believed",
        check=proxy_networks,
    )
    log_level: str = setting(
        "info", "debug, info, warning or error", check=validate.OneOf(["debug", "info", "warning", "error"])
    )
    metrics_token: str = setting(
        "",
        "bearer token of the monitoring system that reads metrics/, 16 characters or more; empty: no metrics/",
        secret=True,
        check=validate.Regexp(r"^$|^[!-~]{16,128}$", error="16 to 128 letters, digits or signs, no blanks"),
    )
    log_addresses: str = setting(
        "full",
        "clients' addresses in the access log: full, masked (without their last part) or none",
        check=validate.OneOf(["full", "masked", "none"]),
    )
    stop_delay_seconds: float = setting(
        0.0,
        "how long readyz/ says 503 before the server stops accepting, so that a load balancer has noticed",
        check=validate.Range(0, 300),
    )

    @property
    def listening_address(self) -> str:
        """What to bind to; empty: every address. Plain HTTP stays on this machine unless told otherwise."""
        return self.address or ("" if self.tls_certificate else "127.0.0.1")


@frozen()
class DatabaseSettings:
    engine: str = setting(
        "sqlite", "sqlite or mysql (MariaDB too)", check=validate.OneOf(["sqlite", "mysql"])
    )
    path: str = setting("", "SQLite: the database file; empty: hospital.sqlite3 in the data folder")
    host: str = setting("127.0.0.1", "MySQL: address of the server")
    port: int = setting(3306, "MySQL: port of the server", check=PORT)
    cluster: bool = setting(
        False, "the server is a node of a Galera cluster: locks hold on all nodes, and reads wait for them"
    )
    other_hosts: list[str] = setting(
        [],
        "further nodes of the cluster (host or host:port), used in this order when the server in use fails",
    )
    name: str = setting("hospital", "MySQL: name of the database")
    user: str = setting("hospital", "MySQL: user")
    password: str = setting("", "MySQL: password", secret=True)
    tls_ca: str = setting("", "MySQL: CA file (PEM); when set, only a verified TLS connection is used")
    server_key_file: str = setting(
        "",
        "MySQL 8 on another machine without TLS: the server's RSA public key (PEM), with which the password is "
        "encrypted at the login; empty: no login that needs it",
    )
    pool_size: int = setting(
        10, "MySQL: most connections at once; SQLite: reading connections", check=POSITIVE
    )
    timeout_seconds: float = setting(
        10.0, "longest time that one use of the database may take", check=POSITIVE
    )


@frozen()
class PaySettings:
    mchid: str = setting("", "merchant number at WeChat Pay")
    serial: str = setting("", "serial number of the merchant's API certificate")
    apiv3_key: str = setting("", "APIv3 key, 32 characters", secret=True)
    key_file: str = setting("cert/apiclient_key.pem", "the merchant's private key (PEM)")
    public_key_id: str = setting("", "PUB_KEY_ID_… of WeChat Pay's public key (public-key mode)")
    public_key_file: str = setting("", "WeChat Pay's public key (PEM), for public-key mode")
    use_certificates: bool = setting(
        False, "also fetch platform certificates (certificate mode, or both during a switch)"
    )
    notify_url: str = setting("", "public address of wechatpay/notify/; https and without a query")
    refund_notify_url: str = setting(
        "", "public address of wechatpay/refund-notify/; empty: beside notify_url"
    )
    complaints: bool = setting(
        False,
        "follow what payers complain about at WeChat (消费者投诉 2.0), and answer it from the administration",
    )
    complaint_notify_url: str = setting(
        "",
        "public address of wechatpay/complaint-notify/, which main.py complaint-notifications registers; empty: beside "
        "notify_url",
    )
    api_base: str = setting("https://api.mch.weixin.qq.com", "address of WeChat Pay's API")
    books_begin: str = setting(
        "",
        "first day that is reconciled, such as 2026-11-29: the merchant number's money before it is not ours; "
        "empty: the day of the first payment here, or of the import",
        check=day_or_empty,
    )


@frozen()
class AdminSettings:
    first_name: str = setting("admin", "name of the administrator that is made on an empty database")
    first_password: str = setting("", "password of that administrator; development: generated", secret=True)
    session_idle_minutes: int = setting(
        120, "an administrator's session ends after this long unused", check=POSITIVE
    )
    session_hours: int = setting(
        12, "an administrator's session ends after this long at the latest", check=POSITIVE
    )


@frozen()
class UserSettings:
    session_days: int = setting(180, "a warrant ends after this many days unused", check=POSITIVE)
    session_max_days: int = setting(400, "a warrant ends after this many days at the latest", check=POSITIVE)
    released_clients_end: str = setting(
        "",
        "warrants of released mini-programs (which send them as a field or in the query) end by no time; those from "
        "before this day (Shanghai, YYYY-MM-DD) end when it begins",
        check=day_or_empty,
    )


@frozen()
class OrderSettings:
    horizon_days: int = setting(
        180,
        "how many days ahead a visit may be booked; WeChat refunds nothing after 365 days",
        check=validate.Range(1, 360),
    )
    unpaid_hours: int = setting(24, "an unpaid order is cancelled after this many hours", check=POSITIVE)
    refund_tiers: list[list[int]] = setting(
        [[24, 100], [2, 50]],
        "refund policy: [hours before the visit at least, percent]; without an hour a visit begins at 08:00; then 0",
    )
    refund_grace_minutes: int = setting(
        30,
        "so long after paying a cancellation gives everything back while nobody has been assigned; 0: no such time",
        check=NOT_NEGATIVE,
    )
    clerk_refund_yuan: int = setting(
        0,
        "a clerk gives back at most so many yuan where the refund policy does not give them by itself; 0: no limit",
        check=NOT_NEGATIVE,
    )
    phone: str = setting("", "customer service phone shown in the mini-program", check=service_phone)
    brand: str = setting("全心陪诊", "name of the business shown in the mini-program")


@frozen()
class PrivacySettings:
    key: str = setting(
        "", "encrypts ID and phone numbers at rest: 64 hexadecimal digits (32 bytes)", secret=True
    )
    previous_keys: list[str] = setting([], "keys used before, still able to decrypt", secret=True)
    admin_sessions_days: int = setting(
        180,
        "administrators' sessions that ended (with address and browser) and counts of alarms are kept this long",
        check=POSITIVE,
    )
    payment_events_days: int = setting(
        400,
        "notifications of WeChat Pay are kept this long; those of open cases and unfinished refunds until these end",
        check=validate.Range(min=30),
    )
    pushed_events_days: int = setting(
        90,
        "that an event was pushed by WeChat is kept this long; what it said only until it was worked on",
        check=validate.Range(min=7),
    )
    messages_days: int = setting(
        180,
        "subscribe messages that were sent or given up, reminders and old cards of family are kept this long",
        check=validate.Range(min=7),
    )
    visit_days: int = setting(
        180,
        "notes, photos and reports of visits are kept this long after the visit",
        check=validate.Range(min=1),
    )


@frozen()
class SandboxSettings:
    enabled: bool = setting(True, "development: run WeChat's stand-in under sandbox/")
    address: str = setting(
        "http://127.0.0.1:8001",
        "staging: where `main.py sandbox` answers, as this server reaches it",
        check=validate.Regexp(r"https?://[^/?#\s]+/?"),
    )
    notify_speed: float = setting(
        1.0, "how many times faster than WeChat notifications are tried again", check=POSITIVE
    )


@frozen()
class Settings:
    """Everything that can be set. ``data`` is the folder for all that the server writes."""

    data: Path
    source: str
    server: ServerSettings
    database: DatabaseSettings
    wechat: WeChatSettings
    pay: PaySettings
    admin: AdminSettings
    users: UserSettings
    orders: OrderSettings
    visits: VisitSettings
    office: OfficeSettings
    shipping: ShippingSettings
    transfers: TransferSettings
    privacy: PrivacySettings
    limits: LimitSettings
    sandbox: SandboxSettings
    file: Path | None = None
    """The configuration file that was read, if any."""
    stated: frozenset[str] = frozenset()
    """Dotted names of the settings that the file or the environment gave, as opposed to defaults."""

    @property
    def development(self) -> bool:
        return self.server.mode == "development"

    @property
    def staging(self) -> bool:
        """As production in everything, but that WeChat's stand-in takes WeChat's place."""
        return self.server.mode == "staging"

    def replace(self, section: str, **changes: Any) -> Settings:
        """A copy with some settings of one section changed."""
        return dataclasses.replace(self, **{section: dataclasses.replace(getattr(self, section), **changes)})


SECTIONS: dict[str, type[Any]] = {
    "server": ServerSettings,
    "database": DatabaseSettings,
    "wechat": WeChatSettings,
    "pay": PaySettings,
    "admin": AdminSettings,
    "users": UserSettings,
    "orders": OrderSettings,
    "visits": VisitSettings,
    "office": OfficeSettings,
    "shipping": ShippingSettings,
    "transfers": TransferSettings,
    "privacy": PrivacySettings,
    "limits": LimitSettings,
    "sandbox": SandboxSettings,
}
