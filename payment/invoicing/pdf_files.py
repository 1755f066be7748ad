"""What is accepted as the PDF of an invoice, recognised by its content."""

from __future__ import annotations

import re

from refusals import InvalidInput

MAX_BYTES = 5 * 1024 * 1024
_BEGIN = re.compile(rb"%PDF-[12]\.[0-9]")
_END = b"%%EOF"
_TAIL = 2048


class NotAnInvoice(InvalidInput):
    """No PDF, a cut off one, or one that is too large."""

    slug = "not_a_pdf"
    says_field = True

    def __init__(self, message: str) -> None:
        super().__init__("file", message)


def check_pdf(content: bytes) -> bytes:
    """The content, if it is a whole PDF. Raises NotAnInvoice."""
    if not content:
        raise NotAnInvoice("请选择发票的 PDF 文件")
    if len(content) > MAX_BYTES:
        raise NotAnInvoice(f"文件不能超过 {MAX_BYTES // 1024 // 1024} MB")
    if not _BEGIN.match(content):
        raise NotAnInvoice("这不是 PDF 文件，请上传税务平台下载的发票 PDF（不是图片、OFD 或压缩包）")
    if _END not in content[-_TAIL:]:
        raise NotAnInvoice("这个 PDF 不完整，请重新下载后再上传")
    return content
