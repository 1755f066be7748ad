"""Ways into the mini-program from outside: URL Links, schemes, mini-program codes, the paths of the order centre.

Source: "获取URL Link", "获取scheme码", "获取不限制的小程序码", "订单中心". Errors come with HTTP 200.
"""

from __future__ import annotations

import io
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from PIL import Image, ImageDraw

from .context import SandboxContext
from .errors import MiniProgramError
from .login import Login
from .state import Record

APP = Path(__file__).resolve().parents[1] / "Front" / "app.json"
DAY_MS = 24 * 3600 * 1000
MAX_DAYS = 30
MIN_MS = 60 * 1000
_QUERY = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]{0,1024}")
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_VERSIONS = ("release", "trial", "develop")
ORDER_NUMBER = "${商品订单号}"
"""What a path of the order centre must contain: WeChat puts out_trade_no there."""


@dataclass
class Link(Record):
    """Something that opens a page. ``what``: urllink, scheme or code; ``expires_at`` None: it never ends."""

    kind: ClassVar[str] = "link"
    key_field: ClassVar[str] = "id"

    id: str
    what: str
    path: str
    query: str
    created_at: int
    expires_at: int | None
    opened: int = 0

    def target(self) -> str:
        """The page with its query, as the browser client's address takes it behind the #."""
        return quote(f"{self.path}?{self.query}" if self.query else self.path, safe="")


