"""Documents of escorts in the administration: opened by an audited act, decided as seen, found by their last day."""

from __future__ import annotations

import re

import pytest

from clock import DAY, shanghai_date
from orders import serving
from orders.escorts import qualifications
from orders.escorts.qualifications import Document
from sealed_files import new_name
from storage.models import Actor, Cause, QualificationKind
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.visits.scenario import picture

HEALTH = QualificationKind.HEALTH


async def uploaded(
    scenario: Scenario, escort_id: int, days: int = 90, kind: QualificationKind = HEALTH
) -> int:
    file, content = new_name(), picture((300, 200))
    scenario.services.documents.write(file, content)
    document = Document(kind, shanghai_date(scenario.clock() + days * DAY), file, len(content))
    await scenario.storage.run(lambda tx: qualifications.upload(tx, escort_id, document, scenario.clock()))
    async with scenario.storage.reading() as reader:
        return (await reader.qualifications.of_escort(escort_id))[0].id


def form_of(page: str, act: str) -> dict[str, str]:
    found = re.search(rf'documents/\d+/{act}/.*?name="fingerprint" value="([^"]+)"', page, re.DOTALL)
    assert found, act
    return {"fingerprint": found[1]}


@pytest.mark.promise(25)
async def test_a_document_is_shown_only_on_request_and_that_is_recorded(owner: Client, scenario: Scenario):
    escort_id = await scenario.escort()
    document_id = await uploaded(scenario, escort_id)
    page = await owner.page(f"admin/runners/{escort_id}/")
    assert "健康证" in page
    assert "data:image/jpeg" not in page
    answer = await owner.post(f"admin/runners/{escort_id}/documents/{document_id}/open/")
    assert answer.code == 200
    assert "data:image/jpeg;base64," in answer.body.decode()
    assert (await scenario.audited())[-1] == "escort.reveal.document"


@pytest.mark.promise(25)
async def test_a_document_is_approved_with_the_day_that_the_office_reads_on_it(
    clerk: Client, scenario: Scenario
):
    escort_id = await scenario.escort()
    document_id = await uploaded(scenario, escort_id)
    assert "位陪诊员的证件待审核" in await clerk.page("admin/")
    assert "王芳" in await clerk.page("admin/runners/documents/")
    form = form_of(await clerk.page(f"admin/runners/{escort_id}/"), "approve")
    last_day = shanghai_date(scenario.clock() + 20 * DAY)
    answer = await clerk.post(
        f"admin/runners/{escort_id}/documents/{document_id}/approve/", {**form, "expires_date": last_day}
    )
    assert answer.code == 302
    page = await clerk.page(f"admin/runners/{escort_id}/")
    assert f"有效期至 {last_day}" in page
    assert "还有 20 天到期" in page
    assert "位陪诊员的证件快到期或已过期" in await clerk.page("admin/")
    assert "王芳" in await clerk.page("admin/runners/documents/?show=ending")
    assert "没有待审核的证件" in await clerk.page("admin/runners/documents/")
    again = await clerk.post(
        f"admin/runners/{escort_id}/documents/{document_id}/approve/", {**form, "expires_date": last_day}
    )
    assert again.code == 409
    assert "已经处理过" in again.body.decode()


async def test_a_rejection_wants_a_reason_and_a_health_certificate_a_day(clerk: Client, scenario: Scenario):
    escort_id = await scenario.escort()
    document_id = await uploaded(scenario, escort_id)
    path, page = f"admin/runners/{escort_id}/documents/{document_id}/", f"admin/runners/{escort_id}/"
    answer = await clerk.post(f"{path}reject/", form_of(await clerk.page(page), "reject"))
    assert answer.code == 400
    assert "请写下不通过的原因" in answer.body.decode()
    answer = await clerk.post(f"{path}approve/", form_of(await clerk.page(page), "approve"))
    assert answer.code == 400
    assert "请填写健康证的有效期" in answer.body.decode()
    async with scenario.storage.reading() as reader:
        known = await reader.qualifications.get(document_id)
    assert known is not None
    assert known.state == "pending"


@pytest.mark.promise(18)
async def test_a_document_under_another_escorts_address_is_not_found(owner: Client, scenario: Scenario):
    first, second = await scenario.escort(), await scenario.escort("李强", phone="13900009999")
    document_id = await uploaded(scenario, first)
    form = form_of(await owner.page(f"admin/runners/{first}/"), "reject")
    for act in ("open", "approve", "reject"):
        answer = await owner.post(
            f"admin/runners/{second}/documents/{document_id}/{act}/", {**form, "reason": "x"}
        )
        assert answer.code == 404, act


async def test_an_order_whose_escort_has_no_valid_document_by_then_is_in_the_queue(
    owner: Client, scenario: Scenario
):
    escort_id = await scenario.escort()
    document_id = await uploaded(scenario, escort_id, days=1)
    order_id = await scenario.order(visit_date=scenario.day(5))
    cause = Cause(Actor("admin", 1), scenario.clock())
    await scenario.storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", cause))
    tile = "证件到那天已过期"
    assert tile not in await owner.page("admin/")  # nobody has approved the document
    form = form_of(await owner.page(f"admin/runners/{escort_id}/"), "approve")
    last_day = shanghai_date(scenario.clock() + DAY)
    await owner.post(
        f"admin/runners/{escort_id}/documents/{document_id}/approve/", {**form, "expires_date": last_day}
    )
    page = await owner.page("admin/")
    assert tile in page
    listed = re.search(r'href="([^"]*orders/\?[^"]*)"[^>]*>(?:(?!</a>).)*证件到那天已过期', page, re.DOTALL)
    assert listed
    address = listed[1].replace("&amp;", "&").split("admin/")[-1]
    assert f"#{order_id}" in await owner.page(f"admin/{address}")
