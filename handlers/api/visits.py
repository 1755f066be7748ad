"""What the family reads of a visit, and says about its report. Who may: ``orders.sharing.access``."""

from __future__ import annotations

import asyncio
from typing import Any

from accounts import consents
from accounts.content import submitting
from handlers.api_handler import ApiHandler
from handlers.errors import not_found
from handlers.operation import operation
from handlers.sealed_downloads import JPEG, send_sealed
from orders.sharing import access
from orders.sharing.access import Act
from orders.visits import reading, records, reports
from orders.visits.reports import Author, Entry
from schemas.content import own_entry_rows
from schemas.user import Done
from schemas.visits import ConsentAnswer, OneVisit, Question, VisitReply, stage_word, visit_row
from storage import Transaction
from storage.models import ContentKind
from wechat.content_checks import Scene


class VisitHandler(ApiHandler):
    @operation(query=OneVisit, reply=VisitReply, auth="user", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any] | None:
        """Steps, report, questions and trouble of a visit. ``version`` changes when anything does: it is also the
        ``ETag``, and 304 is answered to a client that has it (``If-None-Match``), without anything else being read."""
        at = self.now()
        async with self.services.storage.reading() as reader:
            found = await access.find(reader, given["id"], self.caller.id, Act.READ_RECORD)
            facts = await reader.visits.version(found.order.id)
            assert facts is not None  # orders are never deleted
            own = await reader.content.about_order(self.caller.id, ContentKind.QUESTION, found.order.id)
            seen_as = (found.role, stage_word(found.order, at), found.order.escort_id)
            version = reading.version_text(facts, *seen_as, [(each.id, each.state) for each in own])
            self.set_header("ETag", f'"{version}"')
            if version in self.request.headers.get("If-None-Match", ""):
                self.set_status(304)
                await self.finish()
                return None
            visit = await reading.read(reader, found.order)
        row = visit_row(visit, self.services.vault, version, self.caller.id, at)
        return {**row, "entries": own_entry_rows(visit, own, self.services.vault, self.caller.id)}


class PhotoHandler(ApiHandler):
    produces = JPEG

    @operation(auth="user", errors=(404,))
    async def get(self, file: str) -> None:
        """A photo of a visit, to users who may read the visit at this moment."""
        async with self.services.storage.reading() as reader:
            photo = await reader.visits.photo(file)
            if photo is None:
                raise not_found()
            await access.find(reader, photo.order_id, self.caller.id, Act.READ_RECORD)
        await send_sealed(self, self.services.visit_photos, file)


class ConsentHandler(ApiHandler):
    @operation(body=ConsentAnswer, reply=Done, auth="user", errors=(409,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Agree that escorts record notes, photos and a report of the caller's visits, or not any more. Every answer is
        kept with its time and the version of the text. After a withdrawal nothing new is recorded; what there is stays
        readable until it is forgotten, or erased at once with ``erase``."""
        at, agrees = self.now(), given["agree"] == "y"

        async def work(tx: Transaction) -> list[str]:
            await consents.answer(tx, self.caller.id, given["version"], agrees, at)
            erase = given["erase"] == "y" and not agrees
            return await records.erase_of_user(tx, self.caller.id) if erase else []

        files = await self.services.storage.run(work)
        await asyncio.to_thread(self.services.visit_photos.remove, files)
        return {}


class AskHandler(ApiHandler):
    @operation(body=Question, reply=Done, auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Ask about the report, once it is sent: its escort or the office answers. The same ``actionId`` again is the
        same question. One that WeChat finds risky is refused; where WeChat cannot say, it waits for approval
        (``state``)."""
        services, at = self.services, self.now()
        entry = Entry(Author("user", self.caller.id), given["action_id"], given["text"])
        async with services.storage.reading() as reader:
            await access.find(reader, given["id"], self.caller.id, Act.ASK)
        opinion = await services.content.text(self.caller.openid, Scene.COMMENT, entry.text)

        async def work(tx: Transaction) -> bool:
            found = await access.find(tx, given["id"], self.caller.id, Act.ASK)
            return await submitting.ask(tx, services.vault, found.order, entry, opinion, at)

        waits = await services.storage.run(work)
        return {"msg": "已收到，审核后会转给陪诊员"} if waits else {}


class ConfirmHandler(ApiHandler):
    @operation(body=OneVisit, reply=Done, auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """The report has been read; repeating it changes nothing. Without it the report counts as confirmed after some
        days."""
        at = self.now()

        async def work(tx: Transaction) -> None:
            found = await access.lock(tx, given["id"], self.caller.id, Act.ASK)
            await reports.confirm(tx, found.order, at)

        await self.services.storage.run(work)
        return {}


routes = [
    (r"/user/getVisit/", VisitHandler),
    (r"/visits/photos/([0-9a-f]{32}\.jpg)", PhotoHandler),
    (r"/user/giveVisitConsent/", ConsentHandler),
    (r"/user/askReport/", AskHandler),
    (r"/user/confirmReport/", ConfirmHandler),
]
