"""What a pushed message looks like on the wire: JSON or XML, plain, compatible or secure, signed with the Token.

Source: "消息推送", "消息加解密说明". Padding is PKCS#7 to blocks of 32 bytes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any
from xml.sax.saxutils import escape

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .identity import Identity

LISTED = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
"""Events with a ``List``, and the element that holds it in XML."""
_BLOCK = 32


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def seal(identity: Identity, message: bytes, *, appid: str = "", bad_padding: bool = False) -> str:
    """``appid``: another one than ours; ``bad_padding``: bytes that say a length beyond the block."""
    key = base64.b64decode(identity.push_aes_key + "=")
    plain = secrets.token_bytes(16) + len(message).to_bytes(4, "big") + message
    plain += (appid or identity.appid).encode()
    count = _BLOCK - len(plain) % _BLOCK
    plain += bytes([_BLOCK + 1 if bad_padding else count]) * count
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def to_text(message: dict[str, Any], form: str) -> bytes:
    """``form``: json or xml."""
    if form == "json":
        return orjson.dumps(message)
    holder = LISTED.get(str(message.get("Event")))
    if holder is not None:
        message = {name: value for name, value in message.items() if name != "List"} | {
            holder: {"List": message["List"]}
        }
    return f"<xml>{_elements(message)}</xml>".encode()


def _elements(fields: dict[str, Any]) -> str:
    return "".join(
        _element(name, each)
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    )


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        text = _elements(value)
    elif isinstance(value, str):
        text = f"<![CDATA[{value}]]>" if "]]>" not in value else escape(value)
    else:
        text = str(value)
    return f"<{name}>{text}</{name}>"
