"""Starting and stopping, as an operator does it."""

from __future__ import annotations

import httpx

from tests.served import Served, served

__all__ = ["served"]


def test_a_server_starts_answers_and_ends_with_zero(served: Served) -> None:
    answer = httpx.get(f"{served.root}healthz/", trust_env=False)
    assert answer.status_code == 200
    assert len(served.password) >= 10
