"""Certificates that the gateway fetches: GET /v3/certificates."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

import httpx
import pytest

from payment.wechatpay import errors
from payment.wechatpay.keys import (
    PlatformKeys,
    load_certificate,
)
from tests.payment.wechat_side.refreshing import refreshed


def story_of(gateway: Any, steps: Any) -> Any:
    async def run() -> Any:
        async with gateway:
            return await steps(gateway)

    return asyncio.run(run())


def answering_with_certificates(pay_wechat: Any, pay_material: Any, *pems: bytes, **signing: Any) -> None:
    new = load_certificate(pay_material.new_certificate)
    arguments = {"key": pay_material.new_certificate_key, "serial": new.serial} | signing

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/certificates":
            body = pay_material.certificates(*pems)
        else:
            body = json.dumps({"prepay_id": "wx1"}).encode()
        return httpx.Response(200, headers=pay_material.headers(body, **arguments), content=body)

    pay_wechat.answer = answer


def create(gateway: Any) -> Any:
    return gateway.create_order(
        out_trade_no="20261123100000A", description="陪诊", total_fen=1, openid="o1", expire_at=0
    )


def test_in_certificate_mode_the_certificates_come_at_start(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any, pay_merchant: Any
) -> None:
    answering_with_certificates(
        pay_wechat, pay_material, pay_material.old_certificate, pay_material.new_certificate
    )
    merchant = dataclasses.replace(pay_merchant, public_key_id=None)
    gateway = pay_gateway(merchant=merchant, keys=PlatformKeys())

    async def steps(gateway: Any) -> str:
        for _ in range(100):
            await asyncio.sleep(0.01)
            if gateway.keys.refreshed_at:
                break
        return str(await create(gateway))

    assert story_of(gateway, steps) == "wx1"
    assert len(gateway.keys.serials()) == 2
    assert "Wechatpay-Serial" not in pay_wechat.requests[-1].headers


def test_a_public_key_merchant_is_refused_certificates_and_loses_nothing(
    pay_gateway: Any, pay_wechat: Any
) -> None:
    for status in (403, 500):
        pay_wechat.refuses(status, "NO_AUTH")
        gateway = pay_gateway()
        assert story_of(gateway, lambda gateway: gateway.keys.refresh()) is False
        assert len(gateway.keys.serials()) == 1


def test_during_a_switch_a_reply_with_a_new_serial_is_unknown_then_believed(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any
) -> None:
    answering_with_certificates(pay_wechat, pay_material, pay_material.new_certificate)

    async def steps(gateway: Any) -> str:
        with pytest.raises(errors.Unknown, match="unknown_serial"):
            await create(gateway)
        await refreshed(gateway.keys)
        return str(await create(gateway))

    assert story_of(pay_gateway(), steps) == "wx1"


@pytest.mark.promise(1)
def test_certificates_in_a_forged_reply_are_not_believed(
    pay_gateway: Any, pay_wechat: Any, pay_material: Any
) -> None:
    answering_with_certificates(
        pay_wechat, pay_material, pay_material.new_certificate, key=pay_material.stranger
    )
    gateway = pay_gateway()
    assert story_of(gateway, lambda gateway: gateway.keys.refresh()) is False
    assert len(gateway.keys.serials()) == 1
