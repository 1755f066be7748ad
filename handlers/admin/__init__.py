"""The administrators' side: pages that a browser shows, and the kept endpoints of the old ones."""

from __future__ import annotations

from typing import Any

from handlers.admin import (
    assets,
    cases,
    dashboard,
    escorts,
    export,
    kept,
    login,
    money,
    order_acts,
    order_list,
    order_page,
    refund_pages,
)

MODULES = (
    login,
    dashboard,
    kept,
    export,
    order_list,
    order_page,
    order_acts,
    escorts,
    money,
    refund_pages,
    cases,
    assets,
)
routes: list[tuple[Any, ...]] = [route for module in MODULES for route in module.routes]
