"""The escorts' part of the API: what the pages under ``packages/escort/`` of the mini-program call."""

from __future__ import annotations

from typing import Any

from handlers.escort import (
    calendar,
    invitations,
    jobs,
    pay,
    photos,
    profile,
    qualifications,
    ratings,
    reports,
    supplements,
    visits,
    workbench,
)

MODULES = (
    workbench,
    invitations,
    calendar,
    jobs,
    visits,
    photos,
    reports,
    profile,
    qualifications,
    ratings,
    supplements,
    pay,
)
routes: list[tuple[Any, ...]] = [route for module in MODULES for route in module.routes]
