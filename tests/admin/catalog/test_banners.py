"""Where a banner may lead to."""

from __future__ import annotations

import pytest

from tests.admin.account_preparations import new_entry
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


@pytest.mark.parametrize(
    ("link", "refused"),
    [
        ("", False),
        ("pages/service/service?id=4", False),
        ("/pages/order/order", False),
        ("https://evil.example/", True),
        ("pages/service/service?id=4#top", True),
        ("pages/", True),
    ],
)
async def test_a_banner_leads_to_a_page_of_the_mini_program_or_nowhere(
    owner: Client, scenario: Scenario, link: str, refused: bool
):
    new = await new_entry("banners")(scenario, owner)
    assert new.file is not None
    answer = await owner.upload("admin/catalog/banners/new/", {**new.fields, "link": link}, new.file)
    assert answer.code == (400 if refused else 302)
    async with scenario.storage.reading() as reader:
        assert [banner.link for banner in await reader.catalog.banners()] == ([] if refused else [link])
