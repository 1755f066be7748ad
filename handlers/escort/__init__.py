"""The escorts' part of the API: what the pages under ``packages/escort/`` of the mini-program call."""

from __future__ import annotations

from typing import Any

from handlers.escort import photos, ratings, reports, visits

MODULES = (ratings, visits, photos, reports)
routes: list[tuple[Any, ...]] = [route for module in MODULES for route in module.routes]
