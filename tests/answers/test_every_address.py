"""Every address but those of the administration is read, or written to, by a walk that records what is answered."""

from __future__ import annotations

import re

from handlers.base import BaseHandler
from handlers.routes import all_routes
from tests.answers import writes_of_escorts, writes_of_users
from tests.answers.test_reads import PUBLIC, READ

ELSEWHERE = ("/admin/", "/static/admin/", "/docs/", "/static/docs/", "/openapi", "/content/avatars/")
"""Pages and documents, which other tests record and compare; of an avatar the signed address counts."""


def routes_with(method: str) -> list[str]:
    found = [
        pattern
        for pattern, handler, *_ in all_routes()
        if getattr(handler, method) is not BaseHandler._unimplemented_method
        and not pattern.replace("\\", "").startswith(ELSEWHERE)
    ]
    assert len(found) > 30
    return found


def unasked(method: str, paths: list[str]) -> list[str]:
    return [
        pattern
        for pattern in routes_with(method)
        if not any(re.fullmatch(pattern, "/" + path.partition("?")[0]) for path in paths)
    ]


def test_every_address_that_is_read_is_read_by_the_walk() -> None:
    assert unasked("get", [*READ, *PUBLIC, "login/"]) == []


def test_every_address_that_is_written_to_is_written_to_by_the_walk() -> None:
    writes = (*writes_of_users.WRITES, *writes_of_escorts.WRITES)
    assert unasked("post", [each.path for each in writes]) == []
