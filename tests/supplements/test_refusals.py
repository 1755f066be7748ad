"""What is refused about a supplement says which state it is in."""

from __future__ import annotations

import pytest

from orders.supplements.refusals import SupplementStateRefused
from storage.models import SupplementState

SENTENCES = {
    "proposed": "这笔补款还在等客服确认",
    "open": "这笔补款正等待支付",
    "paid": "这笔补款已经支付，没有改动",
    "disputed": "这笔补款已经提出疑问，客服正在处理",
    "withdrawn": "这笔补款已经撤回，不用支付",
}


@pytest.mark.parametrize("state", SupplementState)
def test_every_state_of_a_supplement_has_its_sentence(state: SupplementState) -> None:
    refused = SupplementStateRefused(state)
    assert (refused.slug, refused.message) == ("supplement_state", SENTENCES[state])
