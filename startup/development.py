"""What a development server needs and nobody has configured: generated secrets, and WeChat's stand-in.

Nothing here is used in production: there, a missing secret stops the start.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any, Protocol

from config import Settings
from privacy import new_key
from wechat.message_facts import MessageKind


class Identity(Protocol):
    """Who the sandbox says that we are (see ``sandbox.Identity``)."""

    @property
    def appid(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def push_token(self) -> str: ...
    @property
    def push_aes_key(self) -> str: ...
    @property
    def mchid(self) -> str: ...
    @property
    def merchant_serial(self) -> str: ...
    @property
    def apiv3_key(self) -> str: ...
    @property
    def platform_public_key_id(self) -> str: ...
    @property
    def merchant_private_key_path(self) -> Path: ...
    @property
    def platform_public_key_path(self) -> Path: ...


def with_secrets(settings: Settings, *, keep: bool = True) -> Settings:
    """Generated secrets where none is configured, the same ones at every start; kept in the data folder.

    ``keep`` False: those that were not kept yet are for this once, and nothing is written.
    """
    file = settings.data / "development-secrets.json"
    if file.exists():
        kept = json.loads(file.read_text("utf-8"))
    else:
        kept = {"cookie_secret": secrets.token_urlsafe(32), "privacy_key": new_key()}
        if keep:
            settings.data.mkdir(parents=True, exist_ok=True)
            _write_whole(file, json.dumps(kept))
            kept = json.loads(file.read_text("utf-8"))
    settings = _fill(settings, "server", cookie_secret=kept["cookie_secret"])
    return _fill(settings, "privacy", key=kept["privacy_key"])


def _write_whole(file: Path, text: str) -> None:
    """Make the file, readable by us alone, with all of its content or not at all, also when we are killed meanwhile."""
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, file)


def with_sandbox(settings: Settings, identity: Identity, address: str, stand_in: str = "") -> Settings:
    """WeChat's stand-in as WeChat. ``address``: where this server answers, ``http://127.0.0.1:8000`` and base path.
    ``stand_in``: where the stand-in does, when it is a program of its own."""
    wechat = f"{stand_in or address}/sandbox"
    settings = _fill(
        settings,
        "wechat",
        appid=identity.appid,
        secret=identity.secret,
        api_base=wechat,
        push_token=identity.push_token,
        push_aes_key=identity.push_aes_key,
    )
    settings = _fill(
        settings,
        "pay",
        mchid=identity.mchid,
        serial=identity.merchant_serial,
        apiv3_key=identity.apiv3_key,
        key_file=str(identity.merchant_private_key_path),
        public_key_id=identity.platform_public_key_id,
        public_key_file=str(identity.platform_public_key_path),
        api_base=wechat,
        notify_url=f"{address}/wechatpay/notify/",
        complaints=True,
    )
    settings = _fill(settings, "wechat", phone_numbers=True, links=True)
    settings = _fill(settings, "shipping", enabled=True)
    settings = _fill(settings, "transfers", scene_id="1005")
    messages = {f"message_{kind}": str(kind) for kind in MessageKind}
    templates = {key: f"sandbox-template-{name}" for key, name in messages.items()}
    return _fill(settings, "wechat", content_checks=True, **templates)


def _fill(settings: Settings, section: str, **values: Any) -> Settings:
    """Set what neither the file nor the environment says."""
    missing = {key: value for key, value in values.items() if f"{section}.{key}" not in settings.stated}
    return settings.replace(section, **missing)


def announce(settings: Settings, address: str) -> None:
    """Tell commands that share the data folder where the running server answers."""
    (settings.data / "running.json").write_text(json.dumps({"address": address, "pid": os.getpid()}), "utf-8")


def running_address(settings: Settings) -> str:
    """Where the development server of this data folder answers, or would answer."""
    try:
        return str(json.loads((settings.data / "running.json").read_text("utf-8"))["address"])
    except (OSError, ValueError, KeyError):
        return f"http://127.0.0.1:{settings.server.port}{settings.server.base_path.rstrip('/')}"
