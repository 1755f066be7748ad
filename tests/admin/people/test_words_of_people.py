"""Rows of the pages about people in words: why WeChat did not decide about a text, and by whom a customer is known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.people import content, customers


@pytest.mark.parametrize(
    ("reason", "label", "words"),
    [
        ("review", 0, "微信建议人工看一下"),
        ("review", 10_001, "微信建议人工看一下：可能是广告"),
        ("review", 10_002, "微信建议人工看一下"),
        ("timeout", 0, "微信没有及时回答"),
        ("87014", 20_002, "微信没有检查（87014）：可能是色情"),
    ],
)
def test_why_wechat_did_not_decide(reason: str, label: int, words: str) -> None:
    assert content._why(cast(Any, SimpleNamespace(reason=reason, label=label))) == words


def test_a_customer_is_known_by_their_patients_each_once_with_the_ends_of_their_phones() -> None:
    patients = [
        SimpleNamespace(name=name, phone_tail=tail)
        for name, tail in (("李雷", "1234"), ("韩梅", ""), ("李雷", "1234"), ("李雷", "4321"))
    ]
    summary = SimpleNamespace(user=SimpleNamespace(nickname=""), customer=None, patients=patients)
    row = customers._row(cast(Any, summary))
    assert row.patients == ["李雷（尾号 1234）", "韩梅", "李雷（尾号 4321）"]
    assert row.name == "李雷"
