"""During an upgrade processes of version 1.0.0 go on with a schema that they do not know all of."""

from __future__ import annotations

from handlers.services import Services
from orders.escort_pay import lists
from orders.escorts import records
from payment.invoicing.unmarked_numbers import mark_numbers_of_new_invoices
from payment.reconciliation.unlisted_cases import list_numbers_of_new_cases


async def complete_what_it_writes(services: Services, owner: str) -> None:
    """Put the newest entries of escorts' pay, cases and invoices on the lists that version 1.0.0 leaves out, and
    count the visits into the escorts' records that it does not. Raises StorageError."""
    await lists.repair_due(services.storage, services.clock, owner)
    await records.repair_due(services.storage, services.clock, owner)
    await list_numbers_of_new_cases(services.storage)
    await mark_numbers_of_new_invoices(services.storage)
