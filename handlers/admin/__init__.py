"""The administrators' side: pages that a browser shows, and the kept endpoints of the old ones."""

from __future__ import annotations

from typing import Any

from handlers.admin import assets, kept, lists, login

routes: list[tuple[Any, ...]] = [*login.routes, *kept.routes, *lists.routes, *assets.routes]
