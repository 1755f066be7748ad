"""The client over HTTP: under any prefix, cached, compressed, and a page that waits while it is being built."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.client import ClientBuild
from tests.client.conftest import FIXTURE
from tests.client.server import ServerState, serving

BUILD_SECONDS = 60.0


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False) as client:
        yield client


def name_of(http: httpx.Client, pattern: str) -> str:
    found = re.search(pattern, http.get("").text)
    assert found is not None
    return found[0]


def until_state(http: httpx.Client, state: str) -> dict[str, Any]:
    """The answer of status.json, once the build is so far."""
    deadline = time.monotonic() + BUILD_SECONDS
    while (status := http.get("status.json").json())["state"] != state:
        assert time.monotonic() < deadline, status
        time.sleep(0.02)
    return dict(status)


def test_without_the_slash_a_relative_redirect_leads_there(address: str) -> None:
    answer = httpx.get(f"{address.rstrip('/')}?as=lisi", trust_env=False)
    assert answer.status_code == 301
    assert answer.headers["location"] == "client/?as=lisi"


def test_hashed_files_may_be_kept_for_ever_and_the_page_may_not(http: httpx.Client) -> None:
    assert http.get("").headers["cache-control"] == "no-cache"
    script = http.get(name_of(http, r"runtime\.\w+\.js"))
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


def test_an_unchanged_page_is_not_sent_again(http: httpx.Client) -> None:
    tag = http.get("").headers["etag"]
    again = http.get("", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_text_is_sent_compressed_to_those_who_can(http: httpx.Client) -> None:
    name = name_of(http, r"runtime\.\w+\.js")
    plain = http.get(name, headers={"Accept-Encoding": "identity"})
    packed = http.get(name, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.text == plain.text


@pytest.mark.parametrize(
    "path", ["nothing.js", "../conftest.py", "..%2f..%2fsetup.py", ".stamp", "assets/", "%2e%2e/out.txt"]
)
def test_there_is_nothing_else(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 404


def test_head_says_the_same_without_the_body(http: httpx.Client) -> None:
    answer = http.head("")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 500


def test_the_page_names_no_absolute_address(http: httpx.Client) -> None:
    assert not re.search(r"""(src|href|css|js)["']?\s*[:=]\s*\[?["'](/|http)""", http.get("").text)


def test_while_there_is_no_client_the_page_shows_why(tmp_path: Path) -> None:
    build = ClientBuild(tmp_path / "no-program", tmp_path / "out", lambda line: None)
    with serving(build, ServerState()) as address, httpx.Client(base_url=address, trust_env=False) as http:
        first = http.get("")
        assert first.status_code == 503
        assert "正在准备小程序" in first.text
        status = until_state(http, "failed")
        assert "no mini-program at" in json.dumps(status["lines"])


def test_a_folder_is_served_as_it_is(tmp_path: Path) -> None:
    with serving(tmp_path, ServerState()) as address, httpx.Client(base_url=address, trust_env=False) as http:
        assert http.get("").status_code == 503
        assert http.get("status.json").json()["state"] == "missing"
        (tmp_path / "index.html").write_text("da", "utf-8")
        assert http.get("status.json").json()["state"] == "ready"
        assert http.get("").text == "da"


def test_opening_the_page_after_a_change_builds_it_again(tmp_path: Path, node: object) -> None:
    build = ClientBuild(FIXTURE, tmp_path / "out", lambda line: None)
    with (
        serving(build, ServerState()) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as http,
    ):
        assert http.get("").status_code == 503
        until_state(http, "ready")
        assert http.get("").status_code == 200
        (tmp_path / "out" / "manifest.json").unlink()
        assert http.get("").status_code == 503
