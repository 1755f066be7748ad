"""What WeChat Pay can be asked: our signature, its own, transfers, where its complaints go."""

from __future__ import annotations

import secrets

from payment.wechatpay.complaints import ComplaintCalls
from payment.wechatpay.errors import (
    Busy,
    GatewayError,
    InvalidRequest,
    Misconfigured,
    NotFound,
    Refused,
    Unknown,
    Unreachable,
)
from payment.wechatpay.transfers import MerchantTransfers
from startup.checks.result import Result, failed, ok, warning
from startup.live.context import Live
from startup.wiring import complaint_notify_url


def _nobodys_number() -> str:
    """A number that no payment and no transfer has."""
    return f"check{secrets.token_hex(12)}"


async def check_merchant(live: Live) -> Result:
    """A payment that does not exist is asked for: that it is not found, under a signature that holds, says that our
    signature is accepted and WeChat's can be verified."""
    name, pay, merchant = "merchant", live.settings.pay, live.gateway.merchant
    certificates = merchant.public_key_id is None or merchant.use_certificates
    if certificates and not await live.gateway.keys.refresh() and merchant.public_key_id is None:
        return failed(
            name,
            "WeChat Pay's certificates could not be fetched or opened: compare pay.mchid, pay.serial, pay.key_file and "
            "pay.apiv3_key (账户中心 → API安全); merchants in public-key mode set pay.public_key_id",
        )
    try:
        await live.gateway.query_order(_nobodys_number())
    except NotFound as problem:
        if not problem.verified:
            return warning(name, "WeChat Pay answers without a signature: try again")
        held = ", ".join(live.gateway.keys.serials())
        return ok(name, f"signature of {pay.mchid} accepted; WeChat Pay's verified with {held}")
    except GatewayError as problem:
        return failed(name, _advice(problem))
    return failed(name, "WeChat Pay knows a payment that was never made")


async def check_transfers(live: Live) -> Result:
    """Whether 商家转账 is opened, and this server's address listed."""
    name = "transfers"
    if not live.settings.transfers.scene_id:
        return ok(name, "off: escorts are not paid through WeChat")
    transfers = MerchantTransfers(live.gateway.merchant, live.gateway.requests)
    try:
        await transfers.query(_nobodys_number())
    except NotFound:
        scene = live.settings.transfers.scene_id
        return ok(name, f"商家转账 answers; that scene {scene} is approved is shown in 产品中心 → 商家转账")
    except Misconfigured as problem:
        return failed(
            name,
            f"{_code(problem)}open 商家转账 in 产品中心, and list this server's address there (调用接口IP)",
        )
    except GatewayError as problem:
        return failed(name, _advice(problem))
    return failed(name, "WeChat Pay knows a transfer that was never made")


async def check_complaint_address(live: Live) -> Result:
    """Where WeChat tells of complaints."""
    name, wanted = "complaint-address", complaint_notify_url(live.settings)
    to_do = "run main.py complaint-notifications set"
    if not live.settings.pay.complaints:
        return warning(name, "pay.complaints is off: complaints at WeChat are seen in 商户平台 alone")
    try:
        registered = await ComplaintCalls(live.gateway).address()
    except GatewayError as problem:
        return failed(name, _advice(problem))
    if registered == wanted:
        return ok(name, wanted)
    return failed(name, f"expected {wanted}, found {registered or 'none'}: {to_do}")


def _code(problem: GatewayError) -> str:
    return f"WeChat Pay answered {problem.status} {problem.code}: " if problem.code else ""


def _advice(problem: GatewayError) -> str:
    """What came of a call to WeChat Pay, and what to do."""
    if isinstance(problem, Misconfigured):
        if problem.code == "SIGN_ERROR" or problem.status == 401:
            return (
                f"{_code(problem)}our signature is refused: pay.serial must be the serial of the API certificate whose "
                "key is pay.key_file, pay.mchid its merchant, and the clock right"
            )
        return f"{_code(problem)}the product is not opened, or this server's address is not listed"
    if isinstance(problem, Unreachable):
        return "api.mch.weixin.qq.com is not reached from here: see firewall and DNS"
    if isinstance(problem, Busy):
        return "WeChat Pay is busy: try again in some minutes"
    if isinstance(problem, Unknown):
        return (
            f"{problem.detail}: where a signature is not verified, pay.public_key_id and pay.public_key_file are not "
            "what 账户中心 → API安全 shows; else try again"
        )
    if isinstance(problem, InvalidRequest | Refused):
        return f"{_code(problem)}refused"
    return str(problem)
