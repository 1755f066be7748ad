"""Ways into the mini-program from outside: a URL Link for one text message, a mini-program code to be scanned, the
paths that WeChat's own order pages lead to. Source: developers.weixin.qq.com, 获取URL Link,
获取不限制的小程序码, 订单中心.

Making a link changes nothing that one made twice would spoil: whatever fails may be tried again by a person.
"""

from __future__ import annotations

import re

from clock import DAY, MINUTE
from frozen_dataclasses import frozen
from wechat.api import Forbidden, Picture, Rejected, Unanswered, WeChatApi, WeChatApiError

MAX_LIFETIME_MS = 30 * DAY
MIN_LIFETIME_MS = MINUTE
MARGIN_MS = 5 * MINUTE
"""What is left of each bound, because WeChat's clock is not ours."""
CODE_WIDTH = 430
ORDER_CENTRE_PATH = "pages/order/order?out_trade_no=${商品订单号}"
"""WeChat replaces what stands in the braces."""
MESSAGE_PATH = "pages/order/order"
"""WeChat appends transaction_id, merchant_id and merchant_trade_no."""
_LINK = re.compile(r"https?://[^\s\"'<>]{1,500}")

NOT_PUBLISHED = frozenset({85079, 41030, 40165})
DAY_QUOTA = frozenset({44993, 45009})


class NoLink(Exception):
    """WeChat gave no link. ``message``: for the office."""

    slug = "no_link"

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(self.slug if code is None else f"{self.slug}: {code}")
        self.message = message


@frozen()
class UrlLink:
    """``expires_at``: UTC ms; not later than what it was asked for, and within WeChat's 30 days."""

    url: str
    expires_at: int


async def url_link(api: WeChatApi, page: str, query: str, expires_at: int, at: int) -> UrlLink:
    """A link that opens ``page`` from a text message until ``expires_at`` (UTC ms). One for each message: whoever has
    it may use it. Raises NoLink."""
    until = min(expires_at, at + MAX_LIFETIME_MS - MARGIN_MS)
    if until < at + MIN_LIFETIME_MS + MARGIN_MS:
        raise NoLink("马上到期，来不及生成链接")
    body = {"path": page, "query": query, "expire_type": 0, "expire_time": until // 1000}
    try:
        reply = await api.post("/wxa/generate_urllink", body)
    except WeChatApiError as problem:
        raise _no_link(problem) from None
    url = reply.get("url_link")
    if not isinstance(url, str) or not _LINK.fullmatch(url):
        raise NoLink(UNANSWERED)
    return UrlLink(url, until)


async def code_picture(api: WeChatApi, page: str, scene: str) -> Picture:
    """A mini-program code that opens ``page`` with ``scene`` (32 characters at most), to be shown or printed. Raises
    NoLink."""
    try:
        return await api.picture(
            "/wxa/getwxacodeunlimit", {"page": page, "scene": scene, "width": CODE_WIDTH}
        )
    except WeChatApiError as problem:
        raise _no_link(problem) from None


async def set_order_centre_path(api: WeChatApi) -> None:
    """An order in WeChat's order centre opens ours. Raises WeChatApiError."""
    await api.post("/wxa/sec/order/update_order_detail_path", {"path": ORDER_CENTRE_PATH})


async def set_message_path(api: WeChatApi) -> None:
    """WeChat's own messages about shipping open our page of the order. Raises WeChatApiError."""
    await api.post("/wxa/sec/order/set_msg_jump_path", {"path": MESSAGE_PATH})


UNANSWERED = "没有等到微信的回音，可以再试一次"


def _no_link(problem: WeChatApiError) -> NoLink:
    """What the office reads, and can do."""
    if isinstance(problem, Unanswered):
        return NoLink(UNANSWERED)
    if problem.code in DAY_QUOTA:
        return NoLink("微信今天的次数用完了，明天再试", problem.code)
    if isinstance(problem, Forbidden):
        return NoLink("这个小程序没有生成链接的权限，请店主看看微信后台", problem.code)
    if problem.code in NOT_PUBLISHED:
        return NoLink("小程序还没有发布，或发布的版本里没有这个页面，发布以后再试", problem.code)
    if isinstance(problem, Rejected):
        return NoLink(f"微信没有同意生成（错误码 {problem.code}），请告诉技术人员", problem.code)
    return NoLink("微信现在很忙，请过一会儿再试", problem.code)
