"""Settings as they should be for production, and ways to spoil them: keys, certificates, addresses."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from config import Settings
from tests.core.test_start_matrix import change

Spoil = Callable[[Settings], Settings]


def certificate(
    folder: Path, *, begins: float = -1, ends: float = 90, serial: int | None = None, key: Any = None
) -> Path:
    """A certificate and ``tls.key`` in the folder, valid from and to so many days from now."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "escort.cn")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=begins))
        .not_valid_after(now + datetime.timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("escort.cn")]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    write_key(folder / "tls.key", key)
    return folder / "tls.pem"


def write_key(file: Path, key: Any, password: bytes = b"") -> None:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how))
    file.chmod(0o600)


def with_tls(spoil: Callable[[Path], object] = lambda folder: None, **dates: float) -> Spoil:
    def made(settings: Settings) -> Settings:
        certificate(settings.data, **dates)  # type: ignore[arg-type]
        spoil(settings.data)
        files = {"tls_certificate": str(settings.data / "tls.pem"), "tls_key": str(settings.data / "tls.key")}
        return settings.replace("server", **files)

    return made


def notify(url: str, **more: str) -> Spoil:
    return change("pay", notify_url=url, **more)
