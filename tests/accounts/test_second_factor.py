"""The second factor: what an authenticator app is given, and which codes it may show."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from accounts import second_factor
from accounts.second_factor import STEP, accept_code, matching_step
from privacy import ADMINISTRATOR_TOTP, Vault, new_key
from storage import Storage
from storage.models import Administrator, Role

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT = 1_795_060_800_000


def code(steps: int = 0) -> str:
    """What an app shows so many half-minutes from ``AT``."""
    return pyotp.TOTP(SECRET).generate_otp(AT // STEP + steps)


def test_an_app_reads_for_whom_and_for_what_it_makes_codes() -> None:
    read = urlsplit(second_factor.provisioning_uri(SECRET, "店长 小王", "安心陪诊"))
    assert (read.scheme, read.netloc) == ("otpauth", "totp")
    assert unquote(read.path) == "/安心陪诊管理后台:店长 小王"
    assert parse_qs(read.query) == {"secret": [SECRET], "issuer": ["安心陪诊管理后台"]}


def test_each_secret_is_another_one() -> None:
    assert len({second_factor.new_secret() for _ in range(20)}) == 20


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_of_now_or_of_a_clock_half_a_minute_off_is_that_of_its_step(steps: int) -> None:
    shown = code(steps)
    assert matching_step(SECRET, shown, AT) == AT // STEP + steps
    assert matching_step(SECRET, f"{shown[:3]} {shown[3:]}", AT) == AT // STEP + steps, "as apps show it"


@pytest.mark.parametrize("shown", [code(-2), code(2), code()[:5], code() + "0", ""])
def test_any_other_code_is_none(shown: str) -> None:
    assert matching_step(SECRET, shown, AT) is None


async def administrator(storage: Storage, vault: Vault, secret: str = SECRET) -> Administrator:
    async with storage.transaction() as tx:
        admin_id = await tx.administrators.add("店长", "no hash", Role.OWNER, AT)
        sealed = vault.seal(secret, ADMINISTRATOR_TOTP) if secret else ""
        await tx.connection.execute(
            "UPDATE administrators SET totp_sealed = :sealed WHERE id = :id",
            {"sealed": sealed, "id": admin_id},
        )
        admin = await tx.administrators.get(admin_id)
        await tx.commit()
    assert admin is not None
    return admin


async def test_a_code_counts_once_and_none_of_before_counts_after_it(storage: Storage) -> None:
    vault = Vault(new_key())
    admin = await administrator(storage, vault)
    tried = [code(), code(), code(-1), code(1), code(1)]
    assert [await accept_code(storage, vault, admin, each, AT) for each in tried] == [
        True, False, False, True, False,
    ]  # fmt: skip


async def test_without_a_second_factor_none_is_asked_for(storage: Storage) -> None:
    vault = Vault(new_key())
    assert await accept_code(storage, vault, await administrator(storage, vault, ""), "", AT) is True


@pytest.mark.parametrize("typed", ["", "abcdef", "１２３４５６", "٠١٢٣٤٥"])
async def test_what_is_no_code_is_a_wrong_one(storage: Storage, typed: str) -> None:
    vault = Vault(new_key())
    assert await accept_code(storage, vault, await administrator(storage, vault), typed, AT) is False


async def test_a_secret_that_does_not_open_lets_nobody_in(storage: Storage) -> None:
    admin = await administrator(storage, Vault(new_key()))
    assert await accept_code(storage, Vault(new_key()), admin, code(), AT) is False
