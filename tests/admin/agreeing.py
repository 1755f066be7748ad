"""A WeChat that agrees to whatever an administrator asks of it."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.services import Services
from payment.reconciliation.reconcile import Reconciliation
from payment.settlement import Settled
from storage.models import RefundState


@pytest.fixture
def wechat_agrees(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of everything that would ask WeChat: what the page wants written with the answer is written."""

    def answering(outcome: Any) -> Any:
        async def agreed(*given: Any) -> Any:
            for hook in filter(callable, given):
                await services.storage.run(lambda tx, hook=hook: hook(tx, outcome))  # type: ignore[misc]
            return outcome

        return agreed

    outcomes = {
        "query_payment": Settled.PAID,
        "retry_refund": RefundState.SUCCEEDED,
        "withdraw_refund": RefundState.CLOSED,
        "review_mismatch": Settled.PAID,
        "release_mismatch": None,
        "reconcile": Reconciliation("2026-11-18", 0, 0, 0, 0, 0),
    }
    for name, outcome in outcomes.items():
        monkeypatch.setattr(services.payments, name, answering(outcome))
