"""One's own account: password, sessions, second factor."""

from __future__ import annotations

from typing import Any

from accounts import second_factor
from accounts.account_changes import change_own_password
from accounts.admin_sessions import end_own, idle_since
from accounts.administrators import AccountRefused, check_password, hash_password, verify_password
from accounts.lockouts import begin_confirmation
from handlers.admin.page import AdminPage
from privacy import ADMINISTRATOR_TOTP, PrivacyError
from schemas.admin import OwnPassword, TotpCode
from storage.writes import AdministratorChange

WRONG = "当前密码不正确"


class MyPage(AdminPage):
    """Shows the own account."""

    section = "me"
    back = "me/"
    open_to_accountants = ("GET", "POST")

    async def show(self, problem: str = "", secret: str = "") -> None:
        """``secret``: of a second factor that is being set up, not stored yet."""
        at = self.now()
        async with self.services.storage.reading() as reader:
            me = await reader.administrators.get(self.caller.id)
            sessions = await reader.administrators.sessions_of(
                self.caller.id, at, idle_since(self.services.settings, at)
            )
        assert me is not None
        assert self.admin_session is not None
        brand = self.services.settings.orders.brand
        self.render(
            "admin/accounts/me.html",
            me=me,
            sessions=sessions,
            own=self.admin_session.id,
            problem=problem,
            secret=secret,
            sealed=self.services.vault.seal(secret, ADMINISTRATOR_TOTP) if secret else "",
            totp_address=second_factor.provisioning_uri(secret, me.name, brand) if secret else "",
        )

    async def change(self, act: str, change: AdministratorChange) -> None:
        """Change the own account and write it into the audit log."""
        me = self.caller.id
        await self.audited(
            f"account.{act}", ("administrator", me), lambda tx: tx.administrators.change(me, change)
        )


class MeHandler(MyPage):
    """The own account."""

    before_own_password = True

    async def get(self) -> None:
        await self.show()


class PasswordHandler(MyPage):
    """Change the own password; every other session ends."""

    before_own_password = True

    async def post(self) -> None:
        given = self.load(OwnPassword())
        problem, seen = self._problem(given), None
        if not problem:
            tried = await begin_confirmation(self.services.storage, self.caller.id, self.now())
            seen = tried.admin
            if not await verify_password(seen, given["old"]):
                self.record_wrong_confirmation(tried)
                problem = WRONG
        if problem or seen is None:
            self.set_status(400)
            await self.show(problem)
            return
        hashed, at = await hash_password(given["password"]), self.now()
        assert self.admin_session is not None
        session, known = self.admin_session, seen
        token = await self.audited(
            "account.own_password",
            ("administrator", known.id),
            lambda tx: change_own_password(tx, known, hashed, session, at),
        )
        self.set_cookie(self.session_cookie, token)
        self.redirect_done("me/", "password")

    def _problem(self, given: dict[str, Any]) -> str:
        """Why this cannot be the new password; empty when it can."""
        if given["password"] != given["again"]:
            return "两次输入的新密码不一样"
        if given["password"] == given["old"]:
            return "新密码和当前密码一样，请换一个"
        try:
            check_password(given["password"], self.caller.name)
        except AccountRefused as error:
            return str(error)
        return ""


class EndSessionHandler(MyPage):
    """End one of the own sessions, or all but this one."""

    async def post(self, session_id: str) -> None:
        assert self.admin_session is not None
        at, current, settings = self.now(), self.admin_session, self.services.settings
        wanted = 0 if session_id == "others" else int(session_id)
        await self.audited(
            "account.end_session",
            ("administrator", self.caller.id),
            lambda tx: end_own(tx, settings, current, wanted, at),
            after={"session": session_id},
        )
        self.redirect_done("me/", "ended")


class StartTotpHandler(MyPage):
    """Show a new secret for the authenticator app."""

    async def post(self) -> None:
        if await self.confirmed("开启两步验证"):
            await self.show(secret=second_factor.new_secret())


class EnableTotpHandler(MyPage):
    """Switch the second factor on, once a code proves that the app knows the secret."""

    async def post(self) -> None:
        if not await self.confirmed("开启两步验证"):
            return
        code = self.load(TotpCode())["code"]
        sealed = str(self.body_fields.get("sealed", ""))
        secret = self._open_secret(sealed)
        step = second_factor.matching_step(secret, code, self.now()) if secret and code.isascii() else None
        if step is None:
            self.set_status(400)
            await self.show(
                "验证码不正确。请核对手机的时间是否准确，再输入应用里现在显示的 6 位数字。", secret
            )
            return
        change = AdministratorChange(totp_sealed=sealed, totp_used_step=step)
        await self.change("totp_on", change)
        self.redirect_done("me/", "totp-on")

    def _open_secret(self, sealed: str) -> str:
        """The secret that this server has sealed on the page; empty for anything else."""
        try:
            return self.services.vault.open(sealed, ADMINISTRATOR_TOTP) if len(sealed) < 255 else ""
        except PrivacyError:
            return ""


class DisableTotpHandler(MyPage):
    """Switch the second factor off."""

    async def post(self) -> None:
        if not await self.confirmed("关闭两步验证"):
            return
        await self.change("totp_off", AdministratorChange(totp_sealed=""))
        self.redirect_done("me/", "totp-off")


routes = [
    (r"/admin/me/", MeHandler),
    (r"/admin/me/password/", PasswordHandler),
    (r"/admin/me/sessions/(others|[0-9]{1,18})/end/", EndSessionHandler),
    (r"/admin/me/totp/start/", StartTotpHandler),
    (r"/admin/me/totp/enable/", EnableTotpHandler),
    (r"/admin/me/totp/disable/", DisableTotpHandler),
]
