"""A write of the API: in which scene, by whom, with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.answers.house import House
from tests.http.uploading import picture

NO_PICTURE = b"not a picture"


@dataclass(frozen=True)
class Write:
    """``fields`` may name what the scene has drawn by chance, ``{card}``."""

    name: str
    ready: Callable[[House], Any]
    who: str
    path: str
    fields: dict[str, Any] = field(default_factory=dict)
    others: tuple[str, ...] = ("stranger", "other")
    """Who try it first."""
    upload: str = ""
    """The field of a picture."""
    picture: bytes = picture((320, 240))
    again: bool = True

    def __str__(self) -> str:
        return self.name

    def options(self, house: House) -> dict[str, Any]:
        """What is sent."""
        given = {
            name: value.format(**house.known) if isinstance(value, str) and name != "body" else value
            for name, value in self.fields.items()
        }
        if not self.upload:
            return {"data": given}
        return {
            "params": given,
            "files": {self.upload: ("a.png", self.picture, "image/png")},
        }

    def without(self) -> dict[str, Any]:
        """What is sent by a form in which nothing is filled in."""
        return {"data": {}} if not self.upload else {"params": self.fields, "data": {}}


def act(number: int) -> str:
    """An id as phones make one."""
    return f"action-{number:012d}"
