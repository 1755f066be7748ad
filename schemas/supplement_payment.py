"""Requests about the money of a supplement (补款)."""

from __future__ import annotations

from schemas.base import Input, Text, Whole


class AskSupplementRefund(Input):
    id = Whole(metadata={"description": "of the supplement"})
    reason = Text(1, 80)
    amount = Text(
        1,
        32,
        metadata={"description": "what is wanted, such as ￥120: at most what was paid and did not go back"},
    )
