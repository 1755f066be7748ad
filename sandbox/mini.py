"""HTTP side of api.weixin.qq.com: always 200, ``errcode`` says the rest."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from .errors import MiniProgramError, ReplyLost
from .login import name_in
from .message_templates import templates
from .web import Handler


class MiniProgramHandler(Handler):
    """Base; a subclass names itself for faults. Of the reply faults, those apply that have a meaning here."""

    endpoint = ""
    has_effects = False
    """Whether something has been done that a lost reply does not undo."""

    async def apply_faults(self, scopes: list[str]) -> None:
        """Apply the reply faults that name this endpoint (``any`` means the payment endpoints alone)."""
        faults = self.sandbox.context.faults
        for item in faults.active():
            if item.parameters.get("endpoint") != self.endpoint:
                continue
            if item.fault == "drop_after_commit" and self.has_effects:
                continue  # ``lose_reply`` takes it
            fault = faults.take(item.fault, scopes, endpoint=self.endpoint)
            if fault is None:
                continue
            if item.fault == "slow":
                await asyncio.sleep(float(fault["seconds"]))
            elif item.fault in ("drop_before_commit", "drop_after_commit"):
                raise ReplyLost
            elif item.fault == "garbage":
                await self.finish(b"<html>\xff\xfe garbage")
                raise ReplyLost
            elif item.fault in ("system_error", "rate_limited"):
                self.set_status(500 if item.fault == "system_error" else 429)
                await self.finish(b"")
                raise ReplyLost
            elif item.fault == "error":
                raise MiniProgramError(int(fault["status"]), str(fault["message"]))

    def lose_reply(self, scopes: list[str]) -> None:
        """Break the connection after the work is done, when a fault that names this endpoint says so."""
        faults = self.sandbox.context.faults
        for item in faults.active():
            named = item.fault == "drop_after_commit" and item.parameters["endpoint"] == self.endpoint
            if named and faults.take(item.fault, scopes, endpoint=self.endpoint):
                raise ReplyLost

    def read(self) -> dict[str, Any]:
        try:
            return self.json_body()
        except ValueError:
            raise MiniProgramError(47001, "data format error") from None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, ReplyLost):
            self.detach().close()
        elif isinstance(error, MiniProgramError):
            trace = "-".join(secrets.token_hex(4) for _ in range(3))
            self.reply({"errcode": error.errcode, "errmsg": f"{error.errmsg}, rid: {trace}"})
        else:
            self.reply({"errcode": -1, "errmsg": "system error"}, status_code)


class Code2SessionHandler(MiniProgramHandler):
    """GET /sns/jscode2session"""

    endpoint = "jscode2session"

    async def get(self) -> None:
        query = self.query()
        code = query.get("js_code", "")
        await self.apply_faults([code, name_in(code)])
        session = self.sandbox.login.exchange(query)
        await self.sandbox.context.state.flush()
        self.reply(session)


class StableTokenHandler(MiniProgramHandler):
    """POST /cgi-bin/stable_token"""

    endpoint = "stable_token"

    async def post(self) -> None:
        await self.apply_faults([])
        token = self.sandbox.login.stable_token(self.read())
        await self.sandbox.context.state.flush()
        self.reply(token)


class MessageCheckHandler(MiniProgramHandler):
    """POST /wxa/msg_sec_check?access_token="""

    endpoint = "msg_sec_check"

    async def post(self) -> None:
        body = self.read()
        await self.apply_faults([str(body.get("openid", ""))])
        answer = self.sandbox.content.text(self.get_query_argument("access_token", ""), body)
        await self.sandbox.context.state.flush()
        self.reply(answer)


class MediaCheckHandler(MiniProgramHandler):
    """POST /wxa/media_check_async?access_token="""

    endpoint = "media_check_async"

    async def post(self) -> None:
        body = self.read()
        await self.apply_faults([str(body.get("openid", ""))])
        answer = await self.sandbox.pictures.check(self.get_query_argument("access_token", ""), body)
        await self.sandbox.context.state.flush()
        self.reply(answer)


class TemplatesHandler(MiniProgramHandler):
    """GET /wxaapi/newtmpl/gettemplate?access_token="""

    endpoint = "gettemplate"

    async def get(self) -> None:
        await self.apply_faults([])
        self.sandbox.login.check_token(self.get_query_argument("access_token", ""))
        rows = templates(self.sandbox.context)
        await self.sandbox.context.state.flush()
        self.reply({"errcode": 0, "errmsg": "ok", "data": rows})


class SubscribeSendHandler(MiniProgramHandler):
    """POST /cgi-bin/message/subscribe/send?access_token="""

    endpoint = "subscribe_send"

    async def post(self) -> None:
        body = self.read()
        await self.apply_faults([str(body.get("touser", ""))])
        push = None
        try:
            answer, push = self.sandbox.messages.send(self.get_query_argument("access_token", ""), body)
        finally:
            await self.sandbox.context.state.flush()
        if push and self.sandbox.context.faults.take("push_before_reply", [push.openid, push.event]):
            await self.sandbox.pushes.deliver_now(push)
        self.reply(answer)
