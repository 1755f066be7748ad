"""How large a body is going to be, as Tornado will read it, and how a limit is written."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders

from handlers.too_large import announced_length, size_text


@pytest.mark.parametrize(
    ("values", "length"),
    [
        ((), 0),
        (("",), 0),
        (("0",), 0),
        (("7",), 7),
        (("1048577",), 1_048_577),
        (("7, 7",), 7),
        (("7", "7"), 7),
        (("7,8",), 7),
        (("-7",), 0),
        (("+7",), 0),
        (("7.0",), 0),
        (("x",), 0),
        (("²",), 0),
        (("9" * 30,), int("9" * 30)),
        (("9" * 5_000,), 0),
    ],
)
def test_the_length_of_a_body_as_it_is_announced(values: tuple[str, ...], length: int) -> None:
    headers = HTTPHeaders()
    for value in values:
        headers.add("Content-Length", value)
    assert announced_length(headers) == length


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1, "0.0009766 KB"),
        (500 * 1024, "500 KB"),
        (1024**2 - 1024, "1023 KB"),
        (1024**2, "1 MB"),
        (3 * 512 * 1024, "1.5 MB"),
        (12 * 1024**2, "12 MB"),
    ],
)
def test_a_limit_in_words(size: int, text: str) -> None:
    assert size_text(size) == text
