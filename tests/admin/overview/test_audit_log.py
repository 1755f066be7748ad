"""The audit log: one row per act, and nobody changes or removes one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from accounts.audit import as_json
from clock import SECOND
from handlers import admin
from handlers.admin.overview import audit_labels
from handlers.base import BaseHandler
from storage import Storage, StorageError
from storage.models import AuditEntry
from tests.admin.act_preparations import CLERK, OWNER
from tests.admin.acts import ACTS, NO_ACTS, Act
from tests.admin.agreeing import wechat_agrees
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

__all__ = ["wechat_agrees"]
pytestmark = pytest.mark.promise(25)


@pytest.mark.parametrize("table", ["audit_log", "ledger"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id + 100", "DELETE FROM {}"])
async def test_the_database_refuses_to_change_or_delete_a_row(storage: Storage, table: str, statement: str):
    async with storage.transaction() as tx:
        await tx.audit.add(None, "127.0.0.1", "test", "nothing", 1, 1)
        await tx.ledger.book("payment", "number", 100, 1, 1)
        await tx.commit()
    async with storage.transaction() as tx:
        with pytest.raises(StorageError):
            await tx.connection.execute(statement.format(table))
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one(f"SELECT COUNT(*), MIN(id) FROM {table}")
    assert row is not None
    assert (row[0], row[1]) == (1, 1)


SAID = Path(__file__).with_name("what_acts_say.txt")


def said_by(act: Act, location: str, entry: AuditEntry) -> str:
    """A line of ``what_acts_say.txt``."""
    after = re.sub(r'("out_bill_no":"T)[0-9]{14}[0-9A-Z]{17}"', r'\1"', entry.after_json)
    after = re.sub(r"(/uploads/)[0-9a-f]{24}\.", r"\1.", after)
    following = location.rpartition("../admin/")[2] or "."
    return " | ".join(
        (act.path, act.name, following if location else "-", entry.before_json or "-", after or "-")
    )


def posted_to() -> set[str]:
    """The paths below ``admin/`` of every route that takes a POST: one for each word that it may hold."""

    def words(group: re.Match[str]) -> list[str]:
        return ["{id}" if "[0-9]" in word else word for word in group[1].split("|")]

    paths: set[str] = set()
    for pattern, handler, *_ in admin.routes:
        if handler.post is BaseHandler._unimplemented_method:
            continue
        found = [pattern.removeprefix("/admin/")]
        while any("(" in path for path in found):
            found = [
                path.replace(group[0], word, 1)
                for path in found
                if (group := re.search(r"\(([^()]*)\)", path))
                for word in words(group)
            ]
        paths |= set(found)
    return paths


def test_every_route_that_is_posted_to_is_known_with_its_act():
    acts = {act.path for act in ACTS if act.method == "POST"}
    assert posted_to() == acts | set(NO_ACTS)
    assert not acts & set(NO_ACTS)


def test_every_act_has_a_name_in_the_log():
    """The pages of the log offer the acts by name, so a new one must not be forgotten there."""
    assert {act.name for act in ACTS} <= set(audit_labels.ACTS)
    assert {act.subject for act in ACTS} <= set(audit_labels.SUBJECTS)


ANSWERS = re.compile(
    r"/(edit|reveal|visit|export|several|file|commit|call|missing)/|(claim|link|sms)/$|documents/{id}/open/$"
)
"""What answers by itself; every other act of a form leads back to its page."""


@pytest.mark.usefixtures("wechat_agrees")
@pytest.mark.parametrize("act", ACTS, ids=str)
async def test_an_act_is_one_row_that_says_who_did_what_to_what_from_where(
    owner: Client, scenario: Scenario, act: Act
):
    ready = await act.ready(scenario, owner)
    async with scenario.storage.reading() as reader:
        before = {entry.id for entry in await reader.audit.page()}
    scenario.clock.at += SECOND
    answer = await act.do(ready, owner)
    assert answer.code == (200 if ANSWERS.search(act.path) else 302), answer.body.decode()[-2_000:]
    async with scenario.storage.reading() as reader:
        new = [entry for entry in await reader.audit.page() if entry.id not in before]
    if act.alone:
        assert len(new) == 1
    assert act.name in [entry.act for entry in new]
    entry = next(entry for entry in reversed(new) if entry.act == act.name)
    about = ready.id if ready.subject_id is None else ready.subject_id
    assert (entry.subject, entry.subject_id) == (act.subject, str(about))
    assert (entry.admin_id, entry.admin_name) == (
        ready.admin_id,
        {OWNER: "owner", CLERK: "clerk"}[ready.admin_id],
    )
    assert (entry.address, entry.at) == ("127.0.0.1", scenario.clock())
    assert said_by(act, answer.headers.get("Location", ""), entry) in SAID.read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("电话 13812345678", "电话 138****5678"),
        ("138 1234 5678 打不通", "138******5678 打不通"),
        ("029-85321234", "029*****1234"),
        ("610102195001011234", "610***********1234"),
        ("610102500101123", "610********1123"),
        ("护照 E12345678", "护照 *******78"),
        ("收据 0031，588 元", "收据 0031，588 元"),
        ("2026111819064099", "2026111819064099"),
    ],
)
def test_numbers_of_people_that_were_typed_into_a_note_are_masked(typed: str, kept: str):
    assert as_json({"note": typed, "of": {"it": typed}}) == f'{{"note":"{kept}","of":{{"it":"{kept}"}}}}'


@pytest.mark.parametrize("by_chance", ["DTXAMEQJ2F9057D9X", "1XAMEQJ2F9057D9XA", "12345XAMEQJ2F9057"])
def test_a_number_that_we_have_given_is_kept_whole_whatever_chance_made_of_it(by_chance: str):
    number = f"T20261118190640{by_chance}"
    written = as_json({"out_bill_no": number, "note": "13812345678"})
    assert written == f'{{"out_bill_no":"{number}","note":"138****5678"}}'


def test_what_says_nothing_is_written_as_nothing():
    assert (as_json(None), as_json({})) == ("", "")
