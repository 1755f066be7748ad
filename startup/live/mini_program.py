"""What api.weixin.qq.com can be asked: the token, trade management, message templates, the order centre."""

from __future__ import annotations

import re
from typing import Any

from startup.checks.result import Result, failed, ok, warning
from startup.live.context import ADVICE, Live, advice
from wechat.api import WeChatApiError
from wechat.links import ORDER_CENTRE_PATH
from wechat.message_facts import MessageKind, template_of
from wechat.shipping import ShippingCalls
from wechat.tokens import NoToken

TEMPLATES = "/wxaapi/newtmpl/gettemplate"
ORDER_CENTRE = "/wxa/sec/order/get_order_detail_path"
"""(unconfirmed) Where it is not answered, the console shows the path."""
_KEY = re.compile(r"\{\{\s*([A-Za-z_]+[0-9]+)\.DATA\s*\}\}")


async def check_token(live: Live) -> Result:
    """Appid, secret and this server's address are WeChat's to accept."""
    try:
        await live.api.tokens.get()
    except NoToken as problem:
        told = ADVICE.get(problem.code or 0, "see that api.weixin.qq.com is reached from here")
        return failed("token", f"{problem}: {told}")
    return ok("token", f"WeChat gives an access token to {live.settings.wechat.appid}")


async def check_trade_management(live: Live) -> Result:
    """Whether payments stay frozen until they are reported as shipped, and whether they are."""
    name, source = "trade-management", live.settings.source
    calls = ShippingCalls(live.api, live.settings.wechat.appid)
    try:
        managed = await calls.is_managed()
        completed = await calls.is_confirmation_completed() if managed else True
    except WeChatApiError as problem:
        return failed(name, advice(problem))
    if not managed:
        return ok(name, "not under trade management: nothing is held back")
    if not live.settings.shipping.enabled:
        return failed(
            name,
            f"{source}: shipping.enabled: expected true, found false: WeChat holds every payment until it is reported",
        )
    if not completed:
        return failed(
            name,
            "a linked merchant number is neither authorised nor unbound: finish it in the console under 订单与物流 → "
            "交易结算管理",
        )
    return ok(name, "under trade management; served orders are reported")


async def check_templates(live: Live) -> Result:
    """Each configured template belongs to the account, and its fields are the ones that are sent."""
    name, settings = "templates", live.settings
    configured = {kind: template_of(settings.wechat, kind) for kind in MessageKind}
    wanted = {kind: both for kind, both in configured.items() if both[0]}
    if not wanted:
        return warning(name, "no message is configured: choose templates, see docs/go-live.md")
    try:
        known = read_templates(await live.api.get(TEMPLATES))
    except WeChatApiError as problem:
        return failed(name, advice(problem))
    problems = [
        f"{settings.source}: wechat.message_{kind}{found}"
        for kind, (template, fields) in wanted.items()
        if (found := _differs(known.get(template), template, fields))
    ]
    if problems:
        return failed(name, "; ".join(problems))
    return ok(name, f"{len(wanted)} templates, with the fields that are sent")


def _differs(known: set[str] | None, template: str, fields: list[str]) -> str:
    """What is wrong with a configured template; empty when nothing is."""
    if known is None:
        return f": {template} is not among 我的模板 (订阅消息): choose it there, or correct the id"
    sent = {field.partition("=")[0] for field in fields}
    if missing := known - sent:
        return f"_fields: the template has {', '.join(sorted(missing))} besides: WeChat refuses messages without it"
    if unknown := sent - known:
        return f"_fields: the template has no {', '.join(sorted(unknown))}, but {', '.join(sorted(known))}"
    return ""


def read_templates(reply: dict[str, Any]) -> dict[str, set[str]]:
    """By the template's id, the keys of its fields (``thing1``)."""
    rows = reply.get("data")
    found = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("priTmplId"), str):
            found[row["priTmplId"]] = set(_KEY.findall(str(row.get("content", ""))))
    return found


async def check_order_centre(live: Live) -> Result:
    """The page that WeChat's order centre opens."""
    name, to_do = "order-centre", "run main.py wechat-paths"
    try:
        path = (await live.api.post(ORDER_CENTRE, {})).get("path")
    except WeChatApiError as problem:
        return warning(name, f"{advice(problem)}. {to_do}, and look at 订单中心 in the console")
    if path == ORDER_CENTRE_PATH:
        return ok(name, ORDER_CENTRE_PATH)
    return warning(name, f"it opens {path or 'nothing of ours'}: {to_do}")
