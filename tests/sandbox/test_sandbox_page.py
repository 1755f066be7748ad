"""The page, and the manners of the stand-in's own endpoints."""

from __future__ import annotations

import re

import pytest


def test_the_page_says_what_to_do_when_it_is_empty(drive_sandbox):
    async def scenario(merchant):
        page = await merchant.client.get(f"{merchant.base}/")
        assert page.status_code == 200
        assert "还没有订单" in page.text
        assert "付款" in page.text
        assert merchant.sandbox.identity.appid in page.text
        assert merchant.sandbox.identity.secret not in page.text

    drive_sandbox(scenario)


@pytest.mark.parametrize("prefix", ["/sandbox", "/deep/below/sandbox"])
def test_links_are_relative_and_assets_are_there(drive_sandbox, prefix):
    async def scenario(merchant):
        bare = await merchant.client.get(merchant.base)
        assert bare.status_code == 302
        assert bare.headers["Location"] == "sandbox/"
        page = await merchant.client.get(f"{merchant.base}/")
        links = re.findall(r'(?:href|src|data-post|data-delete)="([^"]+)"', page.text)
        assert links
        for link in links:
            assert not link.startswith(("/", "http"))
            if link.startswith("assets/"):
                assert (await merchant.client.get(f"{merchant.base}/{link}")).status_code == 200

    drive_sandbox(scenario, prefix=prefix)


def test_the_board_shows_everything_and_escapes_it(drive_sandbox):
    async def scenario(merchant):
        hostile = "<script>alert('x')</script>"
        await merchant.create("PAGE-00001", description=hostile)
        await merchant.buy("PAGE-00002", 58850)
        await merchant.refund("PAGE-00002", "PR1", 100, 58850, reason=hostile)
        await merchant.fault("slow", scope=hostile)
        await merchant.notified(2)
        board = (await merchant.client.get(f"{merchant.base}/board/")).text
        assert "<script>" not in board
        for text in ("PAGE-00001", "￥588.50", "PR1", "付款但丢失通知", "应答缓慢", "HTTP 204"):
            assert text in board

    drive_sandbox(scenario)


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "nowhere/", 404, "not_found"),
        ("POST", "nowhere/at/all", 404, "not_found"),
        ("GET", "cashier/", 405, "method_not_allowed"),
        ("POST", "orders/", 405, "method_not_allowed"),
        ("GET", "orders/?prepay_id=x", 404, "unknown_order"),
        ("GET", "orders/?limit=0", 400, "invalid"),
        ("POST", "faults/", 400, "invalid_json"),
        ("POST", "cashier/", 400, "invalid_json"),
    ],
)
def test_errors_have_the_house_shape(drive_sandbox, method, path, status, slug):
    async def scenario(merchant):
        response = await merchant.client.request(method, f"{merchant.base}/{path}")
        document = response.json()
        assert response.status_code == status
        assert (document["code"], document["error"]) == (status, slug)
        assert document["msg"]
        assert document["request_id"]

    drive_sandbox(scenario)


def test_foreign_web_pages_cannot_push_buttons(drive_sandbox):
    async def scenario(merchant):
        prepay_id = await merchant.create("PAGE-00003")
        response = await merchant.client.post(
            f"{merchant.base}/cashier/",
            json={"prepay_id": prepay_id, "outcome": "success"},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert response.status_code == 403
        assert (await merchant.get("money/"))["paid_fen"] == 0

    drive_sandbox(scenario)


def test_the_identity_is_public_but_the_secrets_are_not(drive_sandbox):
    async def scenario(merchant):
        identity = merchant.sandbox.identity
        response = await merchant.client.get(f"{merchant.base}/identity/")
        assert response.json()["platform_public_key_id"] == identity.platform_public_key_id
        assert identity.secret not in response.text
        assert identity.apiv3_key not in response.text

    drive_sandbox(scenario)


def test_the_page_opens_links_and_the_order_centre_and_counts_taps(drive_sandbox):
    async def scenario(merchant):
        identity = merchant.sandbox.identity
        body = {"grant_type": "client_credential", "appid": identity.appid, "secret": identity.secret}
        token = (await merchant.post("cgi-bin/stable_token", body)).json()["access_token"]
        await merchant.post(
            f"wxa/getwxacodeunlimit?access_token={token}", {"page": "", "scene": "x", "check_path": False}
        )
        path = {"path": "pages/order/order?out_trade_no=${商品订单号}"}
        await merchant.post(f"wxa/sec/order/update_order_detail_path?access_token={token}", path)
        await merchant.post("phone-codes/", {"person": "li"})
        board = (await merchant.client.get(f"{merchant.base}/board/")).text
        [link] = (await merchant.get("links/"))["links"]
        assert f'href="l/{link["id"]}"' in board
        assert "999" in board
        assert merchant.sandbox.phone_numbers.number_of("li") in board
        assert merchant.sandbox.links.order_page("N1").endswith("out_trade_no%3DN1")

    drive_sandbox(scenario)
