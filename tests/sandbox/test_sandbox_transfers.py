"""Merchant transfers: validated as strictly as WeChat does, confirmed by their payee, and what may go wrong."""

from __future__ import annotations

import time

import pytest

from tests.sandbox.transferring import (
    PATH,
    cancel,
    encrypted,
    log_in,
    payee,
    query,
    request,
    said,
    state_of,
    transfer,
)


def test_a_transfer_waits_for_its_payee_is_paid_and_notified(drive_sandbox):
    async def scenario(merchant):
        openid = await log_in(merchant)
        reply = (await transfer(merchant, openid)).json()
        assert reply["state"] == "WAIT_USER_CONFIRM"
        assert reply["package_info"]
        found = (await query(merchant)).json()
        assert "package_info" not in found
        assert found["transfer_bill_no"] == reply["transfer_bill_no"]
        looked = (await payee(merchant, reply["package_info"], openid, "look")).json()
        assert (looked["amount"], looked["remark"]) == (10_000, "陪诊报酬")
        assert (await payee(merchant, reply["package_info"], openid)).json()["state"] == "TRANSFERING"
        (notice,) = await merchant.notified(1)
        assert notice.verified
        assert notice.plaintext["state"] == "SUCCESS"
        assert notice.plaintext["transfer_amount"] == 10_000
        assert notice.plaintext.keys() & {"appid", "package_info"} == set()
        assert await state_of(merchant) == "SUCCESS"
        assert (await merchant.get("transfers/"))["balance_fen"] == 990_000

    drive_sandbox(scenario)


def test_the_same_number_is_one_transfer_and_a_changed_parameter_is_refused(drive_sandbox):
    async def scenario(merchant):
        openid = await log_in(merchant)
        name = encrypted(merchant)
        first = (await transfer(merchant, openid, user_name=name)).json()
        assert (await transfer(merchant, openid, user_name=name)).json() == first
        other = encrypted(merchant)
        for change in ({"transfer_remark": "报酬"}, {"transfer_amount": 10_001}, {"user_name": other}):
            body = {**request(merchant, openid, user_name=name), **change}
            changed = await merchant.call("POST", PATH, body)
            assert said(changed) == (400, "INVALID_REQUEST")
        settings = {"transfer_name_compared": "decrypted"}
        assert (await merchant.post("settings/", settings)).status_code == 200
        assert (await transfer(merchant, openid, user_name=encrypted(merchant))).json() == first
        assert said(await transfer(merchant, openid, user_name=encrypted(merchant, "李芳")))[0] == 400
        assert (await merchant.get("transfers/"))["total"] == 1

    drive_sandbox(scenario)


INFOS = [
    {"info_type": "岗位类型", "info_content": "陪诊员"},
    {"info_type": "报酬说明", "info_content": "陪诊"},
]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"notify_url": None}, 400, "PARAM_ERROR"),
        ({"user_recv_perception": None}, 400, "PARAM_ERROR"),
        ({"user_name": ""}, 400, "PARAM_ERROR"),
        ({"user_name": "王芳"}, 400, "PARAM_ERROR"),
        ({"transfer_remark": ""}, 400, "PARAM_ERROR"),
        ({"transfer_remark": "长" * 33}, 400, "PARAM_ERROR"),
        ({"out_bill_no": "T-1"}, 400, "PARAM_ERROR"),
        ({"out_bill_no": "T" * 33}, 400, "PARAM_ERROR"),
        ({"openid": "oOtherAppid"}, 400, "PARAM_ERROR"),
        ({"appid": "wx0000000000000000"}, 400, "PARAM_ERROR"),
        ({"transfer_amount": 9}, 400, "PARAM_ERROR"),
        ({"transfer_amount": 100.5}, 400, "PARAM_ERROR"),
        ({"transfer_amount": 20_001}, 400, "INVALID_REQUEST"),
        ({"transfer_scene_id": "1000"}, 403, "NO_AUTH"),
        ({"transfer_scene_id": "1234"}, 400, "PARAM_ERROR"),
        ({"transfer_scene_report_infos": []}, 400, "PARAM_ERROR"),
        ({"transfer_scene_report_infos": INFOS[:1]}, 400, "INVALID_REQUEST"),
        ({"transfer_scene_report_infos": [*INFOS, INFOS[0]]}, 400, "INVALID_REQUEST"),
        (
            {"transfer_scene_report_infos": [INFOS[0], {"info_type": "活动名称", "info_content": "a"}]},
            400,
            "INVALID_REQUEST",
        ),
        ({"transfer_scene_report_infos": [{**INFOS[0], "more": 1}, INFOS[1]]}, 400, "PARAM_ERROR"),
        (
            {"transfer_scene_report_infos": [{**INFOS[0], "info_content": "长" * 33}, INFOS[1]]},
            400,
            "PARAM_ERROR",
        ),
        ({"user_recv_perception": "工资"}, 400, "INVALID_REQUEST"),
        ({"user_recv_style": {"type": "PAGE"}}, 400, "PARAM_ERROR"),
        ({"undocumented": 1}, 400, "PARAM_ERROR"),
    ],
)
def test_a_request_that_wechat_would_refuse_is_refused(drive_sandbox, changes, status, code):
    async def scenario(merchant):
        openid = await log_in(merchant)
        body = {**request(merchant, openid), **changes}
        assert said(await merchant.call("POST", PATH, body)) == (status, code)
        assert (await merchant.get("transfers/"))["total"] == 0

    drive_sandbox(scenario)


