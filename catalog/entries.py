"""What administrators change in the catalog: an entry, whether the mini-program shows it, the order of display.

All of it in the caller's transaction, under the lock of the rows. Nothing is ever deleted: old orders point at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from refusals import Refused, Unknown
from storage import Transaction
from storage.models import Service
from storage.views import EntryPosition

STEP = 10
"""Between two positions, so that a third fits in."""
SHARED = (
    "summary",
    "introduction",
    "included",
    "notice",
    "picture",
    "needs_id_number",
    "questions",
    "step_nodes",
    "keywords",
)
"""What the price variants of one service have in common."""
REQUIRED_TO_BE_SHOWN = {"hospitals": ("longitude", "latitude")}
"""What the mini-program cannot do without. A hospital of an older system has no place yet."""


class EntryIncomplete(Refused):
    """The mini-program could not show the entry."""

    slug = "entry_incomplete"
    message = "没有上架：这家医院还没有坐标，请先填写好再上架"


class StaleEntry(Exception):
    """A colleague has saved the same entry since it was shown, or (``note``) something that it touches."""

    def __init__(self, entry: Any, note: str = "") -> None:
        super().__init__()
        self.entry = entry
        self.note = note


class StaleOrder(Exception):
    """Colleagues have moved these entries since the list was shown."""

    def __init__(self, ids: set[int]) -> None:
        super().__init__()
        self.ids = ids


class OrderChanged(Refused):
    """Colleagues have moved entries since the list was shown."""

    slug = "order_changed"
    message = "同事刚刚调整过顺序，请刷新后再排"


async def add(tx: Transaction, table: str, row: Mapping[str, Any]) -> int:
    """A new entry, the last of its table; its id."""
    places = await tx.catalog.lock_positions(table)
    last = max([place.position for place in places], default=0)
    return await tx.catalog.add(table, {**row, "position": last + STEP})


async def set_archived(
    tx: Transaction, table: str, entry_id: int, archived_at: int | None, is_stale: Callable[[Any], bool]
) -> None:
    """Take an entry off the mini-program, or put it back (None). Raises Unknown, StaleEntry, EntryIncomplete."""
    entry = await tx.catalog.lock(table, entry_id)
    if entry is None:
        raise Unknown
    if is_stale(entry):
        raise StaleEntry(entry)
    if archived_at is None and not all(getattr(entry, name) for name in REQUIRED_TO_BE_SHOWN.get(table, ())):
        raise EntryIncomplete
    await tx.catalog.change(table, entry.id, {"archived_at": archived_at})


def siblings(entry: Any, services: list[Service]) -> list[Service]:
    """The other price variants of a service."""
    others = (each for each in services if each.name == entry.name and each.id != entry.id)
    return sorted(others, key=lambda each: each.id)


async def change_siblings(
    tx: Transaction, entry: Service, changes: Mapping[str, Any], is_stale: Callable[[list[Service]], bool]
) -> list[Service]:
    """The other price variants of a service get the same texts and picture: these variants, as they were. Raises
    StaleEntry."""
    shared = {name: value for name, value in changes.items() if name in SHARED}
    others = siblings(entry, await tx.catalog.lock_all("services")) if shared else []
    if others and is_stale(others):
        raise StaleEntry(entry, f"同事刚改过同名的其他规格（{'、'.join(each.unit for each in others)}）")
    for service in others:
        await tx.catalog.change("services", service.id, shared)
    return others


async def place(
    tx: Transaction, table: str, wanted: Mapping[int, int], shown: Mapping[int, str]
) -> tuple[dict[int, int], dict[int, int]]:
    """Give entries, by id, other positions; those that move, before and after. ``shown``: the positions that the list
    has shown, as it wrote them. Raises StaleOrder."""
    places = {place.id: place.position for place in await tx.catalog.lock_positions(table)}
    moved = {i: position for i, position in wanted.items() if i in places and places[i] != position}
    if stale := {i for i in moved if shown[i] != str(places[i])}:
        raise StaleOrder(stale)
    if moved:
        await tx.catalog.place(table, moved)
    return {i: places[i] for i in moved}, moved


async def rearrange(tx: Transaction, table: str, was: list[int], now: list[int]) -> dict[int, int]:
    """The entries on a page of the list, ``was`` in their old order, change places among themselves; their positions.
    Raises OrderChanged."""
    places = await tx.catalog.lock_positions(table)
    if [place.id for place in places if place.id in was and place.archived_at is None] != was:
        raise OrderChanged
    if now == was:
        return {}
    positions = _rearranged(places, now)
    await tx.catalog.place(table, {p.id: positions[p.id] for p in places if positions[p.id] != p.position})
    return {entry_id: positions[entry_id] for entry_id in now}


def _rearranged(places: list[EntryPosition], now: list[int]) -> dict[int, int]:
    """New positions for all: those that are not on the page stay where they are."""
    arriving = iter(now)
    shown = set(now)
    ids = [next(arriving) if place.id in shown else place.id for place in places]
    return {entry_id: number * STEP for number, entry_id in enumerate(ids, start=1)}
