"""What users' own exports tell, line by line: who ordered, family and payer, an escort; nothing of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from accounts import data_export
from accounts.content import submitting
from orders.complaints import photos
from orders.escort_pay import months, statements
from orders.escorts import invitations, leaves, profiles, qualifications
from orders.escorts.invitations import Office, Terms
from orders.escorts.leaves import HalfDays
from orders.escorts.profiles import Proposal
from orders.escorts.qualifications import Document
from orders.visits.photo_files import PhotoFiles
from sealed_files import DocumentFiles, new_name
from storage.models import MemberScope, OfficeCustomer, QualificationKind
from storage.writes import NewAttempt, NewInvoice, NewRefund, NewTransfer
from tests.accounts.everything import everything_of_each
from tests.orders.acts import Act
from tests.orders.complaints import answer, complain
from tests.orders.pay import LATER, MONTH, correct, rule
from tests.orders.scene import EARLIER, NOON, VISIT_DAY, Scene
from tests.orders.visits import BEGIN
from wechat.content_checks import Opinion, Suggest

FILE = f"{'a1' * 16}.jpg"
UNSURE = Opinion(Suggest.REVIEW, "review", 1)


async def _export(scene: Scene, user_id: int, folder: Path) -> dict[str, Any]:
    async with scene.storage.reading() as reader:
        user = await reader.users.get(user_id)
    assert user is not None
    pieces = data_export.json_chunks(
        scene.storage, scene.vault, PhotoFiles(folder, scene.vault), DocumentFiles(folder, scene.vault), user
    )
    told: dict[str, Any] = orjson.loads(b"".join([each async for each in pieces]))
    return told


def _lines(told: dict[str, Any], *names: str) -> list[str]:
    """A line for each thing; what is empty is left out."""
    return [
        f"{name}: {orjson.dumps(each, option=orjson.OPT_SORT_KEYS).decode()}"
        for name, rows in told.items()
        if not names or name in names
        for each in (rows if isinstance(rows, list) else [rows])
        if each
    ]


async def a_user_with_visits(scene: Scene):
    await everything_of_each(scene)
    yield
    for line in _lines(await _export(scene, scene.own.owner, Path("/nonexistent"))):
        yield line


async def a_family_member_who_has_asked(scene: Scene):
    await everything_of_each(scene)
    yield
    for line in _lines(await _export(scene, scene.own.family, Path("/nonexistent"))):
        yield line


async def devices_content_and_permissions(scene: Scene):
    for each in scene.households:
        await scene.run(
            lambda tx, each=each: tx.sessions.add(
                each.owner, f"h{each.owner}", NOON, NOON + 9, device="iPhone"
            )
        )
        await scene.run(
            lambda tx, each=each: submitting.set_profile(
                tx, scene.vault, each.owner, (f"昵称{each.owner}", "wxfile://a"), UNSURE, NOON
            )
        )
        await scene.run(
            lambda tx, each=each: submitting.hand_in_avatar(tx, each.owner, f"{each.owner}.jpg", NOON)
        )
        customer = OfficeCustomer(
            each.owner,
            "客户",
            "客户",
            scene.vault.seal("13700137000", "office_customers.phone"),
            "7000",
            f"hash{each.owner}",
            1,
            NOON,
        )
        await scene.run(lambda tx, customer=customer: tx.customers.add(customer))
    yield
    for line in _lines(await _export(scene, scene.own.owner, Path("/nonexistent"))):
        yield line


async def _attempt(scene: Scene, order_id: int, number: str, payer: int) -> int:
    new = NewAttempt(
        number, 19_800, "CNY", "oUser", "wx1", "1900000109", "陪诊", "https://example.test", NOON
    )
    paid_by = replace(new, payer_user_id=payer)
    attempt: int = await scene.run(lambda tx: tx.attempts.add(order_id, paid_by, EARLIER, EARLIER))
    await scene.set("payment_attempts", attempt, state="paid", paid_at=NOON, open_order_id=None)
    return attempt


async def what_a_payer_has_paid_and_shares(scene: Scene):
    """For others, and for an order of their own."""
    await scene.served()
    mine = await scene.add_order(scene.own, patient_id=99)
    await scene.set("orders", mine, user_id=scene.own.payer)
    await _attempt(scene, scene.order, "T1", scene.own.payer)
    await _attempt(scene, mine, "T2", scene.own.payer)
    await _attempt(scene, scene.other.order, "T3", scene.other.payer)
    await scene.run(
        lambda tx: tx.members.add(scene.own.payer, scene.stranger, MemberScope.ORDER, mine, "family", NOON)
    )
    await scene.set("members", 2, ended_at=NOON + 60_000)
    yield
    for line in _lines(await _export(scene, scene.own.payer, Path("/nonexistent")), "sharing", "orders"):
        yield line


async def money_of_an_order(scene: Scene):
    """Refunds, changes, invoices: of the own order alone, and of none that was never paid."""
    await scene.served()
    for place, each in enumerate(scene.households):
        attempt = await _attempt(scene, each.order, f"T{place}", each.owner)
        await scene.set("orders", each.order, paid_fen=19_800, paid_at=NOON, paid_attempt_id=attempt)
        refund = NewRefund(each.order, attempt, f"R{place}", 5_000, 5_000, f"理由{place}", "user")
        await scene.run(lambda tx, refund=refund: tx.refunds.add(refund, NOON))
        invoice = NewInvoice(
            each.order,
            each.owner,
            "company",
            f"公司{place}",
            "91610000",
            scene.vault.seal("a@example.test", "invoices.email"),
            14_800,
            NOON,
        )
        await scene.run(lambda tx, invoice=invoice: tx.invoices.add(invoice))
    unpaid = await scene.add_order(scene.own, patient_id=98)
    await scene.run(lambda tx: tx.refunds.add(NewRefund(unpaid, 1, "R9", 1, 1, "不该有", "user"), NOON))
    yield
    told = await _export(scene, scene.own.owner, Path("/nonexistent"))
    for line in _lines(told, "orders", "invoices"):
        yield line


async def complaints_with_their_photos(scene: Scene):
    await scene.served()
    for each in scene.households:
        await scene.run(lambda tx, each=each: photos.add(tx, each.owner, "photo-1", (new_name(), 10), NOON))
    await scene.set("complaint_photos", 1, file=FILE)
    await complain(scene, photos=("photo-1",))
    await complain(scene, 1, photos=("photo-1",))
    await answer(scene)
    yield
    told = await _export(scene, scene.own.owner, Path("/nonexistent"))
    for line in _lines(told, "complaints"):
        yield line


async def an_escort_with_their_work(scene: Scene):
    await everything_of_each(scene)
    await scene.set("escorts", scene.escorts[1], name="赵敏敏")
    await rule(scene)
    more = await scene.add_order(scene.own)
    office = Office(1, scene.clock, scene.settings.visits)
    await scene.run(lambda tx: invitations.offer(tx, more, scene.escorts[:2], Terms("pm", 12_000), office))
    await scene.run(lambda tx: invitations.decline(tx, 1, scene.escorts[0], "太远", scene.clock))
    await correct(scene, None, 900)
    escort = scene.escorts[0]
    async with scene.storage.reading() as reader:
        seen = (await months.preview(reader, escort, MONTH)).mark
    await scene.run(lambda tx: statements.issue(tx, escort, MONTH, seen, 1, LATER))
    transfer = NewTransfer(1, escort, "B1", 900, "wx1", "1900000109", "oUser08", "{}", "serial", 1)
    await scene.run(lambda tx: tx.transfers.add(transfer, LATER))
    for each in scene.escorts[:2]:
        when = HalfDays(VISIT_DAY, "pm")
        await scene.run(lambda tx, each=each, when=when: leaves.take(tx, each, when, "有事", scene.clock))
        document = Document(QualificationKind.HEALTH, "2027-11-30", f"{each}.jpg", 10)
        await scene.run(lambda tx, each=each, given=document: qualifications.upload(tx, each, given, NOON))
        await scene.run(
            lambda tx, each=each: profiles.propose(tx, each, Proposal("从业十年", 10, shown=True), BEGIN)
        )
    yield
    for line in _lines(await _export(scene, scene.carers[0], Path("/nonexistent"))):
        yield line


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
