"""What the page of a person tells of their money and their cases, line by line; and what the office calls them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.people import person
from handlers.admin.people.person import Case, Movement, name_of, patients_phones
from privacy import PATIENT_PHONE, Vault

VAULT = Vault("ab" * 32)


def attempt(**changes: Any) -> Any:
    usual = {
        "id": 1,
        "order_id": 7,
        "state": "paid",
        "amount_fen": 58_800,
        "out_trade_no": "own",
        "transaction_id": "wechat",
        "paid_at": 20,
        "created_at": 10,
        "supplement_id": None,
        "channel": "wechat",
    }
    return SimpleNamespace(**{**usual, **changes})


def refund(**changes: Any) -> Any:
    usual = {
        "id": 5,
        "order_id": 7,
        "attempt_id": 1,
        "state": "succeeded",
        "amount_fen": 10_050,
        "out_refund_no": "back",
        "requested_at": 30,
        "finished_at": 40,
    }
    return SimpleNamespace(**{**usual, **changes})


PAYMENT = Movement(7, 20, "支付", "￥588", "已支付", "green", "wechat")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, PAYMENT),
        ({"supplement_id": 3}, Movement(7, 20, "补款", "￥588", "已支付", "green", "wechat")),
        ({"channel": "offline"}, Movement(7, 20, "支付（线下）", "￥588", "已支付", "green", "wechat")),
        (
            {"channel": "offline", "supplement_id": 3},
            Movement(7, 20, "补款（线下）", "￥588", "已支付", "green", "wechat"),
        ),
        (
            {"state": "unknown", "paid_at": None, "transaction_id": None},
            Movement(7, 10, "支付", "￥588", "结果未知", "amber", "own"),
        ),
        ({"state": "mismatch"}, Movement(7, 20, "支付", "￥588", "与订单不符", "red", "wechat")),
        ({"state": "reversed"}, Movement(7, 20, "支付", "￥588", "已撤销", "grey", "wechat")),
        ({"state": "created"}, None),
        ({"state": "prepaid"}, None),
        ({"state": "closed"}, None),
    ],
)
def test_a_payment_or_a_try_of_one(changes: dict[str, Any], line: Movement | None) -> None:
    assert person._movements([], [attempt(**changes)], []) == ([line] if line else [])


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, Movement(7, 40, "退款", "-￥100.50", "已退款", "green", "back", 5)),
        (
            {"state": "requested", "finished_at": None},
            Movement(7, 30, "退款", "-￥100.50", "待审核", "amber", "back", 5),
        ),
        ({"attempt_id": 2}, Movement(7, 40, "退款（线下）", "-￥100.50", "已退款", "green", "back", 5)),
    ],
)
def test_a_refund_or_a_request_for_one(changes: dict[str, Any], line: Movement) -> None:
    closed_by_hand = attempt(id=2, channel="offline", state="closed")
    assert person._movements([], [closed_by_hand], [refund(**changes)]) == [line]


def test_movements_stand_newest_first_and_of_one_moment_by_their_orders() -> None:
    found = person._movements(
        [],
        [attempt(), attempt(id=2, order_id=9, paid_at=40), attempt(id=3, order_id=8, paid_at=50)],
        [refund()],
    )
    assert [(each.order_id, each.at, each.what) for each in found] == [
        (8, 50, "支付"),
        (9, 40, "支付"),
        (7, 40, "退款"),
        (7, 20, "支付"),
    ]


def test_complaints_and_invoices_are_told_with_their_state() -> None:
    complaint = SimpleNamespace(id=3, order_id=7, state="answered", created_at=0)
    assert person._complaint(cast(Any, complaint)) == Case(
        7, "投诉与建议 #3", "已答复", "blue", "1970-01-01 08:00"
    )
    invoice = SimpleNamespace(
        order_id=7, state="to_reverse", amount_fen=58_800, title="某公司", requested_at=0
    )
    assert person._invoice(cast(Any, invoice)) == Case(7, "￥588 某公司", "待红冲", "red", "1970-01-01 08:00")


@pytest.mark.parametrize(
    ("nickname", "noted", "patients", "called"),
    [
        ("小李", "李女士", ["李雷"], "李女士"),
        ("小李", "", ["李雷"], "小李"),
        ("小李", None, ["李雷"], "小李"),
        ("", None, ["", "李雷", "韩梅"], "李雷"),
        ("", "", [], ""),
    ],
)
def test_a_person_is_called_as_the_office_has_noted_or_as_they_call_themselves(
    nickname: str, noted: str | None, patients: list[str], called: str
) -> None:
    customer = None if noted is None else SimpleNamespace(name=noted)
    named = [SimpleNamespace(name=name) for name in patients]
    user = SimpleNamespace(nickname=nickname)
    assert name_of(cast(Any, user), cast(Any, customer), cast(Any, named)) == called


def test_only_patients_with_a_phone_have_a_masked_one_and_a_damaged_one_is_said_to_be() -> None:
    sealed = VAULT.seal("13800001234", PATIENT_PHONE)
    patients = [
        SimpleNamespace(id=number, phone_sealed=text) for number, text in enumerate((sealed, "", "x"))
    ]
    assert patients_phones(VAULT, cast(Any, patients)) == {0: "138****1234", 2: "无法解密"}
    assert person._masked(VAULT, "", PATIENT_PHONE) == ""
