"""An account that is closed while a request of its user is on its way: nothing is added behind the closing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from accounts.consents import VISIT_RECORD_VERSION
from handlers.api_handler import ApiHandler
from tests.after_sales.complaining import TEXT, complain
from tests.after_sales.invoicing import COMPANY, finish
from tests.http.client import PATIENT, Client, id_number, order_fields
from tests.http.product import Product
from tests.http.uploading import picture
from tests.members.cards import card
from tests.members.test_claims import entered
from tests.visits.scenario import Visit, begin_visit, record_everything

Fields = dict[str, Any]
ACTION = "action-behind-the-closing"


async def someones_card(visit: Visit) -> Fields:
    host = await visit.product.login("host")
    return {"token": await card(host, patientId=await host.add_patient())}


async def order_of_the_office(visit: Visit) -> Fields:
    return {"code": (await entered(visit.product))[1].code}


async def own_complaint(visit: Visit) -> Fields:
    return {"id": (await complain(visit.owner, visit.order_id))["id"], "actionId": ACTION, "text": TEXT}


async def served_order(visit: Visit) -> Fields:
    await finish(visit.product, visit.order_id)
    return {"id": visit.order_id}


async def another_order(visit: Visit) -> Fields:
    patient = await visit.owner.add_patient(idcard=id_number(7), name="李二")
    return order_fields(patient, visit.product.day(), perPatient="y")


async def sent_report(visit: Visit) -> Fields:
    await record_everything(visit)
    return {"id": visit.order_id, "actionId": ACTION, "text": "还要复查吗"}


def given(**fields: Any) -> Callable[[Visit], Awaitable[Fields]]:
    async def ready(visit: Visit) -> Fields:
        return {name: visit.order_id if value is Visit else value for name, value in fields.items()}

    return ready


SENT: dict[str, Callable[[Visit], Awaitable[Fields]]] = {
    "user/add1friend/": given(**{**PATIENT, "idcard": id_number(8)}),
    "user/create1order/": another_order,
    "user/setAvatarAndNickname/": given(avatarURL="", nickname="小李"),
    "user/apply2be1caregiver/": given(name="李四", phone="13811113333"),
    "user/giveVisitConsent/": given(version=VISIT_RECORD_VERSION, agree="n"),
    "user/inviteMember/": given(id=Visit, role="family"),
    "user/acceptInvitation/": someones_card,
    "user/claimOrder/": order_of_the_office,
    "user/complain/": given(id=Visit, kind="escort", actionId=ACTION, text=TEXT),
    "user/addToComplaint/": own_complaint,
    "user/rate1order/": served_order,
    "user/requestInvoice/": served_order,
    "user/askReport/": sent_report,
    "user/messageAnswers/": given(answers='{"no-template-of-ours": "accept"}'),
}
MORE: dict[str, Fields] = {
    "user/rate1order/": {"stars": 5, "comment": "很耐心"},
    "user/requestInvoice/": COMPANY,
}
OWN_WORDS = {"user/create1order/": (409, "order_not_payable", "账号已停用或已注销，不能下单")}
"""Where more is told than that one has to log in."""
UPLOADED = {"user/avatar/": "avatar", f"user/complaintPhoto/?actionId={ACTION}": "file"}


@pytest.fixture
def closing(product: Product, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Closes the account of each user whose id is put in here, as soon as the request has been let in."""
    closed: list[int] = []
    let_in = ApiHandler.prepare

    async def prepare(handler: ApiHandler) -> None:
        await let_in(handler)
        if handler.user is not None and handler.user.id in closed:
            user_id, at = handler.user.id, product.clock()
            await product.storage.run(lambda tx: tx.users.set_disabled(user_id, at))

    monkeypatch.setattr(ApiHandler, "prepare", prepare)
    return closed


async def stored(product: Product) -> dict[str, Any]:
    """Everything but when the user was disabled."""
    return {table: rows for table, rows in (await product.contents()).items() if table != "users"}


async def names(product: Product) -> list[Any]:
    async with product.storage.reading() as reader:
        return list(await reader.connection.fetch_all("SELECT id, nickname, avatar_file FROM users"))


@pytest.mark.parametrize("path", SENT)
async def test_what_a_closed_account_sends_is_answered_like_a_strangers_and_kept_nowhere(
    product: Product, closing: list[int], path: str
) -> None:
    visit = await begin_visit(product)
    fields = {**await SENT[path](visit), **MORE.get(path, {})}
    before, named = await stored(product), await names(product)
    closing.append(1)
    status, slug, sentence = OWN_WORDS.get(path, (401, "unauthorized", "请先登录"))
    refused = await visit.owner.post(path, status, **fields)
    assert (refused["error"], refused["msg"]) == (slug, sentence)
    assert (await stored(product), await names(product)) == (before, named)


@pytest.mark.parametrize("path", SENT)
async def test_the_same_is_done_for_who_stays(product: Product, closing: list[int], path: str) -> None:
    """What is refused above is refused for nothing else."""
    visit = await begin_visit(product)
    fields = {**await SENT[path](visit), **MORE.get(path, {})}
    await visit.owner.post(path, **fields)


@pytest.mark.parametrize("checked", [False, True], ids=["", "with content checks"])
@pytest.mark.parametrize("path", UPLOADED)
async def test_the_picture_of_a_closed_account_is_not_kept(
    product: Product, closing: list[int], monkeypatch: pytest.MonkeyPatch, path: str, checked: bool
) -> None:
    monkeypatch.setattr(product.services.content, "enabled", checked)
    user: Client = await product.login("li")
    known = set(product.settings.data.rglob("*"))

    def new_files() -> list[str]:
        found = set(product.settings.data.rglob("*")) - known
        return [each.name for each in found if each.suffix in (".webp", ".jpg")]

    async def send(status: int) -> None:
        content = {UPLOADED[path]: ("me.png", picture(), "image/png")}
        assert (await user.send("POST", path, files=content)).status_code == status

    before = await stored(product)
    closing.append(1)
    await send(401)
    assert (await stored(product), new_files()) == (before, [])
    closing.clear()
    await product.storage.run(lambda tx: tx.users.set_disabled(1, None))
    await send(200)
    assert len(new_files()) == 1
