"""Names of common Chinese characters, and ID numbers of letters and digits, are in their normal form already."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from personal.id_numbers import comparable_id_number, fold
from personal.names import MAX_NAME, clean, search_form


def test_every_character_of_the_common_block_is_its_own_normal_form() -> None:
    block = "".join(map(chr, range(0x4E00, 0xA000)))
    assert all(unicodedata.normalize(form, block) == block for form in ("NFC", "NFD", "NFKC", "NFKD"))
    assert block.casefold() == block
    assert {unicodedata.category(character) for character in block} <= {"Lo", "Cn"}
    assert search_form(block, len(block)) == clean(block) == block
    assert search_form("王" * (MAX_NAME + 1)) == "王" * MAX_NAME


@given(st.text("0123456789aBcXyZ", min_size=1))
def test_an_id_number_of_letters_and_digits_is_folded_as_any_other(text: str) -> None:
    assert fold(text) == fold(f"{text}\u200b") == text.upper()
    assert comparable_id_number(text) == comparable_id_number(f" {text}-")
