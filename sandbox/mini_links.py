"""HTTP side of links and codes: WeChat's calls, and what a tap on a link opens."""

from __future__ import annotations

from typing import Any

from .links import drawn
from .mini import MiniProgramHandler
from .web import ControlHandler

EXPIRED = """<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>链接打不开</title><style>p { margin: 20vh 24px; font: 18px/1.6 sans-serif; text-align: center }</style>
<p>此链接已失效，或没有这个链接。</p></html>"""


class LinkCallHandler(MiniProgramHandler):
    """A call with a JSON body and the access token in the query."""

    has_effects = True

    async def post(self) -> None:
        body = self.read()
        await self.apply_faults([])
        answer = self.act(self.get_query_argument("access_token", ""), body)
        await self.sandbox.context.state.flush()
        self.lose_reply([])
        if isinstance(answer, bytes):
            self.set_header("Content-Type", "image/png")
            self.finish(answer)
            return
        self.reply({"errcode": 0, "errmsg": "ok", **answer})

    def act(self, token: str, body: dict[str, Any]) -> dict[str, Any] | bytes:
        raise NotImplementedError

    def address(self) -> str:
        """Where this stand-in is reached, up to and including the mount."""
        if self.sandbox.public_url:
            return self.sandbox.public_url
        mount = self.request.path.partition("/wxa/")[0]
        return f"{self.request.protocol}://{self.request.host}{mount}"


class UrlLinkHandler(LinkCallHandler):
    """POST /wxa/generate_urllink?access_token="""

    endpoint = "generate_urllink"

    def act(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"url_link": f"{self.address()}/l/{self.sandbox.links.url_link(token, body).id}"}


class SchemeHandler(LinkCallHandler):
    """POST /wxa/generatescheme?access_token="""

    endpoint = "generatescheme"

    def act(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"openlink": f"weixin://dl/business/?t={self.sandbox.links.scheme(token, body).id}"}


class UnlimitedCodeHandler(LinkCallHandler):
    """POST /wxa/getwxacodeunlimit?access_token=: a picture"""

    endpoint = "getwxacodeunlimit"

    def act(self, token: str, body: dict[str, Any]) -> bytes:
        return drawn(self.sandbox.links.code(token, body), body.get("width", 430))


class OrderDetailPathHandler(LinkCallHandler):
    """POST /wxa/sec/order/update_order_detail_path?access_token="""

    endpoint = "update_order_detail_path"

    def act(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        self.sandbox.links.set_path(token, "detail", body)
        return {}


class ReadDetailPathHandler(LinkCallHandler):
    """POST /wxa/sec/order/get_order_detail_path?access_token="""

    endpoint = "get_order_detail_path"

    def act(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"path": self.sandbox.links.path(token)}


class MessageJumpPathHandler(LinkCallHandler):
    """POST /wxa/sec/order/set_msg_jump_path?access_token="""

    endpoint = "set_msg_jump_path"

    def act(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        self.sandbox.links.set_path(token, "message", body)
        return {}


class LinksHandler(ControlHandler):
    """GET links/ ?limit=: what was given out, newest first, and the paths of the order centre"""

    def get(self) -> None:
        links = self.sandbox.links
        views = [item.document() for item in reversed(links.links.values())]
        self.reply({"code": 0, "links": views[: self.limit()], "paths": links.paths})


class OpenedLinkHandler(ControlHandler):
    """GET l/{id}: what a tap on a link does: the browser client opens the page"""

    async def get(self, identifier: str) -> None:
        link = self.sandbox.links.open(identifier)
        if link is None:
            self.set_status(410)
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish(EXPIRED)
            return
        await self.sandbox.context.state.flush()
        self.redirect(f"../client/#{link.target()}")
