"""What becomes of an act about a statement: where it leads, what the log holds, what stays in a refused form."""

from __future__ import annotations

import re

import pytest

from handlers.admin.pay import statements as pages
from handlers.admin.pay.transfer_words import fail_text
from payment.transfers.service import NOT_SENT
from payment.wechatpay.errors import Unknown
from storage.models import PayTransfer
from tests.admin.act_preparations import Preparation
from tests.admin.acts_about_pay import (
    forgotten_transfer,
    statement,
    statement_to_transfer,
    transfer,
)
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.escort_pay.paying import NOVEMBER, finished, issue, rule
from tests.transfers.fake import FakeTransfers

ABOUT = {"month": NOVEMBER, "escort": 1, "amount_fen": 8_000}
"""What every act about the one statement is about."""
ALERT = '<p class="notice bad" role="alert">'


@pytest.mark.parametrize(
    ("act", "asked", "fields", "done", "before", "after"),
    [
        ("answer", True, {"text": "下个月补"}, "statement-answered", "questioned", {"state": "issued"}),
        ("withdraw", False, {}, "statement-withdrawn", "issued", {"state": "withdrawn"}),
        (
            "paid",
            False,
            {"day": "2026-11-18", "reference": "7"},
            "statement-paid",
            "issued",
            {"state": "paid", "reference": "7"},
        ),
    ],
)
async def test_an_act_leads_back_to_the_statement_and_is_written_down(
    owner: Client,
    scenario: Scenario,
    act: str,
    asked: bool,
    fields: dict[str, str],
    done: str,
    before: str,
    after: dict[str, str],
) -> None:
    ready = await statement(act, asked=asked)(scenario, owner)
    scenario.clock.at += 1_000
    answer = await owner.post(f"admin/pay/statements/{ready.id}/{act}/", {**ready.fields, **fields})
    assert answer.code == 302
    assert answer.headers["Location"].endswith(f"/admin/pay/statements/{ready.id}/?done={done}")
    assert await scenario.log() == [(f"pay.{act}", {"state": before}, {**ABOUT, **after})]


@pytest.mark.parametrize(
    ("text", "mark", "code"), [("长" * 141, "", 400), ("  ", "", 400), ("少了的下个月补", "another", 409)]
)
async def test_an_answer_that_is_refused_stays_in_its_form(
    owner: Client, scenario: Scenario, text: str, mark: str, code: int
) -> None:
    ready = await statement("answer", asked=True)(scenario, owner)
    given = {**ready.fields, "text": text, **({"fingerprint": mark} if mark else {})}
    refused = await owner.post(f"admin/pay/statements/{ready.id}/answer/", given)
    page = refused.body.decode()
    assert refused.code == code
    assert f'<textarea name="text" rows="3" maxlength="140" required>{text}</textarea>' in page
    assert ALERT in page
    assert await scenario.audited() == []


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"day": "2026-11-19"}, 400, "付款日期不能晚于今天"),
        ({"day": "yesterday"}, 400, "付款日期：应为日期"),
        ({"reference": " "}, 400, "银行流水号："),
        ({"reference": "R" * 128}, 400, "银行流水号："),
        ({"fingerprint": "another"}, 409, "这张结算单变了"),
    ],
)
async def test_a_payment_that_is_refused_stays_in_its_form(
    owner: Client, scenario: Scenario, changes: dict[str, str], code: int, says: str
) -> None:
    ready = await statement("paid")(scenario, owner)
    given = {**ready.fields, "day": "2026-11-17", "reference": "20261117001", **changes}
    refused = await owner.post(f"admin/pay/statements/{ready.id}/paid/", given)
    page = refused.body.decode()
    assert (refused.code, says in page) == (code, True)
    assert f'required value="{given["day"]}"></label>' in page
    assert f'name="reference" maxlength="127" required value="{given["reference"]}"' in page
    assert await scenario.audited() == []


async def test_a_form_of_today_is_offered_where_nothing_was_typed(owner: Client, scenario: Scenario) -> None:
    ready = await statement()(scenario, owner)
    page = await owner.page(f"admin/pay/statements/{ready.id}/")
    assert 'min="2026-11-18" max="2026-11-18" required value="2026-11-18"' in page
    assert 'name="reference" maxlength="127" required value=""' in page
    assert ALERT not in page


