"""The order form, as the mini-program sends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from marshmallow import ValidationError, fields, validates_schema

from catalog.questions import KEY, MAX_ANSWER, MAX_QUESTIONS
from schemas.base import MISSING, Choice, ClockTime, Day, Input, Text, Whole
from schemas.personal import Phone
from schemas.visit_facts import APPOINTMENTS, HEARINGS, MOBILITIES


def _optional(description: str) -> dict[str, str]:
    return {"description": f"{description}. Left out: as the unpaid order has it, see docs/visit.md"}


class Answers(fields.String):
    """A JSON object of texts, such as ``{"medicine": "二甲双胍"}``, sent as text; loaded as a dict."""

    def __init__(self, **options: Any) -> None:
        super().__init__(error_messages={"null": MISSING, "invalid": "应为 JSON 对象"}, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            answers = orjson.loads(text) if text.strip() else {}
        except orjson.JSONDecodeError:
            raise ValidationError("应为 JSON 对象") from None
        if not isinstance(answers, dict) or len(answers) > 2 * MAX_QUESTIONS:
            raise ValidationError("应为 JSON 对象")
        for key, answer in answers.items():
            if not KEY.fullmatch(key) or not isinstance(answer, str):
                raise ValidationError("每一项应为文字")
            if len(answer) > MAX_ANSWER:
                raise ValidationError(f"每个回答不能超过 {MAX_ANSWER} 个字")
        return answers


class NewOrder(Input):
    """``unpaid_id`` and ``shown_price`` are what the client took for true. Released clients send neither."""

    # Not "id" and not "price": released clients may send those as extras, which have always been ignored.
    unpaid_id = Whole(
        data_key="unpaidId",
        required=False,
        load_default=None,
        metadata={
            "description": "the unpaid order that this one changes. Paid meanwhile: 409 order_already_paid; "
            "deleted or expired: 404 order_not_found; nothing is made or changed then. Without it see perPatient"
        },
    )
    per_patient = Choice(
        ("y", "n"),
        data_key="perPatient",
        required=False,
        load_default="n",
        metadata={
            "description": "y: the client knows that each patient may have one unpaid order. Without unpaidId the "
            "patient's unpaid order is changed, or a new one made if the patient has none; others of the caller stay. "
            "Without it (released clients, which know one unpaid order per user): the patient's unpaid order, else "
            "the caller's newest unpaid one, else a new one. An order that would become the patient's second unpaid "
            "one is a 409 patient_has_unpaid_order"
        },
    )
    shown_price = Text(
        0,
        32,
        data_key="shownPrice",
        load_default="",
        metadata={
            "description": "the price that the user was shown, such as ￥198. Another one by now: "
            "409 price_changed, and nothing is made or changed. What is charged is the server's price in any case"
        },
    )
    hospital_id = Whole(
        0, data_key="hospitalId", metadata={"description": "0: another hospital, see hospitalCustom"}
    )
    hospital_name = Text(0, 64, data_key="hospitalCustom", load_default="")
    department = Text(0, 64, load_default="")
    visit_date = Day(
        data_key="wantTime",
        metadata={"format": "date", "description": "from today (Shanghai) to bookingDays (catalog/) later"},
    )
    service_id = Whole(data_key="serviceId")
    patient_id = Whole(data_key="friendid")
    wishes = Text(0, 10_240, data_key="more", load_default="")
    visit_time = ClockTime(
        data_key="visitTime", load_default=None, metadata=_optional("HH:MM; empty: not settled")
    )
    campus = Text(0, 64, load_default=None, metadata=_optional("of the hospital's campuses, or another text"))
    meeting_point = Text(
        0,
        128,
        data_key="meetingPoint",
        load_default=None,
        metadata=_optional("where patient and escort meet"),
    )
    contact_phone = Phone(
        data_key="contactPhone",
        load_default=None,
        metadata=_optional("whom to call on the day; empty: the patient's own number"),
    )
    appointment = Choice(
        APPOINTMENTS,
        required=False,
        load_default=None,
        metadata=_optional("whether there is a number already"),
    )
    mobility = Choice(
        MOBILITIES, required=False, load_default=None, metadata=_optional("how the patient walks")
    )
    hearing = Choice(HEARINGS, required=False, load_default=None, metadata=_optional("how the patient hears"))
    answers = Answers(
        load_default=None,
        metadata=_optional(
            "a JSON object as text: what the service asks (questions of catalog/), key to answer"
        ),
    )
    preferred_escort_id = Whole(
        0,
        data_key="escortId",
        required=False,
        load_default=None,
        metadata=_optional("whom the user asks for: of escorts/, or who served the user before; 0: nobody"),
    )

    @validates_schema(skip_on_field_errors=False)
    def _other_hospital_is_named(self, data: dict[str, object], **_: object) -> None:
        if data.get("hospital_id") == 0 and not data.get("hospital_name"):
            raise ValidationError(MISSING, "hospitalCustom")
