"""What users write and what becomes of it."""

from __future__ import annotations

from typing import Any

from accounts.content import deciding
from accounts.content.deciding import Decided, Decision
from orders import serving
from storage.models import Actor, ContentCheck, ContentKind
from tests.http.client import Client
from tests.http.product import Product
from tests.visits.scenario import Visit, begin_visit

FINE, RISKY, UNSURE = "都很满意", "一起赌博吧", "想要的加微信"
"""As the stand-in's lists of words have it."""


async def nickname(user: Client, text: str, status: int = 200) -> Any:
    return await user.post("user/setAvatarAndNickname/", status, nickname=text, avatarURL="")


async def me(user: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await user.get("user/me/"))["user"]
    return found


async def finished_visit(product: Product) -> Visit:
    """A visit whose order may be rated."""
    visit = await begin_visit(product)
    at = product.clock()
    await product.storage.run(lambda tx: serving.finish(tx, visit.order_id, Actor("admin", 1), at))
    return visit


async def visit_with_report(product: Product) -> Visit:
    visit = await begin_visit(product)
    await visit.send_report()
    return visit


async def rating(visit: Visit) -> dict[str, Any]:
    found: dict[str, Any] = (await visit.owner.get("user/getOrder/", id=visit.order_id))["order"]["rating"]
    return found


async def waiting(product: Product) -> list[ContentCheck]:
    async with product.storage.reading() as reader:
        return await reader.content.for_office(0, 100)


async def decide(product: Product, check_id: int, approve: bool, by: int = 1) -> Decided:
    decision = Decision(approve, by, product.clock())
    vault = product.services.vault
    decided = await product.storage.run(lambda tx: deciding.decide(tx, vault, check_id, decision))
    await product.services.content_decided(decided)
    return decided


async def published_nickname(product: Product, openid_of: str) -> str:
    """What others read."""
    openid = product.sandbox.login.openid_for(openid_of)
    async with product.storage.reading() as reader:
        user = await reader.users.by_openid(openid)
    assert user is not None
    return user.nickname


def kinds(checks: list[ContentCheck]) -> list[str]:
    return [str(ContentKind(each.kind)) for each in checks]