class Links:
    """What was given out, oldest first, and the two paths; they survive a restart like everything else."""

    def __init__(self, context: SandboxContext, login: Login) -> None:
        self._context = context
        self._login = login
        store = context.state.store
        found = [Link(**body) for _, body in store.read(Link.kind)]
        self.links = {item.id: item for item in sorted(found, key=lambda item: item.created_at)}
        self.paths = {name: str(body["path"]) for name, body in store.read("order_path")}

    def url_link(self, token: str, body: dict[str, Any]) -> Link:
        """``generate_urllink``. Raises MiniProgramError."""
        self._begin(token, body)
        return self._make(
            "urllink", body, self._expiry(body, "expire_type", "expire_time", "expire_interval")
        )

    def scheme(self, token: str, body: dict[str, Any]) -> Link:
        """``generatescheme``: the page is in ``jump_wxa``. Raises MiniProgramError."""
        jump = body.get("jump_wxa", {})
        if not isinstance(jump, dict):
            raise MiniProgramError(47001, "data format error")
        self._begin(token, jump)
        if not body.get("is_expire"):
            raise MiniProgramError(85401, "a scheme without an end is not given out any more")
        return self._make("scheme", jump, self._expiry(body, "expire_type", "expire_time", "expire_interval"))

    def code(self, token: str, body: dict[str, Any]) -> Link:
        """``getwxacodeunlimit``: the scene reaches the page percent-encoded. Raises MiniProgramError."""
        self._login.check_token(token)
        self._refuse_by_fault()
        scene, width = body.get("scene"), body.get("width", 430)
        if not isinstance(scene, str) or not _SCENE.fullmatch(scene):
            raise MiniProgramError(40129, "invalid scene")
        if type(width) is not int or not 280 <= width <= 1280:
            raise MiniProgramError(40097, "invalid args width")
        self._check_version(body)
        page = body.get("page", "")
        if body.get("check_path", True) and not self._is_published(page):
            raise MiniProgramError(41030, "invalid page")
        return self._keep("code", str(page), f"scene={quote(scene, safe='')}", None)

    def path(self, token: str) -> str:
        """The path of the order centre, empty while there is none. Raises MiniProgramError."""
        self._login.check_token(token)
        return self.paths.get("detail", "")

    def set_path(self, token: str, name: str, body: dict[str, Any]) -> None:
        """``update_order_detail_path`` (``detail``) or ``set_msg_jump_path`` (``message``). Raises MiniProgramError."""
        self._login.check_token(token)
        self._refuse_by_fault()
        path = body.get("path")
        if not isinstance(path, str) or not path or len(path) > 1024:
            raise MiniProgramError(10060035 if name == "detail" else 40165, "invalid path")
        if name == "detail":
            if not self._context.settings.order_centre_agreed:
                raise MiniProgramError(10060035, "the agreement of the order centre has not been signed")
            if ORDER_NUMBER not in path:
                raise MiniProgramError(47001, f"path must contain {ORDER_NUMBER}")
        self.paths[name] = path
        self._context.state.store.put("order_path", name, {"path": path})

    def order_page(self, out_trade_no: str) -> str:
        """Which page WeChat's order centre opens for this order, as the browser client's address takes it behind the #;
        empty while it has been told none."""
        return quote(self.paths.get("detail", "").replace(ORDER_NUMBER, out_trade_no), safe="")

    def open(self, identifier: str) -> Link | None:
        """The link that somebody taps; None when there is none (any more)."""
        link, now = self.links.get(identifier), self._context.clock()
        if link is None or (link.expires_at is not None and now >= link.expires_at):
            return None
        if self._context.faults.take("link_expired", [link.id, link.path]):
            return None
        link.opened += 1
        self._store(link)
        return link

    def _begin(self, token: str, page: dict[str, Any]) -> None:
        self._login.check_token(token)
        self._refuse_by_fault()
        path, query = page.get("path", ""), page.get("query", "")
        self._check_version(page)
        if not self._context.settings.published:
            raise MiniProgramError(85079, "miniprogram has no online release")
        if not isinstance(path, str) or (path and not self._is_published(path)):
            raise MiniProgramError(40165, "invalid weapp pagepath")
        if not isinstance(query, str) or not _QUERY.fullmatch(query):
            raise MiniProgramError(40212, "invalid query")

    def _refuse_by_fault(self) -> None:
        if fault := self._context.faults.take("link_error", []):
            raise MiniProgramError(int(fault["errcode"]), "sandbox fault")

    @staticmethod
    def _check_version(page: dict[str, Any]) -> None:
        if page.get("env_version", "release") not in _VERSIONS:
            raise MiniProgramError(85402, "invalid env_version")

    def _is_published(self, page: object) -> bool:
        return self._context.settings.published and page in pages()

    def _expiry(self, body: dict[str, Any], kind: str, time: str, interval: str) -> int:
        """When it ends (ms): by a time, or after so many days."""
        now, way = self._context.clock(), body.get(kind, 0)
        value = body.get(time if way == 0 else interval)
        if way not in (0, 1) or type(value) is not int:
            raise MiniProgramError(85401, "invalid expire")
        at = value * 1000 if way == 0 else now + value * DAY_MS
        if not now + MIN_MS <= at <= now + MAX_DAYS * DAY_MS:
            raise MiniProgramError(85401, "invalid expire: 1 minute to 30 days")
        return at

    def _make(self, what: str, page: dict[str, Any], expires_at: int) -> Link:
        return self._keep(what, str(page.get("path", "")), str(page.get("query", "")), expires_at)

    def _keep(self, what: str, path: str, query: str, expires_at: int | None) -> Link:
        link = Link(secrets.token_urlsafe(8), what, path, query, self._context.clock(), expires_at)
        self._store(link)
        return link

    def _store(self, link: Link) -> None:
        self.links[link.id] = link
        self._context.state.store.put(link.kind, link.key, link.document())


def pages() -> frozenset[str]:
    """Every page of the mini-program, those of its sub-packages too."""
    app = json.loads(APP.read_text("utf-8"))
    parts = [f"{part['root']}/{page}" for part in app.get("subPackages", []) for page in part["pages"]]
    return frozenset(app["pages"] + parts)


def drawn(link: Link, width: int) -> bytes:
    """A PNG that looks like a mini-program code from afar. No camera can read it: the sandbox's page opens it."""
    size = 21
    picture = Image.new("L", (size + 4, size + 4), 255)
    seed = int.from_bytes(link.id.encode(), "big")
    draw = ImageDraw.Draw(picture)
    for number in range(size * size):
        row, column = divmod(number, size)
        inside = (row - 10) ** 2 + (column - 10) ** 2 <= 110
        if inside and (seed >> (number % 83)) & 1 ^ (number % 3 == 0):
            draw.point((column + 2, row + 2), 0)
    draw.ellipse((8, 8, 16, 16), fill=255, outline=0)
    target = io.BytesIO()
    picture.resize((width, width), Image.Resampling.NEAREST).save(target, "PNG")
    return target.getvalue()