def test_the_name_is_forbidden_below_thirty_fen_required_from_two_thousand_yuan_and_checked(drive_sandbox):
    async def scenario(merchant):
        openid = await log_in(merchant)
        await merchant.post("settings/", {"transfer_max_yuan": 5_000, "transfer_payee_day_yuan": 5_000})
        small = await transfer(merchant, openid, "T1", 29, user_name=encrypted(merchant))
        assert said(small) == (400, "INVALID_REQUEST")
        assert said(await transfer(merchant, openid, "T1", 29)) == (200, "")
        assert said(await transfer(merchant, openid, "T2", 200_000)) == (400, "INVALID_REQUEST")
        unnamed_key = {"public_key": False, "headers": {}}
        body = request(merchant, openid, "T3", user_name=encrypted(merchant))
        assert said(await merchant.call("POST", PATH, body, **unnamed_key)) == (400, "PARAM_ERROR")
        await merchant.post("transfers/names/", {"openid": openid, "real_name": "王方"})
        reply = (await transfer(merchant, openid, "T4", 200_000, user_name=encrypted(merchant))).json()
        await payee(merchant, reply["package_info"], openid)
        (notice,) = await merchant.notified(1)
        assert (notice.plaintext["state"], notice.plaintext["fail_reason"]) == ("FAIL", "NAME_NOT_CORRECT")

    drive_sandbox(scenario)


def test_ceilings_of_the_day_and_a_balance_that_is_too_low_stop_a_transfer(drive_sandbox):
    async def scenario(merchant):
        openid = await log_in(merchant)
        await merchant.post(
            "settings/",
            {"transfer_topped_up_yuan": 100, "transfer_day_yuan": 150, "transfer_payee_day_yuan": 120},
        )
        first = (await transfer(merchant, openid, "T1", 9_000)).json()
        assert said(await transfer(merchant, openid, "T2", 4_000)) == (403, "NOT_ENOUGH")
        assert (await merchant.post("transfers/account/", {"yuan": 1_000})).json()["balance_fen"] == 101_000
        second = (await transfer(merchant, openid, "T2", 4_000)).json()
        assert said(await transfer(merchant, openid, "T3", 4_000)) == (400, "INVALID_REQUEST")
        for each in (first, second):
            await payee(merchant, each["package_info"], openid)
        notices = await merchant.notified(2)
        reasons = [each.plaintext.get("fail_reason") for each in notices]
        assert sorted(reasons, key=str) == ["DAY_RECEIVED_QUOTA_EXCEED", None]

    drive_sandbox(scenario)


def test_only_the_payee_can_confirm_or_refuse_and_a_refusal_ends_it(drive_sandbox):
    async def scenario(merchant):
        openid, other = await log_in(merchant), await log_in(merchant, "li")
        package = (await transfer(merchant, openid)).json()["package_info"]
        assert (await payee(merchant, package, other)).json()["error"] == "wrong_payee"
        assert (await payee(merchant, "nothing", openid)).json()["error"] == "unknown_package"
        assert (await payee(merchant, package, openid, "refuse")).json()["fail_reason"] == "PAYEE_REJECT"
        assert (await payee(merchant, package, openid)).json()["error"] == "not_waiting"
        assert await state_of(merchant) == "FAIL"

    drive_sandbox(scenario)


