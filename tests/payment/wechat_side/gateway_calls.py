"""Calls of the gateway under test, each run to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from payment.wechatpay.gateway import Gateway


def ask(gateway: Gateway, call: Callable[[Gateway], Awaitable[Any]]) -> Any:
    async def conversation() -> Any:
        async with gateway:
            return await call(gateway)

    return asyncio.run(conversation())


NUMBER = "20261123100000ABCDEFGHJKMNPQRSTV"
REFUND = "R20261123110000ABCDEFGHJKMNPQRST"


def ask_each(gateway: Gateway, calls: list[Any]) -> list[Any]:
    """What each call raised (or gave), made one after the other by one gateway."""

    async def conversation() -> list[Any]:
        async with gateway:
            return [(await asyncio.gather(call(gateway), return_exceptions=True))[0] for call in calls]

    return asyncio.run(conversation())


def create(gateway: Gateway) -> Coroutine[Any, Any, str]:
    return gateway.create_order(
        out_trade_no=NUMBER,
        description="全天陪诊 西京医院",
        total_fen=58800,
        openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        expire_at=1795401296999,
        attach="订单 7",
    )


def query(gateway: Gateway) -> Coroutine[Any, Any, Any]:
    return gateway.query_order(NUMBER)


def close(gateway: Gateway) -> Awaitable[None]:
    return gateway.close_order(NUMBER)


def refund(gateway: Gateway) -> Awaitable[Any]:
    return gateway.refund(
        out_trade_no=NUMBER, out_refund_no=REFUND, refund_fen=29400, total_fen=58800, reason="行程\n有变"
    )


def query_refund(gateway: Gateway) -> Awaitable[Any]:
    return gateway.query_refund(REFUND)


EVERY_CALL = [create, query, close, refund, query_refund]
