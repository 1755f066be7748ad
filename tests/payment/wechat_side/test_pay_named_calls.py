"""Transfers and complaints as they are asked for: path, query and body of each call, and what its reply is taken
for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from payment.wechatpay import errors
from payment.wechatpay.complaints import MAX_ANSWER, MAX_PICTURE_BYTES, ComplaintCalls
from payment.wechatpay.transfers import MerchantTransfers
from tests.payment.wechat_side.gateway_calls import ask
from tests.payment.wechat_side.test_pay_complaint_fields import complaint
from tests.payment.wechat_side.test_pay_field_limits import transfer

TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"
COMPLAINTS = "/v3/merchant-service/complaints-v2"
NUMBER = "T20261123110000ABCDEFGHJKMNPQRST"
COMPLAINT = "200201820200101080076610000"
MCHID = "1900000109"


def transfers(call: Callable[[MerchantTransfers], Any]) -> Callable[[Any], Any]:
    return lambda gateway: call(MerchantTransfers(gateway.merchant, gateway.requests))


def complaints(call: Callable[[ComplaintCalls], Any]) -> Callable[[Any], Any]:
    return lambda gateway: call(ComplaintCalls(gateway))


def sent(wechat: Any) -> tuple[str, str, Any]:
    """Method, target and body of the last request."""
    request = wechat.requests[-1]
    body = json.loads(request.content) if request.content else None
    return request.method, request.url.raw_path.decode(), body


# ---------------------------------------------------------------- transfers


def test_a_transfer_is_asked_for_with_the_key_that_its_name_is_encrypted_to(
    pay_gateway: Any, pay_wechat: Any
) -> None:
    pay_wechat.says(200, transfer(state="WAIT_USER_CONFIRM", package_info="p"))
    wanted = {"out_bill_no": NUMBER, "transfer_amount": 8_000, "user_name": "sealed"}
    result = ask(pay_gateway(), transfers(lambda calls: calls.create(wanted, "PUB_KEY_ID_7")))
    assert sent(pay_wechat) == ("POST", TRANSFERS, wanted)
    assert pay_wechat.requests[-1].headers["Wechatpay-Serial"] == "PUB_KEY_ID_7"
    assert (result.state, result.package) == ("WAIT_USER_CONFIRM", "p")


def test_a_transfer_is_asked_about_and_cancelled_by_our_number(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(200, transfer())
    assert ask(pay_gateway(), transfers(lambda calls: calls.query(NUMBER))).state == "SUCCESS"
    assert sent(pay_wechat) == ("GET", f"{TRANSFERS}/out-bill-no/{NUMBER}", None)
    pay_wechat.says(200, transfer(state="CANCELING"))
    assert ask(pay_gateway(), transfers(lambda calls: calls.cancel(NUMBER))) == "CANCELING"
    assert sent(pay_wechat) == ("POST", f"{TRANSFERS}/out-bill-no/{NUMBER}/cancel", None)


@pytest.mark.parametrize("changes", [{"out_bill_no": "T0"}, {"state": "PAID"}, {"transfer_bill_no": None}])
def test_a_reply_about_another_transfer_or_of_another_form_decides_nothing(
    pay_gateway: Any, pay_wechat: Any, changes: dict[str, Any]
) -> None:
    pay_wechat.says(200, transfer(**changes))
    for call in (
        lambda calls: calls.query(NUMBER),
        lambda calls: calls.cancel(NUMBER),
        lambda calls: calls.create({"out_bill_no": NUMBER}, ""),
    ):
        with pytest.raises(errors.Unknown) as unknown:
            ask(pay_gateway(), transfers(call))
        assert unknown.value.status == 200


@pytest.mark.parametrize("number", ["", "T" * 33, "T1/../x", "T-1"])
def test_a_number_that_would_bend_the_path_of_a_transfer_is_never_sent(
    pay_gateway: Any, pay_wechat: Any, number: str
) -> None:
    for call in (lambda calls: calls.query(number), lambda calls: calls.cancel(number)):
        with pytest.raises(ValueError, match="transfer"):
            ask(pay_gateway(), transfers(call))
    assert pay_wechat.requests == []


# ---------------------------------------------------------------- complaints


def test_the_list_is_asked_for_by_days_and_in_pages(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(200, {"data": [complaint(), {"complaint_id": 5}]})
    first, second = ask(pay_gateway(), complaints(lambda calls: calls.page("2026-11-01", "2026-11-30", 50)))
    assert (first.complaint_id, second) == (COMPLAINT, None)
    query = f"limit=50&offset=50&begin_date=2026-11-01&end_date=2026-11-30&complainted_mchid={MCHID}"
    assert sent(pay_wechat) == ("GET", f"{COMPLAINTS}?{query}", None)


def test_a_detail_and_a_history_are_asked_for_by_number(pay_gateway: Any, pay_wechat: Any) -> None:
    pay_wechat.says(200, complaint())
    assert ask(pay_gateway(), complaints(lambda calls: calls.detail(COMPLAINT))).complaint_id == COMPLAINT
    assert sent(pay_wechat) == ("GET", f"{COMPLAINTS}/{COMPLAINT}", None)
    pay_wechat.says(200, {"data": [{"operate_time": "2026-11-23T10:34:56+08:00"}]})
    assert len(ask(pay_gateway(), complaints(lambda calls: calls.history(COMPLAINT)))) == 1
    assert sent(pay_wechat) == (
        "GET",
        f"{COMPLAINTS}/{COMPLAINT}/negotiation-historys?limit=300&offset=0",
        None,
    )


@pytest.mark.parametrize("changes", [{"complaint_id": "another"}, {"complaint_time": "soon"}])
def test_a_detail_of_another_complaint_or_without_its_time_decides_nothing(
    pay_gateway: Any, pay_wechat: Any, changes: dict[str, Any]
) -> None:
    pay_wechat.says(200, complaint(**changes))
    with pytest.raises(errors.Unknown) as unknown:
        ask(pay_gateway(), complaints(lambda calls: calls.detail(COMPLAINT)))
    assert unknown.value.status == 200


@pytest.mark.parametrize(
    ("call", "path", "body"),
    [
        (
            lambda calls: calls.answer(COMPLAINT, "已退", ["m1", "m2"]),
            "response",
            {"complainted_mchid": MCHID, "response_content": "已退", "response_images": ["m1", "m2"]},
        ),
        (lambda calls: calls.complete(COMPLAINT), "complete", {"complainted_mchid": MCHID}),
        (
            lambda calls: calls.approve_refund(COMPLAINT),
            "update-refund-progress",
            {"action": "APPROVE", "launch_refund_day": 0},
        ),
        (
            lambda calls: calls.reject_refund(COMPLAINT, "已服务", []),
            "update-refund-progress",
            {"action": "REJECT", "reject_reason": "已服务"},
        ),
        (
            lambda calls: calls.reject_refund(COMPLAINT, "已服务", ["m1"]),
            "update-refund-progress",
            {"action": "REJECT", "reject_reason": "已服务", "reject_media_list": ["m1"]},
        ),
    ],
    ids=["answer", "complete", "approve", "reject", "reject with a picture"],
)
def test_what_is_done_about_a_complaint_is_sent_as_documented(
    pay_gateway: Any, pay_wechat: Any, call: Any, path: str, body: dict[str, Any]
) -> None:
    pay_wechat.says(204, b"")
    assert ask(pay_gateway(), complaints(call)) is None
    assert sent(pay_wechat) == ("POST", f"{COMPLAINTS}/{COMPLAINT}/{path}", body)


@pytest.mark.parametrize(
    ("length", "sent_out"), [(0, False), (1, True), (MAX_ANSWER, True), (MAX_ANSWER + 1, False)]
)
def test_an_answer_has_one_to_two_hundred_characters(
    pay_gateway: Any, pay_wechat: Any, length: int, sent_out: bool
) -> None:
    pay_wechat.says(204, b"")
    text = "好" * length
    for call in (
        lambda calls: calls.answer(COMPLAINT, text, []),
        lambda calls: calls.reject_refund(COMPLAINT, text, []),
    ):
        if sent_out:
            ask(pay_gateway(), complaints(call))
        else:
            with pytest.raises(ValueError, match="1 to 200"):
                ask(pay_gateway(), complaints(call))
    assert len(pay_wechat.requests) == (2 if sent_out else 0)


@pytest.mark.parametrize("number", ["", "a" * 65, "../pay", "a b"])
def test_a_number_that_would_bend_the_path_of_a_complaint_is_never_sent(
    pay_gateway: Any, pay_wechat: Any, number: str
) -> None:
    for call in (
        lambda calls: calls.detail(number),
        lambda calls: calls.history(number),
        lambda calls: calls.complete(number),
    ):
        with pytest.raises(ValueError, match="complaint"):
            ask(pay_gateway(), complaints(call))
    assert pay_wechat.requests == []


def test_a_picture_is_uploaded_up_to_two_mebibytes_and_named_by_wechat(
    pay_gateway: Any, pay_wechat: Any
) -> None:
    pay_wechat.says(200, {"media_id": "m~1"})
    largest = b"x" * MAX_PICTURE_BYTES
    assert ask(pay_gateway(), complaints(lambda calls: calls.upload(largest))) == "m~1"
    request = pay_wechat.requests[-1]
    assert request.url.path == "/v3/merchant-service/images/upload"
    assert b'filename="picture.jpg"\r\nContent-Type: image/jpeg' in request.content
    with pytest.raises(ValueError, match="2 MiB"):
        ask(pay_gateway(), complaints(lambda calls: calls.upload(largest + b"x")))
    for wrong in ("", "a/b", "..", 5, "x" * 513):
        pay_wechat.says(200, {"media_id": wrong})
        with pytest.raises(errors.Unknown) as unknown:
            ask(pay_gateway(), complaints(lambda calls: calls.upload(b"x")))
        assert unknown.value.status == 200


def test_a_picture_is_fetched_without_a_signature_up_to_three_mebibytes(
    pay_gateway: Any, pay_wechat: Any
) -> None:
    pay_wechat.sign = False
    largest = b"x" * (3 * 1024 * 1024)
    pay_wechat.says(200, largest)
    assert ask(pay_gateway(), complaints(lambda calls: calls.image("m~1"))) == largest
    assert sent(pay_wechat) == ("GET", "/v3/merchant-service/images/m~1", None)
    pay_wechat.says(200, largest + b"x")
    with pytest.raises(errors.Unknown):
        ask(pay_gateway(), complaints(lambda calls: calls.image("m~1")))


def test_the_address_of_news_is_registered_replaced_and_removed(pay_gateway: Any, pay_wechat: Any) -> None:
    path, url = "/v3/merchant-service/complaint-notifications", "https://clinic.example/c/"
    pay_wechat.refuses(404, "RESOURCE_NOT_EXISTS")
    assert ask(pay_gateway(), complaints(lambda calls: calls.address())) is None
    assert ask(pay_gateway(), complaints(lambda calls: calls.remove_address())) is False
    assert sent(pay_wechat) == ("DELETE", path, None)
    answers = [(404, {"code": "RESOURCE_NOT_EXISTS"}), (200, {"url": url})]
    pay_wechat.answer = lambda request: _next(answers)
    assert ask(pay_gateway(), complaints(lambda calls: calls.set_address(url))) is True
    assert sent(pay_wechat) == ("POST", path, {"url": url})
    answers += [(200, {"url": "https://old.example/"}), (200, {"url": url})]
    assert ask(pay_gateway(), complaints(lambda calls: calls.set_address(url))) is True
    assert sent(pay_wechat) == ("PUT", path, {"url": url})
    pay_wechat.says(200, {"url": url})
    assert ask(pay_gateway(), complaints(lambda calls: calls.set_address(url))) is False
    pay_wechat.says(200, {"url": 5})
    assert ask(pay_gateway(), complaints(lambda calls: calls.address())) is None
    pay_wechat.says(204, b"")
    assert ask(pay_gateway(), complaints(lambda calls: calls.remove_address())) is True


def _next(answers: list[tuple[int, Any]]) -> tuple[int, bytes]:
    status, body = answers.pop(0)
    return status, json.dumps(body).encode()
