"""What every record of the stand-in is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass
class Record:
    """A document with a kind (its table) and a key; subclasses name the fields."""

    kind: ClassVar[str]
    key_field: ClassVar[str]

    @property
    def key(self) -> str:
        return str(getattr(self, self.key_field))

    def document(self) -> dict[str, Any]:
        """The fields by name; shares lists and dictionaries with the record (``asdict`` copies them, slowly)."""
        return dict(vars(self))
