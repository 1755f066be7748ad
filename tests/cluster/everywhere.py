"""Other folders' tests on the cluster: ``pytest -p tests.cluster.everywhere tests/payment``.

Every connection that the product asks for is on another node than the one before it, so two transactions at the same
time are hardly ever on the same. Of the tests that touch MariaDB those are taken whose names say that many want
something at once; ``everywhere.txt`` lists their files.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import storage.mysql
import tests.databases
from config import DatabaseSettings
from storage.mysql import MySQLStorage
from storage.mysql_nodes import read_nodes
from tests.cluster.galera import Cluster

FILES = Path(__file__).with_name("everywhere.txt")
AT_ONCE = re.compile(
    "at_once|at_the_same|same_moment|simultaneous|twenty|taps|of_two|of_many|processes|last_place|many_times|sent_twice"
)

BY_FIXED_IDS = re.compile(
    "test_two_first_requests|test_a_new_hospital_is|test_only_three_of|test_of_two_owners_who_decide_about_a_user|"
    "test_an_export_of_many_rows"
)
"""Tests that call a row by the id that it has where ids go up by one."""

MUST_RACE = {
    "one unpaid order of a user": "test_twenty_taps_on_as_many_processes_give_one_order_and_one_number",
    "one unpaid order of a patient": "test_twenty_taps_for_two_patients_on_as_many_processes_give_two_orders",
    "one open payment attempt": "test_twenty_taps_of_owner_and_payer_leave_one_open_attempt",
    "one payment": "test_twenty_first_notifications_at_once_are_one_payment_too",
    "one acceptance of an invitation": "test_of_twenty_escorts_who_accept_at_once_exactly_one_has_the_order",
    "one order in a half-day": "test_one_escort_who_accepts_twenty_orders_of_one_half_day_gets_one",
    "the last place of a day": "test_of_twenty_who_want_the_last_place_at_once_exactly_one_has_it",
    "one refund of a form": "test_a_refund_form_that_is_sent_many_times_refunds_once",
    "one refund of what is left": "test_of_two_who_give_the_rest_back_at_once_one_succeeds",
    "one refund sent": "test_several_processes_send_a_refund_once",
    "limits": "test_twenty_at_once_take_no_more_than_there_is",
    "limits of servers": "test_logins_and_payments_are_counted_by_all_processes_together",
    "sessions": "test_the_same_person_logging_in_twenty_times_at_once_is_one_user",
    "a message": "test_two_processes_never_send_the_same_message",
    "a statement": "test_of_two_owners_who_issue_at_once_one_does",
    "a month of the books": "test_a_month_is_closed_once_when_two_close_it_at_the_same_time",
}
"""What only one may win: a run of all files without one of these proves too little."""


class RotatingStorage(MySQLStorage):
    """All nodes at once, one after the other."""

    def __init__(self, *address: Any, other_hosts: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*address, **options)
        nodes = read_nodes(address[0], address[1], other_hosts)
        self._each = [MySQLStorage(*node, *address[2:], **options) for node in nodes]
        self._next = itertools.cycle(self._each)

    async def open(self) -> None:
        for each in self._each:
            await each.open()

    async def close(self) -> None:
        for each in self._each:
            await each.close()

    async def _take(self) -> Any:
        return await next(self._next)._take()

    def _give_back(self, raw: Any) -> None:
        [used] = [each for each in self._each if raw in each._used]
        used._give_back(raw)


def pytest_configure(config: pytest.Config) -> None:
    cluster = Cluster()
    config.add_cleanup(cluster.stop)
    cluster.start()
    config.private_mariadb = cluster.nodes[0]  # type: ignore[attr-defined]
    storage.mysql.MySQLStorage = RotatingStorage  # type: ignore[misc]
    address = tests.databases.MySQLTemplate._address

    def on_all_nodes(template: Any) -> DatabaseSettings:
        others = [f"{node.host}:{node.port}" for node in cluster.nodes[1:]]
        return dataclasses.replace(address(template), cluster=True, other_hosts=others)

    tests.databases.MySQLTemplate._address = on_all_nodes  # type: ignore[assignment, method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def is_wanted(item: pytest.Item) -> bool:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        on_mysql = parameters.get("engine") == "mysql" and not BY_FIXED_IDS.match(item.name)
        return on_mysql and AT_ONCE.search(item.name) is not None

    left_out = [item for item in items if not is_wanted(item)]
    items[:] = [item for item in items if is_wanted(item)]
    config.hook.pytest_deselected(items=left_out)
    names = {getattr(item, "originalname", item.name) for item in items}
    missing = [what for what, name in MUST_RACE.items() if name not in names]
    if missing and set(FILES.read_text("utf-8").split()) <= set(config.args):
        raise pytest.UsageError(f"no test lets two nodes race for: {', '.join(missing)}")