def test_a_day_without_confirmation_ends_a_transfer_and_may_end_it_late(drive_sandbox):
    moved = [0]

    async def scenario(merchant):
        openid = await log_in(merchant)
        await merchant.fault("transfer_late_expiry", scope="T2", seconds=2_820)
        replies = {each: (await transfer(merchant, openid, each)).json() for each in ("T1", "T2")}
        day = 24 * 3_600_000 // 60
        moved[0] = day + 100
        assert await state_of(merchant, "T1") == "FAIL"
        assert (await query(merchant, "T1")).json()["fail_reason"] == "OVERDUE_CLOSE"
        assert await state_of(merchant, "T2") == "WAIT_USER_CONFIRM"
        dead = await payee(merchant, replies["T2"]["package_info"], openid)
        assert dead.json()["error"] == "package_expired"
        moved[0] = day + 2_820_000 // 60 + 100
        assert await state_of(merchant, "T2") == "FAIL"
        moved[0] = 31 * 86_400_000
        assert said(await query(merchant, "T1")) == (404, "NOT_FOUND")

    drive_sandbox(scenario, clock=lambda: time.time_ns() // 1_000_000 + moved[0])


def test_a_cancellation_takes_a_while_and_a_confirmation_may_win(drive_sandbox):
    async def scenario(merchant):
        openid = await log_in(merchant)
        await transfer(merchant, openid, "T1")
        assert (await cancel(merchant, "T1")).json()["state"] == "CANCELING"
        (notice,) = await merchant.notified(1)
        assert notice.plaintext["state"] == "CANCELLED"
        assert (await cancel(merchant, "T1")).json()["state"] == "CANCELLED"
        for number, accepted in (("T2", True), ("T3", False)):
            await transfer(merchant, openid, number)
            await merchant.fault("transfer_confirmed_while_cancelling", scope=number, accepted=accepted)
            answered = await cancel(merchant, number)
            assert said(answered) == ((200, "") if accepted else (400, "INVALID_REQUEST"))
        notices = await merchant.notified(3)
        assert [each.plaintext["state"] for each in notices[1:]] == ["SUCCESS", "SUCCESS"]
        assert said(await cancel(merchant, "T9")) == (404, "NOT_FOUND")
        assert (await merchant.get("transfers/"))["balance_fen"] == 980_000

    drive_sandbox(scenario)


def test_the_body_null_of_a_cancellation_is_not_what_was_signed(drive_sandbox):
    async def scenario(merchant):
        await transfer(merchant, await log_in(merchant))
        path = f"{PATH}/out-bill-no/T1/cancel"
        assert said(await merchant.call("POST", path, tamper="null")) == (401, "SIGN_ERROR")
        assert await state_of(merchant) == "WAIT_USER_CONFIRM"

    drive_sandbox(scenario)


@pytest.mark.parametrize("state", ["ACCEPTED", "PROCESSING", "CANCELING"])
def test_a_transfer_can_be_stuck_in_a_state_until_it_is_taken_on(drive_sandbox, state):
    async def scenario(merchant):
        openid = await log_in(merchant)
        await merchant.fault("transfer_stuck", state=state)
        reply = (await transfer(merchant, openid)).json()
        if state == "CANCELING":
            await cancel(merchant)
        else:
            assert "package_info" not in reply
            assert said(await cancel(merchant)) == (400, "INVALID_REQUEST")
        await merchant.quiet()
        assert await state_of(merchant) == state
        await merchant.post("transfers/", {"out_bill_no": "T1"})
        after = "CANCELLED" if state == "CANCELING" else "WAIT_USER_CONFIRM"
        assert await state_of(merchant) == after
        if after == "WAIT_USER_CONFIRM":
            assert (await transfer(merchant, openid)).json()["package_info"]

    drive_sandbox(scenario)


def test_a_query_may_not_find_a_transfer_for_a_while_and_a_confirmed_one_may_fail(drive_sandbox):
    async def scenario(merchant):
        openid = await log_in(merchant)
        await merchant.fault("drop_after_commit", endpoint="transfer")
        with pytest.raises(Exception, match=r"disconnected|closed"):
            await transfer(merchant, openid)
        await merchant.fault("transfer_not_found", times=2)
        for _ in range(2):
            assert said(await query(merchant)) == (404, "NOT_FOUND")
        assert await state_of(merchant) == "WAIT_USER_CONFIRM"
        await merchant.fault("transfer_fails", reason="ACCOUNT_FROZEN")
        package = (await transfer(merchant, openid)).json()["package_info"]
        await payee(merchant, package, openid)
        (notice,) = await merchant.notified(1)
        assert notice.plaintext["fail_reason"] == "ACCOUNT_FROZEN"

    drive_sandbox(scenario)
