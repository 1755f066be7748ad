"""Which subscribe messages a tap asks for. WeChat takes three templates a question, so each occasion has its own."""

from __future__ import annotations

from config import WeChatSettings
from wechat.message_facts import MessageKind, template_of

OCCASIONS: dict[str, tuple[MessageKind, ...]] = {
    "pay": (MessageKind.ESCORT, MessageKind.REMINDER, MessageKind.PAID),
    "order": (MessageKind.MOVED, MessageKind.REMINDER, MessageKind.REPORT),
    "member": (MessageKind.REMINDER, MessageKind.STARTED, MessageKind.REPORT),
    "refund": (MessageKind.REFUND,),
    "escort": (MessageKind.INVITATION, MessageKind.CANCELLED, MessageKind.MOVED),
    "complaint": (MessageKind.COMPLAINT,),
    "invoice": (MessageKind.INVOICE,),
    "job": (MessageKind.REMINDER, MessageKind.MOVED, MessageKind.CANCELLED),
    "supplement": (MessageKind.SUPPLEMENT,),
    "statement": (MessageKind.STATEMENT,),
    "qualification": (MessageKind.QUALIFICATION,),
}
"""``pay``: the tap that pays; ``order``: 有变动提醒我 on an order's page; ``member``: the same where it is shared;
``refund``, ``complaint``, ``invoice``: asking for one; ``escort``: the workbench; ``job``: the page of a job;
``supplement``: 我会准时到 and the order's page of who may pay, and an escort's proposal of a supplement;
``statement``: an escort's pay; ``qualification``: an escort hands a document in."""


def templates_by_occasion(settings: WeChatSettings) -> dict[str, list[str]]:
    """The configured templates of each occasion, each once, the most important first."""
    return {
        occasion: list(dict.fromkeys(filter(None, (template_of(settings, kind)[0] for kind in kinds))))
        for occasion, kinds in OCCASIONS.items()
    }
