"""The product of ``tests/http``."""

from __future__ import annotations

from tests.http.conftest import identity_folder, product, quick, start_product

__all__ = ["identity_folder", "product", "quick", "start_product"]
