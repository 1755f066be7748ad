"""Login of the mini-program's user, and its end."""

from __future__ import annotations

from typing import Any

from accounts import user_sessions
from accounts.user_sessions import may_be_used
from handlers.api_handler import ApiHandler
from handlers.operation import operation
from schemas.user import DevicesReply, Done, EndDevice, Login, LoginReply, device_row

MAX_DEVICES_SHOWN = 50


class LoginHandler(ApiHandler):
    @operation(query=Login, reply=LoginReply, errors=(403, 429, 502, 503, 504))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """Exchange the code of wx.login for a warrant: one session per device, sliding expiry."""
        settings = self.services.settings
        await self.limit_network("login", settings.limits.login_per_minute)
        openid = (await self.services.login.exchange(given["code"])).openid
        at = self.now()
        agent = self.request.headers.get("User-Agent", "")
        warrant, until = await self.services.storage.run(
            lambda tx: user_sessions.log_in(tx, settings, openid, agent, at)
        )
        return {"warrant": warrant, "expiresIn": (until - at) // 1000}


class LogoutHandler(ApiHandler):
    @operation(reply=Done, auth="user")
    async def post(self) -> dict[str, Any]:
        """End the session of this device; its warrant is void from now on."""
        assert self.session is not None
        async with self.services.storage.transaction() as tx:
            await tx.sessions.end(self.session.id)
            await tx.commit()
        return {"msg": "已退出登录"}


class DevicesHandler(ApiHandler):
    @operation(reply=DevicesReply, auth="user")
    async def get(self) -> dict[str, Any]:
        """The devices that are logged in as the caller, last used first."""
        assert self.session is not None
        async with self.services.storage.reading() as reader:
            sessions = await reader.sessions.of_user(self.caller.id, MAX_DEVICES_SHOWN)
        at, settings = self.now(), self.services.settings
        return {
            "data": [
                device_row(session, self.session.id)
                for session in sessions
                if may_be_used(settings, session, at)
            ]
        }


class EndDeviceHandler(ApiHandler):
    @operation(body=EndDevice, reply=Done, auth="user", errors=(404,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Log a device of the caller out; with the id 0 every one but this."""
        assert self.session is not None
        current = self.session
        await self.services.storage.run(lambda tx: user_sessions.end_device(tx, current, given["id"]))
        return {"msg": "已退出登录"}


routes = [
    (r"/login/", LoginHandler),
    (r"/user/logout/", LogoutHandler),
    (r"/user/getDevices/", DevicesHandler),
    (r"/user/endDevice/", EndDeviceHandler),
]
