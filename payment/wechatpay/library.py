"""wechatpayv3, held in four places that its interface does not offer (its source, at ``LIBRARY_VERSION``)."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import httpx

from payment.wechatpay.merchant import Merchant

LIBRARY_VERSION = "2.0.4"
"""We set four private attributes of the library; another version must be read again before it is used."""


def require_known_version() -> None:
    """``RuntimeError`` for another version of the library than the one that was read. The library itself is imported
    with the first call: it is 2 MB, certificates included, and knows all that WeChat Pay offers."""
    if (found := version("wechatpayv3")) != LIBRARY_VERSION:
        raise RuntimeError(f"wechatpayv3 {LIBRARY_VERSION} is needed, found {found}")


def build_library(merchant: Merchant, base_url: str, client: httpx.AsyncClient) -> Any:
    """The library for ``merchant``, pointed at ``base_url``, with a bounded ``client`` and without its own check of
    replies."""
    from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType

    library = AsyncWeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=merchant.mchid,
        private_key=merchant.key.pkcs8_pem,
        cert_serial_no=merchant.key.serial_no,
        appid=merchant.appid,
        apiv3_key=merchant.apiv3_key,
        notify_url=merchant.notify_url,
    )
    core = library._core
    core._gate_way = base_url
    core._public_key_id = merchant.public_key_id  # sent as Wechatpay-Serial: "sign your reply with this key"
    core._client = client
    core._verify_signature_async = _leave_it_to_us
    return library


async def _leave_it_to_us(headers: object, body: object) -> bool:
    """In place of the library's own check of replies; ``Calls._verify_reply`` looks at the raw bytes
    afterwards."""
    return True
