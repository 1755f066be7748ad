"""What users' own exports tell where every column holds something, and that pages change nothing of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
import pytest

from accounts import after_sales_export, data_export, supplement_export, visit_export
from clock import HOUR, MINUTE
from orders.visits.photo_files import PhotoFiles
from sealed_files import DocumentFiles
from storage import Transaction
from storage.models import StepKind, TroubleKind
from tests.accounts.everything import everything_of_each
from tests.accounts.test_acts_of_exports import _export, _lines
from tests.orders.acts import Act
from tests.orders.complaints import complain
from tests.orders.scene import NOON, Scene
from tests.orders.visits import photo, press, trouble, visit_of_each
from tests.storage.rows import fill

NOWHERE = Path("/nonexistent")
PICTURE, RECEIPT, INVOICE = f"{'b2' * 16}.jpg", f"{'c3' * 16}.jpg", f"{'d4' * 16}.pdf"


async def permissions_of_messages(scene: Scene):
    for number, each in enumerate(scene.households, 1):
        for kind, refused in (("assigned", 0), ("report", 1)):
            row = {"user_id": each.owner, "kind": kind, "remaining": number + refused, "refused": refused}
            row |= {"updated_at": NOON + number * HOUR + refused * MINUTE, "answered_at": 1, "voided_at": 1}
            await scene.run(lambda tx, row=row: fill(tx, "message_permissions", row))
    yield
    for line in _lines(await _export(scene, scene.own.owner, NOWHERE), "messages"):
        yield line


async def supplements_to_their_end(scene: Scene):
    """Disputed by the user and by a member; the office's note at the end, or else why it changed the amount."""
    await everything_of_each(scene)
    ended = {
        "state": "paid",
        "opened_at": NOON + 1 * HOUR,
        "dispute": "没有这一项",
        "disputed_at": NOON + 2 * HOUR,
        "disputed_by": scene.own.owner,
        "amount_reason": "按小票改",
        "closing_note": "已核对",
        "closed_at": NOON + 3 * HOUR,
        "paid_at": NOON + 4 * HOUR,
        "refunded_fen": 1_250,
        "receipt_file": RECEIPT,
    }
    await scene.set("supplements", 1, **ended)
    row = {
        "order_id": scene.order,
        "kind": "overtime",
        "amount_fen": 500,
        "reason": "加时",
        "created_at": NOON,
    }
    row |= {"proposed_by_kind": "admin", "proposed_by": 1, "state": "disputed"}
    row |= {"disputed_by": scene.own.payer, "amount_reason": "按一小时算"}
    await scene.run(lambda tx: fill(tx, "supplements", row))
    yield
    with tempfile.TemporaryDirectory() as folder:
        DocumentFiles(Path(folder), scene.vault).write(RECEIPT, b"receipt")
        told = await _export(scene, scene.own.owner, Path(folder))
    for line in _lines(told, "supplements"):
        yield line
    for line in _lines(await _export(scene, scene.carers[0], NOWHERE), "proposedSupplements"):
        yield line


async def a_visit_to_its_end(scene: Scene):
    """With a call, a photo of a step and one of the report, trouble that was settled, and what was taken back."""
    await everything_of_each(scene)
    for place in (0, 1):
        await scene.set("visit_steps", place + 1, phone_at=NOON + MINUTE)
        await scene.set("visit_troubles", place + 1, resolution="已联系", closed_at=NOON + HOUR)
        await scene.set("consents", place + 1, withdrawn_at=NOON + 2 * HOUR)
    call = {"order_id": scene.order, "escort_id": scene.escorts[0], "kind": "called", "at": NOON + 4 * HOUR}
    await scene.run(lambda tx: fill(tx, "visit_steps", call))
    confirmed = "UPDATE visit_reports SET confirmed_at = :at, confirmed_by = 'time' WHERE order_id = :id"
    at = {"at": NOON + 3 * HOUR, "id": scene.order}
    await scene.run(lambda tx: tx.connection.execute(confirmed, at))
    await scene.set("visit_photos", 1, file=PICTURE)
    yield
    with tempfile.TemporaryDirectory() as folder:
        PhotoFiles(Path(folder), scene.vault).write(PICTURE, b"picture")
        told = await _export(scene, scene.own.owner, Path(folder))
    for line in _lines(told, "visits", "consents"):
        yield line
    for line in _lines(await _export(scene, scene.carers[0], NOWHERE), "escortSteps"):
        yield line


