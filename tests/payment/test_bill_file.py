"""What a downloaded bill may cost before its hash is known."""

from __future__ import annotations

import gzip
import hashlib
import time

import pytest

from payment.wechatpay.bills import bill_file
from payment.wechatpay.bills.bill_file import BadBill, unpack


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def test_a_bill_of_a_few_members_is_unpacked():
    content = b"a" * 1000
    packed = b"".join(gzip.compress(content[start : start + 100]) for start in range(0, 1000, 100))
    assert unpack(packed, sha1(content)) == content


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(b"") * 500_000, gzip.compress(bytes(200 << 20)), gzip.compress(b"a" * 1000)[:-9]],
    ids=["members without content", "one large member", "cut short"],  # the bytes hold the time of day
)
def test_a_bomb_and_what_is_cut_short_are_refused_at_once(packed: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bill_file, "MAX_BILL_BYTES", 8 << 20)
    began = time.process_time()
    with pytest.raises(BadBill):
        unpack(packed, sha1(b""))
    assert time.process_time() - began < 2
