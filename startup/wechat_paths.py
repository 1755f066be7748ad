"""``main.py wechat-paths``: tells WeChat which page its own order pages and messages open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from config import Settings
from wechat import links
from wechat.api import Forbidden, Unanswered, Unavailable, WeChatApi, WeChatApiError
from wechat.tokens import AccessTokens

NOT_AGREED = 10060035
STEPS: tuple[tuple[str, str, Callable[[WeChatApi], Awaitable[None]]], ...] = (
    ("订单中心 / order centre", links.ORDER_CENTRE_PATH, links.set_order_centre_path),
    ("发货消息 / shipping messages", links.MESSAGE_PATH, links.set_message_path),
)


async def set_paths(settings: Settings) -> int:
    """Both paths, each reported in a line; 1 when one was not taken. Saying them again changes nothing."""
    wechat = settings.wechat
    failed = 0
    async with (
        AccessTokens(wechat.appid, wechat.secret, base_url=wechat.api_base) as tokens,
        WeChatApi(tokens, base_url=wechat.api_base) as api,
    ):
        for title, path, step in STEPS:
            try:
                await step(api)
            except WeChatApiError as problem:
                failed += 1
                print(f"[failed ] {title}: {explanation(problem)}")
            else:
                print(f"[  ok   ] {title}: {path}")
    return 1 if failed else 0


def explanation(problem: WeChatApiError) -> str:
    """What came of it, and what to do."""
    code = "" if problem.code is None else f"{problem.code} "
    if problem.code == NOT_AGREED:
        return f"{code}先在微信后台签署订单中心协议 / sign the agreement of the order centre in the console first"
    if isinstance(problem, Forbidden):
        return (
            f"{code}账号没有这个权限，或服务器地址不在白名单 / no permission, or this address is not listed"
        )
    if isinstance(problem, Unanswered):
        return f"{problem}；可以再执行一次 / may be run again"
    if isinstance(problem, Unavailable):
        return f"{problem}；过一会儿再执行 / run it again later"
    return f"{code}微信没有接受 / WeChat refused it"
