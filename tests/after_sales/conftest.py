"""The product after a visit."""

from tests.http.conftest import identity_folder, product, quick, start_product

__all__ = ["identity_folder", "product", "quick", "start_product"]
