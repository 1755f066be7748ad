"""What WeChat pushes (消息推送): the check of this address, and events. WeChat wants ``success`` and nothing around it;
a refusal has the shape of every other one."""

from __future__ import annotations

import asyncio

from accounts.security_events import SecurityEvent
from handlers.api_handler import ApiHandler
from handlers.body import parse_form
from handlers.errors import ApiError, as_api_error, by_status
from handlers.wechat.notifications import ANSWER_WITHIN_SECONDS
from wechat.push.envelope import PushReceiver
from wechat.push.refusals import PushRefused

PUSH_REFUSED = SecurityEvent.PUSH_REFUSED.value


class PushHandler(ApiHandler):
    """Verification, one short transaction, ``success``. Without a token in the settings there is no such address."""

    produces = "text/plain"
    receiver: PushReceiver

    async def prepare(self) -> None:
        self.set_header("Cache-Control", "no-store")
        if self.services.push_receiver is None:
            raise by_status(404)
        self.receiver = self.services.push_receiver
        self.query_fields = parse_form(self.request.query.encode())

    async def get(self) -> None:
        """WeChat's question whether this address is ours: its ``echostr``, where the signature is right."""
        try:
            echo = self.receiver.check_address(self.query_fields)
        except PushRefused as error:
            raise self._refused(error) from error
        self._say(echo)

    async def post(self) -> None:
        """A pushed message: an event is stored and worked on a moment later, anything else only acknowledged."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                message = self.receiver.open(self.query_fields, self.request.body)
                await self.services.pushes.accept(message, self.receiver.proves_messages)
        except PushRefused as error:
            raise self._refused(error) from error
        except TimeoutError as error:
            raise ApiError(503, "busy", "") from error
        except Exception as error:
            if as_api_error(error) is None:
                raise
            raise ApiError(503, "try_again", "") from error
        self._say("success")

    def _say(self, text: str) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(text)

    def _refused(self, error: PushRefused) -> ApiError:
        """A trace of the refusal, and its answer."""
        self.record(SecurityEvent.PUSH_REFUSED, error.slug)
        self.services.security.refused_pushes.labels(error.slug).inc()
        self.services.alarms.note(PUSH_REFUSED, error.slug, self.client_address)
        return ApiError(error.http_status, error.slug, "不能证明这是微信发来的消息")


routes = [(r"/wechat/push/", PushHandler)]
