"""The cluster of this run, and a storage on each of its nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from tornado.ioloop import IOLoop

from config import DatabaseSettings
from storage import Storage, open_storage
from tests.cluster.galera import Cluster, running_cluster
from tests.databases import MySQLTemplate


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def cluster_template(cluster: Cluster) -> MySQLTemplate:
    return MySQLTemplate(cluster.nodes[0], "template")


@pytest.fixture
def node_settings(cluster: Cluster, cluster_template: MySQLTemplate) -> list[DatabaseSettings]:
    """Of a server on each node; the database is migrated and empty."""
    settings = dataclasses.replace(cluster_template.settings(), cluster=True)
    return [dataclasses.replace(settings, host=node.host, port=node.port) for node in cluster.nodes]


@pytest.fixture
def storages(node_settings: list[DatabaseSettings], io_loop: IOLoop) -> Iterator[list[Storage]]:
    """One on each node."""
    opened = [open_storage(settings) for settings in node_settings]
    for storage in opened:
        io_loop.run_sync(storage.open)
    yield opened
    for storage in opened:
        io_loop.run_sync(storage.close)
