"""What is going on in both households: of each thing there are two, which belong to different users and escorts."""

from __future__ import annotations

from typing import Any, cast

from clock import DAY, HOUR, MINUTE
from orders import serving
from orders.escort_pay import months, statements
from orders.escorts import profiles, qualifications
from orders.escorts.profiles import Proposal
from orders.escorts.qualifications import Document
from orders.supplements import proposing
from orders.supplements.proposing import Receipt
from payment.invoicing import issuing, requests
from payment.invoicing.amounts import read_sum
from payment.invoicing.requests import Wanted
from payment.transfers.service import Transfers
from payment.transfers.starting import Start
from storage import Transaction
from storage.models import InvoiceKind, QualificationKind, StepKind, TroubleKind
from storage.writes import NewRating
from tests.answers.booking_scenes import (
    asked_back,
    cancelled,
    name_of,
    nothing,
    ordered,
    paid,
    pay_each,
    pay_supplements,
    paying,
    unpaid,
)
from tests.answers.house import House
from tests.http.uploading import picture
from tests.orders.complaints import answer, complain
from tests.orders.pay import correct, rule
from tests.orders.scene import ADMIN, NOON
from tests.orders.supplements import open_it, propose
from tests.orders.visits import BEGIN, ask, photo, press, save, sent_reports, trouble, visit_of_each
from tests.transfers.fake import FakeTransfers

__all__ = ["asked_back", "cancelled", "name_of", "nothing", "ordered", "paid", "paying", "unpaid"]


async def served(house: House) -> None:
    """Each order has its escort, weeks before the visit; their documents and profiles wait for the office."""
    scene = house.scene
    await scene.served()
    await pay_each(house)
    await _jobs(house)
    for place, escort in enumerate(scene.escorts[:2]):
        document = Document(QualificationKind.HEALTH, "2026-11-30", name_of(20 + place), 4)
        await scene.run(
            lambda tx, escort=escort, document=document: qualifications.upload(tx, escort, document, scene.at)
        )
        house.product.services.documents.write(document.file, picture(kind="JPEG"))
        await _profile(house, place, escort)
    avatars = house.product.services.avatars
    avatars.mkdir(parents=True, exist_ok=True)
    (avatars / name_of(70, "webp")).write_bytes(picture((70, 70), "WEBP"))


async def _jobs(house: House) -> None:
    """Work beside the requests: done in time, at the last moment, too late, with an error, and not ended yet."""
    ended = {
        "sweep": (NOON, ""),
        "outbox": (NOON - 5 * MINUTE, ""),
        "pushes": (NOON - 5 * MINUTE - 1, ""),
        "content": (NOON, "WeChat does not answer"),
        "another": (NOON - 3 * HOUR - 1, ""),
    }

    async def work(tx: Transaction) -> None:
        for name, (at, error) in ended.items():
            await tx.jobs.claim(name, "test", at, at)
            await tx.jobs.finish(name, "test", at, "{}", error, at)
        await tx.jobs.claim("forget", "test", NOON, NOON + MINUTE)
        await tx.jobs.claim("erasures", "test", NOON - 3 * HOUR - 1, NOON - 3 * HOUR)

    await house.scene.run(work)


async def _profile(house: House, place: int, escort: int) -> None:
    """What was approved, and what waits."""
    scene, folder = house.scene, house.product.services.folders.portraits
    folder.mkdir(parents=True, exist_ok=True)
    for number, introduction, approve in ((30, "从业十年", True), (40, "从业十一年", False)):
        proposal = Proposal(introduction, 10 + place, shown=place == 0)
        file = name_of(number + place, "webp")
        (folder / file).write_bytes(picture((60 + number, 60), "WEBP"))

        async def work(
            tx: Transaction, proposal: Proposal = proposal, file: str = file, approve: bool = approve
        ) -> None:
            await profiles.propose(tx, escort, proposal, scene.at)
            await profiles.propose_portrait(tx, escort, file, scene.at)
            if approve:
                await profiles.decide(tx, escort, approve=True, changed=lambda basis: set())

        await scene.run(work)


async def _photos(house: House) -> None:
    """The photos of both visits are there."""
    for place in (0, 1):
        file = name_of(place)
        await house.scene.set("visit_photos", place + 1, file=file)
        house.product.services.visit_photos.write(file, picture((300 + place, 200), "JPEG"))


async def visited(house: House) -> None:
    """Both visits take place: the reports are sent, and a question waits."""
    scene = house.scene
    visit = await sent_reports(scene)
    await pay_each(house)
    for place in (0, 1):
        await press(visit, StepKind.MET, place, note="血压偏高", place=(34.2, 108.9))
        await photo(visit, f"met-{place}", f"photo-{place}", place)
        await trouble(visit, TroubleKind.LATE, place, note="堵车")
        await propose(visit, place)
        receipt = Receipt(scene.households[place].order, f"propose-{place}")
        file = name_of(10 + place)
        await scene.run(
            lambda tx, place=place, receipt=receipt, file=file: proposing.add_receipt(
                tx, receipt, file, scene.escorts[place], visit.at
            )
        )
        house.product.services.documents.write(file, picture((310 + place, 200), "JPEG"))
        await open_it(visit, place + 1)
    await _photos(house)
    await ask(visit)
    house.at(visit.at)


