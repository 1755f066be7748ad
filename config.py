"""Settings: declared once, here; read from ``config.toml``, then from ``HA_…`` environment variables.

A section is a frozen dataclass whose fields are made by :func:``setting``; the marshmallow schema that checks
the input, the names of the environment variables, ``config.example.toml`` and the table in ``docs/`` are all
derived from it. Anything unknown, mistyped or missing stops the start with one line (:class:``ConfigError``).
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, get_type_hints

from marshmallow import Schema, ValidationError, fields, validate

from personal.phones import PhoneError, read_service_phone

VERSION = "1.0.0"
ENVIRONMENT_PREFIX = "HA_"
ROOT = Path(__file__).resolve().parent


class ConfigError(Exception):
    """A setting that cannot be used. The message is one line: where, key, expected, found."""


def setting(default: Any, help: str, *, secret: bool = False, check: Any = None) -> Any:
    """Declare a setting: its default, what it means, whether it is secret, a marshmallow validator."""
    metadata = {"help": help, "secret": secret, "check": check}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def _day_or_empty(text: str) -> None:
    """A calendar day as 2026-11-29, or nothing."""
    try:
        if text and (len(text) != 10 or date.fromisoformat(text).isoformat() != text):
            raise ValueError
    except ValueError:
        raise ValidationError("a day is written as 2026-11-29") from None


IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_network(text: str) -> IPNetwork:
    """An address or a network; one of IPv4 that is written as IPv6 is of IPv4. Raises ValueError."""
    network = ipaddress.ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        return ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
    return network


def _networks(values: list[str]) -> None:
    for text in values:
        try:
            everybody = read_network(text).prefixlen == 0
        except ValueError:
            raise ValidationError(
                f"{text!r} is neither an address nor a network such as 10.0.0.0/8"
            ) from None
        if everybody:
            raise ValidationError(f"{text!r} would let everybody forge their address")


PORT = validate.Range(0, 65535)
POSITIVE = validate.Range(1, 1_000_000)
NOT_NEGATIVE = validate.Range(0, 1_000_000)
BASE_PATH = validate.Regexp(
    r"^(/(?!\.{1,2}(/|$))[0-9A-Za-z._~-]+)*\Z", error="a prefix such as /api, or nothing"
)


def _service_phone(text: str) -> None:
    """Empty, or a number that can be dialled."""
    try:
        if text:
            read_service_phone(text)
    except PhoneError:
        raise ValidationError("a phone number such as 400-800-1234 or 029-85321234") from None


@dataclass(frozen=True)
class ServerSettings:
    mode: str = setting(
        "development",
        "development (sandbox, embedded database, generated secrets) or production",
        check=validate.OneOf(["development", "production"]),
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
    tls_certificate: str = setting("", "certificate file (PEM); with tls_key the server speaks HTTPS itself")
    tls_key: str = setting("", "key file (PEM) that belongs to tls_certificate")
    trusted_proxies: list[str] = setting(
        [],
        "addresses or networks (10.0.0.0/8) of reverse proxies whose X-Forwarded-For is believed",
        check=_networks,
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


@dataclass(frozen=True)
class DatabaseSettings:
    engine: str = setting(
        "sqlite", "sqlite or mysql (MariaDB too)", check=validate.OneOf(["sqlite", "mysql"])
    )
    path: str = setting("", "SQLite: the database file; empty: hospital.sqlite3 in the data folder")
    host: str = setting("127.0.0.1", "MySQL: address of the server")
    port: int = setting(3306, "MySQL: port of the server", check=PORT)
    name: str = setting("hospital", "MySQL: name of the database")
    user: str = setting("hospital", "MySQL: user")
    password: str = setting("", "MySQL: password", secret=True)
    tls_ca: str = setting("", "MySQL: CA file (PEM); when set, only a verified TLS connection is used")
    pool_size: int = setting(
        10, "MySQL: most connections at once; SQLite: reading connections", check=POSITIVE
    )
    timeout_seconds: float = setting(
        10.0, "longest time that one use of the database may take", check=POSITIVE
    )


@dataclass(frozen=True)
class WeChatSettings:
    appid: str = setting("", "appid of the mini-program")
    secret: str = setting("", "app secret of the mini-program", secret=True)
    api_base: str = setting("https://api.weixin.qq.com", "address of WeChat's mini-program API")
    message_paid: str = setting("", "subscribe message template for 支付成功; empty: not sent")
    message_escort: str = setting("", "subscribe message template for 已安排陪诊员; empty: not sent")
    message_refund: str = setting("", "subscribe message template for 退款结果; empty: not sent")
    message_cancelled: str = setting(
        "",
        "subscribe message template for 服务取消, sent to the escort of a cancelled order; empty: not sent",
    )
    message_paid_fields: list[str] = setting(
        ["thing1=service", "amount2=amount", "time3=time"],
        "fields of the 支付成功 template and what goes in: service, hospital, visit_date, amount, time, order",
    )
    message_escort_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "date3=visit_date", "name4=escort"],
        "fields of the 已安排陪诊员 template; besides the above: escort",
    )
    message_refund_fields: list[str] = setting(
        ["thing1=service", "amount2=amount", "phrase3=outcome"],
        "fields of the 退款结果 template; besides the above: outcome",
    )
    message_cancelled_fields: list[str] = setting(
        ["thing1=service", "thing2=hospital", "date3=visit_date", "phrase4=outcome"],
        "fields of the 服务取消 template: service, hospital, visit_date, time, order, outcome",
    )


@dataclass(frozen=True)
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
    api_base: str = setting("https://api.mch.weixin.qq.com", "address of WeChat Pay's API")
    books_begin: str = setting(
        "",
        "first day that is reconciled, such as 2026-11-29: the merchant number's money before it is not ours; "
        "empty: the day of the first payment here, or of the import",
        check=_day_or_empty,
    )


@dataclass(frozen=True)
class AdminSettings:
    first_name: str = setting("admin", "name of the administrator that is made on an empty database")
    first_password: str = setting("", "password of that administrator; development: generated", secret=True)
    session_idle_minutes: int = setting(
        120, "an administrator's session ends after this long unused", check=POSITIVE
    )
    session_hours: int = setting(
        12, "an administrator's session ends after this long at the latest", check=POSITIVE
    )


@dataclass(frozen=True)
class UserSettings:
    session_days: int = setting(180, "a warrant ends after this many days unused", check=POSITIVE)
    session_max_days: int = setting(400, "a warrant ends after this many days at the latest", check=POSITIVE)
    released_clients_end: str = setting(
        "",
        "warrants of released mini-programs (which send them as a field or in the query) end by no time; those from "
        "before this day (Shanghai, YYYY-MM-DD) end when it begins",
        check=_day_or_empty,
    )


@dataclass(frozen=True)
class OrderSettings:
    horizon_days: int = setting(
        180,
        "how many days ahead a visit may be booked; WeChat refunds nothing after 365 days",
        check=validate.Range(1, 360),
    )
    unpaid_hours: int = setting(24, "an unpaid order is cancelled after this many hours", check=POSITIVE)
    refund_tiers: list[list[int]] = setting(
        [[24, 100], [2, 50]],
        "refund policy: [hours before the visit at least, percent]; the visit begins at 08:00; below the last: 0",
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
    phone: str = setting("", "customer service phone shown in the mini-program", check=_service_phone)
    brand: str = setting("全心陪诊", "name of the business shown in the mini-program")


@dataclass(frozen=True)
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
    messages_days: int = setting(
        180, "subscribe messages that were sent or given up are kept this long", check=validate.Range(min=7)
    )


@dataclass(frozen=True)
class LimitSettings:
    login_per_minute: int = setting(30, "logins per minute and address; 0: no limit", check=NOT_NEGATIVE)
    order_per_minute: int = setting(60, "order and payment requests per minute and user", check=NOT_NEGATIVE)
    write_per_minute: int = setting(
        60, "other changes per minute and user (patients, profile, application, ratings)", check=NOT_NEGATIVE
    )
    export_per_minute: int = setting(6, "exports of one's own data per minute and user", check=NOT_NEGATIVE)
    avatar_per_minute: int = setting(10, "uploads of an avatar per minute and user", check=NOT_NEGATIVE)
    admin_login_per_minute: int = setting(
        10, "administrators' logins per minute and address", check=NOT_NEGATIVE
    )
    admin_write_per_minute: int = setting(
        300, "changes and exports per minute and administrator", check=NOT_NEGATIVE
    )
    body_kilobytes: int = setting(
        1024,
        "largest request body that is read, avatars too; only administrators' pictures may be larger (10 MB each)",
        check=validate.Range(1, 64 * 1024),
    )


@dataclass(frozen=True)
class SandboxSettings:
    enabled: bool = setting(True, "development: run WeChat's stand-in under sandbox/")
    notify_speed: float = setting(
        1.0, "how many times faster than WeChat notifications are tried again", check=POSITIVE
    )


@dataclass(frozen=True)
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
    "privacy": PrivacySettings,
    "limits": LimitSettings,
    "sandbox": SandboxSettings,
}

_FIELD_TYPES: dict[Any, tuple[str, Any]] = {
    str: ("text", lambda **kw: fields.String(**kw)),
    int: ("a whole number", lambda **kw: fields.Integer(strict=True, **kw)),
    float: ("a number", lambda **kw: fields.Float(**kw)),
    bool: ("true or false", lambda **kw: fields.Boolean(truthy={True}, falsy={False}, **kw)),
    list[str]: ("a list of texts", lambda **kw: fields.List(fields.String(), **kw)),
    list[list[int]]: (
        "a list of pairs of whole numbers",
        lambda **kw: fields.List(
            fields.List(fields.Integer(strict=True), validate=validate.Length(equal=2)), **kw
        ),
    ),
}


def _schema(section: type[Any]) -> Schema:
    hints = get_type_hints(section)
    declared = {
        item.name: _FIELD_TYPES[hints[item.name]][1](validate=item.metadata["check"])
        for item in dataclasses.fields(section)
    }
    return Schema.from_dict(declared, name=section.__name__)()


_SCHEMAS = {name: _schema(section) for name, section in SECTIONS.items()}


def load_settings(
    data: Path, file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings.

    ``file`` None: ``config.toml`` beside this module if it is there, otherwise none. A ``file`` that is named
    must exist. Raises ConfigError.
    """
    environment = os.environ if environment is None else environment
    if file is None and (ROOT / "config.toml").is_file():
        file = ROOT / "config.toml"
    values = _read_file(file) if file else {}
    origin = {f"{section}.{key}": str(file) for section, keys in values.items() for key in keys}
    _overlay_environment(values, origin, environment)

    sections = {name: _load_section(name, values.get(name, {}), origin) for name in SECTIONS}
    source = str(file) if file else "defaults (no config.toml)"
    settings = Settings(data=data, source=source, file=file, stated=frozenset(origin), **sections)
    _refuse_ambiguity(settings)
    return settings


