"""The record of the pages, read once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.admin.agreeing import wechat_agrees
from tests.admin.shown.records import Records

__all__ = ["wechat_agrees"]


@pytest.fixture(scope="session")
def records(request: pytest.FixtureRequest) -> Iterator[Records]:
    known = Records(anew=request.config.option.record_pages)
    yield known
    known.save()
