"""Shanghai's calendar, and the sealing and masking of personal numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import DAY, SHANGHAI, day_bounds, now_ms, shanghai_date, shanghai_time, to_ms
from money import amount_text
from personal.phones import phone_tail
from privacy import PrivacyError, Vault, masked_id_number, masked_phone, new_key


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    return to_ms(datetime(year, month, day, hour, minute, second, tzinfo=UTC))


def test_the_day_changes_at_sixteen_hours_utc() -> None:
    assert shanghai_date(at(2026, 12, 31, 15, 59, 59)) == "2026-12-31"
    assert shanghai_date(at(2026, 12, 31, 16)) == "2027-01-01"
    assert shanghai_time(at(2024, 1, 22, 13, 25, 59)) == "2024-01-22 21:25:59"
    assert shanghai_time(None) == ""


@given(st.integers(at(2000, 1, 1), at(2100, 1, 1)))
def test_every_moment_lies_within_the_bounds_of_its_day(moment: int) -> None:
    first, after = day_bounds(shanghai_date(moment))
    assert first <= moment < after
    assert after - first == DAY
    assert shanghai_time(first).endswith("00:00:00")


@given(st.integers(at(1985, 1, 1), at(2100, 1, 1)))
def test_a_moment_is_written_as_the_calendar_has_it_in_years_of_summer_time_too(moment: int) -> None:
    there = datetime.fromtimestamp(moment / 1000, UTC).astimezone(SHANGHAI)
    assert shanghai_date(moment) == there.strftime("%Y-%m-%d")
    assert shanghai_time(moment) == there.strftime("%Y-%m-%d %H:%M:%S")


def test_the_present_is_in_milliseconds() -> None:
    assert at(2024, 1, 1) < now_ms() < at(2100, 1, 1)


@pytest.mark.promise(23)
@given(st.text(min_size=1), st.text())
def test_what_is_sealed_opens_with_its_key_and_its_context_alone(text: str, context: str) -> None:
    try:
        context.encode()
        text.encode()
    except UnicodeEncodeError:
        return
    vault = Vault(new_key())
    sealed = vault.seal(text, context)
    assert vault.open(sealed, context) == text
    assert vault.seal(text, context) != sealed, "the same number twice does not look the same"
    for other, where in ((vault, context + "x"), (Vault(new_key()), context)):
        with pytest.raises(PrivacyError):
            other.open(sealed, where)


@pytest.mark.promise(23)
def test_a_sealed_value_that_was_altered_does_not_open() -> None:
    vault = Vault(new_key())
    sealed = vault.seal("610102195001011234", "c")
    key_id, _, body = sealed.partition(".")
    altered = [
        f"{key_id}.{body[:-4]}AAAA",
        f"{key_id}.",
        key_id,
        f"00000000.{body}",
        f"{key_id}.%%%",
        "x",
        f"{key_id}.{body}=",
        f"{key_id}.QUJD",
    ]
    for value in altered:
        with pytest.raises(PrivacyError) as caught:
            vault.open(value, "c")
        assert "610102" not in str(caught.value)
    assert vault.open("", "c") == ""


@pytest.mark.promise(23)
def test_an_older_key_still_opens_and_the_newest_seals() -> None:
    old, new = new_key(), new_key()
    sealed = Vault(old).seal("1", "c")
    both = Vault(new, [old])
    assert both.open(sealed, "c") == "1"
    assert not both.current(sealed)
    assert both.current(both.seal("1", "c"))
    assert both.current("")
    for malformed in ("", "abc", "g" * 64, "a" * 63):
        with pytest.raises(PrivacyError):
            Vault(malformed)


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("123456", "****56"),
        ("+86 13812345678", "+86********5678"),
        ("1", "1"),
        ("", ""),
    ],
)
def test_phones_are_masked(phone: str, masked: str) -> None:
    assert masked_phone(phone) == masked


@given(st.text("0123456789X", min_size=10, max_size=32))
def test_of_an_id_number_seven_characters_are_shown_at_most(number: str) -> None:
    masked = masked_id_number(number)
    assert len(masked) == len(number)
    assert masked.count("*") >= len(number) - 7 >= 3


def test_short_numbers_show_no_more_than_two_characters() -> None:
    assert [
        masked_id_number(number) for number in ("E12345678", "A123456(7)", "M1234567800", "1234", "")
    ] == [
        "*******78",
        "********7)",
        "*********00",
        "****",
        "",
    ]
    assert masked_id_number("11010519491231002X") == "110***********002X"
    assert masked_phone("029-85321234转801") == "029*****1234转801"


def test_the_tail_of_a_phone_is_its_last_four_digits() -> None:
    assert phone_tail("+86 (138) 1234-5678") == "5678"
    assert phone_tail("--") == ""


@pytest.mark.parametrize(
    ("fen", "text"),
    [(58800, "￥588"), (58850, "￥588.50"), (1, "￥0.01"), (0, "￥0"), (10, "￥0.10"), (100, "￥1")],
)
def test_amounts_on_the_wire(fen: int, text: str) -> None:
    assert amount_text(fen) == text


@pytest.mark.parametrize(
    ("length", "first", "last"),
    [(0, 0, 0), (5, 0, 0), (6, 0, 2), (14, 0, 2), (15, 3, 4), (18, 3, 4), (20, 3, 4)],
)
def test_of_a_short_number_less_is_shown(length: int, first: int, last: int) -> None:
    number = "0123456789ABCDEFGHIJ"[:length]
    hidden = "*" * (length - first - last)
    assert masked_id_number(number) == f"{number[:first]}{hidden}{number[length - last :]}"
