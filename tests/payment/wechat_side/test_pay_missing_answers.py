"""A call without an answer, amounts that are none, and headers that are none: what each is called."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clock import now_ms
from payment.wechatpay.calls import Calls, Limits
from payment.wechatpay.errors import Unknown
from payment.wechatpay.keys import PlatformKeys
from payment.wechatpay.results import Malformed, optional_fen
from payment.wechatpay.verification import BadHeader, MissingHeader, read_headers
from transport import last_reply

SIGNED = {
    "Wechatpay-Timestamp": "1795060800",
    "Wechatpay-Nonce": "nonce",
    "Wechatpay-Serial": "serial",
    "Wechatpay-Signature": "signature",
}


def test_a_request_that_leaves_no_reply_is_unknown() -> None:
    calls = Calls(PlatformKeys([]), Limits(), now_ms)
    calls.is_open = True

    async def send() -> None:
        """As the library would, were it to swallow an error."""

    with pytest.raises(Unknown, match="no answer"):
        asyncio.run(calls.raw("query_order", send))
    assert asyncio.run(_reply_of_before(calls)) == "wechat_unknown: no answer", (
        "that of another call is not this one's"
    )


async def _reply_of_before(calls: Calls) -> str:
    async def send() -> None:
        """As before."""

    last_reply.set("a reply of before")  # type: ignore[arg-type]
    with pytest.raises(Unknown) as failed:
        await calls.raw("query_order", send)
    return str(failed.value)


@pytest.mark.parametrize("value", [-1, 1.0, "1", True, [], 10**18])
def test_an_amount_that_is_no_whole_number_of_fen_is_named_and_not_shown(value: Any) -> None:
    with pytest.raises(Malformed) as refused:
        optional_fen({"total": value}, "total")
    assert str(refused.value) == "amount.total is not a whole number of fen"
    assert (optional_fen({"total": 0}, "total"), optional_fen({}, "total")) == (0, None)


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("Wechatpay-Signature-Type", 64),
        ("Wechatpay-Timestamp", 12),
        ("Wechatpay-Nonce", 128),
        ("Wechatpay-Serial", 128),
        ("Wechatpay-Signature", 2048),
    ],
)
def test_a_header_of_another_form_is_refused_by_its_name(name: str, longest: int) -> None:
    read_headers({**SIGNED, name: "1" * longest})
    for value in ("1" * (longest + 1), "1 1", "é1", "1\x7f", 5):
        with pytest.raises(BadHeader) as refused:
            read_headers({**SIGNED, name: value})  # type: ignore[dict-item]
        assert str(refused.value) == f"bad_header: {name}"
    with pytest.raises(MissingHeader) as missing:
        read_headers({**SIGNED, name: ""})
    assert str(missing.value) == f"missing_header: {name}"


@pytest.mark.promise(1)
@pytest.mark.parametrize("value", ["x", "1.5", "-1", "1795060800s"])
def test_a_timestamp_that_is_no_number_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(BadHeader) as refused:
        read_headers({**SIGNED, "Wechatpay-Timestamp": value})
    assert str(refused.value) == "bad_header: Wechatpay-Timestamp"
