"""What every page of an office at work shows, with each query that a link of a page leads to, and to whom."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest

from handlers import admin
from handlers.base import BaseHandler
from tests.admin.shown.full_office import Office, serving
from tests.admin.shown.page_text import lines_of
from tests.admin.shown.records import RECORDED, Records

NAME = "office"
AUDITED = re.compile(
    r"export/|exports/file/|audit/|logout/|^login/|cash/export/|/file/|lines/|last-change/|^me/$"
)
"""What is written down when it is read, or shows what was; tests of the acts read these."""
ASKED = (
    "orders/?state=serving", "orders/?by=made&from=2026-11-18&to=2026-11-18", "orders/?from=2026-11-20",
    "orders/?q=李", "orders/?escort=none", "orders/?escort=1", "orders/?hospital=0", "orders/?service=1",
    "orders/?wait=rating", "orders/?wait=nothing", "orders/?state=nothing", "orders/?from=2026-13-01",
    "orders/?from=2026-11-21&to=2026-11-01", "orders/?after=x", "orders/new/?phone=13912345678",
    "runners/?state=suspended", "runners/?q=王芳", "runners/?q=5678", "runners/calendar/?from=2026-11-20",
    "runners/calendar/?from=x", "runners/plan/?day=2026-11-20", "runners/plan/?day=x", "desk/?from=2026-11-20",
    "desk/?from=x", "desk/today/?day=2026-11-20", "desk/news/?since=0", "desk/news/?since=x",
    "days/?from=2026-12-01", "money/?q=4200", "money/?state=paid", "money/?tab=failed", "refunds/?tab=rejected",
    "refunds/?tab=x", "cases/?kind=other", "cases/?kind=x", "cases/?state=closed", "cash/?day=2026-11-18",
    "cash/?day=x", "complaints/?tab=all", "complaints/?tab=mine", "complaints/?tab=x", "invoices/?tab=all",
    "invoices/?tab=x", "books/?month=2026-11", "books/?month=2026-10", "books/?month=x", "reports/?month=2026-11",
    "pay/?month=2026-11", "pay/?month=2026-13", "pay/rules/?escort=1", "pay/missing/?after=x",
    "catalog/hospitals/?archived=1", "catalog/services/?q=优享", "catalog/prices/?service=1",
    "catalog/experts/?hospital=1", "customers/?q=李雷", "customers/?q=1234", "customers/?q=13800001234",
    "customers/?q=%231", "customers/?q=没有", "users/?q=小李", "users/?state=disabled", "users/?after=x",
    "content/?tab=all", "content/?kind=nickname", "pushes/?state=done", "alarms/?day=2026-11-18",
)  # fmt: skip
"""Queries as forms send them, and some that no form sends."""
SEEN_BY = ("clerk", "accountant")


def addresses() -> list[str]:
    """Every page of the administration that has no number in its address."""
    found = [
        pattern.removeprefix("/admin/")
        for pattern, handler, *_ in admin.routes
        if handler.get is not BaseHandler._unimplemented_method and pattern.startswith("/admin/")
    ]
    tables = [f"catalog/{name}/" for name in ("hospitals", "services", "experts", "banners", "showcases")]
    return [each for each in (*found, *tables) if "(" not in each and not AUDITED.search(each)]


def recorded() -> list[tuple[str, str]]:
    """Who reads which page, as it is recorded."""
    path = RECORDED / f"{NAME}.txt"
    text = path.read_text("utf-8") if path.exists() else ""
    return [(role, page) for role, page in re.findall(r"^-- (\w+) \| (.*)$", text, re.M)]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with serving(tmp_path_factory.mktemp("office")) as served:
        yield served


def links_of(page: str, text: str) -> list[str]:
    """Where the links of a page lead within the administration, but for what is only a place on a page."""
    root = "http://office/admin/"
    main = text.partition("<main")[2]
    targets = (
        urljoin(root + page, html.unescape(each)) for each in re.findall(r'<a [^>]*?href="([^"#]+)', main)
    )
    return [each.removeprefix(root) for each in targets if each.startswith(root)]


def test_the_record_is_written_anew_when_asked_for(office: Office, records: Records):
    """Every page without a query, where its links lead (two of each kind), and what forms ask for."""
    if not records.anew:
        assert len(recorded()) > 150
        return
    record = records.of(NAME)
    waiting = [("owner", each) for each in (*addresses(), *ASKED)]
    waiting += [(role, each) for role in SEEN_BY for each in addresses()]
    kinds: dict[str, int] = {}
    while waiting:
        role, page = waiting.pop(0)
        answer = office.get(page, role)
        record.check(role, page, lines_of(answer))
        if role != "owner" or "?" in page or "html" not in answer.headers.get("Content-Type", ""):
            continue
        for link in links_of(page, answer.body.decode()):
            kind = re.sub(r"=[^&]*", "", re.sub(r"\d+", "N", link))
            if not AUDITED.search(link) and ("owner", link) not in waiting and kinds.get(kind, 0) < 2:
                kinds[kind] = kinds.get(kind, 0) + 1
                waiting.append(("owner", link))


@pytest.mark.parametrize(("role", "page"), recorded())
def test_a_page_shows_what_is_recorded(office: Office, records: Records, role: str, page: str):
    if not records.anew:
        records.of(NAME).check(role, page, lines_of(office.get(page, role)))
