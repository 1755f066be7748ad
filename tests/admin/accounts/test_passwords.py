"""Which passwords an account may have."""

from __future__ import annotations

import time

import pytest

from accounts.administrators import AccountRefused, check_password, create_administrator
from accounts.guessable_passwords import common_passwords
from handlers.services import Services
from storage.models import Role

pytestmark = pytest.mark.promise(20)
WEAK = (
    "short",
    "a" * 30,
    "password123",
    "admin-12345678",
    "owner-1234",
    "owner-1234567890",
    "Sunshine2024",
    "P@ssw0rd2024!",
    "qwertyuiop",
    "1qaz2wsx3edc",
    "woaini1314520",
    "iloveyou1234",
    "dragonmonkey",
    "letmein-2026!",
    "19880808abcd",
    "0987654321a",
    "manchester",
    "MaNcHeStEr99",
    "5201314woaini",
)
STRONG = (
    "another Passphrase 8",
    "correct horse battery",
    "x7-Kq2-mVp9",
    "小陈的奶茶三分糖加珍珠",
    "vT3kLw9QxRzB",
    "陪诊Tea7!mango",
)


@pytest.mark.parametrize("password", STRONG)
def test_strong_passwords_are_taken(password: str) -> None:
    check_password(password, "owner-1234")


def test_the_list_of_common_passwords_has_thousands_and_costs_little() -> None:
    assert len(common_passwords()) > 10_000
    begun = time.perf_counter()
    check_password("x7-Kq2-mVp9 " * 16)
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize("password", WEAK)
async def test_weak_passwords_are_refused(services: Services, password: str):
    with pytest.raises(AccountRefused):
        await create_administrator(services.storage, "owner-1234", password, Role.OWNER, 1)
