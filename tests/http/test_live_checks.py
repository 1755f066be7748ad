"""``main.py check --live``: all well with the stand-in and a running server, and each thing that may be wrong, one at a
time. Nothing changes by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from config import Settings
from payment.wechatpay.complaints import ComplaintCalls
from startup import live, wechat_paths, wiring
from startup.checks.result import Result
from startup.live import LIVE_CHECKS
from startup.live.context import opened
from tests.http.conftest import StartProduct
from tests.http.product import Product

ALL = {
    "wechat": {"content_checks": True},
    "shipping": {"enabled": True},
    "pay": {"complaints": True},
    "transfers": {"scene_id": "1005"},
}
NAMES = [
    "token",
    "trade-management",
    "templates",
    "order-centre",
    "merchant",
    "transfers",
    "complaint-address",
    "notify-addresses",
    "push-address",
]


@pytest.fixture
def engine() -> str:
    """What WeChat says is in no database: one engine is enough."""
    return "sqlite"


@pytest.fixture
def company(start_product: StartProduct, io_loop: IOLoop) -> Product:
    """Everything is configured, and WeChat knows of it."""

    async def start() -> Product:
        product = await start_product(**ALL)
        assert await wechat_paths.set_paths(product.settings) == 0
        async with opened(product.settings) as asked:
            await ComplaintCalls(asked.gateway).set_address(wiring.complaint_notify_url(product.settings))
        return product

    started: Product = io_loop.run_sync(start)
    return started


async def found(settings: Settings) -> dict[str, Result]:
    results = await live.run_live_checks(settings)
    assert [result.name for result in results] == NAMES
    return {result.name: result for result in results}


def wrong(results: dict[str, Result]) -> list[str]:
    return [name for name, result in results.items() if result.level != "ok"]


async def test_all_is_well_and_nothing_changes(company: Product) -> None:
    before = await company.contents(), sorted(company.sandbox.links.paths.items())
    results = await found(company.settings)
    assert wrong(results) == [], [result.line() for result in results.values()]
    assert results["templates"].detail == "14 templates, with the fields that are sent"
    assert results["notify-addresses"].detail == "4 addresses lead to this server"
    assert "PUB_KEY_ID" in results["merchant"].detail
    assert (await company.contents(), sorted(company.sandbox.links.paths.items())) == before
    assert await company.count("alarms") == 0
    secrets = (
        company.settings.wechat.secret,
        company.settings.wechat.push_token,
        company.settings.pay.apiv3_key,
    )
    assert not any(secret in result.detail for secret in secrets for result in results.values())


FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "token",
        {"fault": "error", "endpoint": "stable_token", "status": 40125},
        "failed",
        "wechat.secret is wrong",
    ),
    ("token", {"fault": "error", "endpoint": "stable_token", "status": 40164}, "failed", "IP白名单"),
    ("token", {"fault": "garbage", "endpoint": "stable_token"}, "failed", "is reached from here"),
    (
        "trade-management",
        {"fault": "shipping_error", "endpoint": "trade_managed", "errcode": 48001},
        "failed",
        "no permission for this call",
    ),
    (
        "templates",
        {"fault": "template_missing", "scope": "sandbox-template-paid"},
        "failed",
        "wechat.message_paid: ",
    ),
    (
        "templates",
        {"fault": "template_changed", "scope": "sandbox-template-moved"},
        "failed",
        "has thing9 besides",
    ),
    ("templates", {"fault": "garbage", "endpoint": "gettemplate"}, "failed", "try again"),
    (
        "order-centre",
        {"fault": "system_error", "endpoint": "get_order_detail_path"},
        "warning",
        "run main.py wechat-paths",
    ),
    (
        "merchant",
        {"fault": "error", "endpoint": "query", "status": 401, "code": "SIGN_ERROR"},
        "failed",
        "pay.serial",
    ),
    (
        "merchant",
        {"fault": "error", "endpoint": "query", "status": 403, "code": "NO_AUTH"},
        "failed",
        "not opened",
    ),
    ("merchant", {"fault": "bad_signature", "endpoint": "query"}, "failed", "pay.public_key_id"),
    ("merchant", {"fault": "unsigned", "endpoint": "query"}, "warning", "without a signature"),
    ("merchant", {"fault": "rate_limited", "endpoint": "query"}, "failed", "busy"),
    (
        "transfers",
        {"fault": "error", "endpoint": "transfer_query", "status": 403, "code": "NO_AUTH"},
        "failed",
        "open 商家转账",
    ),
    (
        "complaint-address",
        {"fault": "error", "endpoint": "complaint_address", "status": 403, "code": "NO_AUTH"},
        "failed",
        "not opened",
    ),
]


@pytest.mark.parametrize(("name", "fault", "level", "says"), FAULTS)
async def test_each_fault_at_wechat_is_told_with_what_to_do(
    company: Product, name: str, fault: dict[str, Any], level: str, says: str
) -> None:
    company.sandbox.context.faults.switch_on({**fault, "times": None}, company.clock())
    results = await found(company.settings)
    assert results[name].level == level, results[name].line()
    assert says in results[name].detail
    if name != "token":  # without a token nothing of the mini-program can be asked
        assert wrong(results) == [name]


CHANGES: list[tuple[str, dict[str, dict[str, Any]], str, str]] = [
    ("trade-management", {"shipping": {"enabled": False}}, "failed", "shipping.enabled: expected true"),
    (
        "templates",
        {"wechat": {"message_paid": "deleted-template-of-ours-1"}},
        "failed",
        "is not among 我的模板",
    ),
    (
        "templates",
        {"wechat": {"message_paid_fields": ["thing1=service", "amount2=amount"]}},
        "failed",
        "has time3 besides",
    ),
    (
        "templates",
        {"wechat": {"message_refund_fields": ["thing1=service", "amount2=amount", "phrase4=outcome"]}},
        "failed",
        "has phrase3 besides",
    ),
    ("complaint-address", {"pay": {"complaints": False}}, "warning", "pay.complaints is off"),
    (
        "complaint-address",
        {"pay": {"complaint_notify_url": "https://shop.example.com/wechatpay/complaint-notify/"}},
        "failed",
        "complaint-notifications",
    ),
    ("push-address", {"wechat": {"push_token": ""}}, "failed", "wechat.push_token is empty"),
    ("push-address", {"wechat": {"push_token": "anothertoken"}}, "failed", "needs this push_token"),
]


@pytest.mark.parametrize(("name", "changes", "level", "says"), CHANGES)
async def test_each_setting_that_is_wrong_is_told(
    company: Product, name: str, changes: dict[str, dict[str, Any]], level: str, says: str
) -> None:
    settings = company.settings
    for section, values in changes.items():
        settings = settings.replace(section, **values)
    results = await found(settings)
    assert results[name].level == level, results[name].line()
    assert says in results[name].detail
    assert set(wrong(results)) <= {name, "notify-addresses"}


async def test_what_is_not_used_is_not_missed(company: Product) -> None:
    company.sandbox.settings.trade_managed = False
    settings = company.settings
    quiet: dict[str, dict[str, Any]] = {
        "shipping": {"enabled": False},
        "wechat": {"content_checks": False, "push_token": ""},
        "transfers": {"scene_id": ""},
    }
    for section, values in quiet.items():
        settings = settings.replace(section, **values)
    results = await found(settings)
    assert wrong(results) == []
    assert "not under trade management" in results["trade-management"].detail
    assert (results["push-address"].detail, results["transfers"].detail[:3]) == (
        "off: nothing is pushed",
        "off",
    )


async def test_an_unfinished_authorisation_is_told(company: Product) -> None:
    company.sandbox.settings.trade_completed = False
    results = await found(company.settings)
    assert "neither authorised nor unbound" in results["trade-management"].detail
    assert wrong(results) == ["trade-management"]


async def test_another_path_of_the_order_centre_is_told(company: Product) -> None:
    company.sandbox.links.paths["detail"] = "pages/index/index?no=${商品订单号}"
    results = await found(company.settings)
    assert "it opens pages/index/index" in results["order-centre"].detail
    assert wrong(results) == ["order-centre"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("{root}healthz/", "something else answers (200)"),
        ("{root}nothing/", "something else answers (404)"),
        ("http://127.0.0.1:9/wechatpay/notify/", "not reached from here"),
    ],
)
async def test_a_notify_address_that_leads_elsewhere_is_told(company: Product, url: str, says: str) -> None:
    settings = company.settings.replace("pay", refund_notify_url=url.format(root=company.root))
    results = await found(settings)
    assert says in results["notify-addresses"].detail
    assert "pay.refund_notify_url" in results["notify-addresses"].detail
    assert wrong(results) == ["notify-addresses"]


async def test_certificates_are_fetched_in_certificate_mode(company: Product) -> None:
    settings = company.settings.replace("pay", public_key_id="", public_key_file="", use_certificates=True)
    results = await found(settings)
    assert results["merchant"].level == "ok", results["merchant"].line()
    assert "PUB_KEY_ID" not in results["merchant"].detail
    wrong_key = settings.replace("pay", apiv3_key="0" * 32)
    assert "could not be fetched or opened" in (await found(wrong_key))["merchant"].detail


async def test_when_nothing_is_reached_every_line_says_so(company: Product) -> None:
    settings = company.settings.replace("wechat", api_base="http://127.0.0.1:9")
    settings = settings.replace("pay", api_base="http://127.0.0.1:9")
    results = await found(settings)
    assert wrong(results) == NAMES[:7]
    assert all("Traceback" not in result.detail and len(result.detail) > 20 for result in results.values())


async def test_a_check_that_breaks_holds_up_no_other(
    company: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check_token(_: object) -> Result:
        raise LookupError("secret text")

    monkeypatch.setattr(live, "LIVE_CHECKS", (check_token, *LIVE_CHECKS[1:]))
    results = await found(company.settings)
    assert results["token"] == replace(
        results["token"], level="failed", detail="could not be tried: LookupError"
    )
