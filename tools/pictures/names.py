"""Which rendered file answers which kept picture name; writes ``static/pic/names.json``.

Released clients ask for 219 names (``tests/data/kept-pictures.txt``). One rendered file per subject and
format answers them; the ending of a name decides the format, because clients and caches believe it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tools.pictures import hospitals, portraits, services
from tools.pictures.sources import sources

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "tests" / "data" / "kept-pictures.txt"
TABLE = ROOT / "static" / "pic" / "names.json"
PREFIX = "static/pic/"


def kept_names() -> list[str]:
    """The kept names, relative to ``static/pic/``."""
    lines = KEPT.read_text(encoding="utf-8").split("\n")
    return [line.strip().removeprefix(PREFIX) for line in lines if line.strip()]


def _hospital_source(stem: str) -> str:
    name, _, what = stem.rpartition("-")
    for number, (full_name, _scene, _sky) in hospitals.SCENES.items():
        if name == full_name:
            return f"hospital/{number}-logo" if what == "Logo" else f"hospital/{number}"
    raise LookupError(f"no hospital is called {name}")


def _service_source(stem: str) -> str:
    number = int(stem.split(".")[0])
    if number not in services.SCENES:
        raise LookupError(f"no service has the number {number}")
    return f"service/{number}"


def _expert_source(stem: str) -> str:
    # 007-1 and 007-2 are two photographs of one expert, so both get the same placeholder.
    variants = list(portraits.VARIANTS)
    return f"expert/{variants[int(stem.split('-')[0]) % len(variants)]}"


def master(kept: str) -> str:
    """The rendered file for a kept name, both relative to ``static/pic/``; LookupError if unknown."""
    folder, _, file = kept.partition("/")
    stem, _, ending = file.rpartition(".")
    source = {
        "banner": lambda s: f"banner/{s}",
        "hospital": _hospital_source,
        "service": _service_source,
        "expert": _expert_source,
    }[folder](stem)
    return f"{source}.{'jpg' if ending == 'jpeg' else ending}"


def table() -> dict[str, str]:
    """Kept name -> rendered file, both relative to ``static/pic/``."""
    return {name: master(name) for name in kept_names()}


def masters() -> list[str]:
    """Every file to render: what the kept names need, and what the catalog names itself."""
    # The catalog uses PNG throughout: for flat drawings it is both the smallest and the sharpest.
    own = {f"{name}.png" for name in sources()}
    return sorted(own | set(table().values()))


def main() -> int:
    """Writes the table."""
    names = table()
    TABLE.write_text(json.dumps(names, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(names)} kept names answered by {len(set(names.values()))} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
