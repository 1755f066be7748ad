"""The model test with a fixed budget and fixed seed, on both engines. ``make soak`` runs the same for longer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tornado.ioloop import IOLoop

from config import DatabaseSettings
from tests.model.machine import PaymentModel
from tests.model.system_factory import SystemFactory, make_keys

RUNS = {"sqlite": 12, "mysql": 7}
STEPS = 40


@pytest.fixture(scope="session")
def sandbox_identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_keys(tmp_path_factory.mktemp("model-keys"))


@pytest.fixture
def systems(
    engine: str, io_loop: IOLoop, tmp_path: Path, sandbox_identity: Path, request: pytest.FixtureRequest
) -> SystemFactory:
    template = request.getfixturevalue(f"{engine}_template")

    def fresh_database(folder: Path) -> DatabaseSettings:
        return template.settings() if engine == "mysql" else template.settings(folder)

    return SystemFactory(io_loop.asyncio_loop, tmp_path, sandbox_identity, fresh_database, Counter())  # type: ignore[attr-defined]


LEAST = {
    "total: payments": 11,
    "total: refunds": 6,
    "total: paid for another": 1,
    "total: supplements paid": 4,
    "total: supplements refunded": 1,
    "total: offline receipts": 6,
    "total: offline reversals": 1,
    "total: offline refunds": 1,
}
"""What has to happen before a run says anything: a model that only idles would be green as well."""

ROUNDS = 5
"""How often all of it may be repeated with another seed. Tasks run beside each other: no seed gives the same twice."""


@pytest.mark.promise(5, 8, 9, 10, 11, 12, 13, 16, 30, 33, 38)
def test_no_order_of_events_loses_doubles_or_invents_money(systems: SystemFactory, engine: str) -> None:
    for number in range(ROUNDS):
        model = seed(number)(lambda: PaymentModel(systems.loop, systems.open, systems.close))
        run_state_machine_as_test(
            cast(Any, model),
            settings=settings(
                max_examples=RUNS[engine],
                stateful_step_count=STEPS,
                database=None,
                deadline=None,
                print_blob=False,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )
        if not (missing := {what for what, least in LEAST.items() if systems.counts[what] < least}):
            return
    pytest.fail(f"happened too seldom: {sorted(missing)} of {dict(systems.counts)}")
