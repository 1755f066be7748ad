"""The consent to the record of visits: its version and time, its withdrawal, and visits without one."""

from __future__ import annotations

import pytest

from accounts import consents
from tests.http.product import Product
from tests.visits.scenario import (
    DOCTOR,
    NOTE,
    begin_visit,
    picture,
)


@pytest.mark.promise(35)
async def test_without_a_consent_there_are_steps_and_nothing_else(product: Product) -> None:
    visit = await begin_visit(product, consented=False)
    asked = (await visit.read())["consent"]
    assert asked == {"given": False, "version": consents.VISIT_RECORD_VERSION, "askNow": True}
    step = await visit.step("met", note=NOTE)
    assert step["noteKept"] is False
    assert (await visit.step("parted"))["noteKept"] is True, "there was none"
    assert (await visit.photo(picture())).json()["error"] == "consent_missing"
    assert (await visit.save(0, 409))["error"] == "consent_missing"
    assert [row["note"] for row in (await visit.read())["steps"]] == ["", ""]
    assert not (await visit.order()).visit_record


@pytest.mark.promise(35)
async def test_a_consent_has_its_version_and_time_and_ends_with_a_withdrawal(product: Product) -> None:
    visit = await begin_visit(product, consented=False)
    give = {"version": "2020-01", "agree": "y"}
    assert (await visit.owner.post("user/giveVisitConsent/", 409, **give))["error"] == "consent_outdated"
    for _ in range(2):
        await visit.consent()
    await visit.step("met", note=NOTE)
    await visit.send_report()
    await visit.consent("n")
    await visit.step("parted", note="没有了")
    assert (await visit.photo(picture())).json()["error"] == "consent_missing"
    added = {"id": visit.order_id, "actionId": visit.action(), "text": "x"}
    assert (await visit.escort.post("escort/addToReport/", 409, **added))["error"] == "consent_missing"
    read = await visit.read()
    assert [row["note"] for row in read["steps"]] == [NOTE, ""], "what was recorded stays until it is erased"
    assert read["report"]["doctor"] == DOCTOR
    assert read["consent"]["given"] is False
    assert read["consent"]["askNow"] is False
    exported = (await visit.owner.get("user/export/"))["data"]["consents"]
    assert [(row["version"], bool(row["withdrawnTime"])) for row in exported] == [
        (consents.VISIT_RECORD_VERSION, True)
    ]
    await visit.consent()
    await visit.step("summary", note=NOTE)
    assert len((await visit.owner.get("user/export/"))["data"]["consents"]) == 2


async def test_who_said_no_is_not_asked_again_until_the_text_is_another(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await begin_visit(product, consented=False)
    await visit.consent("n")
    assert (await visit.read())["consent"]["askNow"] is False
    monkeypatch.setattr(consents, "VISIT_RECORD_VERSION", "2099-01")
    assert (await visit.read())["consent"] == {"given": False, "version": "2099-01", "askNow": True}
    await visit.owner.post("user/giveVisitConsent/", version="2099-01", agree="n")
    assert (await visit.read())["consent"]["askNow"] is False


async def test_a_consent_to_an_older_text_stays_in_force_and_the_new_one_is_asked_for(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await begin_visit(product)
    monkeypatch.setattr(consents, "VISIT_RECORD_VERSION", "2099-01")
    assert (await visit.read())["consent"] == {"given": True, "version": "2099-01", "askNow": True}
    await visit.owner.post("user/giveVisitConsent/", version="2099-01", agree="y")
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT version, withdrawn_at FROM consents ORDER BY id")
    assert [(row[0], row[1] is None) for row in rows] == [("2026-11", False), ("2099-01", True)]
    await visit.owner.post("user/giveVisitConsent/", version="2099-01", agree="n")
    assert (await visit.read())["consent"]["given"] is False
