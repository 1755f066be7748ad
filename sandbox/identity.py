"""Who the stand-in claims to be, and the keys that prove it.

Everything is generated on first use into one folder, readable by its owner only, and nothing of it is ever
committed. Two platform keys exist, as at a real merchant that moves from certificates to public-key mode:
one is known by ``PUB_KEY_ID_…``, the other by the hex serial of a (here self-signed) platform certificate.
"""

from __future__ import annotations

import base64
import datetime
import fcntl
import hashlib
import json
import os
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.x509.oid import NameOID

CERTIFICATE_DAYS = 5 * 365


@dataclass(frozen=True)
class Identity:
    """One merchant, one mini-program and WeChat's keys, as files and names.

    A server under development fills its WeChat settings from these fields.
    """

    folder: Path
    appid: str
    secret: str
    mchid: str
    merchant_serial: str
    apiv3_key: str
    platform_public_key_id: str
    platform_certificate_serial: str

    @property
    def push_token(self) -> str:
        """The Token of the message push, as if it had been chosen in WeChat's back end."""
        return hashlib.sha256(f"push token {self.secret}".encode()).hexdigest()[:32]

    @property
    def push_aes_key(self) -> str:
        """The EncodingAESKey of the message push: 43 characters."""
        digest = hashlib.sha256(f"push key {self.secret}".encode()).digest()
        return base64.b64encode(digest).decode().rstrip("=")

    @property
    def merchant_private_key_path(self) -> Path:
        """PKCS#8 PEM; the merchant's server signs with it."""
        return self.folder / "merchant_private_key.pem"

    @property
    def merchant_public_key_path(self) -> Path:
        return self.folder / "merchant_public_key.pem"

    @property
    def platform_private_key_path(self) -> Path:
        return self.folder / "platform_private_key.pem"

    @property
    def platform_public_key_path(self) -> Path:
        """PEM of the public key that belongs to ``platform_public_key_id``."""
        return self.folder / "platform_public_key.pem"

    @property
    def platform_certificate_path(self) -> Path:
        return self.folder / "platform_certificate.pem"

    @property
    def platform_certificate_key_path(self) -> Path:
        return self.folder / "platform_certificate_key.pem"


def load_identity(folder: Path) -> Identity:
    """The identity in ``folder``; generates it (three RSA keys, under a second) when there is none.

    Safe to call from several processes at once. Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(folder / "identity.lock"):
        if not (folder / "identity.json").exists():
            _generate(folder)
    facts = json.loads((folder / "identity.json").read_text("utf-8"))
    return Identity(
        folder=folder,
        appid=facts["appid"],
        secret=facts["secret"],
        mchid=facts["mchid"],
        merchant_serial=facts["merchant_serial"],
        apiv3_key=(folder / "apiv3_key").read_text("ascii").strip(),
        platform_public_key_id=facts["platform_public_key_id"],
        platform_certificate_serial=facts["platform_certificate_serial"],
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on ``path``; the operating system frees it when the process dies."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: RSAPrivateKey) -> bytes:
    """PKCS#8, the only form that the merchant's library reads."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: RSAPublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def self_signed(key: RSAPrivateKey) -> x509.Certificate:
    """A platform certificate with the subject that WeChat Pay's own carry."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tenpay.com (sandbox)"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign"),
        ]
    )
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number() | 1 << 158)  # always forty hex digits
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=CERTIFICATE_DAYS))
        .sign(key, hashes.SHA256())
    )


def serial_of(certificate: x509.Certificate) -> str:
    """Upper-case hex without a prefix, as in the Wechatpay-Serial header."""
    return f"{certificate.serial_number:X}"


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def _generate(folder: Path) -> None:
    merchant, platform, certified = new_key(), new_key(), new_key()
    certificate = self_signed(certified)
    public_key_id = "PUB_KEY_ID_0" + _digits(33)
    apiv3_key = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))
    files = {
        "merchant_private_key.pem": private_pem(merchant),
        "merchant_public_key.pem": public_pem(merchant.public_key()),
        "platform_private_key.pem": private_pem(platform),
        "platform_public_key.pem": public_pem(platform.public_key()),
        "platform_public_key_id": public_key_id.encode() + b"\n",
        "platform_certificate_key.pem": private_pem(certified),
        "platform_certificate.pem": certificate.public_bytes(serialization.Encoding.PEM),
        "apiv3_key": apiv3_key.encode() + b"\n",
    }
    for name, content in files.items():
        write_private(folder / name, content)
    facts = {
        "appid": "wx" + secrets.token_hex(8),
        "secret": secrets.token_hex(16),
        "mchid": "19" + _digits(8),
        "merchant_serial": f"{x509.random_serial_number() | 1 << 158:X}",
        "platform_certificate_serial": serial_of(certificate),
        "platform_public_key_id": public_key_id,
    }
    # Last, because its presence says that the set is complete.
    write_private(folder / "identity.json", json.dumps(facts, indent=2).encode() + b"\n")
