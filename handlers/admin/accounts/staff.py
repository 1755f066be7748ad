"""Administrators' accounts, for owners: make, change the role, disable, set a password, end sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from accounts.account_changes import (
    AccountChanged,
    basis_of_decision,
    change_account,
    check_may_disable,
    set_disabled,
    set_password,
)
from accounts.admin_sessions import idle_since
from accounts.administrators import (
    MIN_PASSWORD_LENGTH,
    AccountRefused,
    as_written,
    check_name,
    check_password,
    hash_password,
    refuse_similar_name,
)
from handlers.admin import labels
from handlers.admin.page import AdminPage
from handlers.admin.stale_forms import changed_since, fingerprints
from handlers.errors import ApiError
from schemas.admin import NewAccount, NewPassword
from storage import Duplicate, Transaction
from storage.models import Administrator, FailureKind, PasswordFailures, Role
from storage.writes import AdministratorChange

_DONE_TO = {
    "password": "{} 的密码已重设，所有设备已退出，请用新密码登录",
    "ended": "{} 已退出所有设备",
    "unlocked": "{} 已解除锁定，现在就可以登录",
}


_CALLED = {"role": "角色", "disabled": "状态", "password": "密码"}


class StaffPage(AdminPage):
    """What the acts on accounts share."""

    section = "accounts"
    back = "accounts/"
    role = Role.OWNER

    async def find(self, admin_id: str) -> Administrator:
        return await self.read_one(lambda reader: reader.administrators.get(int(admin_id)))

    async def change(
        self,
        act: str,
        who: Administrator,
        work: Callable[[Transaction], Awaitable[object]],
        before: dict[str, Any],
        after: dict[str, Any],
        based_on: tuple[str, ...] = (),
    ) -> None:
        """Do ``work(tx)`` and write it into the audit log as ``account.<act>``, with what it changed.

        ``based_on``: which parts of ``basis_of_decision`` must be as the page has shown them, so that no owner undoes
        unseen what another has decided.
        """

        async def run(tx: Transaction) -> None:
            await change_account(
                tx, who.id, work, based_on, lambda basis: changed_since(self.shown_fingerprint(), basis)
            )

        try:
            await self.audited(f"account.{act}", ("administrator", who.id), run, before, after)
        except AccountChanged as error:
            raise ApiError(409, error.slug, _what_changed(error)) from None


def _what_changed(error: AccountChanged) -> str:
    """What another owner has changed, and how the account is now."""
    account = error.account
    what = "、".join(label for name, label in _CALLED.items() if name in error.changed)
    now = f"{labels.ROLE[Role(account.role)]}，{'已停用' if account.disabled_at else '可以登录'}"
    return (
        f"没有保存：您打开页面以后，账号 {account.name} 的{what}变了（现在：{now}）。请回到列表核对后再操作"
    )


def _locked_until(admin_id: int, locks: list[PasswordFailures]) -> int:
    """Until when the account cannot log in from somewhere; 0 when it can from everywhere."""
    return max(
        (lock.locked_until for lock in locks if lock.admin_id == admin_id and lock.kind == FailureKind.LOGIN),
        default=0,
    )


class StaffHandler(StaffPage):
    """The accounts, and a form for another."""

    async def get(self) -> None:
        await self.show()

    async def show(self, problem: str = "") -> None:
        at = self.now()
        async with self.services.storage.reading() as reader:
            accounts = await reader.administrators.all()
            locks = await reader.failures.locked(at)
            since = idle_since(self.services.settings, at)
            sessions = {
                each.id: await reader.administrators.sessions_of(each.id, at, since) for each in accounts
            }
        given = {name: self.body_fields.get(name, "") for name in ("name", "role")}
        self.render(
            "admin/accounts/staff.html",
            accounts=accounts,
            sessions=sessions,
            problem=problem,
            given=given,
            fingerprint_of=lambda account: fingerprints(basis_of_decision(account)),
            locked={each.id: _locked_until(each.id, locks) for each in accounts},
            shortest=MIN_PASSWORD_LENGTH,
            **self._done_sentence(accounts),
        )

    def _done_sentence(self, accounts: list[Administrator]) -> dict[str, str]:
        """What was done to whom."""
        names = {each.id: each.name for each in accounts}
        for act, sentence in _DONE_TO.items():
            if (name := names.get(self.done_with(act) or 0)) is not None:
                return {"done": sentence.format(name)}
        return {}

    async def post(self) -> None:
        """Make an account."""
        given = self.load(NewAccount())
        given["name"] = as_written(given["name"])
        try:
            check_name(given["name"])
            check_password(given["password"], given["name"])
        except AccountRefused as error:
            self.set_status(400)
            await self.show(str(error))
            return
        if not await self.confirmed(f"新建员工账号 {given['name']}"):
            return
        hashed = await hash_password(given["password"])
        try:
            async with self.services.storage.transaction() as tx:
                await refuse_similar_name(tx, given["name"])
                admin_id = await tx.administrators.add(
                    given["name"], hashed, given["role"], self.now(), must_change_password=True
                )
                facts = {"name": given["name"], "role": given["role"]}
                await self.audit(tx, "account.create", ("administrator", admin_id), after=facts)
                await tx.commit()
        except Duplicate:
            self.set_status(409)
            await self.show("这个账号名已被使用")
            return
        self.redirect_done(self.back, "created")


class DisableHandler(StaffPage):
    """Disable an account, which ends its sessions, or enable it again."""

    async def post(self, admin_id: str, act: str) -> None:
        who = await self.find(admin_id)
        if act == "disable":
            check_may_disable(who.id, self.caller.id)
        if not await self.confirmed(f"{'停用' if act == 'disable' else '启用'}账号 {who.name}"):
            return
        at = self.now()
        disabled_at = at if act == "disable" else None
        await self.change(
            act,
            who,
            lambda tx: set_disabled(tx, who.id, disabled_at, at),
            {"disabled": who.disabled_at is not None},
            {"disabled": act == "disable"},
            ("role", "disabled"),
        )
        self.redirect_done(self.back, f"{act}d")


class RoleHandler(StaffPage):
    """Give an account another role."""

    async def post(self, admin_id: str, role: str) -> None:
        who = await self.find(admin_id)
        if not await self.confirmed(f"把账号 {who.name} 改为{labels.ROLE[role]}"):
            return
        await self.change(
            "role",
            who,
            lambda tx: tx.administrators.change(who.id, AdministratorChange(role=role)),
            {"role": who.role},
            {"role": role},
            ("role", "disabled"),
        )
        self.redirect_done(self.back, "saved")


class PasswordHandler(StaffPage):
    """Set another person's password when it was forgotten; their sessions and their second factor end."""

    async def post(self, admin_id: str) -> None:
        who = await self.find(admin_id)
        password = self.load(NewPassword())["password"]
        try:
            check_password(password, who.name)
        except AccountRefused as error:
            raise ApiError(400, "weak_password", str(error)) from None
        if not await self.confirmed(f"重设账号 {who.name} 的密码"):
            return
        hashed, at = await hash_password(password), self.now()
        await self.change(
            "password",
            who,
            lambda tx: set_password(tx, who.id, hashed, at),
            {},
            {"second_factor": False},
            ("role", "disabled", "password"),
        )
        self.redirect_done(self.back, f"password-{who.id}")


