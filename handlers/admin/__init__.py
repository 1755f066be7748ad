"""The administrators' side: pages that a browser shows, and the kept endpoints of the old ones."""

from __future__ import annotations

from typing import Any

from handlers.admin import (
    alarms,
    assets,
    audit_pages,
    calendar,
    cases,
    catalog,
    catalog_entry,
    catalog_order,
    dashboard,
    escorts,
    experts_import,
    export,
    kept,
    login,
    me,
    money,
    order_acts,
    order_list,
    order_money,
    order_page,
    reconcile_page,
    refund_pages,
    staff,
    users,
)

MODULES = (
    login,
    dashboard,
    kept,
    export,
    order_list,
    order_page,
    order_acts,
    order_money,
    escorts,
    calendar,
    money,
    refund_pages,
    cases,
    reconcile_page,
    experts_import,
    catalog,
    catalog_order,
    catalog_entry,
    users,
    me,
    staff,
    audit_pages,
    alarms,
    assets,
)
routes: list[tuple[Any, ...]] = [route for module in MODULES for route in module.routes]