async def test_a_long_statement_has_pages_and_is_printed_whole(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rule(scenario.storage, 8_000)
    escort = await scenario.escort()
    orders = [await finished(scenario.storage, escort) for _ in range(5)]
    number = (await issue(scenario.storage, escort, at=scenario.clock())).id
    monkeypatch.setattr(pages.StatementPage, "page_size", 2)

    async def page(path: str) -> tuple[list[int], list[str], bool]:
        text = await owner.page(f"admin/pay/statements/{number}/{path}")
        links = re.findall(r'href="\?after=([0-9]+)"', text)
        return [each for each in orders if f"orders/{each}/" in text], links, "第一页" in text

    assert await page("") == (orders[:2], ["2"], False)
    assert await page("?after=2") == (orders[2:4], ["4"], True)
    assert await page("?after=4") == (orders[4:], [], True)
    assert await page("?after=3") == (orders[3:], [], True)
    printed = await owner.page(f"admin/pay/statements/{number}/print/")
    assert len(re.findall(r"2026-11-10", printed)) >= 5
    assert pages.PrintHandler.page_size == 5_000


# Transfers


async def transfer_of(scenario: Scenario, number: int) -> PayTransfer:
    async with scenario.storage.reading() as reader:
        return (await reader.transfers.of_statement(number))[-1]


@pytest.mark.parametrize("doubtful", [False, True])
async def test_a_transfer_that_was_started_leads_back_and_is_written_down(
    owner: Client, scenario: Scenario, transfers_at_wechat: FakeTransfers, doubtful: bool
) -> None:
    ready = await statement_to_transfer(scenario, owner)
    if doubtful:
        transfers_at_wechat.failing.append(Unknown())
    answer = await owner.post(f"admin/pay/statements/{ready.id}/transfer/", ready.fields)
    done = "transfer-doubtful" if doubtful else "transfer-started"
    assert answer.headers["Location"].endswith(f"/admin/pay/statements/{ready.id}/?done={done}")
    number = (await transfer_of(scenario, int(ready.id))).out_bill_no
    facts = {"escort": 1, "amount_fen": 8_000, "out_bill_no": number}
    assert await scenario.log() == [("pay.transfer", None, facts)]


async def test_before_money_leaves_the_page_says_to_whom_how_much_and_for_which_month(
    owner: Client, scenario: Scenario
) -> None:
    ready = await statement_to_transfer(scenario, owner)
    scenario.clock.at += 3_600_000
    asked = (await owner.post(f"admin/pay/statements/{ready.id}/transfer/", ready.fields)).body.decode()
    assert "用微信付给 王芳 2026年11月的报酬 ￥80" in asked


@pytest.mark.parametrize(
    ("prepared", "act", "at_wechat", "done"),
    [
        (transfer(), "ask", "CANCELING", "transfer-asked"),
        (transfer(), "cancel", "CANCELING", "transfer-cancelling"),
        (transfer(), "cancel", "CANCELLED", "transfer-cancelled"),
        (transfer(refused=True), "give-up", "CANCELING", "transfer-given-up"),
    ],
)
async def test_an_act_about_a_transfer_leads_back_and_is_written_down(
    owner: Client,
    scenario: Scenario,
    transfers_at_wechat: FakeTransfers,
    prepared: Preparation,
    act: str,
    at_wechat: str,
    done: str,
) -> None:
    ready = await prepared(scenario, owner)
    transfers_at_wechat.cancelled_as = at_wechat
    scenario.clock.at += 60_000
    answer = await owner.post(f"admin/pay/transfers/{ready.id}/{act}/")
    assert answer.headers["Location"].endswith(f"/admin/pay/statements/{ready.subject_id}/?done={done}")
    number = (await transfer_of(scenario, int(ready.subject_id or 0))).out_bill_no
    facts = {"amount_fen": 8_000, "out_bill_no": number}
    assert await scenario.log() == [(f"pay.transfer_{act.replace('-', '_')}", None, facts)]


async def test_an_act_that_comes_too_late_shows_the_statement_with_the_reason(
    owner: Client, scenario: Scenario
) -> None:
    ready = await transfer()(scenario, owner)
    late = await owner.post(f"admin/pay/transfers/{ready.id}/give-up/")
    page = late.body.decode()
    assert (late.code, ALERT in page) == (409, True)
    assert "微信付款中" in page
    assert await scenario.audited() == []


DECIDED = (
    ("paid", {"day": "2026-11-18", "note": "电子回单 1"}, "已经在 2026-11-18 付给本人", "2026-11-18"),
    ("unpaid", {"note": "商户平台说已退回"}, "没有付成，结算单可以重新付款", ""),
)


@pytest.mark.parametrize(("outcome", "given", "said", "day"), DECIDED)
async def test_what_was_found_out_about_a_transfer_is_confirmed_and_written_down(
    owner: Client, scenario: Scenario, outcome: str, given: dict[str, str], said: str, day: str
) -> None:
    ready = await forgotten_transfer(outcome)(scenario, owner)
    path = f"admin/pay/transfers/{ready.id}/decide/{outcome}/"
    number = (await transfer_of(scenario, int(ready.subject_id or 0))).out_bill_no
    answer = await owner.post(path, {**ready.fields, **given})
    assert answer.headers["Location"].endswith(
        f"/admin/pay/statements/{ready.subject_id}/?done=transfer-decided-{outcome}"
    )
    facts = {
        "outcome": outcome,
        "amount_fen": 8_000,
        "out_bill_no": number,
        "day": day,
        "note": given["note"],
    }
    assert await scenario.log() == [("pay.transfer_decide", None, facts)]
    decided = await transfer_of(scenario, int(ready.subject_id or 0))
    assert (decided.decided_by, decided.decided_note) == (1, given["note"])


@pytest.mark.parametrize(("outcome", "given", "said", "day"), DECIDED)
async def test_the_password_is_asked_for_with_what_is_about_to_be_recorded(
    owner: Client, scenario: Scenario, outcome: str, given: dict[str, str], said: str, day: str
) -> None:
    ready = await forgotten_transfer(outcome)(scenario, owner)
    scenario.clock.at += 3_600_000
    asked = await owner.post(f"admin/pay/transfers/{ready.id}/decide/{outcome}/", {**ready.fields, **given})
    assert asked.code == 403
    assert f"记录：￥80 的微信转账{said}。不能撤回" in asked.body.decode()


@pytest.mark.parametrize(
    ("outcome", "given", "says"),
    [
        ("paid", {"day": "2026-11-18", "note": "长" * 201}, "凭证："),
        ("paid", {"day": "2026-11-19", "note": "电子回单"}, "今天"),
        ("unpaid", {"note": "长" * 201}, "原因："),
    ],
)
async def test_what_was_found_out_stays_in_the_form_when_it_is_refused(
    owner: Client, scenario: Scenario, outcome: str, given: dict[str, str], says: str
) -> None:
    ready = await forgotten_transfer(outcome)(scenario, owner)
    refused = await owner.post(f"admin/pay/transfers/{ready.id}/decide/{outcome}/", {**ready.fields, **given})
    page = refused.body.decode()
    assert (refused.code, says in page) == (400, True)
    assert f">{given['note']}</textarea>" in page
    opened = re.findall(r"<details open><summary>(.*?)</summary>", page)
    assert opened == ["已经付给本人" if outcome == "paid" else "没有付成"]
    assert await scenario.audited() == []


async def test_a_case_that_was_closed_is_not_shown_beside_the_transfer(
    owner: Client, scenario: Scenario
) -> None:
    ready = await transfer()(scenario, owner)
    path = f"admin/pay/statements/{ready.subject_id}/"
    reference = (await transfer_of(scenario, int(ready.subject_id or 0))).out_bill_no
    async with scenario.storage.transaction() as tx:
        await tx.finance.open_case("transfer_mismatch", reference, "{}", scenario.clock())
        await tx.finance.open_case("transfer_mismatch", "of another", "{}", scenario.clock())
        await tx.commit()
    assert re.findall(r"cases/([0-9]+)/", await owner.page(path)) == ["1"]
    await owner.post("admin/cases/1/close/", {"note": "已与微信核对"})
    assert re.findall(r"cases/([0-9]+)/", await owner.page(path)) == []


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", ""),
        ("MCH_CANCEL", "办公室撤销"),
        (NOT_SENT, "微信没有接受，办公室放弃"),
        ("SOMETHING_NEW", "微信给的原因：SOMETHING_NEW"),
    ],
)
def test_why_a_transfer_has_failed(reason: str, words: str) -> None:
    assert fail_text(reason) == words