async def patients_cards_and_changes(scene: Scene):
    await scene.served()
    await scene.set(
        "patients", scene.own.patient, adult=0, guardian_consented_at=NOON + HOUR, deleted_at=NOON + 2 * HOUR
    )
    await scene.set("orders", scene.order, paid_fen=19_800, paid_at=NOON)
    change = {
        "order_id": scene.order, "kind": "change", "state": "approved", "actor_kind": "user", "actor_id": 1,
        "reason": "改天", "decision_note": "可以", "asked_at": NOON + 3 * HOUR,
        "before_json": '{"visit_date": "2026-12-24", "visit_time": "09:30", "hospital_name": "西京", "campus": "本部"}',
        "after_json": '{"meeting_point": "东门", "department": "骨科", "contact_phone_tail": "8000", "wishes": "慢"}',
    }  # fmt: skip
    refund = {
        "order_id": scene.order, "attempt_id": 1, "out_refund_no": "R1", "state": "rejected", "amount_fen": 700,
        "kind": "cancel", "reason": "来不了", "source": "user", "decision_note": "已经安排", "requested_at": NOON,
    }  # fmt: skip
    card = {
        "owner_id": scene.own.owner,
        "scope": "patient",
        "scope_id": 7,
        "role": "payer",
        "token_hash": "h",
    }
    card |= {
        "created_at": NOON,
        "expires_at": NOON + HOUR,
        "used_at": NOON + MINUTE,
        "revoked_at": NOON + 2 * HOUR,
    }
    rows = (("order_changes", change), ("refunds", refund), ("member_links", card))
    for table, row in rows:
        await scene.run(lambda tx, table=table, row=row: fill(tx, table, row))
    yield
    for line in _lines(await _export(scene, scene.own.owner, NOWHERE), "patients", "orders", "sharing"):
        yield line


async def an_invoice_and_its_reversal(scene: Scene):
    await scene.served()
    for number, each in enumerate(scene.households):
        row = {
            "order_id": each.order, "user_id": each.owner, "kind": "company", "title": f"公司{number}",
            "tax_number": "91610000", "email_sealed": scene.vault.seal("a@example.test", "invoices.email"),
            "amount_fen": 9_900, "state": "reversed", "number": f"26{number}", "file": INVOICE, "note": "已红冲",
            "requested_at": NOON, "decided_at": NOON + HOUR, "reversed_at": NOON + 2 * HOUR, "reversal_number": "27",
        }  # fmt: skip
        await scene.run(lambda tx, row=row: fill(tx, "invoices", row))
    yield
    with tempfile.TemporaryDirectory() as folder:
        DocumentFiles(Path(folder), scene.vault).write(INVOICE, b"%PDF")
        told = await _export(scene, scene.own.owner, Path(folder))
    for line in _lines(told, "invoices"):
        yield line


