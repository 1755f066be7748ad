"""Our own addresses, asked from here as WeChat has them. What is sent there changes nothing: no notification, and the
question with which WeChat checks the address of a push."""

from __future__ import annotations

import hashlib
import secrets
import time
from urllib.parse import urljoin

import httpx

from payment.transfers.service import notify_url as transfer_notify_url
from startup import wiring
from startup.checks.result import Result, failed, ok
from startup.live.context import Live


async def check_notify_addresses(live: Live) -> Result:
    """Each is answered by this product: a GET is refused with 405 in its own shape, so no alarm comes of it."""
    name, settings = "notify-addresses", live.settings
    addresses = {
        "pay.notify_url": settings.pay.notify_url,
        "pay.refund_notify_url": wiring.refund_notify_url(settings),
    }
    if settings.pay.complaints:
        addresses["pay.complaint_notify_url"] = wiring.complaint_notify_url(settings)
    if settings.transfers.scene_id:
        addresses["transfers.notify_url"] = transfer_notify_url(settings)
    problems = [
        f"{settings.source}: {key}: {url}: {problem}"
        for key, url in addresses.items()
        if (problem := await _why_not_ours(live.web, url))
    ]
    if problems:
        return failed(name, "; ".join(problems))
    return ok(name, f"{len(addresses)} addresses lead to this server")


async def _why_not_ours(web: httpx.AsyncClient, url: str) -> str:
    """Empty when a server of ours answers there."""
    try:
        answer = await web.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        return _not_reached(problem)
    if (
        answer.status_code != 405
        or "x-request-id" not in answer.headers
        or _slug(answer) != "method_not_allowed"
    ):
        return f"something else answers ({answer.status_code}): a proxy must pass this path on, with its body"
    return ""


def _slug(answer: httpx.Response) -> str:
    """Why a notification handler refuses, in the words that WeChat Pay is told."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("message", "")) if isinstance(body, dict) else ""


def _not_reached(problem: Exception) -> str:
    text = str(problem)
    if "CERTIFICATE" in text.upper():
        return "its certificate is not accepted: renew it, with the whole chain (WeChat refuses it, too)"
    return (
        f"not reached from here ({type(problem).__name__}): see DNS, firewall and proxy; where this machine cannot "
        "reach its own public address, try from another one"
    )


async def check_push_address(live: Live) -> Result:
    """The answer to the question with which WeChat checks the address, when 消息推送 is saved in the console."""
    name, token = "push-address", live.settings.wechat.push_token
    url = urljoin(wiring.public_root(live.settings), "wechat/push/")
    if not token:
        needed = live.settings.wechat.content_checks or live.settings.shipping.enabled
        if needed:
            return failed(
                name,
                "wechat.push_token is empty, and avatars or settlements need pushed events: set 消息推送 in the "
                "console, and here",
            )
        return ok(name, "off: nothing is pushed")
    timestamp, nonce, echo = str(int(time.time())), secrets.token_hex(8), secrets.token_hex(8)
    signature = hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode()).hexdigest()  # noqa: S324
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
    try:
        answer = await live.web.get(url, params=query)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        return failed(name, f"{url}: {_not_reached(problem)}")
    if answer.status_code != 200 or answer.text != echo:
        return failed(
            name,
            f"{url}: the check was not answered ({answer.status_code}): the running server needs this push_token and "
            "the right clock, and a proxy must pass path and query on",
        )
    return ok(name, f"{url} answers WeChat's check; enter it in 开发管理 → 消息推送")
