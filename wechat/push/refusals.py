"""Why a pushed request is not acted upon. Its sender learns the slug and nothing else."""

from __future__ import annotations

from refusals import NotBelieved


class PushRefused(NotBelieved):
    """After the answer WeChat sends the request again, three times in all."""


class MissingParameter(PushRefused):
    """Without a signature, a timestamp or a nonce nothing can be verified."""

    slug = "push_unsigned"


class BadParameter(PushRefused):
    """A signature, timestamp or nonce that is none."""

    slug = "push_bad_parameter"


class StaleTimestamp(PushRefused):
    """Older or newer than five minutes: replayed, or a clock is wrong."""

    slug = "push_stale_timestamp"


class BadSignature(PushRefused):
    """Made without our token, or altered since."""

    slug = "push_bad_signature"
    http_status = 401


class NotEncrypted(PushRefused):
    """The body is not encrypted although an EncodingAESKey is configured: its signature would not cover it."""

    slug = "push_not_encrypted"


class NotProved(PushRefused):
    """It would erase data or write about money, and in plain mode no signature covers what it says: whoever has seen
    one signed address could have written it."""

    slug = "push_not_proved"
    http_status = 403


class BadCiphertext(PushRefused):
    """Signed, but encrypted with another key than ours."""

    slug = "push_bad_ciphertext"


class WrongAppid(PushRefused):
    """Signed and encrypted for another mini-program."""

    slug = "push_wrong_appid"


class BadMessage(PushRefused):
    """Neither the JSON nor the XML that WeChat documents."""

    slug = "push_bad_message"


class BodyTooLarge(PushRefused):
    """Longer than any message: refused before anything is computed over it."""

    slug = "push_too_large"
    http_status = 413
