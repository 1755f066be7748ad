"""The pictures of ``docs/admin.md`` that show a company at work: taken of ``main.py demo``.

    python -m tests.admin.demo_pictures docs/admin

The others, which need one thing in a certain state, are taken by ``tests.admin.pictures``.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from clock import DAY, now_ms, shanghai_date
from tests.admin.pictures import WIDTHS, keep
from tests.browser_process import chromium
from tests.served import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STORY_SECONDS = 600.0
PAGES = {
    "overview": "",
    "desk": "desk/",
    "agenda": "desk/today/",
    "orders": "orders/",
    "phone-order": "orders/new/",
    "customers": "customers/?q=王",
    "person": "users/{person}/",
    "complaints": "complaints/",
    "complaint": "complaints/{complaint}/",
    "invoices": "invoices/?state=issued",
    "invoice": "invoices/{invoice}/",
    "documents": "runners/documents/?show=ending",
    "cash": "cash/?day={yesterday}",
    "payments": "money/",
    "books": "books/?month={month}",
    "reports": "reports/",
    "pay": "pay/?month={month}",
    "statement": "pay/statements/{statement}/",
    "pay-rules": "pay/rules/",
    "prices": "catalog/prices/",
    "plan": "runners/plan/",
}
FOUND_ON = {
    "complaint": ("complaints/", r"complaints/(\d+)/"),
    "invoice": ("invoices/?state=issued", r"invoices/(\d+)/"),
    "person": ("users/", r"users/(\d+)/"),
    "statement": ("pay/?month={month}", r"pay/statements/(\d+)/"),
}
"""Where the number of a thing is found, and how its address looks."""


def log_in(page: Page, root: str, password: str) -> None:
    page.goto(root + "admin/login/")
    page.fill("[name=username]", "demo-owner")
    page.fill("[name=password]", password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/admin/")


def numbers(page: Page, root: str, month: str) -> dict[str, str]:
    """The newest complaint, invoice and statement; what there is none of is left out."""
    found = {"month": month, "yesterday": shanghai_date(now_ms() - DAY)}
    for name, (address, pattern) in FOUND_ON.items():
        page.goto(f"{root}admin/{address.format(month=month)}", wait_until="networkidle")
        if match := re.search(pattern, page.content()):
            found[name] = match[1]
    return found


def photograph(browser: Browser, root: str, password: str, folder: Path, width: int) -> list[str]:
    """The names of the pictures that could not be taken, because the story has no such thing."""
    context = browser.new_context(viewport={"width": width, "height": 860}, locale="zh-CN")
    page = context.new_page()
    log_in(page, root, password)
    page.goto(root + "admin/pay/", wait_until="networkidle")
    months = re.findall(r"month=(\d{4}-\d{2})", page.content())
    known = numbers(page, root, max(months, default=""))
    missing = []
    for name, path in PAGES.items():
        needed = re.findall(r"\{(\w+)\}", path)
        if any(each not in known for each in needed):
            missing.append(name)
            continue
        page.goto(f"{root}admin/{path.format(**known)}", wait_until="networkidle")
        keep(page.screenshot(), folder / f"{name}-{width}.png")
    context.close()
    return missing


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Pictures of the demonstration, as docs/admin.md shows them."
    )
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        serving(Path(data), serve=("demo",), patience=STORY_SECONDS) as served,
        chromium() as browser,
    ):
        password = re.search(r"密码 (\S+)", served.output)
        assert password
        for width in WIDTHS:
            missing = photograph(browser, served.root, password[1], folder, width)
        print("not there:", ", ".join(missing) or "nothing")


if __name__ == "__main__":
    main()