async def on_the_way(house: House) -> None:
    """Both escorts are about to begin; nothing is written yet."""
    visit = await visit_of_each(house.scene)
    house.at(visit.at)


async def one_photo_allowed(house: House) -> None:
    """An order may have one photo."""
    await on_the_way(house)
    services = house.product.services
    services.settings = services.settings.replace("visits", photos_per_order=1)


async def proposed(house: House) -> None:
    """Each escort has proposed a supplement."""
    await on_the_way(house)
    for place in (0, 1):
        await propose(house.scene, place, action_id=f"propose-{place}-0123456789")


async def finished(house: House) -> None:
    """Both orders are over, rated and complained about; the own invoice is issued, the other waits; the own escort
    has a statement, and both something that is on none."""
    scene = house.scene
    await visited(house)
    await rule(scene)
    for place, each in enumerate(scene.households):
        await scene.run(lambda tx, each=each: serving.finish(tx, each.order, ADMIN, scene.at))
        order, rating = await scene.read(each.order), NewRating(2 + place, f"来晚了{place}", "耐心")
        await scene.run(lambda tx, order=order, rating=rating: serving.rate(tx, order, rating, scene.at))
        await complain(scene, place)
    await answer(scene)
    await _complaint_photos(house)
    await _invoices(house)
    await correct(scene, None, 900, "多做了一单")
    async with scene.storage.reading() as reader:
        seen = (await months.preview(reader, scene.escorts[0], "2026-12")).mark
    await scene.run(
        lambda tx: statements.issue(tx, scene.escorts[0], "2026-12", seen, 1, scene.at + 31 * DAY)
    )
    await correct(scene, None, -700)
    house.at(scene.at + 31 * DAY)


async def on_the_eve(house: House) -> None:
    """The visits are a few hours away."""
    await served(house)
    house.at(BEGIN - HOUR)


async def without_consent(house: House) -> None:
    """Both escorts are about to begin, and may write nothing down."""
    visit = await visit_of_each(house.scene, consented=False)
    house.at(visit.at)


async def drafted(house: House) -> None:
    """Each escort has written a draft of the report."""
    await on_the_way(house)
    for place in (0, 1):
        await save(house.scene, {"summary": "顺利"}, 0, place)


async def over(house: House) -> None:
    """Both visits are over, paid, and nothing was said about them."""
    await on_the_way(house)
    await pay_each(house)
    for each in house.scene.households:
        await house.scene.run(lambda tx, each=each: serving.finish(tx, each.order, ADMIN, house.scene.at))


async def transferring(house: House) -> None:
    """The statement of the own escort is being paid through WeChat."""
    await finished(house)
    scene = house.scene
    services, wechat = house.product.services, cast(Any, FakeTransfers())
    services.transfers = Transfers(
        services.storage, wechat, services.vault, services.settings, services.clock
    )
    await scene.run(lambda tx: statements.confirm(tx, 1, scene.escorts[0], scene.at))
    async with scene.storage.reading() as reader:
        statement = await reader.pay_statements.get(1)
    assert statement is not None
    await house.product.services.transfers.start(Start(1, statements.mark_of(statement), 1))


async def supplements_paid(house: House) -> None:
    """Each has a supplement that was paid."""
    await visited(house)
    await pay_supplements(house)


async def supplement_being_paid(house: House) -> None:
    """The payer has begun to pay the own one at WeChat."""
    await visited(house)
    await house.enter()
    await house.clients["payer"].post("user/paySupplement/", id=1)


async def supplement_asked_back(house: House) -> None:
    """The money of the own one is asked for."""
    await supplements_paid(house)
    await house.enter()
    fields = {"id": 1, "reason": "多收了", "amount": "￥10"}
    await house.clients["payer"].post("user/refundSupplement/", **fields)


async def _complaint_photos(house: House) -> None:
    for place, each in enumerate(house.scene.households):
        file = name_of(50 + place)
        await house.scene.run(
            lambda tx, place=place, each=each, file=file: tx.connection.execute(
                "INSERT INTO complaint_photos (complaint_id, user_id, action_id, file, size, at)"
                " VALUES (:complaint, :user, :action, :file, 4, :at)",
                {"complaint": place + 1, "user": each.owner, "action": f"photo-{place}", "file": file, "at": NOON},
            )
        )  # fmt: skip
        house.product.services.documents.write(file, picture((320 + place, 200), "JPEG"))


async def _invoices(house: House) -> None:
    scene, documents = house.scene, house.product.services.documents
    wanted = Wanted(InvoiceKind.COMPANY, "西安仁爱健康管理有限公司", "91610131MA6U1ABC0T", "a@example.com")
    for each in scene.households:
        await scene.run(
            lambda tx, each=each: requests.request(
                tx, scene.vault, each.order, each.owner, wanted, (90, scene.at)
            )
        )
    file = name_of(60, "pdf")
    documents.write(file, b"%PDF-1.7\n%%EOF\n")

    async def issue(tx: Transaction) -> None:
        invoice = await tx.invoices.get(1)
        order = await tx.orders.get(scene.own.order)
        assert invoice is not None
        assert order is not None
        seen = issuing.mark(invoice, await read_sum(tx, order))
        await issuing.issue(tx, 1, ("24617000000000000001", file), 1, seen, scene.at)

    await scene.run(issue)
