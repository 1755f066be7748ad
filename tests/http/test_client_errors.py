"""Script errors of the mini-program are lines of the log, without personal data, and not a flood."""

from __future__ import annotations

import pytest

from handlers.monitoring.client_errors import PER_MINUTE, without_personal_data
from tests.http.product import Product


def test_numbers_and_quoted_values_are_left_out() -> None:
    text = 'TypeError: "李建国" is not a function\n at 13822223333, order 1234'
    assert without_personal_data(text) == 'TypeError: "…" is not a function ⏎  at #, order 1234'


async def test_a_script_error_is_logged_and_a_flood_is_refused(
    product: Product, caplog: pytest.LogCaptureFixture
) -> None:
    client = await product.client()
    with caplog.at_level("WARNING", "hospital.client"):
        told = {"message": "x is undefined", "page": "pages/home/home", "version": "1.2", "system": "iOS 17"}
        await client.post("client/errors/", **told)
    assert "script error on pages/home/home (1.2, iOS 17): x is undefined" in caplog.text
    for _ in range(PER_MINUTE - 1):
        await client.post("client/errors/", message="again")
    await client.post("client/errors/", 429, message="again")
    await client.post("client/errors/", 400, message="")
