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
from typing import Any

import pytest

import storage.mysql
import tests.databases
from config import DatabaseSettings
from storage.mysql import MySQLStorage
from storage.mysql_nodes import read_nodes
from tests.cluster.galera import Cluster

AT_ONCE = re.compile(
    "at_once|at_the_same|same_moment|simultaneous|twenty|taps|of_two|of_many|processes|last_place|many_times|sent_twice"
)

BY_FIXED_IDS = re.compile(
    "test_two_first_requests|test_a_new_hospital_is|test_only_three_of|test_of_two_owners_who_decide_about_a_user|"
    "test_an_export_of_many_rows"
)
"""Tests that call a row by the id that it has where ids go up by one."""


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
