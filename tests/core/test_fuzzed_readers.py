"""What reads anything from outside reads spoilt inputs, or refuses them in words (``make fuzz`` tries more)."""

from __future__ import annotations

from random import Random

import pytest

from bench.fuzz.__main__ import TARGETS, fuzz
from bench.fuzz.target import Target, check
from personal.id_numbers import IdKind, comparable_id_number, fold, guess_id_kind, read_id_number
from personal.phones import PhoneError, read_phone

INPUTS = 400
SEED = 16


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_spoilt_input_is_read_or_refused(target: Target) -> None:
    report = fuzz(target, range(max(30, int(INPUTS * target.weight))), SEED)
    assert report.findings == {}
    if target.name.endswith("forged"):
        assert report.read == 0
    else:
        assert report.read > 0, "something gets beyond the first check"


def test_a_reader_that_fails_is_found_with_the_number_of_its_input() -> None:
    def failing(random: Random) -> None:
        if random.random() < 0.1:
            raise KeyError("unexpected")
        check(random.random() < 0.9, "a rule is broken")
        raise ValueError("refused")

    report = fuzz(Target("failing", failing, (ValueError,)), range(200), SEED)
    assert sorted(text.split(": ")[1] for text in report.findings.values()) == ["Broken", "KeyError"]
    for text in report.findings.values():
        with pytest.raises((KeyError, AssertionError)):
            failing(Random(f"{SEED}:failing:{text.partition(':')[0]}"))


@pytest.mark.parametrize(
    "written",
    [
        "PASSPORT: E12345678",
        "passport-E12345678",
        "P ASSPORT: E12345678",
        "PASSPORT:PASSPORT: E12345678",
        "E12345678",
    ],
)
def test_the_mark_before_a_passports_number_is_no_part_of_it_however_it_is_written(written: str) -> None:
    assert guess_id_kind(written) == (IdKind.PASSPORT, "E12345678")
    assert read_id_number(IdKind.PASSPORT, written, "2026-12-01") == "E12345678"
    assert comparable_id_number(written) == "E12345678"


def test_folding_a_folded_number_changes_nothing() -> None:
    written = "6101\u0351\u200b\u05a6x"  # two marks that are sorted once nothing stands between them
    assert fold(fold(written)) == fold(written)


@pytest.mark.parametrize("written", ["008400-800-12349", "+84 0 080012349"])
def test_a_foreign_number_with_a_zero_too_many_is_refused(written: str) -> None:
    with pytest.raises(PhoneError, match="国际号码不对"):
        read_phone(written)
    assert read_phone("+84 24 3825 0000") == read_phone(read_phone("+84 (0)24 3825 0000"))
