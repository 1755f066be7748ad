"""Which of WeChat Pay's keys something is encrypted with, and as what a call without a signed answer is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import measures
from payment.wechatpay import errors
from payment.wechatpay.keys import PlatformKey, PlatformKeys
from tests.payment.wechat_side.conftest import PUBLIC_KEY_ID
from tests.payment.wechat_side.gateway_calls import ask

NOW = 1_795_401_296_999


def serial_of(pay_gateway: Any, key: Any, *known: tuple[str, int | None]) -> str:
    """With which of these keys, and the moments at which they end, a field is encrypted."""
    keys = PlatformKeys(
        [PlatformKey(serial, key, not_after_at=until) for serial, until in known], clock=lambda: NOW
    )
    serial: str = pay_gateway(keys=keys).requests.encrypt("王小明")[1]
    return serial


def test_the_configured_key_is_used_and_else_the_one_that_lives_longest(
    pay_gateway: Any, pay_material: Any
) -> None:
    key = pay_material.platform.public_key()
    short, long, unknown = ("A1", NOW + 1), ("B2", NOW + 2), ("C3", None)
    assert serial_of(pay_gateway, key, long, (PUBLIC_KEY_ID, None), short) == PUBLIC_KEY_ID
    assert serial_of(pay_gateway, key, short, long) == "B2"
    assert serial_of(pay_gateway, key, long, short) == "B2"
    assert serial_of(pay_gateway, key, unknown, short) == "A1", "of which it is not known counts least"
    assert serial_of(pay_gateway, key, ("A1", NOW - 1), ("C3", None)) == "C3"
    for none in ((), (("A1", NOW - 1),)):
        with pytest.raises(errors.Misconfigured, match="no key of WeChat Pay is known to encrypt with"):
            serial_of(pay_gateway, key, *none)


def counts() -> dict[tuple[str, str], float]:
    """How many calls there were so far, by name and outcome."""

    def samples() -> Iterator[Any]:
        for family in measures.REGISTRY.collect():
            if family.name == "hospital_wechat_call_seconds":
                yield from family.samples

    return {
        (sample.labels["call"], sample.labels["outcome"]): sample.value
        for sample in samples()
        if sample.name.endswith("_count") and sample.labels["api"] == "pay"
    }


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (200, "", "ok"),
        (204, "", "ok"),
        (400, "PARAM_ERROR", "refused"),
        (401, "SIGN_ERROR", "misconfigured"),
        (429, "FREQUENCY_LIMITED", "busy"),
        (500, "SYSTEM_ERROR", "unknown"),
    ],
)
def test_an_unsigned_answer_is_counted_by_its_status(
    pay_gateway: Any, pay_wechat: Any, status: int, code: str, outcome: str
) -> None:
    pay_wechat.answer = lambda request: httpx.Response(status, json={"code": code, "message": "说明"})
    before = counts()

    async def download(gateway: Any) -> str:
        try:
            await gateway.requests.download("/v3/billdownload/file?token=x")
        except errors.GatewayError as error:
            return type(error).__name__
        return "ok"

    raised = ask(pay_gateway(), download)
    new = {key: value - before.get(key, 0) for key, value in counts().items() if value != before.get(key, 0)}
    assert [(name[1], count) for name, count in new.items()] == [(outcome, 1)]
    assert (raised == "ok") == (status == 200)
