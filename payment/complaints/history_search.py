"""Whether WeChat has an act of which no reply came: looked for in the complaint's history, or in its detail."""

from __future__ import annotations

from clock import MINUTE
from payment.wechatpay.complaint_replies import PROCESSED, Negotiated
from payment.wechatpay.complaints import ComplaintCalls
from privacy import COMPLAINT_ENTRY, Vault
from storage import Reader, Storage
from storage.models.wechat_complaints import (
    ComplaintAct,
    ComplaintActKind,
    ComplaintActState,
    WeChatComplaint,
)

CLOCKS_DIFFER = 2 * MINUTE


class HistorySearch:
    def __init__(self, storage: Storage, calls: ComplaintCalls, vault: Vault) -> None:
        self._storage = storage
        self._calls = calls
        self._vault = vault

    async def has(self, act: ComplaintAct, row: WeChatComplaint) -> bool:
        """Does the history have one more such entry than acts that are known to have been carried out? Raises
        GatewayError."""
        if act.kind == ComplaintActKind.COMPLETE:
            return (await self._calls.detail(row.external_id)).state == PROCESSED
        history = await self._calls.history(row.external_id)
        text, since = self._open(act.text_sealed), (act.sent_at or act.created_at) - CLOCKS_DIFFER
        found = [entry for entry in history if entry.at >= since and _is_of(entry, act, text)]
        async with self._storage.reading() as reader:
            known = [
                other
                for other in await reader.wechat_complaints.acts(act.complaint_id)
                if other.kind == act.kind
                and other.state == ComplaintActState.DONE
                and (other.sent_at or 0) >= since
                and _same(await self._said_by(reader, other), text)
            ]
        return len(found) > len(known)

    async def _said_by(self, reader: Reader, done: ComplaintAct) -> str:
        """What was said joined the entries of the complaint."""
        entry = await reader.complaints.entry_of_action("admin", done.admin_id, done.action_id)
        return self._open(entry.text_sealed) if entry is not None else ""

    def _open(self, sealed: str) -> str:
        return self._vault.open(sealed, COMPLAINT_ENTRY) if sealed else ""


def _is_of(entry: Negotiated, act: ComplaintAct, text: str) -> bool:
    """Is an entry of the history this act? WeChat spells its kinds in more than one way."""
    kind = entry.kind.upper()
    match act.kind:
        case ComplaintActKind.ANSWER:
            return "RESPONSE" in kind and "USER" not in kind and _same(entry.text, text)
        case ComplaintActKind.REJECT:
            return ("REJECT" in kind or "REFUSE" in kind) and _same(entry.text, text)
        case ComplaintActKind.APPROVE:
            return "APPROVE" in kind
    return False


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())
