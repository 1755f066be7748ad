"""Script errors of the mini-program, which happen where nobody sees them."""

from __future__ import annotations

import logging
import re
from typing import Any

from marshmallow import fields

from handlers.api_handler import ApiHandler
from handlers.operation import operation
from schemas.base import Input, Output, Text

logger = logging.getLogger("hospital.client")

PER_MINUTE = 6
"""Of one network: a broken page repeats itself."""
LONG_NUMBER = re.compile(r"\d{5,}")
QUOTED = re.compile(r"(['\"“]).{1,200}?(['\"”])")


class ClientError(Input):
    """What broke, and where; never what a user has typed."""

    message = Text(1, 500)
    page = Text(0, 100, load_default="", pattern=r"^[\w/-]*$", metadata={"description": "without its query"})
    version = Text(0, 32, load_default="", metadata={"description": "of the mini-program"})
    system = Text(0, 64, load_default="", metadata={"description": "such as iOS 17, WeChat 8.0.50"})


class ClientErrorReply(Output):
    kept = fields.Boolean(required=True)


def without_personal_data(text: str) -> str:
    """Numbers of five digits and more, and what stands in quotes, are left out: an error may repeat a value."""
    return LONG_NUMBER.sub("#", QUOTED.sub(r"\1…\2", text)).replace("\n", " ⏎ ")


class ClientErrorsHandler(ApiHandler):
    @operation(body=ClientError, reply=ClientErrorReply, errors=(429,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Tell of a script error. It is a line of the log, without the sender and without numbers or quoted values."""
        self.limit("client_errors", self.network, PER_MINUTE)
        logger.warning(
            "script error on %s (%s, %s): %s",
            given["page"] or "?",
            without_personal_data(given["version"]) or "?",
            without_personal_data(given["system"]) or "?",
            without_personal_data(given["message"]),
        )
        return {"kept": True}


routes = [(r"/client/errors/", ClientErrorsHandler)]
