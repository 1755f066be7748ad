"""Addresses that are configured here and used elsewhere: compared with what really answers at them."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from config import ROOT, Settings
from handlers.wechat import notifications
from payment.transfers.service import notify_url as transfer_notify_url
from payment.wechatpay.merchant import check_notify_url as allowed_by_wechat
from startup import wiring
from startup.checks.result import Result, failed, ok, warning


def _path_of(handler: type[object]) -> str:
    """The path that a notification handler answers, below ``server.base_path``."""
    return next(str(route[0]) for route in notifications.routes if route[1] is handler)


async def check_notify_url(settings: Settings) -> Result:
    """WeChat calls all notify URLs: each must be public, and lead to the route that answers it.

    A merchant's key that is missing is told by the check of its own, and hides nothing here.
    """
    name = "notify-url"
    base, stripped = settings.server.base_path.rstrip("/"), set()
    addresses = [
        ("pay.notify_url", settings.pay.notify_url, notifications.PaidHandler),
        ("pay.refund_notify_url", wiring.refund_notify_url(settings), notifications.RefundedHandler),
    ]
    if settings.transfers.scene_id:
        url = transfer_notify_url(settings)
        addresses.append(("transfers.notify_url", url, notifications.TransferredHandler))
    if settings.pay.complaints:
        url = wiring.complaint_notify_url(settings)
        addresses.append(("pay.complaint_notify_url", url, notifications.ComplaintHandler))
    for key, url, handler in addresses:
        try:
            allowed_by_wechat(url)
        except ValueError as error:
            return failed(name, f"{settings.source}: {key}: {error}, found {url or 'nothing'}")
        path, expected = urlsplit(url).path, base + _path_of(handler)
        if not path.endswith(expected):
            return failed(
                name, f"{settings.source}: {key}: expected an address that ends in {expected}, found {url}"
            )
        by_wechat = not settings.development and not settings.staging
        if by_wechat and (problem := _not_public(url)):
            return failed(name, f"{settings.source}: {key}: expected {problem}, found {url}")
        stripped.add(path.removesuffix(expected))
    prefix = ", ".join(sorted(stripped - {""}))
    return ok(name, settings.pay.notify_url + (f" (a proxy must take {prefix} away)" if prefix else ""))


def _not_public(url: str) -> str:
    """What WeChat would need instead of this address; empty when it could call it."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return "https://…"
    if parts.username or parts.password:
        return "an address without a user's name"
    host = parts.hostname or ""
    try:
        public = ipaddress.ip_address(host).is_global
    except ValueError:
        public = "." in host.strip(".") and not host.endswith((".local", ".internal", ".localhost", ".lan"))
    return "" if public else "an address on the internet"


async def check_listening(settings: Settings) -> Result:
    """The address to listen on is one of this machine's, and plain HTTP is not for the network."""
    name, address = "listening", settings.server.listening_address
    try:
        with socket.create_server((address, 0), family=_family(address)):
            pass
    except OSError as error:
        return failed(
            name,
            f"{settings.source}: server.address: expected an address of this machine, found {address}: "
            f"{error.strerror}",
        )
    shown = address or "every address"
    if settings.server.tls_certificate:
        return _check_certificate_name(settings, f"{shown}, port {settings.server.port}, HTTPS")
    if not _loopback(address):
        return warning(
            name,
            f"{settings.source}: server.address: {shown} is reached from the network in plain HTTP: a proxy that "
            "terminates HTTPS must be the only one that can connect",
        )
    return ok(name, f"{shown}, port {settings.server.port}, HTTP for a proxy on this machine")


async def check_proxies(settings: Settings) -> Result:
    """Behind a proxy that is not named, all users are one address: one guess at a password locks out everybody."""
    trusted, server = settings.server.trusted_proxies, settings.server
    if not settings.development and not trusted and not server.tls_certificate:
        return warning(
            "proxies",
            f"{settings.source}: server.trusted_proxies: expected the proxy that terminates HTTPS, found nothing: "
            "all users would share its address, and with it limits and locks",
        )
    return ok("proxies", ", ".join(trusted) or "none; X-Forwarded-For is not believed")


def _family(address: str) -> socket.AddressFamily:
    if not address:
        return socket.AF_INET
    return socket.AddressFamily(socket.getaddrinfo(address, 0, type=socket.SOCK_STREAM)[0][0])


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _check_certificate_name(settings: Settings, where: str) -> Result:
    """The certificate must hold the name in ``pay.notify_url``: WeChat and every mini-program connect to it."""
    from cryptography import x509  # a server behind a proxy has no certificate to read

    host = urlsplit(settings.pay.notify_url).hostname or ""
    try:
        pem = (ROOT / settings.server.tls_certificate).read_bytes()
        certificate = x509.load_pem_x509_certificates(pem)[0]
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return ok("listening", where)  # what is wrong with the certificate is said by its own check
    known = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    known += [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    if host and host not in known and f"*.{host.partition('.')[2]}" not in known:
        return warning(
            "listening",
            f"{settings.source}: pay.notify_url: {host} is not in the certificate ({', '.join(known)})",
        )
    return ok("listening", where)
