"""A notification that fails here for reasons of ours is refused, so that WeChat sends it again; it is no alarm."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from handlers.wechat import notifications
from storage import StorageUnavailable
from tests.http.product import Product
from tests.http.test_refused_notifications import PATHS, alarms
from tests.http.test_security_events import events


@pytest.mark.parametrize("path", [*PATHS, "wechatpay/transfer-notify/"])
async def test_what_fails_here_is_told_to_wechat_so_that_it_comes_again(
    product: Product, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    client = await product.client()

    async def unavailable(*given: Any) -> None:
        raise StorageUnavailable("gone")

    async def slow(*given: Any) -> None:
        await asyncio.Event().wait()

    async def broken(*given: Any) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(notifications, "ANSWER_WITHIN_SECONDS", 0.2)
    for failing, status, slug in (
        (unavailable, 503, "try_again"),
        (slow, 503, "busy"),
        (broken, 500, "internal_error"),
    ):
        monkeypatch.setattr(product.services.payments, "notify", failing)
        answer = await client.send("POST", path, content=b"{}")
        assert (answer.status_code, answer.json()) == (status, {"code": "FAIL", "message": slug})
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
    assert [each for each in events(product) if each[0] == "notification_refused"] == []
    assert await alarms(product) == []
