"""How times, days and long texts are written, at the edges where the words change."""

from __future__ import annotations

import pytest
from marshmallow import Schema, ValidationError, fields

from clock import DAY, HOUR, MINUTE, day_bounds
from handlers.admin import formats
from payment.refunds import policy

MONDAY = day_bounds("2026-11-30")[0]
NEW_YEAR = day_bounds("2027-01-01")[0]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (-DAY, "1 分钟"),
        (0, "1 分钟"),
        (2 * MINUTE - 1, "1 分钟"),
        (2 * MINUTE, "2 分钟"),
        (HOUR - 1, "59 分钟"),
        (HOUR, "1 小时"),
        (2 * HOUR - 1, "1 小时"),
        (DAY - 1, "23 小时"),
        (DAY, "1 天"),
        (2 * DAY - 1, "1 天"),
        (40 * DAY, "40 天"),
    ],
)
def test_how_long_something_has_waited(time: int, words: str) -> None:
    assert formats.waited(MONDAY, MONDAY + time) == words


@pytest.mark.parametrize(
    ("at", "minute", "short"),
    [
        (MONDAY, "2026-11-30 00:00", "11-30 00:00"),
        (MONDAY - 1, "2026-11-29 23:59", "11-29 23:59"),
        (NEW_YEAR - 1, "2026-12-31 23:59", "12-31 23:59"),
        (NEW_YEAR, "2027-01-01 00:00", "2027-01-01 00:00"),
    ],
)
def test_a_moment_has_its_year_in_front_where_it_is_another(at: int, minute: str, short: str) -> None:
    assert (formats.minute_text(at), formats.short_time(at, MONDAY)) == (minute, short)
    assert formats.minute_text(None) == ""


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-30", "11-30 周一"),
        ("2026-12-01", "12-01 周二"),
        ("2026-12-02", "12-02 周三"),
        ("2026-12-03", "12-03 周四"),
        ("2026-12-04", "12-04 周五"),
        ("2026-12-05", "12-05 周六"),
        ("2026-12-06", "12-06 周日"),
        ("2026-13-01", "2026-13-01"),
        ("", ""),
    ],
)
def test_a_day_is_written_with_its_day_of_the_week(day: str, words: str) -> None:
    assert formats.day_text(day) == words


def test_a_day_is_near_from_today_until_the_day_after_tomorrow() -> None:
    days = ("2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03")
    for now in (MONDAY, MONDAY + DAY - 1):
        assert [formats.near_day(day, now) for day in days] == ["", "今天", "明天", "后天", ""]


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("", ""),
        ("字" * 60, "字" * 60),
        ("字" * 61, "字" * 60 + "…"),
        (" 一\n\n二　三 ", "一 二 三"),
        ("一" + " " * 239, "一"),
        ("一" + " " * 240, "一…"),
    ],
)
def test_of_a_long_text_sixty_characters_are_shown(text: str, beginning: str) -> None:
    assert formats.beginning(text) == beginning


def test_of_a_text_as_many_characters_are_shown_as_are_asked_for() -> None:
    assert [formats.beginning(text, 3) for text in ("一二三", "一二三四")] == ["一二三", "一二三…"]


def test_numbers_pictures_and_rules_are_written_as_pages_show_them() -> None:
    assert [formats.number_text(number) for number in (0, 999, 1_000, -1_234_567)] == [
        "0",
        "999",
        "1,000",
        "-1,234,567",
    ]
    assert formats.picture_address(b"\xff\xd8") == "data:image/jpeg;base64,/9g="
    assert formats.rule_text(policy.TOO_LATE) == "就诊时间已到，不予退款"
    assert formats.rule_text(policy.NO_TIERS) == "没有设置自动规则，退多少由您决定"
    assert formats.rule_text("其他规则") == "其他规则"


def test_what_is_wrong_with_a_form_is_told_with_the_labels_of_its_fields() -> None:
    class Form(Schema):
        amount = fields.Integer(data_key="yuan", metadata={"label": "金额"})
        days = fields.List(fields.Integer(error_messages={"invalid": "应为数字"}), metadata={"label": "日期"})
        plain = fields.String(error_messages={"invalid": "应为文字"})

    with pytest.raises(ValidationError) as refused:
        Form().load({"yuan": "x", "days": [1, "x"], "plain": 5, "more": 1})
    told = formats.form_problems(Form(), refused.value)
    assert told == {
        "yuan": ("金额", "Not a valid integer."),
        "days": ("日期", "应为数字"),
        "plain": ("plain", "应为文字"),
        "more": ("more", "Unknown field."),
    }
