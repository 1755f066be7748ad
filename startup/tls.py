"""HTTPS by the server itself: the certificate, and taking up a renewed one without a restart."""

from __future__ import annotations

import ssl

from config import ROOT, ConfigError, Settings


class TLSProblem(ConfigError):
    """Certificate and key cannot be used together. One line."""


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """What the server uses for TLS; None for plain HTTP. Raises TLSProblem."""
    if not settings.server.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    load_into(context, settings)
    return context


def load_into(context: ssl.SSLContext, settings: Settings) -> None:
    """Connections that begin from now on are served with what is in the files now. Raises TLSProblem."""
    certificate, key = ROOT / settings.server.tls_certificate, ROOT / settings.server.tls_key
    try:
        if b"ENCRYPTED" in key.read_bytes():
            raise TLSProblem(
                f"{settings.source}: server.tls_key: expected a key without a password, found {key}"
            )
        # Without a callback OpenSSL would ask the terminal for a password, and wait.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        raise TLSProblem(
            f"{settings.source}: server.tls_certificate: {_words(error)}: {certificate}, {key}"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TLSProblem(f"{settings.source}: server.tls_certificate: cannot be used: {reason}") from None


def _words(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "certificate and key do not belong together"
    return f"cannot be used ({error.reason or error})"
