"""A price that begins soon is told where the service is read about, and before paying."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.clients import Administrator, ApiUser, day
from tests.browser.flows import FORM, choose_day, to_step
from tests.browser.phone import Phone

SERVICE, HALF_DAY = 4, 4


@pytest.fixture
def begins_on(office: Administrator) -> Iterator[str]:
    """From that day on a half-day costs more; afterwards it does not, for the tests that share the product."""
    begins = day(3)
    office.price_to_come(HALF_DAY, 42_850, begins)
    yield begins
    office.price_to_come(HALF_DAY, 19_800, begins)


def test_a_price_that_begins_soon_is_told_on_the_service_and_before_paying(
    phone: Phone, person: ApiUser, begins_on: str
) -> None:
    _, month, date = map(int, begins_on.split("-"))
    said = f"{month}月{date}日起 ￥428.50/半天"
    person.add_patient()
    phone.open(f"pages/service/service?id={SERVICE}")
    phone.see(said)
    phone.open(FORM)
    choose_day(phone, "后天")
    to_step(phone, 3)
    phone.see(f"{said}，现在下单按 ￥198")
