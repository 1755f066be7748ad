"""The page that shows a developer what WeChat knows and did. Chinese, no outside asset, relative links only."""
from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from tornado.template import Loader

from .faults import KINDS
from .notifications import WAITS_SECONDS
from .web import ControlHandler
from .world import SHANGHAI

_HERE = Path(__file__).parent
_LOADER = Loader(str(_HERE / "templates"))
SHOWN = 40


class PageHandler(ControlHandler):
    """GET / : the whole page"""

    def get(self) -> None:
        if not self.request.path.endswith("/"):
            self.redirect(self.request.path.rsplit("/", 1)[-1] + "/")
            return
        self.set_header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
        self.finish(_LOADER.load("index.html").generate(**board(self)))


class BoardHandler(ControlHandler):
    """GET board/ : the part of the page that changes; the page fetches it every two seconds"""

    def get(self) -> None:
        self.finish(_LOADER.load("board.html").generate(**board(self)))


class AssetHandler(ControlHandler):
    """GET assets/page.css, assets/page.js"""

    def get(self, name: str) -> None:
        self.set_header("Content-Type", "text/css" if name.endswith("css") else "text/javascript")
        self.finish((_HERE / "assets" / name).read_bytes())


def board(handler: ControlHandler) -> dict[str, Any]:
    """Everything that the templates show."""
    world = handler.sandbox.world
    state = world.state
    people = state.people
    return {
        "identity": world.identity,
        "settings": world.settings.document(),
        "orders": list(reversed(state.orders.values()))[:SHOWN],
        "order_count": len(state.orders),
        "refunds": list(reversed(state.refunds.values()))[:SHOWN],
        "refund_count": len(state.refunds),
        "notifications": list(reversed(state.notifications.values()))[:SHOWN],
        "notification_count": len(state.notifications),
        "messages": list(reversed(state.messages.values()))[:SHOWN],
        "message_count": len(state.messages),
        "faults": world.faults.active(),
        "kinds": KINDS,
        "rounds": len(WAITS_SECONDS) + 1,
        "paid_fen": sum(item.amount_fen for item in state.orders.values() if item.paid),
        "refunded_fen": sum(item.amount_fen for item in state.refunds.values() if item.status == "SUCCESS"),
        "who": lambda openid: people[openid].name if openid in people and people[openid].name else openid[:10] + "…",
        "yuan": yuan,
        "when": when,
        "titles": TITLES,
    }


TITLES = {
    "NOTPAY": "待支付", "SUCCESS": "成功", "CLOSED": "已关闭", "REFUND": "转入退款",
    "PROCESSING": "处理中", "ABNORMAL": "异常",
    "pending": "待送达", "accepted": "已送达", "lost": "已丢失", "given_up": "已放弃",
    "probe": "签名探测", "stale_timestamp": "旧时间戳", "bad_notification_signature": "错误签名",
}  # fmt: skip


def yuan(amount_fen: int) -> str:
    """Fen for people: `￥588` or `￥588.50`."""
    whole, rest = divmod(amount_fen, 100)
    return f"￥{whole}.{rest:02d}" if rest else f"￥{whole}"


def when(at: int | None) -> str:
    """Milliseconds for people, in Shanghai's time."""
    if at is None:
        return ""
    return datetime.datetime.fromtimestamp(at / 1000, SHANGHAI).strftime("%m-%d %H:%M:%S")