async def an_escort_whose_work_is_over(scene: Scene):
    """Answered and unanswered invitations with and without pay, an approved name, a transfer that has failed."""
    await scene.served()
    escort = scene.escorts[0]
    for number, pay in enumerate((12_000, 0)):
        row = {
            "order_id": scene.order,
            "escort_id": escort,
            "state": "withdrawn",
            "pay_fen": pay,
            "reason": "改派",
        }
        row |= {
            "offered_at": NOON + number * HOUR,
            "answered_at": NOON + number * HOUR + MINUTE if pay else None,
        }
        await scene.run(lambda tx, row=row: fill(tx, "invitations", row))
    transfer = {
        "statement_id": 4, "escort_id": escort, "out_bill_no": "B1", "state": "failed", "amount_fen": 900,
        "wechat_bill_no": "1399", "fail_reason": "TRANSFER_RISK", "created_at": NOON, "finished_at": NOON + HOUR,
    }  # fmt: skip
    await scene.run(lambda tx: fill(tx, "pay_transfers", transfer))
    earning = {
        "escort_id": escort,
        "kind": "order",
        "amount_fen": 8_000,
        "reason": "准时",
        "earned_date": "2026-11-19",
    }
    await scene.run(lambda tx: fill(tx, "earnings", {**earning, "order_id": scene.order}))
    application = {"escort_id": escort, "name": "王芳芳", "phone_tail": "9001", "applied_at": NOON}
    application["phone_sealed"] = scene.vault.seal("13900139001", "escorts.phone")
    await scene.run(lambda tx: fill(tx, "escort_applications", application))
    paper = {"escort_id": escort, "kind": "health", "state": "rejected", "expires_date": "2027-01-01"}
    paper |= {"reason": "看不清", "uploaded_at": NOON + HOUR, "file": PICTURE}
    await scene.run(lambda tx: fill(tx, "escort_qualifications", paper))
    yield
    for line in _lines(await _export(scene, scene.carers[0], NOWHERE), "caregiver", "escortWork"):
        yield line


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)


@pytest.mark.parametrize("page", [1, 2, 3, 5])
async def test_pages_change_nothing_of_an_export(
    scene: Scene, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five of everything a page holds less than all, or just all of them."""
    visit = await visit_of_each(scene)
    for place in (0, 1):
        for number, kind in enumerate((StepKind.DEPARTED, StepKind.ARRIVED, StepKind.MET, StepKind.SUMMARY)):
            await press(visit.later(number), kind, place)
        await photo(visit, f"{StepKind.MET}-{place}", f"photo-{place}", place)
        await trouble(visit, TroubleKind.LATE, place)
        await complain(scene, place)

    async def more(tx: Transaction) -> None:
        for each, escort in zip(scene.households, scene.escorts, strict=False):
            for number in range(4):
                row = {"user_id": each.owner, "state": "finished", "started_at": NOON}
                order = await fill(tx, "orders", {**row, "escort_id": escort, "visit_date": "2026-11-19"})
                step = {"order_id": order["id"], "escort_id": escort, "kind": "met", "at": NOON + number}
                await fill(tx, "visit_steps", step)
                await fill(tx, "patients", {"user_id": each.owner, "name": f"甲{number}"})
                complaint = {"order_id": order["id"], "user_id": each.owner, "kind": "other", "source": "own"}
                await fill(tx, "complaints", {**complaint, "state": "open", "action_id": f"a{number}"})
            for number in range(5):
                supplement = {
                    "order_id": each.order,
                    "kind": "other",
                    "state": "open",
                    "reason": f"r{number}",
                }
                by = {"proposed_by_kind": "escort", "proposed_by": escort, "action_id": f"a{number}"}
                await fill(tx, "supplements", {**supplement, **by})

    await scene.run(more)
    whole = [await _export(scene, user, NOWHERE) for user in (scene.own.owner, scene.carers[0])]
    owner, escort = whole
    assert {name: len(owner[name]) for name in ("orders", "patients", "visits", "complaints", "supplements")} == {
        "orders": 5, "patients": 5, "visits": 5, "complaints": 5, "supplements": 5,
    }  # fmt: skip
    assert (len(escort["escortSteps"]), len(escort["proposedSupplements"])) == (8, 5)
    for module in (data_export, visit_export, supplement_export):
        monkeypatch.setattr(module, "PAGE", page)
    monkeypatch.setattr(after_sales_export, "AT_ONCE", page)
    monkeypatch.setattr(visit_export, "STEPS_AT_ONCE", 2 * page)
    by_page = [await _export(scene, user, NOWHERE) for user in (scene.own.owner, scene.carers[0])]
    assert [orjson.dumps(each) for each in by_page] == [orjson.dumps(each) for each in whole]
