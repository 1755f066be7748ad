"""手机号快速验证: a tap gives a code, a code gives a number once, and everything that WeChat refuses."""

from __future__ import annotations

import httpx
import pytest

NOW = 1_760_000_000_000
PATH = "wxa/business/getuserphonenumber?access_token="


async def access_token(merchant):
    identity = merchant.sandbox.identity
    body = {"grant_type": "client_credential", "appid": identity.appid, "secret": identity.secret}
    return (await merchant.post("cgi-bin/stable_token", body)).json()["access_token"]


async def tap(merchant, person="li"):
    return (await merchant.post("phone-codes/", {"person": person})).json()


async def exchange(merchant, code, token=None):
    token = await access_token(merchant) if token is None else token
    return (await merchant.post(PATH + token, {"code": code})).json()


def test_a_code_gives_the_number_of_its_person_once(drive_sandbox):
    async def scenario(merchant):
        first, second = await tap(merchant), await tap(merchant)
        answer = await exchange(merchant, first["phone_code"])
        info = answer["phone_info"]
        assert answer["errcode"] == 0
        assert info["countryCode"] == "86"
        assert info["phoneNumber"] == info["purePhoneNumber"]
        assert len(info["purePhoneNumber"]) == 11
        assert info["watermark"]["appid"] == merchant.sandbox.identity.appid
        assert (await exchange(merchant, first["phone_code"]))["errcode"] == 40029
        again = (await exchange(merchant, second["phone_code"]))["phone_info"]
        assert again["purePhoneNumber"] == info["purePhoneNumber"], "a person has one number"
        other = await exchange(merchant, (await tap(merchant, "wang"))["phone_code"])
        assert other["phone_info"]["purePhoneNumber"] != info["purePhoneNumber"]

    drive_sandbox(scenario)


@pytest.mark.parametrize("code", ["", None, 5, "made up", "x" * 600])
def test_what_is_no_code_is_40029(drive_sandbox, code):
    async def scenario(merchant):
        assert (await exchange(merchant, code))["errcode"] == 40029

    drive_sandbox(scenario)


def test_a_code_lives_five_minutes(drive_sandbox):
    now = [NOW]

    async def scenario(merchant):
        early, late = await tap(merchant), await tap(merchant)
        now[0] += 299_000
        assert (await exchange(merchant, early["phone_code"]))["errcode"] == 0
        now[0] += 1_000
        assert (await exchange(merchant, late["phone_code"]))["errcode"] == 40029

    drive_sandbox(scenario, clock=lambda: now[0])


def test_without_an_access_token_no_code_is_used_up(drive_sandbox):
    async def scenario(merchant):
        code = (await tap(merchant))["phone_code"]
        assert (await exchange(merchant, code, "made-up"))["errcode"] == 40001
        assert (await exchange(merchant, code))["errcode"] == 0

    drive_sandbox(scenario)


def test_every_tap_that_gives_a_code_is_counted_and_none_is_given_beyond_the_quota(drive_sandbox):
    async def scenario(merchant):
        await merchant.post("settings/", {"phone_quota": 2})
        assert [(await tap(merchant)).get("left") for _ in range(2)] == [1, 0]
        refused = await merchant.post("phone-codes/", {"person": "li"})
        assert refused.status_code == 409
        assert refused.json()["fields"]["errno"] == ["1400001"]
        assert len((await merchant.get("phone-codes/"))["codes"]) == 2

    drive_sandbox(scenario)


def test_a_blocked_component_gives_no_code_and_counts_nothing(drive_sandbox):
    async def scenario(merchant):
        await merchant.fault("phone_blocked", scope="li")
        refused = await merchant.post("phone-codes/", {"person": "li"})
        assert refused.json()["fields"]["errno"] == ["1421102"]
        assert (await merchant.get("phone-codes/"))["left"] == 1000
        assert "phone_code" in await tap(merchant)
        assert (await merchant.post("phone-codes/", {})).status_code == 400

    drive_sandbox(scenario)


@pytest.mark.parametrize("errcode", [40029, -1, 45011])
def test_a_fault_answers_any_code_and_uses_nothing_up(drive_sandbox, errcode):
    async def scenario(merchant):
        code = (await tap(merchant))["phone_code"]
        await merchant.fault("phone_error", scope="li", errcode=errcode)
        assert (await exchange(merchant, code))["errcode"] == errcode
        assert (await exchange(merchant, code))["errcode"] == 0

    drive_sandbox(scenario)


def test_a_lost_reply_has_used_the_code_up_and_a_lost_request_has_not(drive_sandbox):
    async def scenario(merchant):
        for fault, after in (("drop_after_commit", 40029), ("drop_before_commit", 0)):
            code = (await tap(merchant))["phone_code"]
            await merchant.fault(fault, endpoint="getuserphonenumber")
            with pytest.raises(httpx.HTTPError):
                await exchange(merchant, code)
            assert (await exchange(merchant, code))["errcode"] == after, fault

    drive_sandbox(scenario)


def test_a_number_abroad_has_its_country_and_a_wrong_watermark_another_appid(drive_sandbox):
    async def scenario(merchant):
        await merchant.fault("phone_abroad", scope="li")
        info = (await exchange(merchant, (await tap(merchant))["phone_code"]))["phone_info"]
        assert (info["countryCode"], info["purePhoneNumber"]) == ("1", "6502530000")
        assert info["phoneNumber"] == "+16502530000"
        await merchant.fault("phone_wrong_appid")
        info = (await exchange(merchant, (await tap(merchant))["phone_code"]))["phone_info"]
        assert info["watermark"]["appid"] == "wxWRONG"

    drive_sandbox(scenario)
