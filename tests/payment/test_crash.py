"""What was acknowledged to WeChat survives the death of the server at any moment, and nothing is left half done."""

from __future__ import annotations

import dataclasses
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import ROOT, DatabaseSettings
from payment.books import ledger
from storage import Storage
from storage.models import AttemptState, OrderState

ROUNDS = 6


def _run_and_kill(database: DatabaseSettings, folder: Path, seconds: float) -> list[tuple[str, int]]:
    """What the child had acknowledged when it was killed, so many seconds after its first word."""
    arguments = [json.dumps(dataclasses.asdict(database)), str(folder)]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.payment.settling_child", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    # A last line that was cut short was not an acknowledgement.
    words = [line.split() for line in lines if line.endswith("\n")]
    return [(kind, int(order_id)) for kind, order_id in words]


@pytest.mark.promise(28)
async def test_what_was_acknowledged_survives_kill_nine(
    storage: Storage, database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    chance = random.Random(1)
    acknowledged: list[tuple[str, int]] = []
    for _ in range(ROUNDS):
        acknowledged += _run_and_kill(database_settings, tmp_path, chance.uniform(0.0, 0.4))
    assert acknowledged
    async with storage.reading() as reader:
        for kind, order_id in acknowledged:
            order = await reader.orders.get(order_id)
            assert order is not None
            assert order.state in (OrderState.PAID, OrderState.REFUNDING)
            assert order.paid_fen == order.price_fen
            if kind == "refunded":
                assert order.refunded_fen == 8_800
            steps = [step.to_state for step in await reader.orders.history(order_id)]
            assert steps.count("paid") <= 2
        rows = await reader.connection.fetch_all("SELECT state, paid_at FROM payment_attempts")
    assert all((state == AttemptState.PAID) == (paid_at is not None) for state, paid_at in rows)
    assert await ledger.self_check(storage) == []
