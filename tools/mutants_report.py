"""What ``make mutants`` found: how many of the changes were noticed, file by file, and what the others were.

Reads what mutmut has written beside each file below mutants/.
"""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
from pathlib import Path

NOTICED = (1, 3, 24, 36, -24, 152, 255)
"""Exit codes of a run that noticed: a test failed, or it took for ever."""
UNTRIED = (None, 33, 34)


def results(wanted: list[str]) -> dict[str, dict[str, int | None]]:
    """For each file the mutants that were asked for, with the exit code of their run."""
    found = {}
    for file in sorted(Path("mutants").rglob("*.meta")):
        codes: dict[str, int | None] = json.loads(file.read_text("utf-8"))["exit_code_by_key"]
        chosen = {
            name: code
            for name, code in codes.items()
            if not wanted or any(fnmatch.fnmatch(name, pattern) for pattern in wanted)
        }
        if chosen:
            found[str(file.relative_to("mutants")).removesuffix(".meta")] = chosen
    return found


def main(wanted: list[str]) -> None:
    noticed = tried = untried = 0
    survivors: list[str] = []
    for file, codes in results(wanted).items():
        here = [name for name, code in codes.items() if code not in UNTRIED]
        unseen = [name for name in here if codes[name] not in NOTICED]
        print(
            f"{len(here) - len(unseen):5} of {len(here):5} noticed  {len(codes) - len(here):5} untried  {file}"
        )
        noticed += len(here) - len(unseen)
        tried += len(here)
        untried += len(codes) - len(here)
        survivors += unseen
    print(f"{noticed} of {tried} noticed ({100 * noticed // max(tried, 1)} %); {untried} are met by no test")
    mutmut = Path(sys.executable).with_name("mutmut")
    for name in survivors:
        shown = subprocess.run([mutmut, "show", name], capture_output=True, text=True, check=False).stdout
        print(f"\n{name}")
        print(
            "\n".join(
                line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
            )
        )


if __name__ == "__main__":
    main(sys.argv[1:])
