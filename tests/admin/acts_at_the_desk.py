"""What acts of the assignment desk need to be ready."""

from __future__ import annotations

from handlers.admin.orders.several import visit_mark
from tests.admin.act_preparations import Ready, order_and_escort
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def picked_order(scenario: Scenario, owner: Client) -> Ready:
    """One order, and a cell of the board where it can be put."""
    ready = await order_and_escort(scenario, owner)
    cell = f"{ready.fields['escort_id']}:{scenario.day()}:am"
    return Ready("", {"pick": f"{ready.id}-0", "cell": cell}, subject_id=ready.id)


async def proposed_order(scenario: Scenario, owner: Client) -> Ready:
    """A row of the page of proposals."""
    ready = await order_and_escort(scenario, owner)
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(int(ready.id))
    assert order is not None
    row = {"order": "y", "escort": ready.fields["escort_id"], "half": "am", "mark": visit_mark(order)}
    fields = {f"{name}_{order.id}": value for name, value in row.items()}
    return Ready("", fields, subject_id=order.id)


async def ticked_to_export(scenario: Scenario, owner: Client) -> Ready:
    return Ready("", {f"order_{await scenario.order()}": "y"}, subject_id="")


async def order_of_a_patient_to_call(scenario: Scenario, owner: Client) -> Ready:
    return Ready(await scenario.order())
