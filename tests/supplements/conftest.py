"""The product with orders for which something more is to be paid."""

from tests.http.conftest import identity_folder, product, quick, start_product

__all__ = ["identity_folder", "product", "quick", "start_product"]