def _read_file(file: Path) -> dict[str, dict[str, Any]]:
    try:
        content = tomllib.loads(file.read_text("utf-8-sig"))  # Windows' editor begins a file with a BOM
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such configuration file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from None
    for name, section in content.items():
        if name not in SECTIONS:
            raise ConfigError(f"{file}: [{name}]: unknown section; expected one of {', '.join(SECTIONS)}")
        if not isinstance(section, dict):
            raise ConfigError(f"{file}: {name}: expected a section [{name}], found {_shown(section)}")
    return content


def _overlay_environment(
    values: dict[str, dict[str, Any]], origin: dict[str, str], environment: Mapping[str, str]
) -> None:
    for variable in sorted(environment):
        if not variable.startswith(ENVIRONMENT_PREFIX):
            continue
        section, _, key = variable[len(ENVIRONMENT_PREFIX) :].lower().partition("_")
        if section not in SECTIONS or key not in {f.name for f in dataclasses.fields(SECTIONS[section])}:
            raise ConfigError(f"environment: {variable}: unknown setting; see config.example.toml")
        kind = get_type_hints(SECTIONS[section])[key]
        values.setdefault(section, {})[key] = _from_text(variable, environment[variable], kind)
        origin[f"{section}.{key}"] = f"environment: {variable}"


