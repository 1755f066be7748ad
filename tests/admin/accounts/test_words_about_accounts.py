"""What the pages of accounts say: when one is locked, what another owner has changed, why a password is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from accounts.account_changes import AccountChanged
from accounts.administrators import MIN_PASSWORD_LENGTH
from handlers.admin.accounts import staff
from handlers.admin.accounts.me import EnableTotpHandler, PasswordHandler
from handlers.admin.accounts.staff import StaffHandler
from privacy import ADMINISTRATOR_TOTP, Vault
from storage.models import FailureKind, PasswordFailures
from tests.admin.clients import PASSWORD

VAULT = Vault("ab" * 32)


def lock(admin_id: int, until: int, kind: str = FailureKind.LOGIN) -> PasswordFailures:
    return PasswordFailures(admin_id, kind, "203.0.113.0", 8, until, 0)


@pytest.mark.parametrize(("admin_id", "until"), [(1, 50), (2, 40), (3, 0), (4, 0)])
def test_an_account_is_locked_until_its_last_lock_of_logins_ends(admin_id: int, until: int) -> None:
    locks = [lock(1, 30), lock(1, 50), lock(1, 20), lock(2, 40), lock(3, 60, FailureKind.CONFIRMATION)]
    assert staff._locked_until(admin_id, locks) == until


@pytest.mark.parametrize(
    ("changed", "disabled_at", "what", "now"),
    [
        ({"role"}, None, "角色", "可以登录"),
        ({"disabled", "role"}, 1, "角色、状态", "已停用"),
        ({"password"}, None, "密码", "可以登录"),
    ],
)
def test_what_another_owner_has_changed_is_told_with_how_it_is_now(
    changed: set[str], disabled_at: int | None, what: str, now: str
) -> None:
    account = SimpleNamespace(name="小陈", role="clerk", disabled_at=disabled_at)
    assert staff._what_changed(AccountChanged(cast(Any, account), changed)) == (
        f"没有保存：您打开页面以后，账号 小陈 的{what}变了（现在：店员，{now}）。请回到列表核对后再操作"
    )


@pytest.mark.parametrize(
    ("done", "sentence"),
    [
        ("password-2", {"done": "小陈 的密码已重设，所有设备已退出，请用新密码登录"}),
        ("ended-1", {"done": "店长 已退出所有设备"}),
        ("unlocked-2", {"done": "小陈 已解除锁定，现在就可以登录"}),
        ("unlocked-3", {}),
        ("saved", {}),
        ("", {}),
    ],
)
def test_what_was_done_is_told_with_the_name_of_whom(done: str, sentence: dict[str, str]) -> None:
    page = StaffHandler.__new__(StaffHandler)
    page.query_fields = {"done": done}
    accounts = [SimpleNamespace(id=number, name=name) for number, name in ((1, "店长"), (2, "小陈"))]
    assert page._done_sentence(cast(Any, accounts)) == sentence


@pytest.mark.parametrize(
    ("old", "password", "again", "problem"),
    [
        ("an older Passphrase 6", PASSWORD, PASSWORD, ""),
        ("an older Passphrase 6", PASSWORD, f"{PASSWORD} ", "两次输入的新密码不一样"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码和当前密码一样，请换一个"),
        ("an older Passphrase 6", "short", "short", f"密码至少需要 {MIN_PASSWORD_LENGTH} 个字符"),
    ],
)
def test_why_a_password_cannot_be_ones_own(old: str, password: str, again: str, problem: str) -> None:
    page = SimpleNamespace(caller=SimpleNamespace(name="owner"))
    given = {"old": old, "password": password, "again": again}
    assert PasswordHandler._problem(cast(Any, page), given) == problem


def test_ones_own_name_is_no_password() -> None:
    name = "quiet-harbour-lamp"
    given = {"old": "an older Passphrase 6", "password": name, "again": name}

    def problem(account: str) -> str:
        page = SimpleNamespace(caller=SimpleNamespace(name=account))
        return PasswordHandler._problem(cast(Any, page), given)

    assert problem("owner") == ""
    assert problem(name).startswith("密码太容易被猜到")


def test_only_a_secret_that_this_server_has_sealed_is_opened() -> None:
    page = cast(Any, SimpleNamespace(services=SimpleNamespace(vault=VAULT)))
    sealed = VAULT.seal("SECRET", ADMINISTRATOR_TOTP)
    assert EnableTotpHandler._open_secret(page, sealed) == "SECRET"
    assert EnableTotpHandler._open_secret(page, "forged") == ""
    assert EnableTotpHandler._open_secret(page, VAULT.seal("SECRET", "another context")) == ""
