"""python -m sandbox.client --front Front --out data/client [--force]: build and stop."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from sandbox.client import BuildError, build

OUT = Path("data/client")


def main() -> int:
    """Exit code 0 when the client is built or was current, 1 after one line that says why it cannot be built."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.client", description="Build the browser client.")
    parser.add_argument("--front", type=Path, default=Path("Front"), help="the mini-program (default: Front)")
    parser.add_argument("--out", type=Path, default=OUT, help="where to put it (default: data/client)")
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    options = parser.parse_args()
    try:
        asyncio.run(build(options.front, options.out, options.force))
    except BuildError:
        return 1  # the build has said why
    return 0


if __name__ == "__main__":
    sys.exit(main())