def _from_text(variable: str, text: str, kind: Any) -> Any:
    if kind is str:
        return text
    try:  # numbers, booleans and lists are written as in JSON
        return json.loads(text)
    except ValueError:
        raise ConfigError(
            f"environment: {variable}: expected {_FIELD_TYPES[kind][0]}, found {_shown(text)}"
        ) from None


def _load_section(name: str, given: dict[str, Any], origin: dict[str, str]) -> Any:
    section = SECTIONS[name]
    declared = {item.name: item for item in dataclasses.fields(section)}
    try:
        return section(**_SCHEMAS[name].load(given))
    except ValidationError as error:
        key, problem = next(iter(error.messages_dict.items()))
        where = f"{origin.get(f'{name}.{key}', name)}: {name}.{key}"
        if key not in declared:
            raise ConfigError(f"{where}: unknown setting; expected one of {', '.join(declared)}") from None
        expected = _FIELD_TYPES[get_type_hints(section)[key]][0]
        found = "a value that is kept secret" if declared[key].metadata["secret"] else _shown(given[key])
        raise ConfigError(f"{where}: expected {expected}, found {found}: {_flat(problem)}") from None


def _flat(problem: Any) -> str:
    while isinstance(problem, dict | list) and problem:
        problem = next(iter(problem.values())) if isinstance(problem, dict) else problem[0]
    return str(problem)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _refuse_ambiguity(settings: Settings) -> None:
    """Real merchant data without a stated mode is a production machine that would start with the sandbox on."""
    if "server.mode" not in settings.stated and {"pay.mchid", "wechat.secret"} & settings.stated:
        raise ConfigError(
            f'{settings.source}: server.mode: expected "production" (or "development") beside a merchant number '
            "or app secret, found nothing"
        )


def example() -> str:
    """The text of ``config.example.toml``: every setting with its default and its meaning."""
    lines = [
        "# Every setting of HospitalAppointment with its default. Copy to config.toml and change what you need.",
        "# Each can also be given as an environment variable: HA_<SECTION>_<SETTING>, e.g. HA_SERVER_PORT=8080",
        "# (numbers, booleans and lists as in JSON). Made by `python main.py config-example`.",
    ]
    for name, section in SECTIONS.items():
        lines += ["", f"[{name}]"]
        for item in dataclasses.fields(section):
            default = item.default_factory() if callable(item.default_factory) else item.default
            mark = " (secret)" if item.metadata["secret"] else ""
            lines += [f"# {item.metadata['help']}{mark}", f"# {item.name} = {_toml(default)}"]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # texts, numbers, booleans, lists: the same in JSON and TOML
