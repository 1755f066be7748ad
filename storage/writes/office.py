"""Claims of orders that the office entered."""

from __future__ import annotations

from frozen_dataclasses import frozen


@frozen(slots=True)
class NewClaim:
    order_id: int
    token_hash: str
    code_hash: str
    created_by: int
    created_at: int
    expires_at: int
