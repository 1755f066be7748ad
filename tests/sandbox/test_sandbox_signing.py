"""Requests are verified and replies signed exactly as WeChat does it."""

from __future__ import annotations

import os
import stat
import time

import pytest
from wechatpayv3.utils import rsa_sign

from sandbox import load_identity
from sandbox.signing import load_private

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FOREIGN = 'mchid="1900000000",nonce_str="n",timestamp="1",serial_no="A",signature="!"'


def test_generated_files_are_complete_private_and_stable(tmp_path):
    started = time.monotonic()
    first = load_identity(tmp_path / "sandbox")
    assert time.monotonic() - started < 10
    names = {
        "platform_private_key.pem",
        "platform_public_key.pem",
        "platform_public_key_id",
        "merchant_private_key.pem",
        "merchant_public_key.pem",
        "apiv3_key",
        "identity.json",
        "platform_certificate.pem",
        "platform_certificate_key.pem",
    }
    assert names <= set(os.listdir(tmp_path / "sandbox"))
    for name in names:
        assert stat.S_IMODE((tmp_path / "sandbox" / name).stat().st_mode) == 0o600
    assert first.merchant_private_key_path.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert len(first.apiv3_key) == 32
    assert len(first.platform_certificate_serial) == len(first.merchant_serial) == 40
    assert first.platform_public_key_id.removeprefix("PUB_KEY_ID_").isdigit()
    assert load_identity(tmp_path / "sandbox") == first


@pytest.mark.parametrize(
    "options",
    [
        {"tamper": '{"mchid": "x"}'},
        {"headers": {"Authorization": ""}},
        {"headers": {"Authorization": "Bearer abc"}},
        {"headers": {"Authorization": 'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n"'}},
        {"headers": {"Authorization": f"{SCHEME} {FOREIGN}"}},
    ],
)
def test_an_altered_or_unsigned_request_is_refused(drive_sandbox, options):
    async def scenario(merchant):
        response = await merchant.call(
            "POST", "/v3/pay/transactions/jsapi", merchant.order_body("SIGN-000001"), **options
        )
        assert (response.status_code, response.json()["code"]) == (401, "SIGN_ERROR")
        assert (await merchant.query("SIGN-000001")).status_code == 404

    drive_sandbox(scenario)


@pytest.mark.parametrize(("offset_s", "status"), [(-310, 401), (-290, 404), (290, 404), (310, 401)])
def test_a_request_more_than_five_minutes_off_is_refused(drive_sandbox, offset_s, status):
    async def scenario(merchant):
        response = await merchant.query("SIGN-000002")
        assert response.status_code == status
        if status == 401:
            assert response.json()["code"] == "SIGN_ERROR"

    drive_sandbox(scenario, request_clock=lambda: int((time.time() + offset_s) * 1000))


@pytest.mark.parametrize("prefix", ["", "/sandbox", "/some/where/sandbox"])
def test_the_signed_path_is_what_follows_the_mount(drive_sandbox, prefix):
    async def scenario(merchant):
        await merchant.create("SIGN-000003")
        assert (await merchant.query("SIGN-000003")).json()["trade_state"] == "NOTPAY"

    drive_sandbox(scenario, prefix=prefix)


def test_a_number_with_special_characters_may_be_escaped_after_signing(drive_sandbox):
    async def scenario(merchant):
        await merchant.create("SIGN|0*00-4_x")
        assert (await merchant.query("SIGN|0*00-4_x")).status_code == 200

    drive_sandbox(scenario)


def test_every_reply_is_signed_also_errors_and_empty_ones(drive_sandbox):
    async def scenario(merchant):
        await merchant.create("SIGN-000005")
        for response in (
            await merchant.query("SIGN-000005"),
            await merchant.query("UNKNOWN-1"),
            await merchant.close("SIGN-000005"),
        ):
            assert merchant.verifies(response.headers, response.content)
            assert response.headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
            assert response.headers["Request-ID"]

    drive_sandbox(scenario)


def test_which_key_signs_follows_the_request_or_the_setting(drive_sandbox):
    async def scenario(merchant):
        identity = merchant.sandbox.identity
        key_id, serial = identity.platform_public_key_id, identity.platform_certificate_serial

        async def signer(public_key):
            path = f"/v3/pay/transactions/out-trade-no/SIGN-1?mchid={identity.mchid}"
            response = await merchant.call("GET", path, public_key=public_key)
            assert merchant.verifies(response.headers, response.content)
            return response.headers["Wechatpay-Serial"]

        assert [await signer(True), await signer(False)] == [key_id, serial]
        await merchant.post("settings/", {"signer_replies": "certificate"})
        assert [await signer(True), await signer(False)] == [serial, serial]
        await merchant.post("settings/", {"signer_replies": "alternate"})
        assert {await signer(True), await signer(True)} == {key_id, serial}
        await merchant.fault("rotated_key", target="replies")
        rotated = await signer(True)
        assert rotated not in (key_id, serial)
        assert rotated in merchant.sandbox.context.keyring.published()

    drive_sandbox(scenario)


def test_an_unknown_public_key_id_is_refused(drive_sandbox):
    async def scenario(merchant):
        response = await merchant.call(
            "GET", "/v3/certificates", headers={"Wechatpay-Serial": "PUB_KEY_ID_1"}
        )
        assert (response.status_code, response.json()["code"]) == (400, "PARAM_ERROR")

    drive_sandbox(scenario)


def test_certificates_are_listed_or_refused(drive_sandbox):
    async def scenario(merchant):
        listed = (await merchant.call("GET", "/v3/certificates")).json()["data"]
        assert [item["serial_no"] for item in listed] == [
            merchant.sandbox.identity.platform_certificate_serial
        ]
        assert listed[0]["encrypt_certificate"]["associated_data"] == "certificate"
        assert listed[0]["effective_time"].endswith("+08:00")
        await merchant.fault("rotated_key", target="notifications")
        assert len((await merchant.call("GET", "/v3/certificates")).json()["data"]) == 2
        await merchant.post("settings/", {"publish_certificates": False})
        assert (await merchant.call("GET", "/v3/certificates")).status_code == 403

    drive_sandbox(scenario)


def test_the_phone_checks_the_payment_signature(drive_sandbox):
    async def scenario(merchant):
        prepay_id = await merchant.create("SIGN-000006")
        identity = merchant.sandbox.identity
        fields = {
            "timeStamp": "1700000000",
            "nonceStr": "abc",
            "package": f"prepay_id={prepay_id}",
            "signType": "RSA",
        }
        message = "\n".join([identity.appid, "1700000000", "abc", fields["package"]]) + "\n"
        sign = rsa_sign(load_private(identity.merchant_private_key_path), message)
        bad = await merchant.pay(prepay_id, payment={**fields, "paySign": sign[:-8] + "AAAAAAA="})
        assert (bad.status_code, bad.json()["error"]) == (400, "pay_sign_invalid")
        good = await merchant.pay(prepay_id, payment={**fields, "paySign": sign})
        assert good.json()["trade_state"] == "SUCCESS"

    drive_sandbox(scenario)
