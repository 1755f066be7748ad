"""Schemathesis against the running server's own ``openapi.json``: no 5xx, no undocumented answer."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clock import DAY, now_ms, shanghai_date
from tests.http.client import PATIENT, order_fields
from tests.served import Served, environment, serving

PROGRAM = Path(sys.executable).with_name("schemathesis")
LIMITS = {
    "HA_LIMITS_LOGIN_PER_MINUTE": "0",
    "HA_LIMITS_ORDER_PER_MINUTE": "0",
    "HA_LIMITS_ADMIN_LOGIN_PER_MINUTE": "0",
    "HA_LIMITS_WRITE_PER_MINUTE": "0",
    "HA_LIMITS_EXPORT_PER_MINUTE": "0",
    "HA_LIMITS_AVATAR_PER_MINUTE": "0",
    "HA_LIMITS_ADMIN_WRITE_PER_MINUTE": "0",
    "HA_LIMITS_PHONE_NUMBER_PER_MINUTE": "0",
    "HA_LIMITS_COMPLAINT_PER_MINUTE": "0",
    "HA_LIMITS_COMPLAINT_PHOTO_PER_MINUTE": "0",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on which a user has paid for an order and is an escort."""
    with serving(tmp_path_factory.mktemp("shop"), settings=LIMITS) as served:
        with httpx.Client(base_url=served.root, trust_env=False, timeout=20) as user:
            user.headers["Authorization"] = f"Bearer {warrant(served)}"
            friend = user.post("user/add1friend/", data=PATIENT).json()["id"]
            day = shanghai_date(now_ms() + 30 * DAY)
            order = user.post("user/create1order/", data=order_fields(friend, day)).json()
            prepay_id = order["payment"]["package"].partition("=")[2]
            user.post("sandbox/cashier/", json={"prepay_id": prepay_id, "outcome": "success"})
            user.post("user/apply2be1caregiver/", data={"name": "王芳", "phone": "13811112222"})
        approve(served)
        yield served


def approve(served: Served) -> None:
    """The office approves the escort, with what the form of its page says."""
    with httpx.Client(base_url=served.root, headers=administrator(served), trust_env=False) as office:
        page = office.get("admin/runners/1/").text
        form = re.search(r'action="[^"]*runners/1/approve/"(.*?)</form>', page, re.DOTALL)
        assert form is not None
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1]))
        assert office.post("admin/runners/1/approve/", data=fields).status_code == 302


def warrant(served: Served) -> str:
    answer = httpx.get(f"{served.root}login/", params={"code": f"as:li:{now_ms()}"}, trust_env=False)
    return str(answer.json()["warrant"])


def administrator(served: Served) -> dict[str, str]:
    """The headers of an administrator who is logged in."""
    with httpx.Client(base_url=served.root, trust_env=False) as browser:
        token = re.search(r'name="_xsrf" value="([^"]+)"', browser.get("admin/login/").text)
        assert token is not None
        form = {"username": "admin", "password": served.password, "_xsrf": token[1]}
        assert browser.post("admin/login/", data=form).status_code == 302
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return {"Cookie": cookies, "X-XSRFToken": token[1]}


def examine(served: Served, headers: dict[str, str], folder: Path, *options: str) -> None:
    """Run Schemathesis; what it found, word for word, is the failure."""
    asked = [argument for name, value in headers.items() for argument in ("-H", f"{name}: {value}")]
    ended = subprocess.run(
        [
            str(PROGRAM),
            "run",
            f"{served.root}openapi.json",
            *asked,
            "--no-color",
            "--continue-on-failure",
            "--generation-database",
            "none",
            "--seed",
            "1",
            *options,
        ],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=150,
    )
    assert ended.returncode == 0, ended.stdout
    assert "Traceback" not in served.errors
    assert re.search(r"(\d+) generated, \1 passed", ended.stdout), ended.stdout


def test_the_api_answers_as_its_document_says(shop: Served, tmp_path: Path) -> None:
    examine(
        shop,
        {"Authorization": f"Bearer {warrant(shop)}"},
        tmp_path,
        "--phases",
        "coverage,fuzzing",
        "--max-examples",
        "4",
        # A warrant is taken from a field too, and a well-formed id may still be nobody's.
        "--exclude-checks",
        "ignored_auth,positive_data_acceptance",
        "--exclude-path-regex",
        "^/admin|/logout/|/deleteMe/",
    )


def test_without_a_warrant_the_api_answers_as_its_document_says(shop: Served, tmp_path: Path) -> None:
    examine(
        shop,
        {},
        tmp_path,
        "--phases",
        "fuzzing",
        "--max-examples",
        "2",
        "--exclude-checks",
        "positive_data_acceptance,negative_data_rejection",
        "--include-path-regex",
        "^/user",  # with the login it would have a warrant
    )


def test_the_administrators_side_answers_as_its_document_says(shop: Served, tmp_path: Path) -> None:
    examine(
        shop,
        administrator(shop),
        tmp_path,
        "--phases",
        "fuzzing",
        "--max-examples",
        "2",
        # The session's cookie is in every request, whatever Schemathesis leaves out.
        "--exclude-checks",
        "ignored_auth,positive_data_acceptance,negative_data_rejection,missing_required_header",
        "--include-path-regex",
        "^/admin",
        "--exclude-path-regex",
        "/(login|logout|password|sessions|accounts)/",
    )
