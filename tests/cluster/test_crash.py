"""People buy, pay and cancel through three servers while nodes are killed and frozen: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bench.cluster import cluster_crash

PAYMENTS = 60
STRIKES = 3
MAX_WAIT_MS = 20_000
"""So long nobody may be told that an order was placed: the others wait 3 to 6 s for a node that does not answer, a
statement waits 5 s, and people ask again after a moment."""


@pytest.mark.promise(28, 38, 44)
def test_purchases_survive_a_killed_node_a_frozen_node_and_a_killed_server(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    report = asyncio.run(cluster_crash(PAYMENTS, STRIKES, seed, tmp_path))
    assert not report.violations, report.text()
    assert report.counts["payments"] >= PAYMENTS
    paid = report.counts["payments"] + report.counts["supplements paid"]
    assert report.counts["payments in the ledger"] + report.counts["offline_payments in the ledger"] == paid
    strikes = ("nodes killed", "nodes frozen", "servers killed")
    assert [report.counts[name] for name in strikes] == [1, 1, 1], report.text()
    assert report.counts["longest wait for a write, ms"] < MAX_WAIT_MS, report.text()
