"""Every route as an address that can be asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from handlers.routes import all_routes

_GROUP = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
_NAMES = {
    r"(.+)": "banner/1.png",
    r"([0-9a-z]{32}\.webp)": "0" * 32 + ".webp",
    r"([0-9a-z]{32})": "0" * 32,
    r"([0-9a-f]{32}\.jpg)": "0" * 32 + ".jpg",
    r"([0-9a-f]{32}\.pdf)": "0" * 32 + ".pdf",
    r"([a-z.-]+)": "docs.css",
    r"([a-z][0-9A-Za-z_./-]*)": "admin.css",
}


@dataclass(frozen=True)
class Known:
    """A route: its pattern, its handler, and an address with ``id`` in the place of each number."""

    pattern: str
    handler: Any
    id: int = 1

    @property
    def path(self) -> str:
        def value(match: re.Match[str]) -> str:
            group = match[0]
            if group in _NAMES:
                return _NAMES[group]
            return str(self.id) if "[0-9]" in group else group.strip("()").partition("|")[0]

        return _GROUP.sub(value, self.pattern).replace("\\", "").lstrip("/")

    @property
    def methods(self) -> tuple[str, ...]:
        methods: tuple[str, ...] = self.handler.methods()
        return methods


def known(id: int = 1) -> list[Known]:
    """Every route of the product, with ``id`` in the place of each number."""
    return [Known(pattern, handler, id) for pattern, handler, *_ in all_routes()]
