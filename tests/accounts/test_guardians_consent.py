"""When a patient who was an adult becomes a minor, a guardian has to agree."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from accounts.patients import _check_guardian
from refusals import InvalidInput


def checked(*, was_adult: bool, adult: bool, consented_at: int | None, consent: bool) -> None:
    known: Any = SimpleNamespace(adult=was_adult, consented_at=consented_at)
    given: Any = SimpleNamespace(adult=adult, consent=consent)
    _check_guardian(known, given)


def test_who_turns_a_minor_needs_a_guardian_who_agrees() -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(was_adult=True, adult=False, consented_at=1, consent=False)
    assert (refused.value.field, refused.value.message) == ("guardian_consent", "未成年人需要监护人同意")
    with pytest.raises(InvalidInput):
        checked(was_adult=True, adult=False, consented_at=0, consent=False)


@pytest.mark.parametrize(
    ("was_adult", "adult", "consented_at", "consent"),
    [
        (True, False, 1, True),
        (True, False, None, False),
        (True, True, 1, False),
        (False, False, 1, False),
        (False, True, 1, False),
    ],
)
def test_nobody_else_is_asked(was_adult: bool, adult: bool, consented_at: int | None, consent: bool) -> None:
    """A released client, which records no consent, goes on as before."""
    checked(was_adult=was_adult, adult=adult, consented_at=consented_at, consent=consent)
