"""What the tests of the core share with those over HTTP."""

from __future__ import annotations

from tests.http.conftest import identity_folder, quick

__all__ = ["identity_folder", "quick"]
