"""Administrators' accounts: their names and passwords, and making one."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from accounts.audit import as_json
from accounts.guessable_passwords import count_parts
from storage import Duplicate, Storage, Transaction
from storage.models import Administrator, Role

MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 200
_NAME = re.compile(r"[0-9A-Za-z_\-.\u3400-\u9fff\U00020000-\U0003fffd]{1,32}")
MIN_PASSWORD_PARTS = 6
"""Of so many pieces that are hard to guess a password must be made; see ``guessable``."""

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106's low-memory profile (64 MiB)
_threads = ThreadPoolExecutor(2, "password")
"""Each hash takes 64 MiB and a core: more at once would let a flood of logins take the machine."""
T = TypeVar("T")


class AccountRefused(Exception):
    """The account cannot be made or changed like this; the message is a Chinese sentence for the screen."""


def check_password(password: str, name: str = "") -> None:
    """Raises AccountRefused when the password is too short or easy to guess."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise AccountRefused(f"密码至少需要 {MIN_PASSWORD_LENGTH} 个字符")
    if len(password) > MAX_PASSWORD_LENGTH:
        raise AccountRefused(f"密码不能超过 {MAX_PASSWORD_LENGTH} 个字符")
    if len(set(password.lower())) < 5 or count_parts(password, name) < MIN_PASSWORD_PARTS:
        raise AccountRefused(
            "密码太容易被猜到，请用几个不相关的词，或混用字母、数字和符号，并避免账号名、常用密码、日期和连续数字"
        )


def check_name(name: str) -> None:
    """Raises AccountRefused when the name cannot be an account's."""
    if not _NAME.fullmatch(name):
        raise AccountRefused("账号名为 1–32 个字：汉字、字母、数字、点、横线或下划线")


def as_written(name: str) -> str:
    """A name as it is stored: full-width letters as usual ones, no blanks around it, nothing that cannot be seen."""
    seen = "".join(each for each in name if unicodedata.category(each) not in ("Cc", "Cf"))
    return unicodedata.normalize("NFKC", seen).strip()


def name_key(name: str) -> str:
    """Equal for names that a person takes for the same: ``admin`` and ``Admin `` typed on a phone."""
    return "".join(as_written(name).casefold().split())


async def find_account(tx: Transaction, typed: str) -> Administrator | None:
    """The account of this name, locked until the transaction ends; written otherwise, if that leaves no doubt."""
    exact = await tx.administrators.by_name(typed)
    if exact is not None:
        return exact
    key = name_key(typed)
    alike = [each.name for each in await tx.administrators.all() if name_key(each.name) == key]
    return await tx.administrators.by_name(alike[0]) if len(alike) == 1 else None


async def refuse_similar_name(tx: Transaction, name: str) -> None:
    """Raises Duplicate when there is an account whose name would be taken for this one."""
    await tx.administrators.lock_all()
    if any(name_key(each.name) == name_key(name) for each in await tx.administrators.all()):
        raise Duplicate("an account's name")


async def unlock(tx: Transaction, typed: str) -> tuple[Administrator, int] | None:
    """Forget the wrong passwords of an account: the account and how many counters there were; None without account."""
    admin = await find_account(tx, typed)
    return None if admin is None else (admin, await tx.failures.forgive(admin.id))


async def _in_thread(work: Callable[..., T], *arguments: str) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *arguments)


async def hash_password(password: str) -> str:
    return await _in_thread(_hasher.hash, password)


async def create_administrator(storage: Storage, name: str, password: str, role: str, at: int) -> int:
    """Make an account; its id. ``role``: a ``Role``.

    Raises AccountRefused when the name is taken or not allowed, or the password is short or weak.
    """
    name = as_written(name)
    check_name(name)
    check_password(password, name)
    hashed = await hash_password(password)
    try:
        async with storage.transaction() as tx:
            await refuse_similar_name(tx, name)
            admin_id = await tx.administrators.add(name, hashed, Role(role), at)
            facts = as_json({"name": name, "role": role})
            await tx.audit.add(None, "", "account.create", "administrator", admin_id, at, after_json=facts)
            await tx.commit()
    except Duplicate:
        raise AccountRefused("这个账号名已被使用") from None
    return admin_id


@cache
def _dummy_hash() -> str:
    """Verified when there is no such account, so that the answer takes as long as for a real one."""
    return _hasher.hash(secrets.token_hex(16))


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


async def verify_password(admin: Administrator | None, password: str) -> bool:
    """Is this the administrator's password? Takes the same time when there is no administrator."""
    of_no_account = await _in_thread(_dummy_hash)
    hashed = admin.password_hash if admin else of_no_account
    right = await _in_thread(_matches, hashed, password[: MAX_PASSWORD_LENGTH + 1])
    return right and admin is not None


def needs_rehash(admin: Administrator) -> bool:
    """Was the password hashed with weaker parameters than today's?"""
    return _hasher.check_needs_rehash(admin.password_hash)
