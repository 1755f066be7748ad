"""The product as escorts use it."""

from tests.http.conftest import identity_folder, product, quick, start_product

__all__ = ["identity_folder", "product", "quick", "start_product"]
