"""Acts about what the office knows of people: documents of escorts, phones of customers."""

from __future__ import annotations

from storage.models import ContentKind
from tests.admin.act import Act
from tests.admin.act_preparations import Preparation, Ready
from tests.admin.acts_by_phone import caller
from tests.admin.clients import Client
from tests.admin.people.test_content import content
from tests.admin.people.test_content import form_of as form_of_content
from tests.admin.people.test_documents import form_of, uploaded
from tests.admin.scenario import Scenario


def escort_with_a_document(act: str = "") -> Preparation:
    """The document has the same number; ``act``: that of the form on the escort's page."""

    async def ready(scenario: Scenario, owner: Client) -> Ready:
        escort_id = await scenario.escort()
        assert await uploaded(scenario, escort_id) == escort_id
        page = await owner.page(f"admin/runners/{escort_id}/")
        return Ready(escort_id, form_of(page, act) if act else {})

    return ready


async def user_with_a_patient(scenario: Scenario, owner: Client) -> Ready:
    user_id = await scenario.user()
    patient_id = await scenario.patient(user_id)
    return Ready(user_id, {"patient": patient_id}, subject_id=patient_id)


async def customer_who_called(scenario: Scenario, owner: Client) -> Ready:
    ready = await caller(scenario, owner)
    answer = await owner.post("admin/orders/new/", ready.fields)
    assert answer.code == 302, answer.body.decode()
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(1)
    assert order is not None
    return Ready(order.user_id, {"patient": 0})


def waiting_content(act: str) -> Preparation:
    """A nickname that WeChat did not let through; a question for ``reveal``."""

    async def ready(scenario: Scenario, owner: Client) -> Ready:
        if act == "reveal":
            return Ready(await content(scenario, ContentKind.QUESTION))
        check_id = await content(scenario)
        return Ready(check_id, await form_of_content(owner, act))

    return ready


PEOPLE = [
    Act("content/{id}/reveal/", "content.reveal", "content", waiting_content("reveal")),
    Act("content/{id}/approve/", "content.approve", "content", waiting_content("approve")),
    Act("content/{id}/reject/", "content.reject", "content", waiting_content("reject")),
    Act("runners/{id}/documents/{id}/open/", "escort.reveal.document", "escort", escort_with_a_document()),
    Act(
        "runners/{id}/documents/{id}/approve/",
        "escort.document.approve",
        "escort",
        escort_with_a_document("approve"),
        {"expires_date": "2027-06-30"},
    ),
    Act(
        "runners/{id}/documents/{id}/reject/",
        "escort.document.reject",
        "escort",
        escort_with_a_document("reject"),
        {"reason": "照片看不清"},
    ),
    Act("users/{id}/reveal/", "patient.reveal.phone", "patient", user_with_a_patient),
    Act("users/{id}/reveal/", "user.reveal.phone", "user", customer_who_called),
]
