"""What was sealed by a release of 2026 opens for ever: key ids, seals, files and hashes keep their form."""

from __future__ import annotations

import pytest

from privacy import PrivacyError, Vault, new_key

KEY = "ab" * 32
PHONE = "13812345678"
SEALED = "3df89298.C3GLbkY5X2JGnw7nanq/vt6ZO17aLxns/o2ljjqvoJ4w4AdsVH4S"
FILE = bytes.fromhex("33646638393239382ec9b64b8156c96572de25314b128cbafd9dc296e15d8ff38392b20ad42a75579a")

pytestmark = pytest.mark.promise(23)


def test_a_value_and_a_file_that_were_sealed_long_ago_open() -> None:
    vault = Vault(KEY)
    assert vault.key_id == "3df89298"
    assert vault.open(SEALED, "patients.phone") == PHONE
    assert vault.open_file(FILE, "complaints.file") == b"\x00pdf"
    assert vault.current(SEALED)
    assert Vault(new_key(), [KEY]).open(SEALED, "patients.phone") == PHONE


def test_a_number_is_found_by_the_hash_that_was_stored_long_ago() -> None:
    assert Vault(KEY).hash(PHONE, "patients.phone") == "0f591b61c1511525242042c8ee4008b9"
    assert Vault(KEY).hash(PHONE, "orders.phone") != Vault(KEY).hash(PHONE, "patients.phone")


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"no dot", b"\xff\xfe\x80." + FILE[9:], "密钥.".encode(), FILE[:-1], FILE[:9], FILE[:-1] + b"\0"],
)
def test_a_spoilt_file_is_refused_as_such_whatever_its_bytes_are(spoilt: bytes) -> None:
    with pytest.raises(PrivacyError):
        Vault(KEY).open_file(spoilt, "complaints.file")


def test_a_file_opens_for_what_it_was_sealed_for_alone() -> None:
    with pytest.raises(PrivacyError):
        Vault(KEY).open_file(FILE, "invoices.file")
