"""Users and administrators' accounts, the second factor, one's own sessions."""

from __future__ import annotations

import json
import re

import pyotp
import pytest

from accounts.account_changes import basis_of_decision
from clock import HOUR, MINUTE, SECOND
from handlers.admin.formats import minute_text
from handlers.admin.stale_forms import fingerprints
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import ID_CARD, Scenario

OTHER = "another Passphrase 8"


async def account(scenario: Scenario, name: str):
    async with scenario.storage.reading() as reader:
        return next(each for each in await reader.administrators.all() if each.name == name)


async def test_an_owner_makes_a_clerk_who_can_log_in(owner: Client, visitor: Client, scenario: Scenario):
    fields = {"name": "小陈", "role": "clerk", "password": OTHER}
    assert (await owner.post("admin/accounts/", fields)).code == 302
    assert (await owner.post("admin/accounts/", fields)).code == 409
    assert (await owner.post("admin/accounts/", {**fields, "name": "小王", "password": "short"})).code == 400
    assert (await visitor.log_in("小陈", OTHER)).code == 302
    assert (await visitor.get("admin/accounts/")).code == 403
    assert (await scenario.audited())[-2:] == ["account.create", "login"]


async def test_a_disabled_account_is_out_and_enabled_it_is_back(
    owner: Client, clerk: Client, scenario: Scenario
):
    who = (await account(scenario, "clerk")).id
    assert (await owner.post(f"admin/accounts/{who}/disable/")).code == 302
    assert (await clerk.get("admin/")).code == 302
    assert (await clerk.log_in("clerk")).code == 401
    assert (await owner.post(f"admin/accounts/{who}/enable/")).code == 302
    assert (await clerk.log_in("clerk")).code == 302


async def test_an_owner_always_remains(owner: Client, scenario: Scenario):
    own, other = (await account(scenario, "owner")).id, (await account(scenario, "clerk")).id
    form = {"fingerprint": fingerprints(basis_of_decision(await account(scenario, "owner")))}
    assert (await owner.post(f"admin/accounts/{own}/disable/", form)).code == 409
    answer = await owner.post(f"admin/accounts/{own}/clerk/", form)
    assert answer.code == 409
    assert "至少要有一个可以登录的店主账号" in answer.body.decode()
    assert (await owner.post(f"admin/accounts/{other}/owner/")).code == 302
    assert (await owner.post(f"admin/accounts/{own}/clerk/", form)).code == 302


async def test_a_forgotten_password_is_set_by_an_owner(owner: Client, clerk: Client, scenario: Scenario):
    who = (await account(scenario, "clerk")).id
    assert (await owner.post(f"admin/accounts/{who}/password/", {"password": "short"})).code == 400
    assert (await owner.post(f"admin/accounts/{who}/password/", {"password": OTHER})).code == 302
    assert (await clerk.get("admin/")).code == 302
    assert (await clerk.log_in("clerk")).code == 401
    assert (await clerk.log_in("clerk", OTHER)).code == 302


async def test_what_was_done_to_an_account_is_said_with_its_name(owner: Client, scenario: Scenario):
    who = (await account(scenario, "clerk")).id
    done = re.compile('<p class="notice good" role="status">(.*?)</p>')
    for act, fields, sentence in (
        ("password", {"password": OTHER}, "clerk 的密码已重设，所有设备已退出，请用新密码登录"),
        ("end-sessions", {}, "clerk 已退出所有设备"),
    ):
        answer = await owner.post(f"admin/accounts/{who}/{act}/", fields)
        assert done.findall(
            await owner.page("admin/" + answer.headers["Location"].partition("/admin/")[2])
        ) == [sentence]
    for strange in ("password-99", "password-x", "password-", f"nothing-{who}"):
        assert done.findall(await owner.page(f"admin/accounts/?done={strange}")) == []
    assert "至少 10 个字符" in (await owner.page("admin/accounts/")).split('id="new"')[0], (
        "beside 新密码, too"
    )


@pytest.mark.promise(20)
async def test_managing_accounts_needs_the_password_again(owner: Client, scenario: Scenario):
    who = (await account(scenario, "clerk")).id
    scenario.clock.at += 11 * MINUTE
    assert (await owner.post(f"admin/accounts/{who}/disable/")).code == 403
    assert (await account(scenario, "clerk")).disabled_at is None
    assert (await owner.post(f"admin/accounts/{who}/disable/", {"confirm_password": PASSWORD})).code == 302


@pytest.mark.promise(20)
async def test_ending_the_sessions_of_another_needs_the_password_again(
    owner: Client, clerk: Client, scenario: Scenario
):
    path = f"admin/accounts/{(await account(scenario, 'clerk')).id}/end-sessions/"
    scenario.clock.at += 11 * MINUTE
    assert (await owner.post(path)).code == 403
    assert (await clerk.get("admin/")).code == 200
    assert (await owner.post(path, {"confirm_password": PASSWORD})).code == 302
    assert (await clerk.get("admin/")).code == 302


