"""The page of the audit log: what was done, in words that need no column names, ids or fen."""

from __future__ import annotations

import json
import re

import pytest

from clock import DAY, day_bounds, shanghai_date
from handlers.admin.overview import audit_changes
from startup.legacy.report import TABLES, ImportReport, Outcome
from startup.seed import seed_catalog
from storage.models import AuditEntry
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


def rows(page: str) -> list[str]:
    """The rows of the log as a person reads them, newest first."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    texts = (re.sub(r"<[^>]+>", " ", row) for row in body.split("</tr>")[:-1])
    return [re.sub(r"\s+", " ", text).strip() for text in texts]


async def test_an_export_is_told_by_its_days_and_names(owner: Client, scenario: Scenario):
    await seed_catalog(scenario.storage)
    escort = await scenario.escort("王芳")
    query = (
        f"by=made&from=2026-11-16&to=2026-11-22&hospital=1&service=1&escort={escort}&q=%E6%9D%8E&state=paid"
    )
    await owner.get(f"admin/orders/export/?{query}")
    await owner.get("admin/orders/export/?from=2026-11-16&hospital=0&escort=none")
    await owner.get("admin/orders/export/")
    everything, visits, made, *_ = rows(await owner.page("admin/audit/?act=order.export"))
    assert "下单 2026-11-16 至 2026-11-22" in made
    assert f"陪诊员 王芳（#{escort}）" in made
    assert re.search(r"医院 \S+（#1） 服务 \S+ \S+（#1）", made)
    assert "状态 已付款" in made
    assert "搜索 姓名" in made
    assert "就诊 2026-11-16 起 陪诊员 还没有安排" in visits
    assert "医院 其他医院" in visits
    assert "条件 全部订单" in everything
    assert not re.search(r"made_from|first_date|[{}]", made + visits + everything)


async def test_a_move_says_what_went_where(owner: Client, scenario: Scenario):
    await seed_catalog(scenario.storage)
    async with scenario.storage.reading() as reader:
        hospitals = {each.id: each for each in await reader.catalog.hospitals()}
    ids = list(hospitals)
    third = ids[2]
    now = [third, *(each for each in ids if each != third)]
    sent = {"was": ",".join(map(str, ids)), "now": ",".join(map(str, now))}
    assert (await owner.post("admin/catalog/hospitals/order/", sent)).code == 200
    await owner.post("admin/catalog/hospitals/order/", {f"position-{third}": "77", f"was-{third}": "10"})
    by_number, dragged, *_ = rows(await owner.page("admin/audit/?subject=hospitals"))
    assert f"拖动 {hospitals[third].name}（#{third}） 第 3 位 → 第 1 位" in dragged
    assert f"{hospitals[third].name}（#{third}） 顺序 10 → 77" in by_number


async def test_only_what_differs_is_shown_with_names_and_yuan(owner: Client, scenario: Scenario):
    await seed_catalog(scenario.storage)
    order, escort = await scenario.order(), await scenario.escort("王芳")
    await owner.post(f"admin/orders/{order}/assign/", {"escort_id": str(escort), "half": "am"})
    await owner.post(f"admin/orders/{order}/finish/")
    finished, assigned, *_ = rows(await owner.page("admin/audit/?subject=order"))
    assert f"陪诊员 没有 → 王芳（#{escort}）" in assigned
    assert "陪诊员" not in finished
    assert "已完成" in finished
    async with scenario.storage.transaction() as tx:
        await tx.audit.add(
            None,
            "",
            "catalog.services.change",
            "services",
            1,
            scenario.clock(),
            '{"price_fen":19800,"unit":"次"}',
            '{"price_fen":20800,"unit":"次"}',
        )
        await tx.commit()
    newest = rows(await owner.page("admin/audit/"))[0]
    assert "系统（命令行）" in newest
    assert "价格 198.00 元 → 208.00 元" in newest
    assert "规格" not in newest


async def test_what_an_act_is_about_leads_to_its_page(owner: Client, scenario: Scenario):
    await seed_catalog(scenario.storage)
    order, user = await scenario.order(), await scenario.user()
    await owner.post(f"admin/orders/{order}/finish/")
    await owner.post("admin/accounts/2/password/", {"password": "another long Passphrase 8"})
    async with scenario.storage.transaction() as tx:
        for subject, about in (
            ("services", 1),
            ("refund", 8),
            ("case", 3),
            ("user", user),
            ("bill", "2026-11-20"),
            ("bill", "x"),
            ("patient", 5),
        ):
            await tx.audit.add(
                None, "", "login", subject, about, scenario.clock(), "", f'{{"order":{order}}}'
            )
        await tx.commit()
    page = await owner.page("admin/audit/")
    for path in (
        f"orders/{order}/",
        "catalog/services/1/",
        "refunds/8/",
        "cases/3/",
        f"users/{user}/",
        "accounts/#account-2",
        "reconcile/?before=2026-11-21",
    ):
        assert f'admin/{path}">' in page, path
    assert "换了新密码，两步验证已关闭，所有设备已退出" in page
    assert f'orders/{order}/">#{order}</a>' in page, "the order on which a patient was looked up"
    assert "clerk" in next(row for row in rows(page) if "重设员工密码" in row)
    assert (await owner.get("admin/reconcile/?before=2026-11-21")).code == 200
    assert 'id="account-2"' in await owner.page("admin/accounts/")


async def test_the_log_is_read_from_a_day_to_a_day(owner: Client, scenario: Scenario):
    today = shanghai_date(scenario.clock())
    async with scenario.storage.transaction() as tx:
        for back in (40, 30, 20, 10):
            day = shanghai_date(scenario.clock() - back * DAY)
            await tx.audit.add(None, "", "logout", "administrator", back, day_bounds(day)[0])
        await tx.commit()

    async def found(query: str) -> list[str]:
        page = await owner.page(f"admin/audit/?act=logout&{query}")
        return re.findall(r"员工账号 #(\d+)", page)

    first, last = (shanghai_date(scenario.clock() - back * DAY) for back in (30, 20))
    assert await found(f"from={first}&to={last}") == ["20", "30"]
    assert await found(f"from={first}") == ["10", "20", "30"]
    assert await found(f"to={first}") == ["30", "40"]
    assert await found(f"from={today}&to={today}") == []
    assert await found("from=2200-01-01") == []
    assert await found("from=x&to=9999-99-99") == ["10", "20", "30", "40"]
    page = await owner.page("admin/audit/?act=logout")
    assert f"?act=logout&amp;to={today}&amp;from={today}" in page


async def test_a_number_is_asked_for_once_its_kind_is_known(owner: Client):
    field = re.compile(r'<input name="id"[^>]*>')
    unknown = field.search(await owner.page("admin/audit/?id=7"))
    assert unknown
    assert "disabled" in unknown[0]
    assert 'value=""' in unknown[0]
    known = field.search(await owner.page("admin/audit/?subject=order&id=7"))
    assert known
    assert "disabled" not in known[0]
    assert 'value="7"' in known[0]


@pytest.mark.parametrize(
    ("subject", "state", "words"),
    [
        ("escort", "approved", "已通过"),
        ("refund", "approved", "退款中"),
        ("order", "cancelled", "已取消"),
        ("order", "paid", "已付款"),
        ("refund", "closed", "已关闭"),
        ("case", "approved", "approved"),
    ],
)
def test_a_state_is_told_in_the_words_of_what_is_in_it(subject: str, state: str, words: str):
    after = json.dumps({"state": state})
    entry = AuditEntry(1, 1, "店长", "192.0.2.1", f"{subject}.approve", subject, "7", "", after, 0)
    (line,) = audit_changes.changes(entry, audit_changes.Names({}))
    assert (line.label, line.old, line.new) == ("状态", "", words)


async def test_an_import_from_the_older_system_is_told_by_what_became_of_its_rows(
    owner: Client, scenario: Scenario
):
    report = ImportReport()
    for outcome in (Outcome.IMPORTED, Outcome.IMPORTED, Outcome.LEFT_OUT):
        report.count("app_friend", outcome)
    counted = json.dumps({table: report.counts(table) for table in TABLES})
    async with scenario.storage.transaction() as tx:
        await tx.audit.add(None, "", "import_legacy", "import", "", scenario.clock(), after_json=counted)
        await tx.commit()
    (row,) = rows(await owner.page("admin/audit/?act=import_legacy"))
    assert "就诊人 导入 2；已在库中 0；转为异常 0；未导入 1" in row
    assert not re.search(r"app_|imported|left_out", row)


@pytest.mark.parametrize("value", [[1, "x"], {"count": 2}])
def test_a_fact_that_is_a_list_or_has_parts_is_told_too(value: object):
    after = json.dumps({"zzz": value})
    entry = AuditEntry(1, 1, "店长", "192.0.2.1", "order.finish", "order", "7", "", after, 0)
    (line,) = audit_changes.changes(entry, audit_changes.Names({}))
    assert line.new == ("1、x" if isinstance(value, list) else "次数 2")
