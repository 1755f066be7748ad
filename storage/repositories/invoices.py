"""Invoices that users ask for."""

from __future__ import annotations

from storage.models import Invoice, InvoiceState
from storage.repositories.base import Mapped, Repository, in_list
from storage.views import InvoiceRow, WaitingInvoices
from storage.writes import InvoiceMove, NewInvoice, columns

_INVOICES = Mapped("invoices", Invoice)


class Invoices(Repository):
    async def newest_of_user(self, user_id: int, limit: int) -> list[Invoice]:
        return await self._newest(_INVOICES, ["user_id = :user_id"], {"user_id": user_id}, None, limit)

    async def get(self, invoice_id: int) -> Invoice | None:
        row = await self.connection.fetch_one(f"{_INVOICES.select} WHERE id = :id", {"id": invoice_id})
        return _INVOICES.one(row)

    async def of_order(self, order_id: int) -> list[Invoice]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_INVOICES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _INVOICES.all(rows)

    async def page_of_user(
        self, user_id: int, order_id: int | None, before: int | None, limit: int
    ) -> list[Invoice]:
        """What a user has asked for, newest first; ``order_id``: of this order alone."""
        where, marks = ["user_id = :user"], {"user": user_id}
        if order_id is not None:
            where.append("order_id = :order")
            marks["order"] = order_id
        return await self._newest(_INVOICES, where, marks, before, limit)

    async def of_user(self, user_id: int) -> list[Invoice]:
        """Everything that a user has asked for, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_INVOICES.select} WHERE user_id = :user ORDER BY id", {"user": user_id}
        )
        return _INVOICES.all(rows)

    async def of_file(self, user_id: int, file: str) -> Invoice | None:
        """The user's invoice with this PDF."""
        row = await self.connection.fetch_one(
            f"{_INVOICES.select} WHERE user_id = :user AND file = :file", {"user": user_id, "file": file}
        )
        return _INVOICES.one(row)

    async def add(self, new: NewInvoice) -> int:
        """Its id. Raises Duplicate while another request of the order waits."""
        row = columns(new) | {
            "open_order_id": new.order_id,
            "state": InvoiceState.REQUESTED,
            "number": "",
            "file": "",
            "note": "",
            "reversal_number": "",
            "updated_at": new.requested_at,
        }
        return await self._insert(_INVOICES.table, row)

    async def with_number(self, number: str) -> list[Invoice]:
        """Those that have this number, or were reversed by it, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_INVOICES.select} WHERE taken_number = :number OR (reversal_number = :number AND reversal_number <> '') "
            "ORDER BY id",
            {"number": number},
        )
        return _INVOICES.all(rows)

    async def with_unmarked_number(self, newest: int) -> list[tuple[int, str]]:
        """Of the newest invoices: ids and numbers of those whose number no invoice has taken, oldest first."""
        rows = await self.connection.fetch_all(
            "SELECT i.id, i.number FROM invoices i WHERE i.id > (SELECT COALESCE(MAX(id), 0) FROM invoices) - :newest "
            "AND i.number <> '' AND (i.taken_number IS NULL OR i.taken_number <> i.number) "
            "AND NOT EXISTS (SELECT 1 FROM invoices t WHERE t.taken_number = i.number) ORDER BY i.id",
            {"newest": newest},
        )
        return [(int(id_), str(number)) for id_, number in rows]

    async def take_number(self, invoice_id: int, number: str) -> int:
        """Mark an invoice's own number as taken by it: 1, or 0 when it has another number now, or has taken this one.
        Raises Duplicate when another invoice has taken it."""
        return await self._update(
            _INVOICES.table,
            {"taken_number": number},
            "id = :id AND number = :number AND (taken_number IS NULL OR taken_number <> :number)",
            {"id": invoice_id, "number": number},
        )

    async def move(self, invoice_id: int, state: str, to: str, at: int, changes: InvoiceMove) -> int:
        """Rows changed: 0 when it is not in ``state``. Raises Duplicate for a number that another one has."""
        return await self._update(
            _INVOICES.table,
            columns(changes) | {"state": to, "updated_at": at},
            "id = :id AND state = :state",
            {"id": invoice_id, "state": state},
        )

    async def page(
        self, states: tuple[str, ...], place: int | None, limit: int, *, oldest_first: bool
    ) -> list[InvoiceRow]:
        """Those in ``states``, all without any, behind the id ``place``."""
        where, marks = [], {"limit": limit}
        if states:
            found, values = in_list("state", states)
            where.append(f"i.state IN {found}")
            marks |= values
        if place is not None:
            where.append("i.id > :place" if oldest_first else "i.id < :place")
            marks["place"] = place
        rows = await self.connection.fetch_all(
            f"SELECT {_INVOICES.aliased('i')}, o.service_name, o.service_unit, o.visit_date "
            f"FROM invoices i JOIN orders o ON o.id = i.order_id WHERE {' AND '.join(where) or '1 = 1'} "
            f"ORDER BY i.id {'ASC' if oldest_first else 'DESC'} LIMIT :limit",
            marks,
        )
        loaded = []
        for row in rows:
            invoice = _INVOICES.one(row[:-3])
            assert invoice is not None
            loaded.append(InvoiceRow(invoice, str(row[-3]), str(row[-2]), str(row[-1])))
        return loaded

    async def waiting(self) -> WaitingInvoices:
        """How many wait to be issued, and to be reversed."""
        return WaitingInvoices(
            await self._count_in(InvoiceState.REQUESTED), await self._count_in(InvoiceState.TO_REVERSE)
        )

    async def _count_in(self, state: InvoiceState) -> int:
        return await self._count("SELECT COUNT(*) FROM invoices WHERE state = :state", {"state": state})

    async def erase_emails_of_user(self, user_id: int) -> int:
        """Where invoices were sent to; of one that is still to be issued it is needed."""
        return await self._update(
            _INVOICES.table,
            {"email_sealed": ""},
            "user_id = :user AND state <> :state AND email_sealed <> ''",
            {"user": user_id, "state": InvoiceState.REQUESTED},
        )

    async def erase_of_user(self, user_id: int) -> list[str]:
        """Take out whom the invoices are about, and take back what waits; number and amount stay. The files, which are
        to be removed once this is committed."""
        files = [each.file for each in await self.of_user(user_id) if each.file]
        await self._update(
            _INVOICES.table,
            {"state": InvoiceState.WITHDRAWN, "open_order_id": None},
            "user_id = :user AND state = :state",
            {"user": user_id, "state": InvoiceState.REQUESTED},
        )
        await self._update(
            _INVOICES.table,
            {"title": "", "tax_number": "", "email_sealed": "", "file": "", "note": ""},
            "user_id = :user",
            {"user": user_id},
        )
        return files
