"""Which tax numbers and which files are taken."""

from __future__ import annotations

import pytest

from payment.invoicing.pdf_files import MAX_BYTES, NotAnInvoice, check_pdf
from payment.invoicing.tax_numbers import TaxNumberError, check_digit, read_tax_number
from tests.after_sales.invoicing import PDF_FILE


def test_tax_numbers_are_read_in_any_writing_and_checked() -> None:
    assert check_digit("91350100M000100Y4") == "3", "the example of the standard's commentaries"
    assert read_tax_number(" 9135 0100-m000 100y43 ") == "91350100M000100Y43"
    assert read_tax_number("350100100000123") == "350100100000123", "15: of before 2015"
    assert read_tax_number("61010319800101123L01") == "61010319800101123L01", "20: of a person's trade"
    for number in ("91350100M000100Y34", "", "9" * 21, "91350100M000100Y4é"):
        with pytest.raises(TaxNumberError):
            read_tax_number(number)
    good = "91350100M000100Y43"
    for place in range(18):  # one wrong digit is always found
        other = good[:place] + ("1" if good[place] != "1" else "2") + good[place + 1 :]
        with pytest.raises(TaxNumberError):
            read_tax_number(other)


def test_only_whole_pdfs_are_taken() -> None:
    largest = b"%PDF-1.7\n" + bytes(MAX_BYTES - len(PDF_FILE) - 9) + PDF_FILE
    assert len(largest) == MAX_BYTES
    for content in (PDF_FILE, largest):
        assert check_pdf(content) == content
    for content, word in (
        (b"", "选择"),
        (b"PK\x03\x04" + PDF_FILE, "不是 PDF"),
        (b"<html>%PDF-1.7 %%EOF</html>", "不是 PDF"),
        (PDF_FILE[:30], "不完整"),
        (PDF_FILE + bytes(MAX_BYTES), "5 MB"),
        (b"%PDF-1.7\n" + bytes(MAX_BYTES - len(PDF_FILE) - 8) + PDF_FILE, "5 MB"),
    ):
        with pytest.raises(NotAnInvoice) as refused:
            check_pdf(content)
        assert word in refused.value.message
