"""What opens the mini-program for the customer of an order by phone: a link in a text message, a code to be scanned.

Both carry the claim's token, so they are made while it is shown, and asked of WeChat after the claim is stored: without
them the claim's code still works.
"""

from __future__ import annotations

import asyncio
import base64

from frozen_dataclasses import frozen
from handlers.services import Services
from orders.sharing.claims import NewSecrets
from schemas.claims import CLAIM_PAGE
from wechat import links
from wechat.links import NoLink

PATIENCE_SECONDS = 6
"""A clerk waits so long for WeChat, with the customer on the phone."""


@frozen()
class Opening:
    """``url``, ``picture`` (a data: address): empty where WeChat gave none; then the problem says why. ``until``: UTC
    ms, when the link ends."""

    url: str = ""
    until: int = 0
    url_problem: str = ""
    picture: str = ""
    picture_problem: str = ""

    @property
    def problems(self) -> list[str]:
        return list(dict.fromkeys(each for each in (self.url_problem, self.picture_problem) if each))


async def openings(services: Services, made: NewSecrets, at: int) -> Opening | None:
    """Both for a claim that has just been made or is still shown; None where they are not used."""
    if not services.settings.wechat.links:
        return None
    page, _, query = CLAIM_PAGE.format(made.token).partition("?")
    (url, until, url_problem), (picture, picture_problem) = await asyncio.gather(
        link_to(services, page, query, made.expires_at, at), _picture(services, page, query)
    )
    return Opening(url, until, url_problem, picture, picture_problem)


async def link_to(
    services: Services, page: str, query: str, expires_at: int, at: int
) -> tuple[str, int, str]:
    """A link for one text message: its address, until when it works (UTC ms), and why there is none."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            made = await links.url_link(services.wechat, page, query, expires_at, at)
    except NoLink as problem:
        return "", 0, problem.message
    except TimeoutError:
        return "", 0, links.UNANSWERED
    return made.url, made.expires_at, ""


async def _picture(services: Services, page: str, scene: str) -> tuple[str, str]:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            picture = await links.code_picture(services.wechat, page, scene)
    except NoLink as problem:
        return "", problem.message
    except TimeoutError:
        return "", links.UNANSWERED
    return f"data:{picture.kind};base64,{base64.b64encode(picture.content).decode()}", ""
