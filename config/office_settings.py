"""The settings of the office: claims, supplements, complaints, qualifications, invoices (docs/office.md)."""

from __future__ import annotations

from config.setting import NOT_NEGATIVE, POSITIVE, setting
from frozen_dataclasses import frozen


@frozen()
class OfficeSettings:
    claim_hours: int = setting(
        72, "a link to an order that the office entered is valid so long", check=POSITIVE
    )
    supplement_max_yuan: int = setting(2000, "a supplement (补款) is at most so much", check=POSITIVE)
    supplement_days: int = setting(
        14, "so many days after the visit its escort may still propose a supplement", check=NOT_NEGATIVE
    )
    complaint_answer_hours: int = setting(24, "a complaint is answered within so many hours", check=POSITIVE)
    complaint_settle_hours: int = setting(72, "a complaint is settled within so many hours", check=POSITIVE)
    invoice_days: int = setting(365, "an invoice can be asked for so long after paying", check=POSITIVE)
    qualification_notice_days: int = setting(
        30, "so long before a document expires its escort and the office are told", check=NOT_NEGATIVE
    )
