"""The stand-in's own endpoints for the message push: what people do in WeChat, what was told of it, its address."""

from __future__ import annotations

from typing import Any

from .errors import ControlError
from .pushes import Push
from .web import ControlHandler

ACTS = ("accept", "reject", "switch_off", "revoke", "close_account", "profile_cleared")
EVENTS_OF_ACTS = {
    "revoke": "user_authorization_revoke",
    "close_account": "user_authorization_cancellation",
    "profile_cleared": "user_info_modified",
}


class PushesHandler(ControlHandler):
    """GET pushes/ ?openid=&event=&state=&limit=

    POST pushes/ {person or openid, act: accept | reject | switch_off | revoke | close_account | profile_cleared,
    template?, info?}: what a person does in WeChat; {msgid, act: not_delivered}: what became of a message;
    {person or openid, event, fields}: any other event
    """

    def get(self) -> None:
        query = self.query()
        found = [
            item
            for item in reversed(self.sandbox.pushes.pushes.values())
            if all(query.get(name, getattr(item, name)) == getattr(item, name) for name in _FILTERS)
        ]
        views = [item.document() for item in found[: self.limit()]]
        self.reply({"code": 0, "total": len(found), "url": self.sandbox.pushes.url, "pushes": views})

    async def post(self) -> None:
        wish = self.wish()
        if not self.sandbox.pushes.url:
            raise ControlError(409, "no_address", "还没有填写推送的地址（POST pushes/address/）")
        push = self._of_message(wish) if wish.get("act") == "not_delivered" else self._of_person(wish)
        await self.sandbox.settle_due()
        self.reply({"code": 0, **(push.document() if push else {})})

    def _of_message(self, wish: dict[str, Any]) -> Push | None:
        messages = self.sandbox.context.state.messages.values()
        message = next((item for item in messages if item.msgid and item.msgid == wish.get("msgid")), None)
        if message is None:
            raise ControlError(404, "unknown_message", "没有这条消息")
        return self.sandbox.messages.tell_sent(message, "43101", "user refuse to accept the msg")

    def _of_person(self, wish: dict[str, Any]) -> Push | None:
        person, messages = wish.get("person"), self.sandbox.messages
        openid = wish.get("openid") or (
            self.sandbox.login.openid_for(person) if isinstance(person, str) else ""
        )
        if not isinstance(openid, str) or not openid:
            raise ControlError(400, "invalid", "缺少 openid 或 person", {"openid": ["必填"]})
        event, fields = wish.get("event"), wish.get("fields", {})
        if isinstance(event, str) and isinstance(fields, dict):
            return self.sandbox.pushes.tell(event, openid, fields)
        act, template = wish.get("act"), str(wish.get("template", ""))
        if act not in ACTS:
            raise ControlError(400, "invalid", "act 有误", {"act": [*ACTS, "not_delivered"]})
        if act in ("accept", "reject", "switch_off") and not template:
            raise ControlError(400, "invalid", "缺少 template", {"template": ["必填"]})
        if act == "switch_off":
            messages.switch_off(openid, template)
        elif act in ("accept", "reject"):
            messages.permit(openid, {template: act})
        else:
            info = {"RevokeInfo": str(wish.get("info", "6"))} if act != "close_account" else {}
            return self.sandbox.pushes.tell(EVENTS_OF_ACTS[act], openid, info)
        return None


_FILTERS = ("openid", "event", "state")


class ResendPushHandler(ControlHandler):
    """POST pushes/resend/ {id}: tell of it again, which WeChat does not do by itself"""

    async def post(self) -> None:
        push = self.sandbox.pushes.pushes.get(str(self.wish().get("id")))
        if push is None:
            raise ControlError(404, "unknown_push", "没有这条推送")
        self.sandbox.pushes.resend(push)
        await self.sandbox.settle_due()
        self.reply({"code": 0, **push.document()})


class PushAddressHandler(ControlHandler):
    """POST pushes/address/ {url}: the address is asked whether it knows the Token, and kept when it does; empty: off"""

    async def post(self) -> None:
        url = self.wish().get("url")
        if not isinstance(url, str) or (url and not url.startswith(("http://", "https://"))):
            raise ControlError(400, "invalid", "缺少 url", {"url": ["必填"]})
        if url and not await self.sandbox.pushes.check_address(url):
            raise ControlError(409, "check_failed", "地址没有通过验证：没有原样返回 echostr")
        self.sandbox.push_to(url)
        self.reply({"code": 0, "url": url})
