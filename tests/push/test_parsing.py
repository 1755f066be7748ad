"""The text of a pushed message comes out the same from JSON and XML, and hostile text comes to nothing, quickly."""

from __future__ import annotations

import time

import orjson
import pytest

from tests.push.sealing import event
from wechat.push.events import entries, event_key, read_event
from wechat.push.parsing import MAX_BYTES, MAX_DEPTH, MAX_VALUES, read_fields
from wechat.push.refusals import BadMessage

AT = 1_714_037_060_000
POPUP_JSON = """{"ToUserName": "gh_1", "FromUserName": "openid-1", "CreateTime": 1714037059, "MsgType": "event",
"Event": "subscribe_msg_popup_event",
"List": [{"TemplateId": "t1", "SubscribeStatusString": "accept", "PopupScene": 0},
         {"TemplateId": "t2", "SubscribeStatusString": "reject", "PopupScene": "0"}]}"""
POPUP_XML = """<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[openid-1]]></FromUserName>
<CreateTime>1714037059</CreateTime><MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>
<List><TemplateId><![CDATA[t1]]></TemplateId><SubscribeStatusString>accept</SubscribeStatusString>
<PopupScene>0</PopupScene></List>
<List><TemplateId><![CDATA[t2]]></TemplateId><SubscribeStatusString>reject</SubscribeStatusString>
<PopupScene>0</PopupScene></List></SubscribeMsgPopupEvent></xml>"""


def popup(text: str) -> list[dict[str, str]]:
    found = read_event(read_fields(text.encode()), AT)
    assert found is not None
    assert (found.event, found.openid, found.created_at) == (
        "subscribe_msg_popup_event",
        "openid-1",
        1_714_037_059_000,
    )
    return [dict(each) for each in entries(found, "SubscribeMsgPopupEvent")]


def test_json_and_xml_tell_the_same() -> None:
    both = [
        {"TemplateId": "t1", "SubscribeStatusString": "accept", "PopupScene": "0"},
        {"TemplateId": "t2", "SubscribeStatusString": "reject", "PopupScene": "0"},
    ]
    assert popup(POPUP_JSON) == popup(POPUP_XML) == both


def test_a_list_of_one_may_be_the_one_itself() -> None:
    one = {"TemplateId": "t1", "SubscribeStatusString": "reject"}
    said = event("subscribe_msg_change_event", List=one)
    assert [dict(each) for each in entries(_event(said), "SubscribeMsgChangeEvent")] == [one]
    xml = b"<xml><MsgType>event</MsgType><Event>subscribe_msg_change_event</Event><SubscribeMsgChangeEvent><List>"
    xml += b"<TemplateId>t1</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List>"
    found = read_event(read_fields(xml + b"</SubscribeMsgChangeEvent></xml>"), AT)
    assert found is not None
    assert [dict(each) for each in entries(found, "SubscribeMsgChangeEvent")] == [one]
    for nothing in (None, "", [], "text", [["x"]]):
        assert entries(_event(event("subscribe_msg_change_event", List=nothing)), "X") == []


def test_keys_lose_the_blanks_around_them_and_numbers_are_texts() -> None:
    text = b'{" OpenID": "o1", "CreateTime ": 1714037059, "on": true, "off": false, "none": null, "x": 9.50, "y": -1e9}'
    assert read_fields(text) == {
        "OpenID": "o1",
        "CreateTime": "1714037059",
        "on": "true",
        "off": "false",
        "none": "",
        "x": "9.50",
        "y": "-1e9",
    }


def test_the_privacy_events_say_in_openid_whom_they_are_about() -> None:
    said = event("user_authorization_revoke", FromUserName="gh_platform", OpenID="o1", RevokeInfo="301")
    assert _event(said).openid == "o1"
    assert _event(event("user_info_modified", FromUserName=["x"])).openid == ""
    assert _event(event("user_info_modified", FromUserName="a b; DROP")).openid == ""


@pytest.mark.parametrize(
    "given", [None, "", "x", "-1", 0, 99_999_999_999, "1714037059000", [1], {"a": 1}, "٣"]
)
def test_a_time_that_is_none_is_that_of_the_arrival(given: object) -> None:
    assert _event(event("e", CreateTime=given)).created_at == AT


def test_what_users_write_is_no_event() -> None:
    assert read_event({"MsgType": "text", "Content": "你好", "MsgId": "1"}, AT) is None
    assert read_event({}, AT) is None
    for name in (None, "", "a b", "x" * 65, "é", ["e"]):
        with pytest.raises(BadMessage):
            _event({"MsgType": "event", "Event": name})


