"""api.weixin.qq.com: logging in, tokens, subscribe messages."""

from __future__ import annotations

import pytest

from sandbox.messages import fits


async def login(merchant, code, **changes):
    identity = merchant.sandbox.identity
    query = {
        "appid": identity.appid,
        "secret": identity.secret,
        "js_code": code,
        "grant_type": "authorization_code",
        **changes,
    }
    response = await merchant.client.get(f"{merchant.base}/sns/jscode2session", params=query)
    assert response.status_code == 200
    return response.json()


async def token(merchant, **changes):
    identity = merchant.sandbox.identity
    body = {"grant_type": "client_credential", "appid": identity.appid, "secret": identity.secret, **changes}
    return (await merchant.post("cgi-bin/stable_token", body)).json()


async def send(merchant, access_token, **changes):
    body = {
        "touser": merchant.openid,
        "template_id": "TPL_paid",
        "page": "pages/order/detail?id=1",
        "lang": "zh_CN",
        "miniprogram_state": "formal",
        "data": {"thing1": {"value": "全程陪诊"}},
        **changes,
    }
    return (await merchant.post(f"cgi-bin/message/subscribe/send?access_token={access_token}", body)).json()


async def permit(merchant, times=1, answer="accept"):
    for _ in range(times):
        wish = {"openid": merchant.openid, "answers": {"TPL_paid": answer}}
        kept = (await merchant.post("permissions/", wish)).json()["permissions"]
    return kept


async def left(merchant):
    return [item["remaining"] for item in (await merchant.get("permissions/"))["permissions"]]


def test_each_permission_is_good_for_one_message(drive_sandbox):
    async def scenario(merchant):
        access_token = (await token(merchant))["access_token"]
        assert (await send(merchant, access_token))["errcode"] == 43101
        await permit(merchant, 2)
        await permit(merchant, answer="reject")
        assert await left(merchant) == [2]
        answers = [(await send(merchant, access_token))["errcode"] for _ in range(3)]
        assert answers == [0, 0, 43101]
        assert (await send(merchant, access_token, data={}))["errcode"] == 47003
        assert await left(merchant) == [0]
        openid = (await login(merchant, "as:li:1"))["openid"]
        (theirs,) = (
            await merchant.post("permissions/", {"person": "li", "answers": {"T_1": "accept"}})
        ).json()["permissions"]
        assert (theirs["openid"], theirs["remaining"]) == (openid, 1)

    drive_sandbox(scenario)


def test_a_message_that_fails_uses_no_permission_up(drive_sandbox):
    async def scenario(merchant):
        access_token = (await token(merchant))["access_token"]
        await permit(merchant)
        await merchant.fault("message_busy", scope=merchant.openid)
        assert (await send(merchant, access_token))["errcode"] == -1
        assert (await send(merchant, access_token, template_id="bad-template"))["errcode"] == 40037
        assert await left(merchant) == [1]
        assert (await send(merchant, access_token))["errcode"] == 0

    drive_sandbox(scenario)


def test_permissions_need_not_be_counted(drive_sandbox):
    async def scenario(merchant):
        access_token = (await token(merchant))["access_token"]
        await merchant.post("settings/", {"count_permissions": False})
        assert (await send(merchant, access_token))["errcode"] == 0

    drive_sandbox(scenario)


@pytest.mark.parametrize("wish", [{}, {"answers": {"T_1": "accept"}}, {"person": "li", "answers": ["T_1"]}])
def test_answers_that_name_nobody_or_nothing_are_refused(drive_sandbox, wish):
    async def scenario(merchant):
        assert (await merchant.post("permissions/", wish)).status_code == 400
        assert await left(merchant) == []

    drive_sandbox(scenario)


def test_a_code_works_once_and_names_a_person(drive_sandbox):
    async def scenario(merchant):
        first = await login(merchant, "as:li:1")
        assert len(first["openid"]) == 28
        assert first["session_key"]
        assert "errcode" not in first
        assert (await login(merchant, "as:li:1"))["errcode"] == 40163
        assert (await login(merchant, "as:li:2"))["openid"] == first["openid"]
        assert (await login(merchant, "as:王芳:2"))["openid"] != first["openid"]
        one, other = await login(merchant, "0a1b2c"), await login(merchant, "0a1b2d")
        assert one["openid"] != other["openid"]
        people = (await merchant.get("people/"))["people"]
        assert sorted(item["name"] for item in people) == ["", "", "li", "王芳"]

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("code", "changes", "errcode"),
    [
        ("", {}, 40029),
        ("bad-code", {}, 40029),
        ("good", {"appid": "wx"}, 40013),
        ("good", {"secret": "x"}, 40125),
        ("good", {"grant_type": "x"}, 40002),
    ],
)
def test_logins_that_are_refused(drive_sandbox, code, changes, errcode):
    async def scenario(merchant):
        answer = await login(merchant, code, **changes)
        assert answer["errcode"] == errcode
        assert "openid" not in answer

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("fault", "errcode"), [("login_busy", -1), ("login_rate_limited", 45011), ("login_blocked", 40226)]
)
def test_login_faults_leave_the_code_unused(drive_sandbox, fault, errcode):
    async def scenario(merchant):
        await merchant.fault(fault, scope="li")
        assert "openid" in await login(merchant, "as:wang:1")
        assert (await login(merchant, "as:li:1"))["errcode"] == errcode
        assert "openid" in await login(merchant, "as:li:1")

    drive_sandbox(scenario)


