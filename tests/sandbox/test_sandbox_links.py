"""Links, schemes and mini-program codes: what WeChat refuses, how long they live, and which page they open."""

from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image

from sandbox.links import pages
from tests.sandbox.test_sandbox_phone_numbers import access_token

NOW = 1_760_000_000_000
PAGE = "pages/claim/claim"


def wish(**changes):
    body = {"path": PAGE, "query": "token=abc_-1", "expire_type": 0, "expire_time": NOW // 1000 + 3600}
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


async def call(merchant, name, body, token=None):
    token = await access_token(merchant) if token is None else token
    return await merchant.post(f"{name}?access_token={token}", body)


async def url_link(merchant, **changes):
    return (await call(merchant, "wxa/generate_urllink", wish(**changes))).json()


async def opened(merchant, address):
    response = await merchant.client.get(address, follow_redirects=False)
    return response.status_code, response.headers.get("location", "")


def at_now(drive_sandbox, scenario):
    now = [NOW]
    drive_sandbox(lambda merchant: scenario(merchant, now), clock=lambda: now[0])


def test_a_link_opens_its_page_until_it_ends(drive_sandbox):
    async def scenario(merchant, now):
        answer = await url_link(merchant)
        assert answer["errcode"] == 0
        assert answer["url_link"].startswith(merchant.base)
        status, target = await opened(merchant, answer["url_link"])
        assert (status, target) == (302, "../client/#pages%2Fclaim%2Fclaim%3Ftoken%3Dabc_-1")
        now[0] += 3600_000
        assert (await opened(merchant, answer["url_link"]))[0] == 410
        assert (await opened(merchant, f"{merchant.base}/l/unknown"))[0] == 410
        [link] = (await merchant.get("links/"))["links"]
        assert (link["opened"], link["expires_at"]) == (1, NOW + 3600_000)

    at_now(drive_sandbox, scenario)


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({}, 0),
        ({"path": "", "query": ""}, 0),
        ({"path": None, "query": None}, 0),
        ({"path": "packages/escort/workbench/workbench"}, 0),
        ({"path": "/pages/claim/claim"}, 40165),
        ({"path": "pages/claim/claim?token=1"}, 40165),
        ({"path": "pages/none/none"}, 40165),
        ({"path": 5}, 40165),
        ({"query": "x" * 1024}, 0),
        ({"query": "x" * 1025}, 40212),
        ({"query": "名字=1"}, 40212),
        ({"query": "a=b c"}, 40212),
        ({"expire_time": NOW // 1000 + 59}, 85401),
        ({"expire_time": NOW // 1000 + 60}, 0),
        ({"expire_time": NOW // 1000 + 30 * 86400}, 0),
        ({"expire_time": NOW // 1000 + 30 * 86400 + 1}, 85401),
        ({"expire_time": NOW}, 85401),
        ({"expire_time": None}, 85401),
        ({"expire_time": "3600"}, 85401),
        ({"expire_type": 1, "expire_interval": 30}, 0),
        ({"expire_type": 1, "expire_interval": 31}, 85401),
        ({"expire_type": 1, "expire_interval": 0}, 85401),
        ({"expire_type": 2}, 85401),
        ({"env_version": "trial"}, 0),
        ({"env_version": "beta"}, 85402),
    ],
)
def test_links_are_checked_as_wechat_checks_them(drive_sandbox, changes, errcode):
    async def scenario(merchant, now):
        assert (await url_link(merchant, **changes))["errcode"] == errcode
        body = wish(**changes)
        jump = {name: body.pop(name) for name in ("path", "query", "env_version") if name in body}
        scheme = (
            await call(merchant, "wxa/generatescheme", {"jump_wxa": jump, "is_expire": True, **body})
        ).json()
        assert scheme["errcode"] == errcode
        assert ("openlink" in scheme) is (errcode == 0)
        assert len((await merchant.get("links/"))["links"]) == (2 if errcode == 0 else 0)

    at_now(drive_sandbox, scenario)


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({}, 0),
        ({"scene": "x" * 32}, 0),
        ({"scene": "x" * 33}, 40129),
        ({"scene": ""}, 40129),
        ({"scene": "名字"}, 40129),
        ({"scene": "a%20b"}, 40129),
        ({"page": "pages/none/none"}, 41030),
        ({"page": "pages/none/none", "check_path": False}, 0),
        ({"page": "/pages/claim/claim"}, 41030),
        ({"width": 279}, 40097),
        ({"width": 1281}, 40097),
        ({"env_version": "beta"}, 85402),
    ],
)
def test_codes_are_pictures_or_say_what_is_wrong(drive_sandbox, changes, errcode):
    async def scenario(merchant):
        body = {"page": PAGE, "scene": "token=abc_-1", **changes}
        response = await call(merchant, "wxa/getwxacodeunlimit", body)
        if errcode:
            assert response.json()["errcode"] == errcode
            return
        assert response.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(response.content)).size == (430, 430)

    drive_sandbox(scenario)


def test_a_code_gives_its_scene_to_the_page_encoded(drive_sandbox):
    async def scenario(merchant):
        await call(merchant, "wxa/getwxacodeunlimit", {"page": PAGE, "scene": "token=abc"})
        [link] = (await merchant.get("links/"))["links"]
        _, target = await opened(merchant, f"{merchant.base}/l/{link['id']}")
        assert target.endswith("#pages%2Fclaim%2Fclaim%3Fscene%3Dtoken%253Dabc")

    drive_sandbox(scenario)


def test_before_the_first_version_is_published_nothing_is_given_out(drive_sandbox):
    async def scenario(merchant, now):
        await merchant.post("settings/", {"published": False})
        assert (await url_link(merchant))["errcode"] == 85079
        code = await call(merchant, "wxa/getwxacodeunlimit", {"page": PAGE, "scene": "token=abc"})
        assert code.json()["errcode"] == 41030
        assert (await merchant.get("links/"))["links"] == []

    at_now(drive_sandbox, scenario)


@pytest.mark.parametrize("errcode", [85079, 44990, 44993, 45009])
def test_faults_refuse_and_end_links(drive_sandbox, errcode):
    async def scenario(merchant, now):
        await merchant.fault("link_error", errcode=errcode)
        assert (await url_link(merchant))["errcode"] == errcode
        answer = await url_link(merchant)
        await merchant.fault("link_expired")
        assert (await opened(merchant, answer["url_link"]))[0] == 410
        assert (await opened(merchant, answer["url_link"]))[0] == 302
        await merchant.fault("drop_after_commit", endpoint="generate_urllink")
        with pytest.raises(httpx.HTTPError):
            await url_link(merchant)
        assert len((await merchant.get("links/"))["links"]) == 2

    at_now(drive_sandbox, scenario)


def test_without_a_token_nothing_is_made(drive_sandbox):
    async def scenario(merchant, now):
        for name in ("generate_urllink", "generatescheme", "getwxacodeunlimit"):
            body = {"jump_wxa": wish(), "scene": "x", **wish()}
            assert (await call(merchant, f"wxa/{name}", body, "made-up")).json()["errcode"] == 40001

    at_now(drive_sandbox, scenario)


def test_the_order_centre_takes_a_path_with_the_number_after_its_agreement(drive_sandbox):
    async def scenario(merchant):
        detail, message = "wxa/sec/order/update_order_detail_path", "wxa/sec/order/set_msg_jump_path"
        path = "pages/order/order?out_trade_no=${商品订单号}"
        assert (await call(merchant, detail, {"path": "pages/order/order"})).json()["errcode"] == 47001
        assert (await call(merchant, detail, {"path": path})).json()["errcode"] == 0
        assert (await call(merchant, message, {"path": "pages/order/order"})).json()["errcode"] == 0
        assert (await call(merchant, message, {})).json()["errcode"] == 40165
        assert (await merchant.get("links/"))["paths"] == {"detail": path, "message": "pages/order/order"}
        await merchant.post("settings/", {"order_centre_agreed": False})
        assert (await call(merchant, detail, {"path": path})).json()["errcode"] == 10060035

    drive_sandbox(scenario)


def test_every_page_of_the_program_counts_as_published():
    assert {PAGE, "pages/order/order", "packages/escort/workbench/workbench"} <= pages()
