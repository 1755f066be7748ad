"""Picture files made by hand, byte by byte: what no encoder writes, or Pillow's would not."""

from __future__ import annotations

import io
import re
import struct
import zlib

from PIL import Image

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel, by the colour type of a PNG."""
DISPLAY_P3 = (
    (0.51512, 0.24120, -0.00105),
    (0.29198, 0.69225, 0.04189),
    (0.15710, 0.06657, 0.78407),
)
"""Red, green and blue of Display P3 in XYZ, adapted to D50."""


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(size: tuple[int, int], depth: int, colour_type: int, line: bytes, *, extra: bytes = b"") -> bytes:
    """Every line is ``line``; ``extra``: chunks before the picture."""
    width, height = size
    assert len(line) == (width * depth * SAMPLES[colour_type] + 7) // 8
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress((b"\0" + line) * height, 9))
    return b"\x89PNG\r\n\x1a\n" + head + extra + body + chunk(b"IEND", b"")


def png_of_chunks(count: int) -> bytes:
    """A good picture behind so many empty pieces."""
    return png((8, 8), 8, 0, bytes(8), extra=chunk(b"IDAT", b"") * count)


def jpeg_of_scans(count: int, side: int) -> bytes:
    """A progressive JPEG that asks its decoder for so many passes more than usual."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "JPEG", progressive=True, quality=50)
    content = buffer.getvalue()
    last = [found.start() for found in re.finditer(rb"\xff\xda", content)][-1]
    return content[:last] + content[last:-2] * count + content[-2:]


def icc_profile(primaries: tuple[tuple[float, ...], ...] = DISPLAY_P3, gamma: float = 2.2) -> bytes:
    """A version 2 display profile of three primaries and a gamma."""

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    text = b"test\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78 + 3),
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        **{name + b"XYZ": xyz(each) for name, each in zip((b"r", b"g", b"b"), primaries, strict=True)},
        **{name + b"TRC": curve for name in (b"r", b"g", b"b")},
    }
    place, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", place + len(data), len(content))
        data += padded
    size = place + len(data)
    head = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + data


def grey_profile(gamma: float) -> bytes:
    """The same for grey pictures."""
    profile = icc_profile(gamma=gamma)
    return profile[:16] + b"GRAY" + profile[20:].replace(b"rTRC", b"kTRC", 1)
