"""The message push, against what WeChat's documents compute by example: signatures, and messages of both paddings."""

from __future__ import annotations

import base64

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from tests.push.sealing import plain, seal, secure, sign
from wechat.push.cipher import MessageCipher, is_signature, signature
from wechat.push.envelope import PushReceiver
from wechat.push.refusals import (
    BadCiphertext,
    BadMessage,
    BadParameter,
    BadSignature,
    MissingParameter,
    NotEncrypted,
    PushRefused,
    StaleTimestamp,
    WrongAppid,
)

TOKEN, KEY, APPID = "AAAAA", "A" * 43, "wxba5fad812f8e6fb9"
SHORT = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
LONG = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsX"
    "UnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuM"
    "cp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F"
    "9mFUPAJGj04="
)


def receiver(seconds: int, key: str = KEY) -> PushReceiver:
    return PushReceiver(TOKEN, key, APPID, lambda: seconds * 1000)


@pytest.mark.promise(42)
def test_the_check_of_the_address_is_answered_with_its_echo_alone() -> None:
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "echostr": "4375120948345356249",
    }
    assert receiver(1714036504).check_address(query) == "4375120948345356249"
    for name in ("signature", "timestamp", "nonce"):
        with pytest.raises(MissingParameter):
            receiver(1714036504).check_address({**query, name: ""})
        altered = {**query, name: query[name][:-1] + ("1" if query[name][-1] != "1" else "2")}
        with pytest.raises(BadSignature):
            receiver(1714036504).check_address(altered)
    with pytest.raises(StaleTimestamp):
        receiver(1714036504 + 301).check_address(query)
    with pytest.raises(StaleTimestamp):
        receiver(1714036504 - 301).check_address(query)
    for echo in ("", "x" * 1025):
        with pytest.raises(BadParameter):
            receiver(1714036504).check_address({**query, "echostr": echo})


@pytest.mark.promise(42)
def test_a_plain_message_is_read_with_the_signature_of_its_query() -> None:
    assert signature(TOKEN, "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    assert is_signature("899cf89e464efb63f54ddac96b0a0a235f53aa78", TOKEN, "486452656", "1714037059")
    query, body = plain(TOKEN, 1714037059, b'{"MsgType": "event", "Event": "debug_demo"}')
    assert receiver(1714037059, "").open(query, body) == {"MsgType": "event", "Event": "debug_demo"}


@pytest.mark.promise(42)
def test_an_encrypted_message_is_opened_whether_its_padding_is_below_sixteen_or_above() -> None:
    query = {
        "timestamp": "1713424427",
        "nonce": "415670741",
        "msg_signature": "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
    }
    found = receiver(1713424427).open(query, orjson.dumps({"ToUserName": "gh_1", "Encrypt": SHORT}))
    assert found == {"demo_resp": "good luck"}
    query |= {"timestamp": "1714112445", "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"}
    found = receiver(1714112445).open(query, orjson.dumps({"ToUserName": "gh_1", "Encrypt": LONG}))
    assert (found["MsgType"], found["Event"]) == ("event", "debug_demo")
    assert len(MessageCipher(KEY, APPID).open(LONG)) == 167
    xml = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{LONG}]]></Encrypt></xml>".encode()
    assert receiver(1714112445).open(query, xml) == found


def test_the_longer_vector_is_beyond_an_unpadder_of_sixteen() -> None:
    aes = base64.b64decode(KEY + "=")
    decryptor = Cipher(algorithms.AES(aes), modes.CBC(aes[:16])).decryptor()
    padded = decryptor.update(base64.b64decode(LONG)) + decryptor.finalize()
    assert padded[-1] == 19
    with pytest.raises(ValueError):
        PKCS7(128).unpadder().update(padded) + PKCS7(128).unpadder().finalize()


@pytest.mark.promise(42)
@pytest.mark.parametrize("size", [*range(64), 1000])
def test_a_message_of_any_length_comes_out_as_it_went_in(size: int) -> None:
    message = b"x" * size
    assert MessageCipher(KEY, APPID).open(seal(message, KEY, APPID)) == message


REFUSED: dict[str, tuple[type[PushRefused], str]] = {
    "for another mini-program": (WrongAppid, seal(b"{}", KEY, "wx0000000000000000")),
    "for a mini-program whose appid begins with ours": (WrongAppid, seal(b"{}", KEY, APPID + "0")),
    "for none": (WrongAppid, seal(b"{}", KEY, "")),
    "with another key": (BadCiphertext, seal(b"{}", "B" * 43, APPID)),
    "with a length beyond its end": (BadCiphertext, seal(b"{}", KEY, APPID, length=1 << 31)),
    "with a length of nothing": (WrongAppid, seal(b"{}", KEY, APPID, length=0)),
    "that is no base64": (BadCiphertext, "*" + SHORT[1:]),
    "that is empty": (BadCiphertext, ""),
    "that is cut": (BadCiphertext, SHORT[:-4]),
    "that is padding alone": (BadCiphertext, "AAAA"),
    "that holds no message": (BadMessage, seal(b"", KEY, APPID)),
    "that holds no object": (BadMessage, seal(b"[]", KEY, APPID)),
}


@pytest.mark.promise(42)
@pytest.mark.parametrize("case", REFUSED)
def test_a_rightly_signed_ciphertext_is_refused(case: str) -> None:
    kind, encrypted = REFUSED[case]
    with pytest.raises(kind):
        receiver(1714112445).open(*secure(TOKEN, 1714112445, encrypted))


@pytest.mark.parametrize("bits", [128])
def test_a_padding_to_blocks_of_sixteen_is_taken_too(bits: int) -> None:
    """Other libraries pad so; the count says how much it is."""
    encrypted = seal(b"{}", KEY, APPID, bits=bits)
    assert receiver(1714112445).open(*secure(TOKEN, 1714112445, encrypted)) == {}


@pytest.mark.promise(42)
def test_with_a_key_nothing_is_read_that_its_signature_does_not_cover() -> None:
    told = receiver(1714112445)
    query, body = plain(
        TOKEN, 1714112445, b'{"MsgType": "event", "Event": "user_authorization_cancellation"}'
    )
    with pytest.raises(MissingParameter):
        told.open(query, body)
    query["msg_signature"] = sign(TOKEN, "1714112445", "415670741", "")
    with pytest.raises(NotEncrypted):
        told.open(query, body)
    query, body = secure(TOKEN, 1714112445, seal(b'{"a": "1"}', KEY, APPID), MsgType="event", Event="forged")
    assert told.open(query, body) == {"a": "1"}, "of compatible mode's two forms the encrypted one"
    with pytest.raises(BadSignature):
        told.open({**query, "msg_signature": query["signature"]}, body)
    with pytest.raises(BadSignature):
        told.open(query, body.replace(b'"Encrypt":"', b'"Encrypt":"AAAA'))
    with pytest.raises(BadParameter):
        told.open({**query, "timestamp": "-5"}, body)
    with pytest.raises(BadParameter):
        told.open({**query, "msg_signature": "g" * 40}, body)
    with pytest.raises(BadMessage):
        told.open(query, b'{"Encrypt": ["x"]}')