def test_a_stable_token_stays_until_it_is_forced(drive_sandbox):
    now = [1_760_000_000_000]

    async def scenario(merchant):
        first = await token(merchant)
        assert first["expires_in"] == 7200
        assert (await token(merchant))["access_token"] == first["access_token"]
        second = await token(merchant, force_refresh=True)
        assert second["access_token"] != first["access_token"]
        await permit(merchant, 2)
        assert (await send(merchant, first["access_token"]))["errcode"] == 0
        now[0] += 301_000
        assert (await send(merchant, first["access_token"]))["errcode"] == 42001
        assert (await send(merchant, second["access_token"]))["errcode"] == 0
        assert (await send(merchant, "made-up"))["errcode"] == 40001
        now[0] += 7_000_000
        assert (await token(merchant))["access_token"] != second["access_token"]
        assert (await token(merchant, secret="x"))["errcode"] == 40125

    drive_sandbox(scenario, clock=lambda: now[0])


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({}, 0),
        ({"page": ""}, 0),
        ({"touser": "不是"}, 40003),
        ({"touser": None}, 40003),
        ({"template_id": "bad-template"}, 40037),
        ({"template_id": ""}, 40037),
        ({"page": "http://x y"}, 41030),
        ({"data": {}}, 47003),
        ({"data": {"thing1": "全程陪诊"}}, 47003),
        ({"data": {"thing1": {"value": "长" * 21}}}, 47003),
        ({"data": {"stuff1": {"value": "x"}}}, 47003),
        ({"miniprogram_state": "released"}, 47003),
    ],
)
def test_messages_are_checked_and_kept(drive_sandbox, changes, errcode):
    async def scenario(merchant):
        access_token = (await token(merchant))["access_token"]
        await permit(merchant)
        assert (await send(merchant, access_token, **changes))["errcode"] == errcode
        kept = (await merchant.get("messages/"))["messages"]
        assert [item["errcode"] for item in kept] == [errcode]

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("fault", "errcode"), [("message_refused", 43101), ("message_busy", -1), ("message_error", 47003)]
)
def test_messages_can_be_refused(drive_sandbox, fault, errcode):
    async def scenario(merchant):
        access_token = (await token(merchant))["access_token"]
        await permit(merchant)
        await merchant.fault(fault, scope=merchant.openid)
        assert (await send(merchant, access_token))["errcode"] == errcode
        assert (await send(merchant, access_token))["errcode"] == 0

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("key", "value", "good"),
    [
        ("thing1", "长" * 20, True),
        ("thing1", "两\n行", False),
        ("phrase1", "退款成功", True),
        ("phrase1", "一二三四五六", False),
        ("phrase1", "OK", False),
        ("name1", "张三", True),
        ("name1", "李Amy", True),
        ("name1", "王𬎆", True),
        ("name1", "李" + "a" * 10, False),
        ("name1", "Maximilian Alexander", True),
        ("name1", "a" * 21, False),
        ("name1", "😀", False),
        ("name1", "一" * 11, False),
        ("number1", "12.50", True),
        ("number1", "十二", False),
        ("number1", "1" * 33, False),
        ("character_string1", "A-1 b", True),
        ("character_string1", "单号1", False),
        ("amount1", "￥588.00", True),
        ("amount1", "588元", True),
        ("amount1", "五元", False),
        ("date1", "2026年11月23日", True),
        ("date1", "2026-11-23 08:00", True),
        ("date1", "明天", False),
        ("time1", "15:01", True),
        ("time1", "2026年11月23日 15:01", True),
        ("time1", "下午", False),
        ("phone_number1", "+86-13800000000", True),
        ("phone_number1", "1" * 18, False),
        ("thing", "没有编号", False),
        ("thing1", "", False),
        ("thing1", None, False),
        ("amount2", 588, False),
    ],
)
def test_field_limits(key, value, good):
    assert fits(key, value) is good


def test_faults_reach_the_mini_programs_endpoints_by_name(drive_sandbox):
    async def scenario(merchant):
        await merchant.fault("system_error")
        assert "openid" in await login(merchant, "as:li:1")
        await merchant.client.delete(f"{merchant.base}/faults/")
        await merchant.fault("system_error", endpoint="jscode2session")
        identity = merchant.sandbox.identity
        query = {"appid": identity.appid, "secret": identity.secret, "js_code": "x"}
        response = await merchant.client.get(f"{merchant.base}/sns/jscode2session", params=query)
        assert response.status_code == 500
        await merchant.fault("garbage", endpoint="jscode2session")
        response = await merchant.client.get(f"{merchant.base}/sns/jscode2session", params=query)
        assert b"garbage" in response.content

    drive_sandbox(scenario)