@pytest.mark.promise(20)
async def test_a_session_that_timed_out_is_no_device_that_is_logged_in(
    owner: Client, clerk: Client, scenario: Scenario
):
    second = Client(owner.base)
    await second.log_in()
    scenario.clock.at += 119 * MINUTE
    assert (await owner.get("admin/")).code == 200
    assert (await owner.page("admin/me/")).count("登录于") == 2
    scenario.clock.at += 2 * MINUTE
    assert (await owner.page("admin/me/")).count("登录于") == 1
    page = await owner.page("admin/accounts/")
    assert re.findall(r'data-label="登录中">([0-9]+) 台', page) == ["1", "0", "0"]


@pytest.mark.promise(20)
async def test_a_new_password_ends_the_other_sessions(owner: Client, address: str):
    second = Client(address)
    await second.log_in()
    fields = {"old": PASSWORD, "password": OTHER, "again": OTHER}
    for wrong in ({"old": "x"}, {"again": "y"}, {"password": "short", "again": "short"}):
        assert (await owner.post("admin/me/password/", {**fields, **wrong})).code == 400
    assert (await owner.post("admin/me/password/", fields)).code == 302
    assert (await owner.get("admin/")).code == 200
    assert (await second.get("admin/")).code == 302
    assert (await second.log_in("owner", OTHER)).code == 302


async def test_sessions_are_listed_and_ended(owner: Client, clerk: Client, address: str, scenario: Scenario):
    second = Client(address)
    await second.log_in()
    assert (await owner.page("admin/me/")).count("登录于") == 2
    async with scenario.storage.reading() as reader:
        mine = await reader.administrators.sessions_of(
            (await account(scenario, "owner")).id, scenario.clock(), 0
        )
        others = await reader.administrators.sessions_of(
            (await account(scenario, "clerk")).id, scenario.clock(), 0
        )
    assert (await owner.post(f"admin/me/sessions/{others[0].id}/end/")).code == 404
    assert (await clerk.get("admin/")).code == 200
    assert (await owner.post(f"admin/me/sessions/{mine[0].id}/end/")).code == 302
    assert (await second.get("admin/")).code == 302


