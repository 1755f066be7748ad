"""Who we are at WeChat Pay, and what it calls us back on."""

from __future__ import annotations

from dataclasses import field
from urllib.parse import urlsplit

from frozen_dataclasses import frozen
from payment.wechatpay.signing import MerchantKey

WECHAT_BASE_URL = "https://api.mch.weixin.qq.com"


@frozen()
class Merchant:
    """Who we are at WeChat Pay. ``public_key_id`` is set in public-key mode: it asks WeChat to sign its
    replies with that key. Without one, or with ``use_certificates`` (both, during a switch), platform
    certificates are fetched at start. ``ValueError`` for a notify URL that WeChat would not call."""

    mchid: str
    appid: str
    key: MerchantKey
    apiv3_key: str = field(repr=False)
    notify_url: str
    refund_notify_url: str
    public_key_id: str | None = None
    use_certificates: bool = False

    def __post_init__(self) -> None:
        for url in (self.notify_url, self.refund_notify_url):
            check_notify_url(url)


def check_notify_url(url: str) -> None:
    """``ValueError`` unless WeChat would accept the address: absolute, at most 255 characters, without a
    query."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("a notify URL must begin with https:// (http:// in development)")
    if parts.query or parts.fragment or "?" in url or len(url) > 255:
        raise ValueError("a notify URL must not have a query and must not exceed 255 characters")
