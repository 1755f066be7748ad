"""A pushed request, proved to be WeChat's: the check of the address (GET) and messages (POST).

With an EncodingAESKey only what is encrypted counts (secure mode; of compatible mode's two forms the encrypted one):
the signature in the query of a plain body does not cover that body. Without one, plain mode is believed as far as
WeChat itself proves it, and nothing that erases data or writes about money is (``Consumer.needs_proof``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from clock import MINUTE, SECOND, Clock
from wechat.push.cipher import MessageCipher, is_signature
from wechat.push.parsing import MAX_BYTES, Fields, read_fields
from wechat.push.refusals import (
    BadMessage,
    BadParameter,
    BadSignature,
    BodyTooLarge,
    MissingParameter,
    NotEncrypted,
    StaleTimestamp,
)

MAX_AGE = 5 * MINUTE
_SIGNATURE = re.compile(r"[0-9a-f]{40}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_NONCE = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_MAX_ECHO = 1024

Query = Mapping[str, str]


class PushReceiver:
    """Verifies with one token and, unless ``encoding_aes_key`` is empty, decrypts. Raises ValueError for a key that is
    none."""

    def __init__(self, token: str, encoding_aes_key: str, appid: str, clock: Clock) -> None:
        self._token = token
        self._cipher = MessageCipher(encoding_aes_key, appid) if encoding_aes_key else None
        self._clock = clock

    @property
    def proves_messages(self) -> bool:
        """Does the signature cover what a message says? In plain mode it covers the query alone."""
        return self._cipher is not None

    def check_address(self, query: Query) -> str:
        """What to answer to WeChat's question whether this address is ours: its ``echostr``, as it is. Raises
        PushRefused."""
        timestamp, nonce = self._stamp(query)
        self._verify(_signature(query, "signature"), timestamp, nonce)
        echo = query.get("echostr", "")
        if not 0 < len(echo) <= _MAX_ECHO:
            raise BadParameter("echostr")
        return echo

    def open(self, query: Query, body: bytes) -> Fields:
        """The fields of a message (``parsing``). Raises PushRefused."""
        if len(body) > MAX_BYTES:
            raise BodyTooLarge
        timestamp, nonce = self._stamp(query)
        if self._cipher is None:
            self._verify(_signature(query, "signature"), timestamp, nonce)
            return read_fields(body)
        given = _signature(query, "msg_signature")
        encrypted = read_fields(body).get("Encrypt")
        if encrypted is None:
            raise NotEncrypted
        if not isinstance(encrypted, str):
            raise BadMessage("Encrypt is no text")
        self._verify(given, timestamp, nonce, encrypted)
        return read_fields(self._cipher.open(encrypted))

    def _stamp(self, query: Query) -> tuple[str, str]:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not timestamp or not nonce:
            raise MissingParameter
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise BadParameter
        return timestamp, nonce

    def _verify(self, given: str, timestamp: str, *parts: str) -> None:
        """The age is looked at behind the signature: only of what WeChat has signed it is worth knowing."""
        if not is_signature(given, self._token, timestamp, *parts):
            raise BadSignature
        if abs(self._clock() - int(timestamp) * SECOND) > MAX_AGE:
            raise StaleTimestamp


def _signature(query: Query, name: str) -> str:
    given = query.get(name, "")
    if not given:
        raise MissingParameter(name)
    if not _SIGNATURE.fullmatch(given):
        raise BadParameter(name)
    return given
