"""The event ``wxa_media_check``: what WeChat says about a picture that it was asked about.

It may come before the answer to our own question, twice, or never: it is only kept here, and the rounds
(``accounts.content.rounds``) bring it together with its picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage import Transaction
from storage.models import ContentVerdict
from wechat.content_checks import Opinion, Suggest, opinion_of
from wechat.push.events import PushedEvent, text

NOT_FETCHED = "-1008"
MAX_TRACE_ID = 64


async def take(tx: Transaction, event: PushedEvent) -> None:
    """Keep what the event says; the first one about a picture counts."""
    trace_id = text(event.fields, "trace_id")
    if not 0 < len(trace_id) <= MAX_TRACE_ID or not trace_id.isascii():
        return
    opinion = event_opinion(event.fields)
    verdict = ContentVerdict(trace_id, opinion.suggest, opinion.reason, opinion.label, event.created_at)
    await tx.content.add_verdict(verdict)


def event_opinion(fields: Mapping[str, Any]) -> Opinion:
    """Pushed numbers are texts. An ``errcode`` other than 0 says nothing about the picture."""
    errcode = text(fields, "errcode")
    if errcode not in ("", "0"):
        reason = "not_fetched" if errcode == NOT_FETCHED else errcode[:32]
        return Opinion(Suggest.REVIEW, reason)
    result = fields.get("result")
    result = dict(result) if isinstance(result, Mapping) else {}
    label = text(result, "label")
    result["label"] = int(label) if label.isascii() and label.isdigit() and len(label) < 9 else 0
    return opinion_of({"result": result})
