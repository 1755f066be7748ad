"""What has to be there before an act of the administrators' side can be done, made through the server itself."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from clock import DAY, shanghai_date
from orders import serving
from orders.escorts import leaves
from orders.escorts import profiles as escort_profiles
from orders.escorts.leaves import HalfDays
from privacy import ORDER_CONTACT_PHONE
from storage.writes import NewRating
from tests.admin import sharing, visits
from tests.admin.acts_about_days import ask_to_move, change_fields
from tests.admin.clients import SHOWN, Client, form_of
from tests.admin.pushes import give_up
from tests.admin.scenario import Scenario

OTHER = "another Passphrase 8"
OWNER, CLERK, ACCOUNTANT = 1, 2, 3
"""The ids of the accounts that ``address`` makes."""


@dataclass
class Ready:
    """What stands ready for an act: the number in its address, further fields, what the log will name."""

    id: int | str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    subject_id: int | str | None = None
    """When it is not the number in the address."""
    admin_id: int = OWNER
    client: Client | None = None
    """When it is not the owner's browser."""
    file: tuple[str, str, bytes] | None = None


Preparation = Callable[[Scenario, Client], Awaitable[Ready]]


async def hidden(client: Client, path: str) -> dict[str, str]:
    """The hidden fields of a page's forms: what a browser sends along."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', await client.page(path))
    return {name: value for name, value in found if name != "_xsrf"}


async def hidden_and_not_compared(client: Client, path: str) -> dict[str, str]:
    """The hidden fields of a page but those that say what it has shown, which the client adds for each form."""
    return {name: value for name, value in (await hidden(client, path)).items() if name not in SHOWN}


async def nothing(scenario: Scenario, owner: Client) -> Ready:
    return Ready()


def order(state: str = "paid") -> Preparation:
    async def ready(scenario: Scenario, owner: Client) -> Ready:
        return Ready(await scenario.order(state))

    return ready


async def assigned(scenario: Scenario, owner: Client) -> Ready:
    order_id, escort = await scenario.order(), await scenario.escort()
    await owner.post(f"admin/orders/{order_id}/assign/", {"escort_id": escort, "half": "am"})
    return Ready(order_id)


async def order_and_escort(scenario: Scenario, owner: Client) -> Ready:
    return Ready(await scenario.order(), {"escort_id": await scenario.escort(), "half": "am"})


async def invited(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order()
    await scenario.escort()
    await owner.post(f"admin/orders/{order_id}/invite/", {"everybody": "y", "half": "am"})
    return Ready(order_id)  # the invitation has the same number


async def assigned_and_another_escort(scenario: Scenario, owner: Client) -> Ready:
    ready = await assigned(scenario, owner)
    ready.fields = {"new_escort_id": await scenario.escort("孙小美"), "reason": "王芳生病"}
    return ready


async def shared_order(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order()
    await sharing.share(scenario, order_id, "女儿小梅")
    return Ready((await sharing.order_of(scenario, order_id)).user_id)  # the membership has the same number


async def ticked_order(scenario: Scenario, owner: Client) -> Ready:
    order_id, escort_id = await scenario.order(), await scenario.escort()
    return Ready("", {f"order_{order_id}": "y", "escort_id": escort_id}, subject_id=order_id)


async def plan_of_tomorrow(scenario: Scenario, owner: Client) -> Ready:
    await assigned(scenario, owner)
    return Ready("", {"day": scenario.day()}, subject_id=scenario.day())


async def order_of_a_patient(scenario: Scenario, owner: Client) -> Ready:
    return Ready(await scenario.order(), subject_id=1)


async def order_in_the_fields(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order()
    return Ready("", {"id": order_id}, subject_id=order_id)


async def finished_in_the_fields(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order("finished")
    return Ready("", {"id": order_id}, subject_id=order_id)


async def rated_low(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order("finished")
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.get(order_id)
        assert order is not None
        await serving.rate(tx, order, NewRating(2), scenario.clock())
        await tx.commit()
    return Ready(order_id)


async def recorded_visit(scenario: Scenario, owner: Client) -> Ready:
    """The order, its trouble and its question are the first of their tables."""
    order_id, _ = await visits.recorded(scenario)
    assert order_id == 1
    return Ready(order_id)


async def order_to_change(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order()
    return Ready(order_id, await change_fields(scenario, order_id, visit_time="10:30"))


async def order_to_move(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order()
    request = await ask_to_move(scenario, order_id, scenario.day(5))
    return Ready(order_id, {"request_id": request})


async def overbooked(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order()
    async with scenario.storage.transaction() as tx:
        await tx.visit_days.mark_overbooked(order_id)
        await tx.commit()
    return Ready(order_id)


async def day_to_block(scenario: Scenario, owner: Client) -> Ready:
    day = scenario.day(3)
    fields = {"first": day, "last": "", "half": "am", "hospital_id": 0, "reason": "放假"}
    return Ready("", fields, subject_id=day)


async def blocked_day(scenario: Scenario, owner: Client) -> Ready:
    day = scenario.day(3)
    await owner.post("admin/days/", (await day_to_block(scenario, owner)).fields)
    async with scenario.storage.reading() as reader:
        (blocked,) = await reader.visit_days.blocked(day, day)
    return Ready(blocked.id, subject_id=day)


async def order_with_a_contact(scenario: Scenario, owner: Client) -> Ready:
    sealed = scenario.services.vault.seal("13955556666", ORDER_CONTACT_PHONE)
    return Ready(await scenario.order(contact_phone_sealed=sealed, contact_phone_tail="6666"))


def proposal(act: str) -> Preparation:
    async def ready(scenario: Scenario, owner: Client) -> Ready:
        escort_id = await scenario.escort("王芳", "approved")
        told = escort_profiles.Proposal("做了八年护士", 8, True)
        async with scenario.storage.transaction() as tx:
            await escort_profiles.propose(tx, escort_id, told, scenario.clock())
            await tx.commit()
        page = await owner.page(f"admin/runners/{escort_id}/")
        return Ready(escort_id, form_of(page, f"runners/{escort_id}/profile/{act}/"))

    return ready


async def order_to_refund(scenario: Scenario, owner: Client) -> Ready:
    return Ready(await scenario.order(), subject_id=1)


def escort(state: str = "approved") -> Preparation:
    async def ready(scenario: Scenario, owner: Client) -> Ready:
        escort_id = await scenario.escort("王芳", state)
        return Ready(escort_id, await hidden_and_not_compared(owner, f"admin/runners/{escort_id}/"))

    return ready


async def escort_who_phones(scenario: Scenario, owner: Client) -> Ready:
    return Ready(await scenario.escort(), {"day": scenario.day(3), "half": "am", "reason": "家里有事"})


async def escort_on_leave(scenario: Scenario, owner: Client) -> Ready:
    escort_id = await scenario.escort()
    when = HalfDays(scenario.day(3), "am")
    await scenario.storage.run(lambda tx: leaves.take(tx, escort_id, when, "", scenario.clock))
    return Ready(escort_id, {"day": when.day, "half": when.half})


def decision(act: str, state: str = "pending") -> Preparation:
    async def ready(scenario: Scenario, owner: Client) -> Ready:
        escort_id = await scenario.escort("王芳", state)
        page = await owner.page(f"admin/runners/{escort_id}/")
        return Ready(escort_id, form_of(page, f"runners/{escort_id}/{act}/"))

    return ready


def refund(state: str = "requested") -> Preparation:
    async def ready(scenario: Scenario, owner: Client) -> Ready:
        order_id = await scenario.order()
        async with scenario.storage.reading() as reader:
            found = await reader.orders.get(order_id)
            assert found is not None
            user = await reader.users.get(found.user_id)
        assert user is not None
        refund_id = await scenario.services.payments.request_refund(
            order_id, user, "临时有事", found.paid_fen
        )
        async with scenario.storage.transaction() as tx:
            await tx.connection.execute("UPDATE refunds SET state = :state", {"state": state})
            await tx.commit()
        return Ready(refund_id)

    return ready


async def case(scenario: Scenario, owner: Client) -> Ready:
    async with scenario.storage.transaction() as tx:
        await tx.finance.open_case("payment_mismatch", "n" * 20, json.dumps({"total": 1}), scenario.clock())
        await tx.commit()
    return Ready(1)


async def day_before(scenario: Scenario, owner: Client) -> Ready:
    scenario.clock.at -= 2 * DAY  # the books begin with the first payment
    await scenario.order()
    scenario.clock.at += 2 * DAY
    day = shanghai_date(scenario.clock() - DAY)
    return Ready("", {"day": day}, subject_id=day)


async def alarm(scenario: Scenario, owner: Client) -> Ready:
    day = shanghai_date(scenario.clock())
    async with scenario.storage.transaction() as tx:
        await tx.alarms.count(
            day, "notification_refused", "unknown_serial", 3, "203.0.113.9", scenario.clock()
        )
        await tx.commit()
    return Ready("", await hidden(owner, "admin/alarms/"), subject_id=day)


async def push_given_up(scenario: Scenario, owner: Client) -> Ready:
    return Ready(await give_up(scenario))
