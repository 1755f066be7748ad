"""What the live checks ask with, opened and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from config import Settings
from frozen_dataclasses import frozen
from payment.wechatpay.gateway import Gateway
from startup import wiring
from startup.checks.result import Result
from wechat.api import Forbidden, Unanswered, Unavailable, WeChatApi, WeChatApiError
from wechat.tokens import AccessTokens

OWN_SECONDS = 8.0


@frozen()
class Live:
    """``web`` asks our own addresses as the internet has them: certificates are verified."""

    settings: Settings
    api: WeChatApi
    gateway: Gateway
    web: httpx.AsyncClient


LiveCheck = Callable[[Live], Awaitable[Result]]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Live]:
    """Raises ConfigError."""
    wechat = settings.wechat
    async with AsyncExitStack() as stack:
        tokens = await stack.enter_async_context(
            AccessTokens(wechat.appid, wechat.secret, base_url=wechat.api_base)
        )
        api = await stack.enter_async_context(WeChatApi(tokens, base_url=wechat.api_base))
        gateway = Gateway(
            wiring.merchant(settings), wiring.platform_keys(settings), base_url=settings.pay.api_base
        )
        await stack.enter_async_context(gateway)
        web = await stack.enter_async_context(
            httpx.AsyncClient(timeout=OWN_SECONDS, trust_env=False, follow_redirects=False)
        )
        yield Live(settings, api, gateway, web)


IP_LIST = "add this server's address to 开发管理 → 开发设置 → IP白名单"
ADVICE = {
    40013: "wechat.appid is not an appid: compare it with 开发管理 → 开发设置",
    40125: "wechat.secret is wrong or was reset: set the new one",
    41002: "wechat.appid is empty",
    41004: "wechat.secret is empty",
    40164: IP_LIST,
    48001: "the account has no permission for this call: is it verified (认证), and is the feature opened?",
    48004: "the call was forbidden by WeChat: see the notices in the console",
}


def advice(problem: WeChatApiError) -> str:
    """What came of a call to api.weixin.qq.com, and what to do."""
    code = "" if problem.code is None else f"WeChat answered {problem.code}: "
    if problem.code in ADVICE:
        return code + ADVICE[problem.code]
    if isinstance(problem, Forbidden):
        return f"{code}no permission"
    if isinstance(problem, Unavailable):
        return f"{code}{problem.detail or 'busy'}; try again in some minutes, and see that api.weixin.qq.com is reached"
    if isinstance(problem, Unanswered):
        return f"{problem.detail}; try again"
    return f"{code}refused"
