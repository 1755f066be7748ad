"""The signature and the encryption of pushed messages. Source: developers.weixin.qq.com, 消息推送 and 消息加解密说明.

The signature is the hex SHA-1 of token, timestamp, nonce (and ciphertext), sorted and joined. The message is
encrypted with AES-256-CBC, and padded to blocks of 32 bytes (PKCS#7), not of AES' own 16:
16 random bytes, the message's length in 4 bytes (big-endian), the message, the appid.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from wechat.push.refusals import BadCiphertext, WrongAppid

KEY_FORM = r"[0-9A-Za-z+/]{43}"
"""An EncodingAESKey: 32 bytes in base64, without its ``=``."""
_BLOCK = 16
_MAX_PADDING = 32
_RANDOM = 16
_LENGTH = 4


def signature(token: str, *parts: str) -> str:
    """The signature over these parts, as WeChat makes it."""
    text = "".join(sorted((token, *parts)))
    return hashlib.sha1(text.encode("utf-8"), usedforsecurity=False).hexdigest()


def is_signature(given: str, token: str, *parts: str) -> bool:
    """Does the signature belong to these parts? In constant time."""
    return hmac.compare_digest(given.encode("utf-8"), signature(token, *parts).encode("ascii"))


class MessageCipher:
    """One mini-program's ``EncodingAESKey``. Raises ValueError for what is none."""

    def __init__(self, encoding_aes_key: str, appid: str) -> None:
        if not re.fullmatch(KEY_FORM, encoding_aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        self._key = base64.b64decode(encoding_aes_key + "=")
        self._appid = appid.encode("utf-8")

    def open(self, encrypted: str) -> bytes:
        """The message in a base64 ciphertext, whose signature must have been verified. Raises BadCiphertext,
        WrongAppid."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise BadCiphertext("no base64") from None
        if not sealed or len(sealed) % _BLOCK:
            raise BadCiphertext("not whole blocks")
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:_BLOCK])).decryptor()
        plain = _without_padding(decryptor.update(sealed) + decryptor.finalize())
        begin = _RANDOM + _LENGTH
        end = begin + int.from_bytes(plain[_RANDOM:begin], "big")
        if len(plain) < begin or end > len(plain):
            raise BadCiphertext("a length beyond the message")
        if not hmac.compare_digest(plain[end:], self._appid):
            raise WrongAppid
        return plain[begin:end]


def _without_padding(padded: bytes) -> bytes:
    """1 to 32 bytes, each of which says how many there are."""
    count = padded[-1]
    if not 1 <= count <= min(_MAX_PADDING, len(padded)) or padded[-count:] != bytes([count]) * count:
        raise BadCiphertext("no padding")
    return padded[:-count]