class UnlockHandler(StaffPage):
    """Forget the wrong passwords for an account: it can log in at once, from everywhere."""

    async def post(self, admin_id: str) -> None:
        who = await self.find(admin_id)
        await self.change("unlock", who, lambda tx: tx.failures.forgive(who.id), {}, {})
        self.redirect_done(self.back, f"unlocked-{who.id}")


class EndSessionsHandler(StaffPage):
    """End every session of an account."""

    async def post(self, admin_id: str) -> None:
        who = await self.find(admin_id)
        if not await self.confirmed(f"让账号 {who.name} 退出所有设备"):
            return
        own = self.admin_session.id if self.admin_session and who.id == self.caller.id else None
        at = self.now()
        await self.change(
            "end_sessions", who, lambda tx: tx.administrators.end_sessions(who.id, at, but=own), {}, {}
        )
        self.redirect_done(self.back, f"ended-{who.id}")


ACCOUNT = r"/admin/accounts/([0-9]{1,18})"
routes = [
    (r"/admin/accounts/", StaffHandler),
    (rf"{ACCOUNT}/(disable|enable)/", DisableHandler),
    (rf"{ACCOUNT}/(owner|clerk|accountant)/", RoleHandler),
    (rf"{ACCOUNT}/password/", PasswordHandler),
    (rf"{ACCOUNT}/end-sessions/", EndSessionsHandler),
    (rf"{ACCOUNT}/unlock/", UnlockHandler),
]
