"""How long the files of the administration's pages may be kept, and what is no such file."""

from __future__ import annotations

import pytest

from tests.admin.clients import Client

STYLE = "static/admin/admin.css"


@pytest.fixture
def engine() -> str:
    """Nothing here is read from a database."""
    return "sqlite"


async def test_a_file_is_kept_for_an_hour_and_by_its_hash_for_a_year(visitor: Client):
    plain = await visitor.get(STYLE)
    assert (plain.code, plain.headers["Content-Type"]) == (200, "text/css")
    assert plain.headers["Cache-Control"] == "max-age=3600"
    assert b"{" in plain.body
    hashed = await visitor.get(f"{STYLE}?v=1")
    assert (hashed.code, hashed.headers["Cache-Control"]) == (200, "max-age=31536000")
    assert hashed.body == plain.body
    again = await visitor.get(STYLE, **{"If-None-Match": plain.headers["Etag"]})
    assert (again.code, again.body) == (304, b"")


async def test_the_head_of_a_file_has_its_length_and_no_content(visitor: Client):
    plain = await visitor.get(STYLE)
    head = await visitor.send("HEAD", STYLE)
    assert (head.code, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(plain.body))


@pytest.mark.parametrize(
    ("path", "status"),
    [("static/admin/nothing.css", 404), ("static/admin/vendor", 403), ("static/admin/vendor/", 403)],
)
async def test_what_is_no_file_is_refused(visitor: Client, path: str, status: int):
    assert (await visitor.get(path)).code == status


async def test_a_file_takes_no_form(visitor: Client):
    assert (await visitor.send("POST", STYLE, b"")).code in (403, 405)
