"""The administrators' way in and out."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from accounts import second_factor
from accounts.administrators import hash_password, needs_rehash, verify_password
from accounts.lockouts import ALL_NEW_NETWORKS, PasswordTry, begin_login
from accounts.security_events import SecurityEvent
from handlers.admin.access import start_session
from handlers.admin.page import AdminPage
from storage.models import Administrator, FailureKind
from storage.writes import AdministratorChange, AdminSessionChange

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
        if tried.admin is None or problem or not await self._let_in(tried.admin, password):
            self._record(tried, problem or SecurityEvent.WRONG_PASSWORD)
            await asyncio.sleep(max(answer_at - time.monotonic(), 0))
            self.set_status(401)
            self._show(WRONG, name)
            return
        self.redirect_done(safe_next(self.body_fields.get("next") or self.query_fields.get("next")))

    async def _problem(self, tried: PasswordTry, password: str) -> SecurityEvent | None:
        """Why this does not open the door; as much work for an account that there is not."""
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

    async def _let_in(self, admin: Administrator, password: str) -> bool:
        """Begin a session; False when an owner has set another password or disabled the account meanwhile."""
        at = self.now()
        hashed = await hash_password(password) if needs_rehash(admin) else admin.password_hash
        agent = self.request.headers.get("User-Agent", "")
        async with self.services.storage.transaction() as tx:
            if not await tx.administrators.change_as_seen(admin, AdministratorChange(password_hash=hashed)):
                return False
            for network in (self.network, ALL_NEW_NETWORKS):
                await tx.failures.forgive(admin.id, FailureKind.LOGIN, network)
            if self.admin_session is not None:  # a login always begins a session of its own
                await tx.administrators.change_session(self.admin_session.id, AdminSessionChange(ended_at=at))
            token = await start_session(tx, self.services, admin, self.client_address, agent, at)
            self.administrator = admin
            await self.audit(tx, "login", ("administrator", admin.id))
            await tx.commit()
        self.set_cookie(self.session_cookie, token)
        return True


class LogoutHandler(AdminPage):
    before_own_password = True

    async def post(self) -> None:
        assert self.admin_session is not None
        async with self.services.storage.transaction() as tx:
            await tx.administrators.change_session(
                self.admin_session.id, AdminSessionChange(ended_at=self.now())
            )
            await self.audit(tx, "logout", ("administrator", self.caller.id))
            await tx.commit()
        self.clear_cookie(self.session_cookie, path="/")
        self.redirect_done("login/", "logged-out")


routes = [
    (r"/admin/login/", LoginHandler),
    (r"/admin/logout/", LogoutHandler),
]
