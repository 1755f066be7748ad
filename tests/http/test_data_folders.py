"""Where the server keeps its files, to the letter: an operator saves and restores these folders."""

from __future__ import annotations

from catalog.unused_files import Folders
from sealed_files import new_name
from tests.http.product import Product


async def test_the_folders_of_the_data_folder(product: Product) -> None:
    data, services = product.settings.data, product.services
    assert services.folders == Folders(
        avatars=data / "avatars",
        uploads=data / "uploads",
        bills=data / "bills",
        visits=data / "visits",
        portraits=data / "portraits",
        documents=data / "documents",
        unchecked=data / "unchecked",
    )
    assert services.avatars == data / "avatars"
    photo, document = new_name(), new_name("pdf")
    services.visit_photos.write(photo, b"photo")
    services.documents.write(document, b"document")
    assert [each.name for each in (data / "visits").iterdir()] == [photo]
    assert [each.name for each in (data / "documents").iterdir()] == [document]
