"""The same scene as for the acts of ``orders/``."""

from __future__ import annotations

from tests.orders.conftest import check_act, pytest_generate_tests, scene

__all__ = ["check_act", "pytest_generate_tests", "scene"]
