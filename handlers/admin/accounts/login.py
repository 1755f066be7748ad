"""The administrators' way in and out."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from accounts import admin_sessions, second_factor
from accounts.administrators import hash_password, needs_rehash, verify_password
from accounts.lockouts import PasswordTry, begin_login
from accounts.security_events import SecurityEvent
from handlers.admin.page import AdminPage
from refusals import AccountClosed
from storage import Transaction
from storage.models import Administrator

_NEXT = re.compile(r"[a-z][0-9A-Za-z_-]*(/[0-9A-Za-z_-]+)*/(\?[^\\\x00-\x20]*)?")
"""A path below ``admin/``: it cannot climb, nor name a scheme or a host."""
REFUSED_AFTER_SECONDS = 0.25
"""Counting a failure costs a write that an unknown name does not: both are answered after the same time."""
WRONG = "账号、密码或验证码不正确。连续输错多次后，要等 15 分钟才能再试。"


def safe_next(given: Any) -> str:
    """Where to go after the login, relative to ``admin/``; the entry page for anything suspicious."""
    return given if isinstance(given, str) and len(given) < 1000 and _NEXT.fullmatch(given) else ""


class LoginHandler(AdminPage):
    public = True

    def get(self) -> None:
        if self.administrator is not None:
            self.redirect_done(safe_next(self.query_fields.get("next")))
            return
        self._show()

    def _show(self, problem: str = "", name: str = "") -> None:
        target = safe_next(self.body_fields.get("next") or self.query_fields.get("next"))
        self.render("admin/accounts/login.html", problem=problem, name=name, next=target)

    async def post(self) -> None:
        """The same answer, after the same time, whether the name, the password or the lock is the reason."""
        await self.limit_network("admin_login", self.services.settings.limits.admin_login_per_minute)
        answer_at = time.monotonic() + REFUSED_AFTER_SECONDS
        name, password = self._text("username", 64), self._text("password", 1000)
        tried = await begin_login(self.services.storage, name, self.network, self.now())
        problem = await self._problem(tried, password)
        if tried.admin is None or problem or not await self._log_in(tried.admin, password):
            self._record(tried, problem or SecurityEvent.WRONG_PASSWORD)
            await asyncio.sleep(max(answer_at - time.monotonic(), 0))
            self.set_status(401)
            self._show(WRONG, name)
            return
        self.redirect_done(safe_next(self.body_fields.get("next") or self.query_fields.get("next")))

    async def _problem(self, tried: PasswordTry, password: str) -> SecurityEvent | None:
        """Why this is no login; as much work for an account that does not exist."""
        if not await verify_password(tried.admin, password) or tried.admin is None:
            return SecurityEvent.REFUSED_WHILE_LOCKED if tried.locked else SecurityEvent.WRONG_PASSWORD
        code, services = self._text("code", 12), self.services
        if not await second_factor.accept_code(
            services.storage, services.vault, tried.admin, code, self.now()
        ):
            return SecurityEvent.WRONG_CODE
        return None

    def _record(self, tried: PasswordTry, problem: SecurityEvent) -> None:
        self.record(problem, account=tried.account)
        if tried.locks:
            self.record(SecurityEvent.LOCKED_OUT, "login", tried.account)

    def _text(self, name: str, longest: int) -> str:
        value = self.body_fields.get(name, "")
        return value[:longest] if isinstance(value, str) else ""

    async def _log_in(self, admin: Administrator, password: str) -> bool:
        """Begin a session; False when an owner has set another password or disabled the account meanwhile."""
        at, settings = self.now(), self.services.settings
        hashed = await hash_password(password) if needs_rehash(admin) else admin.password_hash
        agent = self.request.headers.get("User-Agent", "")
        browser = admin_sessions.Browser(self.client_address, self.network, agent, self.admin_session)

        async def work(tx: Transaction) -> str:
            token = await admin_sessions.log_in(tx, settings, admin, hashed, browser, at)
            self.administrator = admin
            await self.audit(tx, "login", ("administrator", admin.id))
            return token

        try:
            token = await self.services.storage.run(work)
        except AccountClosed:
            return False
        self.set_cookie(self.session_cookie, token)
        return True


class LogoutHandler(AdminPage):
    before_own_password = True
    open_to_accountants = ("POST",)

    async def post(self) -> None:
        assert self.admin_session is not None
        session, at = self.admin_session, self.now()
        await self.audited(
            "logout", ("administrator", self.caller.id), lambda tx: admin_sessions.end(tx, session, at)
        )
        self.clear_cookie(self.session_cookie, path="/")
        self.redirect_done("login/", "logged-out")


routes = [
    (r"/admin/login/", LoginHandler),
    (r"/admin/logout/", LogoutHandler),
]
