"""Whatever stands in WeChat's descriptions of complaints, it is read or refused in a known way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payment.complaints.reading import state_of
from payment.wechatpay.complaint_replies import mark_of, read_detail, read_history, read_page
from payment.wechatpay.results import Malformed
from storage.models import ComplaintState

FIELDS = (
    "complaint_id", "complaint_time", "complaint_detail", "complaint_state", "payer_phone", "complaint_order_info",
    "complaint_media_list", "complaint_full_refunded", "incoming_user_response", "problem_description",
    "problem_type", "apply_refund_amount", "user_complaint_times", "in_platform_service", "payer_openid",
)  # fmt: skip
GOOD = {
    "complaint_id": "200201820200101080076610000",
    "complaint_time": "2015-05-20T13:29:35.120+08:00",
    "complaint_state": "PENDING",
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=70),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from((*FIELDS, "media_url")), inner, max_size=3)
    ),
    max_leaves=6,
)
quickly = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quickly
@given(st.dictionaries(st.sampled_from(FIELDS), anything))
def test_a_description_of_any_content_is_read_or_malformed(changes: dict[str, Any]) -> None:
    for reply in (changes, GOOD | {name: value for name, value in changes.items() if name not in GOOD}):
        try:
            detail = read_detail(reply, lambda sealed: sealed)
        except Malformed:
            continue
        assert len(detail.state) <= 32
        assert len(detail.problem_type) <= 32
        assert all(part.isascii() for part in (detail.transaction_id, detail.out_trade_no, detail.openid))
        assert 0 < detail.times < 1_000_000
        assert len(detail.mark) == len(mark_of(reply)) == 32
        assert state_of(detail) in set(ComplaintState)


@quickly
@given(anything)
def test_lists_and_histories_of_any_content_are_read(content: Any) -> None:
    assert all(each is None or each.complaint_id for each in read_page({"data": content}))
    assert read_history({"data": content}) == sorted(
        read_history({"data": content}), key=lambda entry: entry.at
    )


@pytest.mark.parametrize(
    ("state", "waits", "expected"),
    [
        ("PENDING", False, ComplaintState.OPEN),
        ("PROCESSING", False, ComplaintState.ANSWERED),
        ("PROCESSING", True, ComplaintState.OPEN),
        ("PROCESSED", False, ComplaintState.CLOSED),
        ("PROCESSED", True, ComplaintState.OPEN),
        ("SOMETHING_NEW", False, ComplaintState.OPEN),
        ("", False, ComplaintState.OPEN),
    ],
)
def test_what_is_not_known_to_be_done_waits_for_the_office(
    state: str, waits: bool, expected: ComplaintState
) -> None:
    reply = GOOD | {"complaint_state": state, "incoming_user_response": waits}
    assert state_of(read_detail(reply, lambda sealed: None)) == expected


def test_a_picture_is_named_by_its_number_whatever_stands_before_it() -> None:
    urls = [
        "https://evil.example/v3/merchant-service/images/abc%3D.jpg?x=1", "http://[bad", 5, "a/..", "%2e%2e",
        "images/abc%2F..%2Fpay", "",
    ]  # fmt: skip
    reply = GOOD | {"complaint_media_list": [{"media_url": urls}, {"media_url": "https://a/b/c.bmp"}]}
    assert read_detail(reply, lambda sealed: None).images == ("abc=.jpg", "[bad", "c.bmp")
