"""Staging: production in everything, on purpose against WeChat's stand-in, so that an operator can rehearse.

It cannot come about by accident: it has to be named, takes no merchant data, and a database serves either rehearsals or
customers, never both.
"""

from __future__ import annotations

import re

from config import ConfigError, Settings
from startup import development
from storage import Duplicate, Storage, Transaction, revision

MARKED_SINCE = "0032"
"""The schema that has the mark."""
FILLED = frozenset(
    f"{section}.{key}"
    for section, keys in {
        "wechat": ("appid", "secret", "api_base", "push_token", "push_aes_key"),
        "pay": (
            *("mchid", "serial", "apiv3_key", "key_file", "api_base"),
            *("public_key_id", "public_key_file"),
        ),
    }.items()
    for key in keys
)
"""What WeChat gives to a merchant: here it is the stand-in's."""
USED = (
    "server.mode: expected an empty database for a rehearsal, found one with users, orders or administrators; make "
    "another one"
)
_OF_A_TEMPLATE = re.compile(r"wechat\.message_[a-z_]+(?<!_fields)")


def refuse_merchant_data(settings: Settings) -> None:
    """Raises ConfigError when the settings hold something that only the real WeChat knows."""
    given = sorted(name for name in settings.stated if name in FILLED or _OF_A_TEMPLATE.fullmatch(name))
    if given:
        raise ConfigError(
            f'{settings.source}: {given[0]}: expected nothing beside server.mode = "staging", found a value: a '
            "rehearsal uses what WeChat's stand-in gives"
        )


def with_stand_in(settings: Settings, identity: development.Identity) -> Settings:
    """The stand-in at ``sandbox.address`` as WeChat. Raises ConfigError."""
    refuse_merchant_data(settings)
    own = f"http://127.0.0.1:{settings.server.port}{settings.server.base_path.rstrip('/')}"
    return development.with_sandbox(settings, identity, own, settings.sandbox.address.rstrip("/"))


async def claim_database(storage: Storage, settings: Settings, at: int) -> None:
    """The database belongs to the mode that first served it or made an administrator; development leaves no mark.

    Raises ConfigError when it is another mode's, or is to be rehearsed on and has been used before there were marks.
    """
    mode = settings.server.mode
    if settings.development:
        await refuse_another_modes(storage, settings)
        return
    try:
        owner = await storage.run(lambda tx: _mark(tx, settings, at))
    except Duplicate:  # another process of this server, or of another, has just had it
        async with storage.reading() as reader:
            owner = await reader.installation.mode()
    if owner != mode:
        raise ConfigError(f"{settings.source}: {why_not(owner, mode)}")


async def refuse_another_modes(storage: Storage, settings: Settings) -> None:
    """Before anything is done to a database that is there: WeChat's stand-in must not answer for customers' payments,
    as it would when the configuration was forgotten, nor WeChat for rehearsed ones. Raises ConfigError."""
    if await revision.current(storage) < MARKED_SINCE:
        return
    async with storage.reading() as reader:
        owner = await reader.installation.mode()
    if owner and owner != settings.server.mode:
        raise ConfigError(f"{settings.source}: {why_not(owner, settings.server.mode)}")


async def _mark(tx: Transaction, settings: Settings, at: int) -> str:
    """The mode that the database belongs to, which is ours when it had none."""
    if owner := await tx.installation.mode():
        return owner
    if settings.staging and await tx.installation.is_used():
        raise ConfigError(f"{settings.source}: {USED}")
    await tx.installation.mark(settings.server.mode, at)
    return settings.server.mode


def why_not(owner: str, mode: str) -> str:
    """Why a database that served one mode does not serve the other."""
    if owner == "staging":
        return f"server.mode: this database was made in a rehearsal, nothing in it was paid; {mode} needs its own"
    return f"server.mode: this database is that of customers; {mode} needs an empty one of its own"
