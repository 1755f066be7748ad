"""What the form that changes a paid order asks for: its hospital's name, its contact's phone, what the log keeps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.orders import change_form
from handlers.admin.orders.change_form import RequestShown, for_the_log, wanted_change
from privacy import ORDER_CONTACT_PHONE, Vault
from refusals import InvalidInput
from storage.writes import KEPT, VisitChange

VAULT = Vault("ab" * 32)
ORDER = cast(Any, SimpleNamespace(hospital_id=1, hospital_name="旧名医院"))
HOSPITALS = [
    cast(Any, SimpleNamespace(id=number, name=name)) for number, name in ((1, "新名医院"), (2, "县医院"))
]
GIVEN = {
    "visit_date": "2026-12-01",
    "visit_time": "10:30",
    "hospital_id": 1,
    "hospital_name": "",
    "campus": "南院",
    "meeting_point": "门诊楼一层",
    "department": "心内科",
    "contact_phone": "",
    "no_contact_phone": False,
    "wishes": "请早点到",
}
WANTED = VisitChange(
    visit_date="2026-12-01",
    visit_time="10:30",
    hospital_id=1,
    hospital_name="旧名医院",
    campus="南院",
    meeting_point="门诊楼一层",
    department="心内科",
    wishes="请早点到",
)


def wanted(**changes: Any) -> VisitChange:
    return wanted_change(ORDER, HOSPITALS, {**GIVEN, **changes}, VAULT)


def test_a_change_whole_keeps_the_phone_that_nobody_typed() -> None:
    assert wanted() == WANTED
    assert (WANTED.contact_phone_sealed, WANTED.contact_phone_tail) == (KEPT, KEPT)


def test_a_phone_is_sealed_with_its_tail_or_given_up() -> None:
    changed = wanted(contact_phone="13700004321")
    assert VAULT.open(str(changed.contact_phone_sealed), ORDER_CONTACT_PHONE) == "13700004321"
    assert changed.contact_phone_tail == "4321"
    for typed in ("", "13700004321"):
        given_up = wanted(no_contact_phone=True, contact_phone=typed)
        assert (given_up.contact_phone_sealed, given_up.contact_phone_tail) == ("", "")


@pytest.mark.parametrize(
    ("hospital_id", "typed", "name"),
    [(1, "别的", "旧名医院"), (2, "别的", "县医院"), (0, "乡医院", "乡医院")],
)
def test_an_order_has_the_name_under_which_its_hospital_was_ordered(
    hospital_id: int, typed: str, name: str
) -> None:
    changed = wanted(hospital_id=hospital_id, hospital_name=typed)
    assert (changed.hospital_id, changed.hospital_name) == (hospital_id, name)


@pytest.mark.parametrize(
    ("hospital_id", "field", "sentence"),
    [
        (0, "hospital_name", "选了其他医院，请写下医院名称"),
        (3, "hospital_id", "没有这家医院，请重新选择"),
    ],
)
def test_a_hospital_that_has_no_name_is_refused(hospital_id: int, field: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        wanted(hospital_id=hospital_id)
    assert (refused.value.field, refused.value.message) == (field, sentence)


def test_the_log_is_told_nothing_that_is_the_patients() -> None:
    facts = {
        "visit_date": "2026-12-01",
        "contact_phone_tail": "4321",
        "department": "",
        "wishes": "a",
        "campus": "",
    }
    new = "已更新"
    assert for_the_log(facts) == {
        "visit_date": "2026-12-01",
        "contact_phone_tail": new,
        "department": new,
        "wishes": new,
        "campus": "",
    }


def test_a_request_is_told_by_its_days_and_hours() -> None:
    change = SimpleNamespace(
        id=5,
        before_json='{"visit_date": "2026-12-01", "visit_time": ""}',
        after_json='{"visit_date": "2026-12-02", "visit_time": "09:00"}',
        reason="有事",
        asked_at=9,
        max_refund_percent=80,
    )
    assert change_form._shown(cast(Any, change)) == RequestShown(
        5, "12月1日（周二） 时间待确认", "12月2日（周三） 09:00", "有事", 9, 80
    )
