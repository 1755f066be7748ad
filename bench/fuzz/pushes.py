"""What WeChat pushes, in every mode and both formats: signed and spoilt inside, or somebody else's."""

from __future__ import annotations

import time
from random import Random

from bench.fuzz.mutation import as_json, spoil, spoil_json
from bench.fuzz.target import Target, check
from bench.hostile import values
from tests.push.sealing import Request, event, plain, seal, secure
from wechat.push.envelope import PushReceiver
from wechat.push.events import entries, event_key, read_event
from wechat.push.refusals import PushRefused

TOKEN, KEY, APPID = "a-token-of-the-push", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx0123456789abcdef"
MESSAGES = (
    event(
        "subscribe_msg_popup_event",
        List=[{"TemplateId": "t1", "SubscribeStatusString": "accept", "PopupScene": "0"}],
    ),
    event(
        "trade_manage_order_settlement",
        transaction_id="4200001",
        merchant_trade_no="N1",
        settlement_time=1_714_037_059,
    ),
    event(
        "wxa_media_check",
        trace_id="trace",
        result={"suggest": "risky", "label": 20_001},
        detail=[{"prob": 90}],
    ),
)
XML = (
    b"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName>o1</FromUserName><CreateTime>1714037059</CreateTime>"
    b"<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent><List>"
    b"<TemplateId>t1</TemplateId></List><List><TemplateId>t2</TemplateId></List></SubscribeMsgPopupEvent></xml>"
)
BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><a>&b;</a></xml>'


def _receiver(key: str) -> PushReceiver:
    return PushReceiver(TOKEN, key, APPID, lambda: time.time_ns() // 1_000_000)


SECURE, PLAIN = _receiver(KEY), _receiver("")


def _message(random: Random) -> bytes:
    draw = random.random()
    if draw < 0.45:
        return as_json(spoil_json(random, random.choice(MESSAGES)))
    if draw < 0.5:
        return BOMB
    return spoil(random, random.choice((XML, as_json(random.choice(MESSAGES)))), (XML, as_json(MESSAGES[0])))


def signed(random: Random) -> None:
    """The token's, with something unexpected in it."""
    now, message = int(time.time()), _message(random)
    if random.random() < 0.5:
        _read(PLAIN, plain(TOKEN, now, message))
        return
    appid = APPID if random.random() < 0.95 else values.text(random)
    length = None if random.random() < 0.9 else random.choice((0, 1, 2**31, 2**32 - 1))
    sealed = seal(message, KEY, appid.encode("utf-8", "replace").decode(), length=length)
    if random.random() < 0.2:
        sealed = spoil(random, sealed.encode(), (b"AAAA",)).decode("utf-8", "replace")
    query, body = secure(TOKEN, now, sealed)
    if random.random() < 0.3:
        body = spoil(random, body, (body,))
    _read(SECURE, (query, body))


def forged(random: Random) -> None:
    """Without the token: the signature is another one, or of something else."""
    now, message = int(time.time()), _message(random)
    token = random.choice(
        ("", "another token", TOKEN.upper(), values.text(random).encode("utf-8", "replace").decode())
    )
    made = (plain(token, now, message), secure(token, now, seal(message, KEY, APPID)))
    query, body = random.choice(made)
    for name in random.sample(sorted(query), random.randint(0, 2)):
        query[name] = random.choice((values.text(random), query[name][:-1], query[name] + "0", "0" * 40, ""))
    random.choice((PLAIN, SECURE)).open(query, body)
    check(False, "a forged message was believed")


def _read(receiver: PushReceiver, request: Request) -> None:
    found = read_event(receiver.open(*request), 1_796_000_000_000)
    if found is None:
        return
    check(len(event_key(found)) == 64, "a key that is none")
    check(len(found.event) <= 64 and len(found.openid) <= 64, "longer than its column")
    entries(found, "SubscribeMsgPopupEvent")


TARGETS = (
    Target("pushes, signed", signed, (PushRefused,)),
    Target("pushes, forged", forged, (PushRefused,)),
)
