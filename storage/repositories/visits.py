"""What escorts record about a visit: steps, photos, and what went wrong. The report: ``reports.py``."""

from __future__ import annotations

from collections.abc import Iterable

from storage.models import Order, StepKind, VisitPhoto, VisitStep, VisitTrouble
from storage.repositories.base import Mapped, Repository, in_list
from storage.views import VisitVersion
from storage.writes import NewVisitPhoto, NewVisitStep, NewVisitTrouble, columns

_ORDERS = Mapped("orders", Order)
_STEPS = Mapped("visit_steps", VisitStep)
_PHOTOS = Mapped("visit_photos", VisitPhoto)
_TROUBLES = Mapped("visit_troubles", VisitTrouble)


class Visits(Repository):
    async def version(self, order_id: int) -> VisitVersion | None:
        """What changes when anything about a visit does, in one query along indexes; None without such an order."""
        row = await self.connection.fetch_one(
            "SELECT o.state, o.updated_at, o.started_at, o.visit_date, o.escort_id, "
            "(SELECT MAX(s.id) FROM visit_steps s WHERE s.order_id = o.id), "
            "(SELECT COUNT(*) FROM visit_photos p WHERE p.order_id = o.id), "
            "(SELECT MAX(p.id) FROM visit_photos p WHERE p.order_id = o.id), "
            "(SELECT MAX(e.id) FROM report_entries e WHERE e.order_id = o.id), "
            "(SELECT COUNT(*) FROM report_entries e WHERE e.order_id = o.id AND e.open = 1), "
            "(SELECT MAX(t.id) FROM visit_troubles t WHERE t.order_id = o.id), "
            "(SELECT COUNT(*) FROM visit_troubles t WHERE t.order_id = o.id AND t.open = 1), "
            "r.version, r.sent_at, r.confirmed_at, o.visit_record, "
            "(SELECT MAX(c.id) FROM consents c WHERE c.user_id = o.user_id), "
            "(SELECT COUNT(*) FROM consents c WHERE c.user_id = o.user_id AND c.withdrawn_at IS NULL) "
            "FROM orders o LEFT JOIN visit_reports r ON r.order_id = o.id WHERE o.id = :id",
            {"id": order_id},
        )
        return None if row is None else VisitVersion(tuple(row))

    # Steps

    async def steps(self, order_id: int) -> list[VisitStep]:
        """In the order in which they arrived."""
        rows = await self.connection.fetch_all(
            f"{_STEPS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _STEPS.all(rows)

    async def steps_of_escort(self, escort_id: int, after: int, limit: int) -> list[VisitStep]:
        """A page of the steps that an escort took, of all orders."""
        return await self._oldest(_STEPS, ["escort_id = :escort"], {"escort": escort_id}, after, limit)

    async def step_of_action(self, escort_id: int, action_id: str) -> VisitStep | None:
        return _STEPS.one(
            await self.connection.fetch_one(
                f"{_STEPS.select} WHERE escort_id = :escort AND action_id = :action",
                {"escort": escort_id, "action": action_id},
            )
        )

    async def first_step(self, order_id: int, escort_id: int, kind: StepKind) -> VisitStep | None:
        """The first step of a kind that an escort took at an order."""
        return _STEPS.one(
            await self.connection.fetch_one(
                f"{_STEPS.select} WHERE order_id = :id AND escort_id = :escort AND kind = :kind ORDER BY id LIMIT 1",
                {"id": order_id, "escort": escort_id, "kind": kind},
            )
        )

    async def add_step(self, step: NewVisitStep) -> int:
        """Its id. Raises Duplicate when the escort's action is there already."""
        return await self._insert(_STEPS.table, columns(step))

    # Photos

    async def photos(self, order_id: int) -> list[VisitPhoto]:
        rows = await self.connection.fetch_all(
            f"{_PHOTOS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _PHOTOS.all(rows)

    async def photo(self, file: str) -> VisitPhoto | None:
        return _PHOTOS.one(
            await self.connection.fetch_one(f"{_PHOTOS.select} WHERE file = :file", {"file": file})
        )

    async def photo_of_action(self, escort_id: int, action_id: str) -> VisitPhoto | None:
        return _PHOTOS.one(
            await self.connection.fetch_one(
                f"{_PHOTOS.select} WHERE escort_id = :escort AND action_id = :action",
                {"escort": escort_id, "action": action_id},
            )
        )

    async def add_photo(self, photo: NewVisitPhoto) -> int:
        """Its id. Raises Duplicate when the escort's action is there already."""
        return await self._insert(_PHOTOS.table, columns(photo))

    async def photo_files(self, after: int, limit: int) -> list[tuple[int, str]]:
        """A page of all photos: ids and file names beyond an id."""
        rows = await self.connection.fetch_all(
            "SELECT id, file FROM visit_photos WHERE id > :after ORDER BY id LIMIT :limit",
            {"after": after, "limit": limit},
        )
        return [(int(row[0]), str(row[1])) for row in rows]

    async def photo_samples(self) -> list[str]:
        """The files of the oldest and of the newest photo, if there are any."""
        found = []
        for order in ("ASC", "DESC"):
            row = await self.connection.fetch_one(
                f"SELECT file FROM visit_photos ORDER BY id {order} LIMIT 1"
            )
            found += [str(row[0])] if row else []
        return found

    # What goes wrong

    async def troubles(self, order_id: int) -> list[VisitTrouble]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_TROUBLES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _TROUBLES.all(rows)

    async def trouble_of_action(self, escort_id: int, action_id: str) -> VisitTrouble | None:
        return _TROUBLES.one(
            await self.connection.fetch_one(
                f"{_TROUBLES.select} WHERE escort_id = :escort AND action_id = :action",
                {"escort": escort_id, "action": action_id},
            )
        )

    async def add_trouble(self, trouble: NewVisitTrouble) -> int:
        """It is open. Raises Duplicate when the escort's action is there already."""
        return await self._insert(_TROUBLES.table, {**columns(trouble), "open": 1, "resolution": ""})

    async def close_trouble(
        self, trouble_id: int, order_id: int, resolution: str, closed_by: int | None, at: int
    ) -> int:
        """Rows changed: 0 when it is closed already, or of another order. ``closed_by`` None: by itself."""
        return await self._update(
            _TROUBLES.table,
            {"open": 0, "closed_at": at, "closed_by": closed_by, "resolution": resolution},
            "id = :id AND order_id = :order_id AND open = 1",
            {"id": trouble_id, "order_id": order_id},
        )

    async def close_troubles(
        self, order_id: int, kinds: Iterable[str], escort_id: int | None, resolution: str, at: int
    ) -> int:
        """Close what is open of these kinds, of one escort or of all, by itself. Rows changed."""
        in_sql, marks = in_list("kind", kinds)
        theirs = "" if escort_id is None else " AND escort_id = :escort"
        return await self._update(
            _TROUBLES.table,
            {"open": 0, "closed_at": at, "closed_by": None, "resolution": resolution},
            f"order_id = :order_id AND open = 1 AND kind IN {in_sql}{theirs}",
            {"order_id": order_id, "escort": escort_id, **marks},
        )

    # What belongs to the order itself

    async def set_started(self, order_id: int, started_at: int, at: int) -> int:
        """The visit has begun, unless it had before. Rows changed."""
        return await self._update(
            "orders",
            {"started_at": started_at, "updated_at": at},
            "id = :id AND started_at IS NULL",
            {"id": order_id},
        )

    async def note_record(self, order_id: int) -> None:
        """Something is stored now that is forgotten some day."""
        await self._update("orders", {"visit_record": 1}, "id = :id", {"id": order_id})

    async def recorded_orders(self, visit_before: str, after: int, limit: int) -> list[int]:
        """Orders whose visit was before a day, and of which something recorded is still stored."""
        rows = await self.connection.fetch_all(
            f"SELECT id FROM orders{self.connection.index_hint('ix_orders_visit_record_visit_date_id')} "
            "WHERE visit_record = 1 AND visit_date < :day AND id > :after ORDER BY id LIMIT :limit",
            {"day": visit_before, "after": after, "limit": limit},
        )
        return [int(row[0]) for row in rows]

    async def orders_of_user(self, user_id: int, after: int, limit: int) -> list[Order]:
        """A page of the user's orders of which a step was taken, or something recorded."""
        rows = await self.connection.fetch_all(
            f"{_ORDERS.select} WHERE user_id = :user AND id > :after AND (visit_record = 1 "
            "OR EXISTS (SELECT 1 FROM visit_steps s WHERE s.order_id = orders.id)) ORDER BY id LIMIT :limit",
            {"user": user_id, "after": after, "limit": limit},
        )
        return _ORDERS.all(rows)

    async def recorded_orders_of_user(self, user_id: int) -> list[int]:
        rows = await self.connection.fetch_all(
            "SELECT id FROM orders WHERE user_id = :id AND visit_record = 1 ORDER BY id",
            {"id": user_id},
        )
        return [int(row[0]) for row in rows]

    async def erase_record(self, order_id: int) -> list[str]:
        """Empty what was recorded of an order; that a step was taken, and when, stays. The files of its photos."""
        files = [photo.file for photo in await self.photos(order_id)]
        which = {"id": order_id}
        for sql in (
            "UPDATE visit_steps SET note_sealed = '', place_sealed = '' WHERE order_id = :id",
            "DELETE FROM visit_photos WHERE order_id = :id",
            "UPDATE visit_reports SET body_sealed = '' WHERE order_id = :id",
            "UPDATE report_entries SET text_sealed = '', open = 0 WHERE order_id = :id",
            "UPDATE visit_troubles SET note_sealed = '', resolution = '' WHERE order_id = :id",
            "UPDATE orders SET visit_record = 0 WHERE id = :id",
        ):
            await self.connection.execute(sql, which)
        return files

    async def erase_places_of_escort(self, escort_id: int, until: int | None = None) -> int:
        """Where an escort was (up to a moment) is the escort's; the rest of the record is the family's."""
        return await self.connection.execute(
            "UPDATE visit_steps SET place_sealed = '' WHERE escort_id = :id AND place_sealed <> ''"
            + (" AND at <= :until" if until is not None else ""),
            {"id": escort_id, "until": until},
        )
