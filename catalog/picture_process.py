"""The program that decodes one uploaded picture, with limits that the operating system enforces, and ends.

A hostile picture can take a decoder's time, memory or life, but only this process's: it has no settings, no secrets,
no connection. Usage: ``python -m catalog.picture_process square|photo|catalog SIDE``; the file comes on standard input;
the first line of standard output is ``ok ENDING`` or the name of a refusal, behind ``ok`` comes the picture.
"""

from __future__ import annotations

import os
import sys

CPU_SECONDS = 5
"""The largest photos that are taken need less than one on a small machine."""
MEMORY_BYTES = 1 << 30
"""Address space, not memory in use: 25 million pixels in the widest mode, twice, and Python."""


def limit_this_process() -> None:
    """What the operating system will not let this process exceed. Without effect where it has no such limits."""
    try:
        import resource
    except ImportError:
        return
    os.nice(5)  # requests come first
    for kind, limit in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (limit, limit))
        except (OSError, ValueError):
            """Stricter already, or not enforced by this system."""


def main(task: str, side: int) -> None:
    limit_this_process()
    content = sys.stdin.buffer.read()
    from catalog import picture_refusals, uploaded_pictures

    try:
        if task == "square":
            encoded, ending = uploaded_pictures.encode_square(content, side), "webp"
        elif task == "photo":
            encoded, ending = uploaded_pictures.encode_photo(content), "jpg"
        else:
            encoded, ending = uploaded_pictures.encode_for_catalog(content, side)
        answer = f"ok {ending}\n".encode() + encoded
    except picture_refusals.NotAPicture as refusal:
        answer = f"{type(refusal).__name__}\n".encode()
    except MemoryError:
        answer = b"TooManyPixels\n"
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
