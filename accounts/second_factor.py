"""The second factor: six digits from an app (RFC 6238). The secret is sealed like a patient's number."""

from __future__ import annotations

import hmac

import pyotp

from clock import SECOND
from privacy import ADMINISTRATOR_TOTP, PrivacyError, Vault
from storage import Storage
from storage.models import Administrator

STEP = 30 * SECOND


def new_secret() -> str:
    return pyotp.random_base32()


def provisioning_uri(secret: str, name: str, brand: str) -> str:
    """What an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"{brand}管理后台")


def matching_step(secret: str, code: str, at: int) -> int | None:
    """The 30-second step whose code this is: now, or one step off for clocks that differ; None when it is none."""
    now = at // STEP
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step), code.replace(" ", "")):
            return step
    return None


async def accept_code(storage: Storage, vault: Vault, admin: Administrator, code: str, at: int) -> bool:
    """Is this the administrator's code, and was it not used before? True when none is needed."""
    if not admin.totp_sealed:
        return True
    try:
        secret = vault.open(admin.totp_sealed, ADMINISTRATOR_TOTP)
    except PrivacyError:  # sealed with a key that is configured no more: as wrong as any other code
        return False
    step = matching_step(secret, code, at) if code.isascii() else None
    if step is None:
        return False
    return bool(await storage.run(lambda tx: tx.administrators.use_totp(admin.id, step)))