def _event(said: dict[str, object]):
    found = read_event(read_fields(orjson.dumps(said)), AT)
    assert found is not None
    return found


def key(name: str, **fields: object) -> str:
    return event_key(_event(event(name, **fields)))


@pytest.mark.promise(42)
def test_an_event_is_the_same_however_it_is_written_and_another_one_is_another() -> None:
    same = [
        event_key(event_)
        for event_ in (
            _event(event("e", FromUserName="a", Status="1")),
            _event(event("e", FromUserName="a", Status=1)),
            _event(event("e", FromUserName="a", CreateTime="1714037059", Status="1")),
            _event(dict(reversed(event("e", FromUserName="a", Status="1").items()))),
        )
    ]
    assert len(set(same)) == 1
    others = [
        key("e", FromUserName="b", Status="1"),
        key("f", FromUserName="a", Status="1"),
        key("e", FromUserName="a", Status="2"),
        key("e", FromUserName="a", Status="1", CreateTime=1_714_037_060),
    ]
    assert len({*same, *others}) == 5


def test_a_settlement_is_told_twice_and_its_repetition_is_none() -> None:
    name, ids = "trade_manage_order_settlement", {"transaction_id": "42", "merchant_trade_no": "n"}
    shipped = key(name, **ids, estimated_settlement_time=1)
    assert shipped == key(name, **ids, estimated_settlement_time=2, settlement_time="")
    settled = key(name, **ids, settlement_time=1, confirm_receive_method=1)
    assert settled == key(name, **ids, settlement_time=1, confirm_receive_method=2)
    assert shipped != settled


ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "a billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "lol">{ENTITIES}]><xml><a>&l9;</a></xml>',
    "a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>',
    "a document type": "<!DOCTYPE xml><xml><a>1</a></xml>",
    "a parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]><xml/>',
    "an unknown entity": "<xml><a>&nbsp;</a></xml>",
    "an instruction": "<xml><?php echo 1; ?><a>1</a></xml>",
    "two roots": "<xml><a>1</a></xml><xml><a>1</a></xml>",
    "deep XML": "<a>" * 5_000 + "</a>" * 5_000,
    "XML just too deep": "<a>" * (MAX_DEPTH + 3) + "</a>" * (MAX_DEPTH + 3),
    "many elements": f"<xml>{'<a/>' * (MAX_VALUES + 1)}</xml>",
    "a long name": f"<xml><{'a' * 65}/></xml>",
    "an unclosed element": "<xml><a>",
    "an empty root": "<xml></xml>",
    "deep JSON": "[" * 60_000,
    "deep objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "JSON just too deep": '{"a":' * (MAX_DEPTH + 2) + "1" + "}" * (MAX_DEPTH + 2),
    "many values": f'{{"a": [{",".join(["1"] * (MAX_VALUES + 1))}]}}',
    "a key twice": '{"Event": "a", "Event": "b"}',
    "a key twice but for a blank": '{"Event": "a", " Event": "b"}',
    "a key twice further in": '{"a": [{"b": 1, "b": 2}]}',
    "an empty key": '{" ": 1}',
    "a long key": f'{{"{"k" * 65}": 1}}',
    "no number": '{"a": NaN}',
    "half a character": r'{"a": "\ud800"}',
    "half a character as a key": r'{"\udfff": "a"}',
    "a list": "[1]",
    "a text": '"x"',
    "nothing": "",
    "blanks": "  ",
    "garbage": "\x00\x01",
    "a comma too many": '{"a": 1,}',
}


@pytest.mark.promise(42)
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text_is_refused_quickly(case: str) -> None:
    began = time.perf_counter()
    with pytest.raises(BadMessage):
        read_fields(HOSTILE[case].encode())
    assert time.perf_counter() - began < 1


def test_what_is_just_within_the_bounds_is_read() -> None:
    nested = '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH
    assert read_fields(nested.encode())
    assert read_fields(b"<xml>" + b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH + b"</xml>")
    assert (
        len(read_fields(f'{{"a": [{",".join(["1"] * (MAX_VALUES - 1))}]}}'.encode())["a"]) == MAX_VALUES - 1
    )


@pytest.mark.parametrize("text", [b'{"a": "\xff"}', b"<xml><a>\xff</a></xml>", b" " * (MAX_BYTES + 1)])
def test_bytes_that_are_no_text_or_too_many_are_refused(text: bytes) -> None:
    with pytest.raises(BadMessage):
        read_fields(text)


def test_another_encoding_of_xml_is_read_as_what_it_is() -> None:
    said = '<?xml version="1.0" encoding="GBK"?><xml><a>你好</a></xml>'
    assert read_fields(said.encode()) == {"a": "你好"}
