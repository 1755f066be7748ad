"""Names of patients and users, listed once by their parts, so that any part of one finds it along an index.

Who writes a name adds it here in the same transaction; who takes one away lets go of it here. A name that nothing has
any more is not kept: letting go waits for those who have just found it listed, and looks again.
"""

from __future__ import annotations

from collections.abc import Iterable

from personal.names import PART, name_parts
from storage.errors import Duplicate
from storage.models import NameKind, NamePart
from storage.repositories.base import LAST_CHARACTER, Mapped, Repository

_PARTS = Mapped("name_parts", NamePart)
_HELD = {
    NameKind.PATIENT: (("orders", "patient_name_key"), ("patients", "name_key")),
    NameKind.USER: (("users", "nickname_key"), ("office_customers", "name_key")),
}
"""Which columns hold names of a kind."""


def containing(kind: NameKind, name: str, mark: str = "") -> tuple[str, dict[str, str]]:
    """The names of a kind that contain this one, as a condition on ``name_parts`` and its parameters, whose names begin
    with ``mark``."""
    beginning = name[:PART]
    where = f"kind = '{kind}' AND part >= :{mark}part AND part < :{mark}part_end"
    values = {f"{mark}part": beginning, f"{mark}part_end": beginning + LAST_CHARACTER}
    if beginning == name:
        return where, values
    return f"{where} AND INSTR(name_key, :{mark}longer) > 0", {**values, f"{mark}longer": name}


class Names(Repository):
    async def add(self, kind: NameKind, name_key: str) -> None:
        """List a name that a row has, unless it is; what lets go of it waits until this transaction has ended."""
        if not await self.is_listed(kind, name_key):
            await self.list(kind, name_key)

    async def is_listed(self, kind: NameKind, name_key: str) -> bool:
        """Is it, or is there nothing of it to be listed? If it is, what lets go of it waits from now on."""
        parts = name_parts(name_key)
        if not parts:
            return True
        await self._take_turn("names", name_key)
        listed = await self.connection.fetch_one(
            "SELECT 1 FROM name_parts WHERE kind = :kind AND part = :part AND name_key = :name_key"
            f"{self.connection.shared_lock}",
            {"kind": str(kind), "part": parts[0], "name_key": name_key},
        )
        return listed is not None

    async def list(self, kind: NameKind, name_key: str) -> None:
        """List a name that is not."""
        parts = name_parts(name_key)
        whole = {"kind": str(kind), "part": parts[0], "name_key": name_key}
        try:
            await self._insert("name_parts", whole)
        except Duplicate:  # another transaction has just listed the whole name
            return
        if parts[1:]:
            values = {f"part_{number}": part for number, part in enumerate(parts[1:])}
            rows = ", ".join(f"(:kind, :{mark}, :name_key)" for mark in values)
            await self.connection.execute(
                f"INSERT INTO name_parts (kind, part, name_key) VALUES {rows}", {**whole, **values}
            )

    async def replace(self, kind: NameKind, before: Iterable[str], name_key: str) -> None:
        """A row that had other names has this one now."""
        if others := [name for name in before if name != name_key]:
            await self.add(kind, name_key)
            await self.let_go(kind, others)

    async def let_go(self, kind: NameKind, name_keys: Iterable[str]) -> None:
        """Take out those of the names that nothing has any more."""
        for name_key in sorted(set(name_keys)):
            parts = name_parts(name_key)
            if not parts:
                continue
            values = {"kind": str(kind), "name_key": name_key}
            await self._take_turn("names", name_key)
            await self.connection.fetch_one(
                "SELECT 1 FROM name_parts WHERE kind = :kind AND part = :part AND name_key = :name_key"
                f"{self.connection.lock}",
                {**values, "part": parts[0]},
            )
            if not await self._held(kind, name_key):
                for part in reversed(parts):  # what says that a name is listed goes last
                    await self.connection.execute(
                        "DELETE FROM name_parts WHERE kind = :kind AND part = :part AND name_key = :name_key",
                        {**values, "part": part},
                    )

    async def _held(self, kind: NameKind, name_key: str) -> bool:
        for table, column in _HELD[kind]:
            if await self.connection.fetch_one(
                f"SELECT 1 FROM {table} WHERE {column} = :name LIMIT 1", {"name": name_key}
            ):
                return True
        return False
