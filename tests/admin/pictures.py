"""The pictures of ``docs/admin.md``: a made-up business in a temporary folder, photographed page by page.

    python -m tests.admin.pictures docs/admin

Every name, number and order in them is invented.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from clock import MINUTE
from tests.admin.business import Open, business
from tests.admin.clients import PASSWORD
from tests.browser_process import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (1280, 390)
ORDERS = 300
PAGES = {
    "overview": "",
    "desk": "desk/",
    "agenda": "desk/today/",
    "orders": "orders/",
    "phone-order": "orders/new/",
    "order": "orders/{order}/",
    "visit": "orders/{shared}/#visit",
    "members": "orders/{shared}/#members",
    "messages": "orders/{shared}/#messages",
    "days": "days/",
    "escorts": "runners/",
    "escort": "runners/1/",
    "calendar": "runners/calendar/",
    "plan": "runners/plan/",
    "documents": "runners/documents/",
    "pay": "pay/",
    "pay-rules": "pay/rules/",
    "pay-missing": "pay/missing/",
    "pay-escort": "pay/escorts/1/",
    "statement": "pay/statements/1/",
    "payments": "money/",
    "refunds": "refunds/",
    "refund": "refunds/1/",
    "cases": "cases/",
    "case": "cases/1/",
    "reconciliation": "reconcile/",
    "cash": "cash/",
    "books": "books/",
    "reports": "reports/",
    "exports": "exports/",
    "notifications": "alarms/",
    "pushes": "pushes/",
    "complaints": "complaints/",
    "complaint": "complaints/1/",
    "invoices": "invoices/",
    "invoice": "invoices/1/",
    "catalog": "catalog/",
    "hospital": "catalog/hospitals/1/",
    "service": "catalog/services/1/",
    "expert": "catalog/experts/1/",
    "banner": "catalog/banners/1/",
    "showcase": "catalog/showcases/new/",
    "experts-import": "catalog/experts/import/",
    "prices": "catalog/prices/",
    "workbook": "catalog/workbook/",
    "users": "users/",
    "user": "users/7/",
    "found": "customers/?q=秀英",
    "me": "me/",
    "accounts": "accounts/",
    "audit": "audit/",
    "error": "orders/999999/",
}
"""The pages that are opened by their address alone; login and the question for the password come beside them."""
WITHOUT_PICTURE = {
    "complaint-at-wechat": "complaints/2/",
    "complaints-unread": "complaints/wechat/",
    "content": "content/",
    "hospitals": "catalog/hospitals/",
    "services": "catalog/services/",
    "experts": "catalog/experts/",
    "banners": "catalog/banners/",
    "showcases": "catalog/showcases/",
    "statement-print": "pay/statements/1/print/",
    "transfer": "pay/statements/2/",
    "supplement-refund": "supplements/1/refund/",
    "orders-found": "orders/?q=欧阳",
    "next-order": "orders/{order}/next/?state=paid",
}
"""Pages that the manual does not show; they are looked at all the same (``test_pages_in_a_browser.py``)."""


def log_in(page: Page, root: str) -> None:
    page.goto(root + "admin/login/")
    page.fill("[name=username]", "店长")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/admin/")


def ask_for_the_password(page: Page, shown: Open, order: str) -> None:
    """The page that asks for the password again, before an ID number is shown a quarter of an hour after the login."""
    page.goto(f"{shown.root}admin/orders/{order}/")
    shown.clock.back -= 15 * MINUTE
    page.locator("form", has=page.locator("[value=id_number]")).get_by_role("button").click()
    page.wait_for_selector("[name=confirm_password]")


def offer_to_escorts(page: Page, root: str, order: str) -> None:
    """The form on the page of an order by which escorts are asked to take it."""
    page.goto(f"{root}admin/orders/{order}/", wait_until="networkidle")
    summary = page.get_by_text("派单：让陪诊员自己接")
    summary.click()
    summary.evaluate("one => one.scrollIntoView()")


def waiting_order(page: Page, root: str) -> str:
    """The number of an order that waits for an escort."""
    page.goto(root + "admin/orders/?state=paid")
    return page.locator("tbody a").first.inner_text().removeprefix("#")


def photograph(browser: Browser, shown: Open, folder: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860}, locale="zh-CN")
    page = context.new_page()
    page.goto(shown.root + "admin/login/")
    keep(page.screenshot(), folder / f"login-{width}.png")
    log_in(page, shown.root)
    order = waiting_order(page, shown.root)
    for name, path in PAGES.items():
        address = shown.root + "admin/" + path.format(order=order, shared=shown.shared)
        page.goto(address, wait_until="networkidle")
        keep(page.screenshot(), folder / f"{name}-{width}.png")
    offer_to_escorts(page, shown.root, order)
    keep(page.screenshot(), folder / f"inviting-{width}.png")
    page.goto(shown.root + "admin/runners/calendar/", wait_until="networkidle")
    page.get_by_text("请假").first.evaluate("one => one.scrollIntoView({ block: 'center' })")
    keep(page.screenshot(), folder / f"leave-{width}.png")
    ask_for_the_password(page, shown, order)
    keep(page.screenshot(), folder / f"password-{width}.png")
    context.close()


def keep(content: bytes, file: Path) -> None:
    """Written with few colours: a third of the size, and no difference to see."""
    Image.open(io.BytesIO(content)).convert("RGB").quantize(96).save(file, "PNG", optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Pictures of the administrators' pages, as docs/admin.md shows them."
    )
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with business(ORDERS) as shown, chromium() as browser:
        for width in WIDTHS:
            photograph(browser, shown, folder, width)


if __name__ == "__main__":
    main()
