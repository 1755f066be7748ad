"""What a line of the books' files holds: whose numbers it shows, and what is left empty where there is no order."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from clock import day_bounds
from handlers.admin.books import names
from payment.books.ledger import FEE, OFFLINE_PAYMENT, OFFLINE_REFUND, PAYMENT, REFUND
from storage.views import BookLine

AT = day_bounds("2026-11-18")[0] + 9 * 3_600_000 + 5 * 60_000 + 59_999
"""The last millisecond of 09:05."""
OF_PAYMENT, OF_REFUND = ("own payment", "wechat payment"), ("own refund", "wechat refund")
"""The numbers of the payment, here and at WeChat, and of its refund."""


def line(kind: str, reference: str = "", **changes: Any) -> BookLine:
    """A movement of an order whose money was paid and went back, if ``changes`` do not say otherwise."""
    values: dict[str, Any] = {
        "id": 1,
        "kind": kind,
        "reference": reference,
        "amount_fen": -1_234,
        "order_id": 7,
        "occurred_at": AT,
        "booked_at": AT + 86_400_000,
        "out_trade_no": OF_PAYMENT[0],
        "transaction_id": OF_PAYMENT[1],
        "out_refund_no": OF_REFUND[0],
        "wechat_refund_id": OF_REFUND[1],
        "supplement": False,
        "offline_reference": "",
        "service": "优享陪诊",
        "unit": "半天",
        "hospital": "第一医院",
        "escort_id": 3,
        "escort": "王芳",
    }
    return BookLine(**{**values, **changes})


@pytest.mark.parametrize(
    ("kind", "reference", "changes", "numbers"),
    [
        (PAYMENT, OF_PAYMENT[0], {}, OF_PAYMENT),
        (PAYMENT, OF_PAYMENT[0], {"out_refund_no": "", "wechat_refund_id": ""}, OF_PAYMENT),
        (REFUND, "as booked", {}, OF_REFUND),
        (REFUND, "as booked", {"out_refund_no": "", "wechat_refund_id": ""}, ("as booked", OF_PAYMENT[1])),
        (OFFLINE_PAYMENT, "receipt:1", {}, ("receipt:1", "")),
        (OFFLINE_REFUND, "refund:1", {}, ("refund:1", "")),
        (OFFLINE_REFUND, OF_REFUND[0], {}, (OF_REFUND[0], "")),
        (FEE, OF_PAYMENT[0], {}, OF_PAYMENT),
        (FEE, OF_REFUND[0], {}, OF_REFUND),
        (FEE, "", {"out_refund_no": "", "wechat_refund_id": ""}, ("", OF_PAYMENT[1])),
    ],
)
def test_each_movement_has_the_numbers_of_its_own_payment_or_refund(
    kind: str, reference: str, changes: dict[str, Any], numbers: tuple[str, str]
) -> None:
    assert names._numbers(line(kind, reference, **changes)) == numbers


def test_a_line_of_an_order_whole() -> None:
    given = line(FEE, OF_REFUND[0], supplement=True, offline_reference="小票 12", late=True)
    cells = names.line_cells(given)
    assert cells == [
        datetime(2026, 11, 18, 9, 5),
        "手续费",
        Decimal("-12.34"),
        *OF_REFUND,
        *OF_PAYMENT,
        "小票 12",
        Decimal(7),
        "补款",
        "优享陪诊（半天）",
        "第一医院",
        "王芳",
        datetime(2026, 11, 19, 9, 5),
        "补记",
    ]
    assert len(cells) == len(names.LINE_COLUMNS)
    assert type(cells[8]) is Decimal


def test_a_line_without_an_order_has_neither_its_place_nor_who_came() -> None:
    given = line("gift", OF_PAYMENT[0], order_id=None, service="", unit="")
    assert names.line_cells(given)[1:] == [
        "gift",
        Decimal("-12.34"),
        *OF_PAYMENT,
        *OF_PAYMENT,
        "",
        "",
        "",
        "未关联订单",
        "",
        "",
        datetime(2026, 11, 19, 9, 5),
        "",
    ]


def test_what_has_no_name_says_so() -> None:
    assert [names.service_name(*given) for given in (("代办", "次"), ("代办", ""), ("", ""))] == [
        "代办（次）",
        "代办",
        "未关联订单",
    ]
    assert [names.hospital_name(each) for each in ("第一医院", "")] == ["第一医院", "没有写医院"]
    assert [names.escort_name(*given) for given in ((3, "王芳"), (3, ""), (0, "王芳"), (0, ""))] == [
        "王芳",
        "已注销 3 号",
        "还没有安排",
        "还没有安排",
    ]
