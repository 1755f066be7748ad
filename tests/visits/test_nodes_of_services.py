"""The nodes of the services of a new installation are what the escort's job offers, and each can be pressed."""

from __future__ import annotations

import json
from typing import Any

from config import ROOT
from orders import serving
from orders.visits.steps import DEFAULT_NODES, MAX_NODE
from storage import Transaction
from storage.models import Cause
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.conftest import StartProduct
from tests.visits.scenario import OFFICE, Visit

SERVICES: list[dict[str, Any]] = json.loads((ROOT / "storage/seed/catalog.json").read_text("utf-8"))[
    "services"
]


def test_every_service_has_nodes_that_can_be_stored_and_told_apart() -> None:
    with_own = [service for service in SERVICES if service["step_nodes"]]
    assert with_own, "some differ from the usual ones"
    for service in with_own:
        nodes = service["step_nodes"]
        assert len(set(nodes)) == len(nodes), service["name"]
        assert all(node == node.strip() and 0 < len(node) <= MAX_NODE for node in nodes), service["name"]
    errands = [service["name"] for service in SERVICES if service["takes"] == "errand"]
    assert {service["name"] for service in with_own} >= set(errands), "the usual ones are those of a visit"


async def test_the_job_of_an_escort_offers_the_nodes_of_its_service_and_takes_each(
    start_product: StartProduct,
) -> None:
    product = await start_product(limits={"write_per_minute": 0, "order_per_minute": 0})
    owner, escort = await product.login("li"), await apply_as_escort(product, "wang")
    escort_id = await escort_of(product, escort)
    for number, service in enumerate(SERVICES):
        order_id = await product.paid_order(owner, serviceId=service["id"], wantTime=product.day(5 + number))

        async def assign(tx: Transaction, order_id: int = order_id) -> None:
            await serving.assign(tx, order_id, escort_id, "am", Cause(OFFICE, product.clock()))

        await product.storage.run(assign)
        visit = Visit(product, owner, escort, order_id, escort_id)
        nodes = (await escort.get("escort/job/", id=order_id))["job"]["nodes"]
        assert nodes == (service["step_nodes"] or list(DEFAULT_NODES)), service["name"]
        for node in nodes:
            await visit.step("node", node=node)
        told = [step["node"] for step in (await visit.read())["steps"] if step["kind"] == "node"]
        assert told == nodes, service["name"]
        await visit.step("node", 400, node="没有这一步")
