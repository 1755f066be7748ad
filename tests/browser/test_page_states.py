"""Every page that loads shows a skeleton, then its content, or what to do without any, or a failure with a way on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from config import ROOT
from tests.browser.cast import Cast
from tests.browser.phone import Phone

FAILURE = "没有加载出来"


@dataclass(frozen=True)
class Loading:
    """A page that loads: what it asks the server, and what stands on it then.

    ``answer``: the content, where the shipped catalog has none.
    """

    path: str
    asks: str
    content: str
    answer: dict[str, Any] | None = None


@dataclass(frozen=True)
class Empty:
    """A page with nothing to show: the server's answer, what the page says, and what it offers to do."""

    path: str
    asks: str
    answer: dict[str, Any]
    text: str
    offer: str
    leads_to: str = ""
    """'' for a call."""


HOSPITAL = {"id": 1, "name": "西京医院", "picture": "", "logo": "", "introduction": ""}
CASE = {
    "id": 1,
    "title": "陪李女士看心内科",
    "text": "取药后送上车。",
    "service": "全程陪诊",
    "date": "2026-05-06",
}
NO_CATALOG: dict[str, Any] = {
    "code": 0, "version": 1, "brand": {"name": "全心陪诊", "phone": ""}, "messages": {"templates": []},
    "banners": [], "hospitals": [], "services": [],
}  # fmt: skip
NOTHING: dict[str, Any] = {"code": 0, "msg": "", "data": []}

SERVICES = "pages/services/services"
ADD_PATIENT = "pages/patient-edit/patient-edit"

LOADING = [
    Loading("home/home", "catalog/", "可陪诊的医院"),
    Loading("services/services", "catalog/", "全心全程陪诊服务"),
    Loading("service/service?id=4", "catalog/services/4/", "包含内容"),
    Loading("hospital/hospital?id=1", "catalog/hospitals/1/", "预约这家医院的陪诊"),
    Loading("hospital-intro/hospital-intro?id=1", "catalog/hospitals/1/", "西京医院位于西安市"),
    Loading("experts/experts?hospitalId=1", "catalog/experts/", "示例专家·张医生"),
    Loading("expert/expert?id=1", "catalog/experts/1/", "擅长"),
    Loading(
        "cases/cases?hospitalId=1", "catalog/hospitals/1/", "陪李女士看心内科",
        {"code": 0, "hospital": HOSPITAL, "experts": [], "cases": [CASE]},
    ),
    Loading("cases/cases", "catalog/", "选一家医院"),
    Loading("me/me", "user/me/", "修改头像和昵称"),
    Loading("profile/profile", "user/me/", "更换头像"),
    Loading("escort-apply/escort-apply", "user/getCaregiver/", "我的申请"),
    Loading("orders/orders", "user/getOrderStatus/", "全心全程陪诊服务"),
    Loading("patients/patients", "user/getFriends/", "李建国"),
    Loading("order/order?serviceId=4", "user/getFriends/", "提交并付款"),
    Loading("order/order?id={paid}", "user/getOrder/", "订单进展"),
]  # fmt: skip
EMPTY = [
    Empty("home/home", "catalog/", NO_CATALOG, "还没有开通的医院和服务", "打电话"),
    Empty("services/services", "catalog/", NO_CATALOG, "服务正在准备中", "打电话"),
    Empty(
        "experts/experts?hospitalId=1", "catalog/experts/", {"code": 0, "experts": []},
        "还没有专家介绍", "打电话问问",
    ),
    Empty(
        "cases/cases?hospitalId=1", "catalog/hospitals/1/",
        {"code": 0, "hospital": HOSPITAL, "experts": [], "cases": []},
        "还没有陪诊案例", "去预约陪诊", "pages/order/order",
    ),
    Empty("orders/orders", "user/getOrderStatus/", NOTHING, "还没有订单", "去看看服务", SERVICES),
    Empty("patients/patients", "user/getFriends/", NOTHING, "还没有就诊人", "添加就诊人", ADD_PATIENT),
    Empty("order/order?serviceId=4", "user/getFriends/", NOTHING, "还没有就诊人", "添加就诊人", ADD_PATIENT),
]  # fmt: skip
STILL = {
    "more/more": "陪诊员介绍",
    "escorts/escorts": "陪诊员是做什么的",
    "terms/terms": "一、我们是谁",
    "privacy/privacy": "敏感个人信息",
    "contact/contact": "复制号码",
    "patient-edit/patient-edit": "我单独同意处理",
    "my-data/my-data": "导出我的数据",
}
"""Pages that need nothing of the server, and something that stands on them."""


def name_of(page: Loading | Empty) -> str:
    return page.path.replace("/", "-")


@pytest.mark.parametrize("page", LOADING, ids=name_of)
def test_it_shows_a_skeleton_then_a_failure_and_the_content_after_a_retry(
    page: Loading, cast: Cast, phones: Callable[..., Phone]
) -> None:
    phone = phones(cast.regular)
    with phone.gate(page.asks) as gate:
        gate.hold()
        phone.open(f"pages/{page.path.format(**cast.orders)}")
        phone.until_state("loading")
        assert phone.screen.locator("[role=progressbar]").is_visible()
        assert not phone.shows(page.content)

        gate.fail(500, msg="服务器忙，请稍后再试")
        phone.see(FAILURE, "服务器忙，请稍后再试")

        gate.hold()
        phone.tap("重试")
        phone.until_state("loading")
        phone.not_see(FAILURE)
        if page.answer:
            gate.answer(page.answer)
        else:
            gate.open()
        phone.see(page.content)


@pytest.mark.parametrize("page", EMPTY, ids=name_of)
def test_with_nothing_to_show_it_says_what_to_do_next(page: Empty, phone: Phone) -> None:
    with phone.gate(page.asks) as gate:
        gate.answer(page.answer)
        phone.open(f"pages/{page.path}").see(page.text)
        phone.tap(phone.screen.get_by_text(page.offer, exact=True).first)
        if page.leads_to:
            phone.until_path(page.leads_to)
        else:
            phone.page.wait_for_function("__mp.calls.some((call) => call.api === 'makePhoneCall')")


@pytest.mark.parametrize("path", STILL, ids=lambda path: path.partition("/")[0])
def test_a_page_that_needs_nothing_shows_even_without_a_server(path: str, phone: Phone) -> None:
    with phone.gate("catalog/") as catalog, phone.gate("login/") as login:
        catalog.cut()
        login.cut()
        phone.open(f"pages/{path}")
        phone.until_state("content")
        phone.see(STILL[path])


def test_every_page_of_the_program_is_looked_at() -> None:
    pages = json.loads((ROOT / "Front" / "app.json").read_text("utf-8"))["pages"]
    looked_at = {page.path.partition("?")[0] for page in LOADING} | set(STILL)
    assert {f"pages/{path}" for path in looked_at} == set(pages)


def test_a_page_that_fails_offers_a_call_as_well(phone: Phone) -> None:
    with phone.gate("catalog/services/4/") as gate:
        gate.cut()
        phone.open("pages/service/service?id=4").see("网络连接不上")
        phone.tap("打电话给客服")
        phone.page.wait_for_function("__mp.calls.some((call) => call.api === 'makePhoneCall')")
