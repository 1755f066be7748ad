"""The settings of visits: days that can be booked, changes, invitations, reminders (docs/visit.md)."""

from __future__ import annotations

from marshmallow import validate

from config.setting import NOT_NEGATIVE, POSITIVE, clock_range, clock_time, setting
from frozen_dataclasses import frozen


@frozen()
class VisitSettings:
    user_moves: int = setting(1, "how often users may move a paid visit by themselves", check=NOT_NEGATIVE)
    user_move_hours: int = setting(
        24,
        "until so many hours before the visit; later, or more often, they ask the office",
        check=NOT_NEGATIVE,
    )
    same_day_until: str = setting(
        "24:00",
        "visits of today are booked until this time (Shanghai); 00:00: never, 24:00: all day",
        check=clock_time,
    )
    capacity: str = setting(
        "0",
        "visits per half-day: 0 for no limit, a number, or escorts: as many as approved ones are not on leave",
        check=validate.Regexp(r"^(\d{1,4}|escorts)$", error="a number, or escorts"),
    )
    errands_per_half_day: int = setting(
        4, "so many errands may share a half-day of one escort", check=validate.Range(1, 50)
    )
    place_hold_minutes: int = setting(
        30, "so long an unpaid order keeps its place on a day", check=validate.Range(1, 1440)
    )
    office_hours: str = setting("08:00-20:00", "when the office answers (Shanghai)", check=clock_range)
    callback_minutes: int = setting(
        30, "within so many minutes the office calls after an order, as users are told", check=POSITIVE
    )
    invitation_minutes: int = setting(
        30, "an escort may accept an order so long, counted within the office hours", check=POSITIVE
    )
    absent_wait_minutes: int = setting(
        20, "so long an escort waits before the customer counts as absent", check=NOT_NEGATIVE
    )
    photos_per_order: int = setting(
        100, "so many photos of one visit may be kept; a step has at most 9", check=POSITIVE
    )
    report_confirm_hours: int = setting(
        72, "a report that nobody confirms counts as confirmed after so many hours", check=POSITIVE
    )
    report_due_hours: int = setting(
        12, "a report that is missing so long after the end is in the office's queue", check=POSITIVE
    )
    reminder_evening: str = setting(
        "18:00", "when reminders of the next day's visits are sent (Shanghai)", check=clock_time
    )
    reminder_answer_until: str = setting(
        "21:00", "who has not answered by then is on the office's call list (Shanghai)", check=clock_time
    )
    reminder_hours: int = setting(
        2, "so many hours before the visit a second reminder is sent", check=validate.Range(1, 12)
    )
    member_link_hours: int = setting(24, "a card that invites family is valid so long", check=POSITIVE)
