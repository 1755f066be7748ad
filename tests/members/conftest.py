"""The product as the tests of messages and of members use it."""

from tests.http.conftest import identity_folder, product, quick, start_product

__all__ = ["identity_folder", "product", "quick", "start_product"]
