"""What users answer: to reminders of a visit, and to the question which messages may come."""

from __future__ import annotations

from typing import Any

from handlers.api.orders import OrderHandler
from handlers.api_handler import ApiHandler
from handlers.operation import operation
from orders.expected_messages import expected
from orders.sharing.access import Act
from orders.visits import reminders
from refusals import AccountClosed, OrderNotFound
from schemas.messages import MessageAnswers, MessagesReply, message_row
from schemas.user import Done, OneId
from storage import Transaction
from storage.models import SupplementState
from wechat import permissions
from wechat.message_facts import template_of


class ConfirmVisitHandler(OrderHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """我会准时到: the user or a member confirms the visit; repeating it changes nothing. 409
        ``visit_not_confirmable`` before an escort is assigned and after the visit has begun."""
        at = self.now()
        await self.services.storage.run(lambda tx: reminders.confirm(tx, given["id"], self.caller.id, at))
        return {"msg": "好的，我们知道您会准时到"}


class MessageAnswersHandler(ApiHandler):
    @operation(body=MessageAnswers, reply=Done, auth="user")
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the user answered to ``wx.requestSubscribeMessage``: each ``accept`` permits one more message."""
        settings, at = self.services.settings.wechat, self.now()

        async def take(tx: Transaction) -> None:
            if not await tx.users.lock_living(self.caller.id):
                raise AccountClosed
            await permissions.take_answers(tx, settings, self.caller.id, given["answers"], at)

        await self.services.storage.run(take)
        return {}


class MessagesHandler(OrderHandler):
    @operation(query=OneId, reply=MessagesReply, auth="user", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """Which messages may still come about an order, to the caller, and for how many of each WeChat has leave."""
        found = await self.access(given["id"], Act.READ)
        if found.role is None:
            raise OrderNotFound
        settings = self.services.settings
        async with self.services.storage.reading() as reader:
            report = await reader.reports.get(found.order.id)
            supplements = await reader.supplements.of_order(found.order.id)
            known = {each.kind: each for each in await reader.permissions.of_user(self.caller.id)}
        times = reminders.ReminderTimes.of(settings.visits)
        sent = report is not None and report.sent_at is not None
        to_pay = any(each.state in (SupplementState.OPEN, SupplementState.DISPUTED) for each in supplements)
        rows = []
        for message in expected(found, times, self.now(), reported=sent, supplement=to_pay):
            template_id = template_of(settings.wechat, message.kind)[0]
            if counted := permissions.counted_kind(settings.wechat, template_id):
                rows.append(message_row(message, template_id, known.get(counted)))
        return {"data": rows}


routes = [
    (r"/user/confirmVisit/", ConfirmVisitHandler),
    (r"/user/messageAnswers/", MessageAnswersHandler),
    (r"/user/getMessages/", MessagesHandler),
]
