"""``main.py complaint-notifications``: where WeChat sends news of complaints; shows, registers, replaces, ends it."""

from __future__ import annotations

from urllib.parse import urlsplit

from config import ConfigError, Settings
from payment.wechatpay.complaints import MAX_URL, ComplaintCalls
from payment.wechatpay.errors import Busy, GatewayError, Misconfigured, Unknown
from payment.wechatpay.gateway import Gateway
from startup import wiring


async def run(settings: Settings, act: str) -> int:
    """``act``: show, set or remove; 1 when WeChat did not do it. Each may be repeated: it says how things are then."""
    url = wiring.complaint_notify_url(settings)
    if act == "set":
        check_url(settings, url)
    keys = wiring.platform_keys(settings)
    async with Gateway(wiring.merchant(settings), keys, base_url=settings.pay.api_base) as gateway:
        try:
            print(await _done(ComplaintCalls(gateway), act, url))
        except GatewayError as problem:
            print(f"[failed ] {explanation(problem)}")
            return 1
    return 0


async def _done(calls: ComplaintCalls, act: str, url: str) -> str:
    if act == "set":
        changed = await calls.set_address(url)
        return f"[  ok   ] {'已登记 / registered' if changed else '早已登记 / registered before'}: {url}"
    if act == "remove":
        removed = await calls.remove_address()
        return f"[  ok   ] {'已取消 / removed' if removed else '本来就没有登记 / there was none'}"
    known = await calls.address()
    if known is None:
        return f"没有登记 / none is registered; complaint-notifications set: {url}"
    return f"{known}{'' if known == url else f'; 设置里是 / the settings say: {url}'}"


def check_url(settings: Settings, url: str) -> None:
    """Raises ConfigError for an address that WeChat refuses. The stand-in, in development and staging, takes http."""
    parts = urlsplit(url)
    fits = parts.hostname and len(url) <= MAX_URL and url.isascii() and not parts.query and not parts.fragment
    at_stand_in = settings.development or settings.staging
    if not fits or (parts.scheme != "https" and not at_stand_in):
        raise ConfigError(
            f"{settings.source}: pay.complaint_notify_url: expected an https address without a query, at most "
            f"{MAX_URL} characters, found {url or 'nothing'}"
        )


def explanation(problem: GatewayError) -> str:
    """What came of it, and what to do."""
    said = " ".join(part for part in (problem.code, problem.message) if part)
    if isinstance(problem, Misconfigured):
        return (
            f"{said}：商户号没有开通消费者投诉，或密钥、证书不对，或服务器地址不在白名单 / "
            "complaints are not open for this merchant, or keys or the listed addresses are wrong"
        )
    if isinstance(problem, Busy):
        return f"{said or '没有连上微信'}；过一会儿再执行 / run it again later"
    if isinstance(problem, Unknown):
        return f"{said or '没有收到微信的回音'}；可以再执行一次 / may be run again"
    return f"{said}；微信没有接受 / WeChat refused it"
