"""What a picture file says about itself before anything of it is decoded, and what of that is refused.

The time a decoder needs follows the number of its passes, not the size of the file: a progressive JPEG of 18 KB can
ask for thousands of passes over 25 million pixels.
"""

from __future__ import annotations

import re

MAX_JPEG_SCANS = 64
"""Cameras and editors write up to 10 or so; the most careful optimisers some 20."""
MAX_SCANNED_PIXELS = 400_000_000
"""Passes times pixels: 16 passes over the largest picture that is taken, all 64 over six million pixels."""
MAX_PNG_CHUNKS = 20_000
"""Encoders that write the smallest IDAT chunks in use (4 KB) stay far below this in 10 MB."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_START_OF_SCAN, _END_OF_PICTURE = 0xDA, 0xD9
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd8]")
"""The markers that have a length behind them, and the end. The others stand alone: restarts, a start, stuffed bytes."""


def is_too_costly(content: bytes) -> bool:
    """Whether decoding would take work out of proportion to any picture that a person uploads."""
    if content.startswith(b"\xff\xd8"):
        return jpeg_scans(content) > MAX_JPEG_SCANS
    if content.startswith(_PNG_SIGNATURE):
        return png_chunks(content) > MAX_PNG_CHUNKS
    return False


def is_scanned_too_often(content: bytes, pixels: int) -> bool:
    """Whether a JPEG of so many pixels asks for more passes than a picture of its size may."""
    return content.startswith(b"\xff\xd8") and jpeg_scans(content) * pixels > MAX_SCANNED_PIXELS


def jpeg_scans(content: bytes) -> int:
    """How many scans a decoder would meet up to the end of the (first) picture; counting stops above the limit."""
    scans, place = 0, 0
    while scans <= MAX_JPEG_SCANS and (found := _JPEG_MARKER.search(content, place)):
        place = found.end()
        marker = content[place - 1]
        if marker == _END_OF_PICTURE:
            break
        scans += marker == _START_OF_SCAN
        place += int.from_bytes(content[place : place + 2])
    return scans


def png_chunks(content: bytes) -> int:
    """How many chunks a PNG has; counting stops above the limit."""
    chunks, place = 0, len(_PNG_SIGNATURE)
    while place < len(content) and chunks <= MAX_PNG_CHUNKS:
        chunks += 1
        place += 12 + int.from_bytes(content[place : place + 4])
    return chunks


def png_bit_depth(content: bytes) -> int:
    """Bits of a sample; 8 for everything that is no PNG."""
    return content[24] if content.startswith(_PNG_SIGNATURE) and len(content) > 24 else 8