@pytest.mark.promise(20)
async def test_a_second_factor_is_needed_once_it_is_on_and_no_code_works_twice(
    owner: Client, scenario: Scenario
):
    page = (await owner.post("admin/me/totp/start/")).body.decode()
    sealed = page.split('name="sealed" value="')[1].split('"')[0]
    secret = page.split('class="code secret">')[1].split("<")[0].replace(" ", "")
    totp = pyotp.TOTP(secret)

    def code() -> str:
        return totp.generate_otp(scenario.clock() // (30 * SECOND))

    assert (await owner.post("admin/me/totp/enable/", {"sealed": sealed, "code": "000000"})).code == 400
    assert (await owner.post("admin/me/totp/enable/", {"sealed": sealed, "code": code()})).code == 302
    kept = (await account(scenario, "owner")).totp_sealed
    assert kept
    assert secret not in kept
    assert (await owner.log_in()).code == 401
    assert (await owner.log_in(code=code())).code == 401, "the code that switched it on was used"
    scenario.clock.at += 31 * SECOND
    assert (await owner.log_in(code=code())).code == 302
    assert (await owner.log_in(code=code())).code == 401
    assert (await owner.post("admin/me/totp/disable/")).code == 302
    assert (await owner.log_in()).code == 302


async def test_a_user_is_remarked_disabled_and_enabled(owner: Client, clerk: Client, scenario: Scenario):
    user = await scenario.user("小李")
    async with scenario.storage.transaction() as tx:
        await tx.sessions.add(user, "h" * 64, scenario.clock(), scenario.clock() + 1000)
        await tx.commit()
    assert (await clerk.post(f"admin/users/{user}/remark/", {"remark": "老客户"})).code == 302
    assert "老客户" in await owner.page("admin/users/")
    assert (await clerk.post(f"admin/users/{user}/disable/")).code == 403
    assert (await owner.post(f"admin/users/{user}/disable/")).code == 302
    async with scenario.storage.reading() as reader:
        assert await reader.sessions.find("h" * 64) is None
    assert "已停用" in await owner.page(f"admin/users/{user}/")
    assert (await owner.post(f"admin/users/{user}/enable/")).code == 302
    assert (await scenario.audited())[-3:] == ["user.remark", "user.disable", "user.enable"]


async def test_a_users_page_tells_which_patients_were_consented_to(owner: Client, scenario: Scenario):
    user = await scenario.user("小李")
    path, hint = f"admin/users/{user}/", "旧版小程序添加的就诊人没有同意的记录"
    assert "单独同意" not in await owner.page(path)
    at = scenario.clock() + HOUR
    child = await scenario.patient(user, "韩梅", adult=False, consented_at=at, guardian_consented_at=at)
    page = await owner.page(path)
    assert page.count(minute_text(at)) == 1
    assert "监护人已同意" in page
    assert hint not in page
    await scenario.patient(user, "李雷", consented_at=None)
    page = await owner.page(path)
    assert page.count('data-label="单独同意"><span class="muted">没有记录') == 1
    assert hint in page
    assert "2 位" in page
    async with scenario.storage.transaction() as tx:
        await tx.patients.delete(child, user, scenario.clock(), scenario.clock())
        await tx.patients.forget(child, wholly=True)
        await tx.commit()
    page = await owner.page(path)
    assert "韩梅" not in page
    assert "1 位" in page
    assert page.count("已删除</small>") == 1
    assert page.count(minute_text(at)) == 1, "the proof stays"


async def test_a_users_page_stays_short_however_many_patients_were_deleted(owner: Client, scenario: Scenario):
    user = await scenario.user()
    await scenario.patient(user, "韩梅")
    many = [await scenario.patient(user, "李雷") for _ in range(51)]
    async with scenario.storage.transaction() as tx:
        for patient in many:
            await tx.patients.delete(patient, user, scenario.clock(), scenario.clock())
        await tx.commit()
    page = await owner.page(f"admin/users/{user}/")
    assert page.count(" 已删除</small>") == 50
    assert "已删除的就诊人（最近 50 位）</summary>" in page
    assert page.count("韩梅") == 1
    assert "<dd>1 位</dd>" in page


@pytest.mark.promise(24)
async def test_a_users_data_is_exported_and_deleted_on_request(owner: Client, scenario: Scenario):
    user = await scenario.user("小李")
    order = await scenario.order("finished", user_id=user)
    answer = await owner.post(f"admin/users/{user}/export/")
    assert json.loads(answer.body)["patients"][0]["idcard"] == ID_CARD
    assert (await owner.post(f"admin/users/{user}/delete/", {"confirm": "是"})).code == 400
    assert (await owner.post(f"admin/users/{user}/delete/", {"confirm": "删除"})).code == 302
    page = await owner.page(f"admin/orders/{order}/")
    assert "李雷" not in page
    assert "用户已删除个人资料" in page
    assert "￥588" in page
    for form in ({"confirm": "删除"}, {"confirm": "是"}, {}):
        assert (await owner.post(f"admin/users/{user}/delete/", form)).code == 409
    assert (await scenario.audited())[-2:] == ["user.export", "user.delete"]


async def test_after_the_password_an_export_leads_back_to_its_button(owner: Client, scenario: Scenario):
    user = await scenario.user("小李")
    path = f"admin/users/{user}/export/"
    scenario.clock.at += 11 * MINUTE
    assert (await owner.post(path)).code == 403
    assert (await owner.post(path, {"confirm_password": "wrong"})).code == 403
    answer = await owner.post(path, {"confirm_password": PASSWORD})
    assert answer.code == 302
    assert answer.headers["Location"].endswith(f"admin/users/{user}/?done=confirmed")
    assert "请再点一次「导出全部资料」" in await owner.page(f"admin/users/{user}/?done=confirmed")
    assert "user.export" not in await scenario.audited(), "nothing has been shown yet"
    answer = await owner.post(path)
    assert answer.headers["Content-Disposition"] == f"attachment; filename=user-{user}.json"
    assert json.loads(answer.body)["profile"]["nickname"] == "小李"
    assert (await scenario.audited())[-1] == "user.export"


async def test_a_user_with_an_order_under_way_is_not_deleted(owner: Client, scenario: Scenario):
    user = await scenario.user()
    await scenario.order(user_id=user)
    assert (await owner.post(f"admin/users/{user}/delete/", {"confirm": "删除"})).code == 409


async def test_the_audit_log_is_filtered(owner: Client, scenario: Scenario):
    order = await scenario.order()
    await owner.post(f"admin/orders/{order}/finish/")
    await owner.post(f"admin/orders/{order}/reopen/")
    page = await owner.page("admin/audit/?act=order.finish")
    assert page.count('<td data-label="操作">完成订单') == 1
    assert '<td data-label="操作">重新打开订单' not in page
    page = await owner.page(f"admin/audit/?subject=order&id={order}&who=1")
    assert page.count('data-label="操作"') == 2
    assert "没有符合条件的记录" in await owner.page("admin/audit/?subject=order&id=77")
    assert "没有符合条件的记录" in await owner.page("admin/audit/?to=2001-01-01")
