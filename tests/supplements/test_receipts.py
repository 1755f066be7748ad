"""The photo of a receipt: kept once, cleaned and sealed, and shown to those who pay and to its escort."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.product import Product
from tests.members.cards import member
from tests.supplements.scenario import Supplements, begin, mark_paid
from tests.visits.scenario import picture
from tests.visits.test_photos import REFUSED, with_gps


async def with_receipt(product: Product, content: bytes | None = None) -> tuple[Supplements, int, str]:
    """One that the escort has proposed with a receipt; its id and the address of the photo."""
    given = await begin(product)
    action = given.visit.action()
    proposed = await given.propose(actionId=action)
    answer = await given.receipt(action, content)
    assert answer.status_code == 200, answer.text
    return given, proposed["id"], answer.json()["receipt"]


@pytest.mark.promise(35)
async def test_a_receipt_is_kept_sealed_and_without_its_place(product: Product) -> None:
    given, _, address = await with_receipt(product, with_gps())
    shown = await given.visit.escort.send("GET", address)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["cache-control"] == "no-store"
    seen = Image.open(io.BytesIO(shown.content))
    assert seen.size == (200, 300)
    assert not dict(seen.getexif())
    (file,) = (product.settings.data / "documents").iterdir()
    assert file.read_bytes().startswith(f"{product.services.vault.key_id}.".encode())
    assert shown.content[:200] not in file.read_bytes()


@pytest.mark.promise(18, 38)
async def test_who_pays_reads_it_once_it_is_opened_and_who_does_not_never(product: Product) -> None:
    given, supplement_id, address = await with_receipt(product)
    owner, order_id = given.visit.owner, given.visit.order_id
    payer = await member(product, owner, "son", "payer", id=order_id)
    family = await member(product, owner, "daughter", "family", id=order_id)
    other = await apply_as_escort(product, "zhao")
    stranger = await product.login("stranger")
    assert (await owner.send("GET", address)).status_code == 404, "the office looks at it first"
    await given.open(supplement_id)
    (row,) = await given.rows()
    assert row["receipt"] == address
    for reader, status in ((owner, 200), (payer, 200), (given.visit.escort, 200)):
        assert (await reader.send("GET", address)).status_code == status
    for reader in (family, other, stranger):
        assert (await reader.send("GET", address)).status_code == 404
    assert (await (await product.client()).send("GET", address)).status_code == 401
    await given.visit.unassign()
    await given.visit.assign(await escort_of(product, other))
    assert (await given.visit.escort.send("GET", address)).status_code == 404, "taken off"
    assert (await other.send("GET", address)).status_code == 404, "she did not propose it"


async def test_the_same_receipt_sent_again_or_at_once_is_one(product: Product) -> None:
    given = await begin(product)
    action = given.visit.action()
    await given.propose(actionId=action)
    answers = await asyncio.gather(*(given.receipt(action) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["repeated"] for answer in answers) == [False, True, True, True]
    assert (await given.receipt(action, picture((8, 8)))).json()["repeated"] is True
    assert len(list((product.settings.data / "documents").iterdir())) == 1


async def test_a_receipt_belongs_to_a_proposal_that_is_there_and_not_settled(product: Product) -> None:
    given = await begin(product)
    answer = await given.receipt("a-proposal-not-there")
    assert (answer.status_code, answer.json()["error"]) == (404, "supplement_not_found")
    action = given.visit.action()
    supplement_id = (await given.propose(actionId=action))["id"]
    await given.open(supplement_id)
    await mark_paid(product, supplement_id)
    answer = await given.receipt(action)
    assert (answer.status_code, answer.json()["error"]) == (409, "supplement_state")
    other = await begin(product, "2")
    assert (await given.receipt(action, by=other.visit.escort)).status_code == 404
    folder = product.settings.data / "documents"
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_no_photo_is_refused_and_leaves_nothing(product: Product, what: str) -> None:
    given = await begin(product)
    action = given.visit.action()
    await given.propose(actionId=action)
    content, word = REFUSED[what]
    before = await product.contents()
    files = {"file": ("x.jpg", content(), "image/jpeg")}
    query = {"id": given.visit.order_id, "actionId": action}
    answer = await given.visit.escort.send("POST", "escort/supplementReceipt/", params=query, files=files)
    assert (answer.status_code, answer.json()["error"]) == (400, "not_a_picture")
    assert word in answer.json()["msg"]
    assert await product.contents() == before
    assert not (product.settings.data / "documents").exists()
