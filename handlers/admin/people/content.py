"""Nicknames, comments, questions and avatars that WeChat did not let through by itself: the office decides."""

from __future__ import annotations

import asyncio
from typing import Any

from accounts.content import deciding, pictures
from accounts.content.deciding import ContentDecided, Decided, Decision
from catalog.picture_files import file_below
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from handlers.admin.stale_forms import changed_since, fingerprints
from handlers.errors import by_status, not_found
from refusals import Refused
from schemas.content import open_text
from storage import Transaction
from storage.models import ContentCheck, ContentKind, ContentState

PAGE = 30
KIND = {
    ContentKind.NICKNAME: "昵称",
    ContentKind.COMMENT: "评价",
    ContentKind.QUESTION: "家属提问",
    ContentKind.AVATAR: "头像",
}
REASON = {
    "review": "微信建议人工看一下",
    "timeout": "微信没有及时回答",
    "busy": "微信繁忙",
    "unanswered": "没有收到微信的回答",
    "forbidden": "小程序没有内容检查的权限",
    "unreadable": "看不懂微信的回答",
    "no_event": "微信一直没有给出结果",
    "not_fetched": "微信没能下载图片",
    "off": "内容检查已关闭",
    "61010": "微信认为用户不在使用小程序",
}
LABEL = {
    10001: "广告",
    20001: "时政",
    20002: "色情",
    20003: "辱骂",
    20006: "违法犯罪",
    20008: "欺诈",
    20012: "低俗",
    20013: "版权",
}
"""WeChat's numbers for what it found."""


class ContentPage(AdminPage):
    """The list of what waits."""

    section = "users"
    back = "content/"

    async def show(self, opened: dict[int, str] | None = None, problem: str = "") -> None:
        """``opened``: texts that have been opened just now, by check."""
        after = self.page_number("after") or 0
        async with self.services.storage.reading() as reader:
            rows, last = cut(await reader.content.for_office(after, PAGE + 1), PAGE)
            count = await reader.content.count_for_office()
            names = await reader.users.nicknames({each.user_id for each in rows})
        self.render(
            "admin/people/content.html",
            rows=rows,
            count=count,
            names=names,
            kinds=KIND,
            why=_why,
            texts={**self._texts(rows), **(opened or {})},
            mark=lambda check: fingerprints(deciding.basis_of_decision(check)),
            problem=problem,
            now=self.now(),
            **pager("after", first=not after, following=str(last.id) if last else ""),
        )

    def _texts(self, rows: list[ContentCheck]) -> dict[int, str]:
        """What is no more than a name or what everybody would read; a question may tell of an illness."""
        shown = (ContentKind.NICKNAME, ContentKind.COMMENT)
        return {each.id: open_text(each, self.services.vault) for each in rows if each.kind in shown}


class ContentHandler(ContentPage):
    async def get(self) -> None:
        """What waits for the office, the oldest first."""
        await self.show()


class OpenContentHandler(ContentPage):
    async def post(self, check_id: str) -> None:
        """A question in clear: an audited act."""

        async def work(tx: Transaction) -> ContentCheck:
            check = await tx.content.get(int(check_id))
            if check is None or check.state != ContentState.REVIEW or not check.text_sealed:
                raise not_found()
            return check

        check = await self.audited("content.reveal", ("content", int(check_id)), work)
        await self.show({check.id: open_text(check, self.services.vault)})


class DecideContentHandler(ContentPage):
    async def post(self, check_id: str, act: str) -> None:
        """Publish or reject what the page has shown."""
        shown, folders = self.shown_fingerprint(), self.services.folders
        decision = Decision(act == "approve", self.caller.id, self.now())
        check = await self.read_one(lambda reader: reader.content.get(int(check_id)))

        async def work(tx: Transaction) -> Decided:
            decided = await deciding.decide(
                tx, self.services.vault, check.id, decision, lambda now: changed_since(shown, now)
            )
            facts: dict[str, Any] = {"kind": KIND[ContentKind(check.kind)], "user_id": check.user_id}
            await self.audit(tx, f"content.{act}", ("content", check.id), None, facts)
            return decided

        try:
            if decision.approve and check.file:
                there = await asyncio.to_thread(
                    pictures.publish, folders.unchecked, folders.avatars, check.file
                )
                if not there:
                    raise ContentDecided
            decided = await self.services.storage.run(work)
        except Refused as error:
            if decision.approve and check.file:
                await pictures.withdraw(self.services.storage, folders.avatars, check)
            self.form_error(error)
            await self.show(problem=error.message)
            return
        await self.services.content_decided(decided)
        self.redirect_done(self.back, f"content-{act}")


class ContentPictureHandler(ContentPage):
    produces = "image/webp"

    async def get(self, check_id: str) -> None:
        """An avatar that waits, for the office's eyes."""
        check = await self.read_one(lambda reader: reader.content.get(int(check_id)))
        file = file_below(self.services.folders.unchecked, check.file) if check.file else None
        if file is None:
            raise by_status(404)
        self.set_header("Content-Type", "image/webp")
        self.finish(await asyncio.to_thread(file.read_bytes))


def _why(check: ContentCheck) -> str:
    """Why WeChat did not decide, in words."""
    reason = REASON.get(check.reason, f"微信没有检查（{check.reason}）")
    found = LABEL.get(check.label, "")
    return f"{reason}：可能是{found}" if found else reason


CONTENT = r"/admin/content/([0-9]{1,18})"
routes = [
    (r"/admin/content/", ContentHandler),
    (rf"{CONTENT}/reveal/", OpenContentHandler),
    (rf"{CONTENT}/(approve|reject)/", DecideContentHandler),
    (rf"{CONTENT}/picture/", ContentPictureHandler),
]
