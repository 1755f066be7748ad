"""What the tests of the import share with those over HTTP."""

from __future__ import annotations

from tests.http.conftest import identity_folder, quick, start_product

__all__ = ["identity_folder", "quick", "start_product"]
