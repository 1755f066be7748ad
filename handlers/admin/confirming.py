"""Before a dangerous act the password is asked for again."""

from __future__ import annotations

from accounts import admin_sessions
from accounts.administrators import verify_password
from accounts.lockouts import PasswordTry, begin_confirmation
from accounts.security_events import SecurityEvent
from handlers.admin.access import COOKIE, cookie_name
from handlers.base import BaseHandler
from storage.models import Administrator, AdminSession


class Confirming(BaseHandler):
    """The part of a page that asks for the password."""

    administrator: Administrator | None
    admin_session: AdminSession | None

    @property
    def session_cookie(self) -> str:
        return cookie_name(COOKIE, self.services.settings)

    async def confirmed(self, act: str) -> bool:
        """Before a dangerous act: was the password given in the last ten minutes?

        False when it was not: then the page that asks for it, and sends the same form again with it, has been
        written, and the handler has nothing more to do. ``act`` says on that page what is about to be done.
        """
        assert self.administrator is not None
        assert self.admin_session is not None
        given = self.body_fields.pop("confirm_password", None)
        problem = ""
        session, at = self.admin_session, self.now()
        if admin_sessions.is_confirmed(session, at):
            return True
        if isinstance(given, str) and given:
            tried = await begin_confirmation(self.services.storage, self.administrator.id, at)
            if await verify_password(tried.admin, given):
                token = await self.services.storage.run(lambda tx: admin_sessions.confirm(tx, session, at))
                self.set_cookie(self.session_cookie, token)
                return True
            self.record_wrong_confirmation(tried)
            problem = "密码不正确。连续输错多次后，要等 15 分钟才能再试。"
        kept = {name: value for name, value in self.body_fields.items() if name != "_xsrf"}
        self.set_status(403)
        self.render("admin/confirm.html", act=act, kept=kept, problem=problem)
        return False

    def record_wrong_confirmation(self, tried: PasswordTry) -> None:
        locked = SecurityEvent.REFUSED_WHILE_LOCKED
        self.record(locked if tried.locked else SecurityEvent.WRONG_CONFIRMATION)
        if tried.locks:
            self.record(SecurityEvent.LOCKED_OUT, "confirmation")
