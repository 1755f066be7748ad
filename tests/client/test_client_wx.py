"""The wx API in a real browser, with the fixture mini-program; errors are noticed, and visits stay light."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.client.conftest import Phone
from tests.client.server import ServerState
from tests.page_errors import PageErrors

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

FORM, ME, DETAIL = (f"pages/{name}/{name}" for name in ("form", "me", "detail"))


def test_a_failing_request_says_so_and_can_be_repeated(phone: Phone, server_state: ServerState) -> None:
    server_state.status = 500
    phone.open()
    phone.see("加载失败，点此重试")
    server_state.status = 200
    phone.page.get_by_text("加载失败，点此重试").tap()
    phone.see("第二个")


def test_no_network_and_a_timeout_fail_as_in_wechat(phone: Phone, server_state: ServerState) -> None:
    phone.page.route("**/things/**", lambda route: route.abort())
    phone.open()
    phone.wait_for("network", "request:fail net::ERR_CONNECTION_FAILED")
    phone.page.unroute("**/things/**")
    server_state.delay = 2
    failure = phone.page.evaluate("""() => new Promise(fail =>
        wx.request({ url: wx.sandboxServerUrl + 'things/', timeout: 200, fail }))""")
    assert failure["errMsg"] == "request:fail timeout"


def test_an_aborted_request_fails(phone: Phone, server_state: ServerState) -> None:
    server_state.delay = 1
    phone.open()
    failure = phone.page.evaluate("""() => new Promise(fail =>
        wx.request({ url: wx.sandboxServerUrl + 'things/', fail }).abort())""")
    assert failure["errMsg"] == "request:fail abort"


def test_secrets_are_masked_in_the_list_of_requests(phone: Phone) -> None:
    phone.open()
    phone.see("第二个")
    [request] = phone.page.evaluate("__mp.requests")
    assert (request["method"], request["path"], request["status"]) == (
        "GET",
        "/some/prefix/things/?limit=3",
        200,
    )
    assert "very-secret" not in json.dumps(request)
    assert "第二个" in request["received"]


@pytest.mark.parametrize(
    ("button", "result", "outcome"),
    [
        ("支付", "requestPayment:ok", "success"),
        ("取消", "requestPayment:fail cancel", "cancel"),
        ("支付失败", "requestPayment:fail 支付失败", "fail"),
        ("支付成功但丢失通知", "requestPayment:ok", "success_without_notify"),
    ],
)
def test_the_cashier_does_what_the_person_chooses(
    phone: Phone, server_state: ServerState, button: str, result: str, outcome: str
) -> None:
    phone.open(FORM)
    phone.tap("付款")
    cashier = phone.page.get_by_role("dialog", name="模拟收银台")
    cashier.get_by_text("￥588.00").wait_for()
    cashier.get_by_text("样例服务 wx123", exact=True).wait_for()
    cashier.get_by_role("button", name=button, exact=True).tap()
    phone.wait_for("result", result)
    [wish] = server_state.cashier
    assert (wish["prepay_id"], wish["outcome"]) == ("wx123", outcome)
    assert wish["payment"]["paySign"] == "s"


def test_the_address_may_decide_the_payment(phone: Phone, server_state: ServerState) -> None:
    phone.open(FORM, "bare=1&pay=cancel")
    phone.tap("付款")
    phone.wait_for("result", "requestPayment:fail cancel")
    assert server_state.cashier[0]["outcome"] == "cancel"


def test_what_the_sandbox_refuses_is_shown_and_fails(phone: Phone, server_state: ServerState) -> None:
    server_state.refusal = "该订单已过支付截止时间"
    phone.open(FORM, "bare=1&pay=success")
    phone.tap("付款")
    phone.see("该订单已过支付截止时间")
    phone.tap("知道了")
    phone.wait_for("result", "requestPayment:fail 该订单已过支付截止时间")


def test_every_login_has_a_new_code_of_the_same_person(phone: Phone) -> None:
    phone.open(ME, "bare=1&as=lisi")
    codes = [phone.page.evaluate("wx.login().then(({ code }) => code)") for _ in range(2)]
    assert all(re.fullmatch(r"as:lisi:[0-9a-f]{24}", code) for code in codes)
    assert codes[0] != codes[1]


def test_each_person_has_a_storage_of_their_own(phone: Phone) -> None:
    phone.open(ME, "bare=1&as=zhangsan")
    phone.tap("记住")
    phone.wait_for("stored", {"since": 1})
    phone.open(ME, "bare=1&as=lisi")
    assert phone.data("stored") == ""
    phone.open(ME, "bare=1&as=zhangsan")
    assert phone.data("stored") == {"since": 1}


def test_two_windows_are_two_persons(phone: Phone, phone_context: BrowserContext) -> None:
    phone.open(ME, "bare=1&as=zhangsan")
    other = Phone(phone_context.new_page(), phone.address).open(ME, "bare=1&as=lisi")
    for window, person in ((phone, "zhangsan"), (other, "lisi")):
        window.page.reload()
        window.page.wait_for_function("window.__mp?.ready")
        assert window.page.evaluate("wx.login().then(({ code }) => code.split(':')[1])") == person


def test_an_avatar_is_chosen_and_uploaded(phone: Phone, server_state: ServerState) -> None:
    phone.open(ME)
    phone.tap("头像")
    phone.page.get_by_role("button", name="样例头像：奶奶").tap()
    phone.page.wait_for_function("__mp.data.uploaded")
    assert json.loads(phone.data("uploaded")) == {
        "code": 0,
        "avatar": "avatars/1.png",
    }  # a text, as in WeChat
    [(name, kind, body)] = server_state.uploads
    assert (name, kind) == ("file.png", "image/png")
    assert body.startswith(b"\x89PNG")


@pytest.mark.parametrize(("button", "result"), [("允许", "accept,accept"), ("取消", "reject,reject")])
def test_subscribe_messages_are_asked_for(phone: Phone, button: str, result: str) -> None:
    phone.open(FORM)
    phone.tap("订阅")
    phone.page.get_by_role("dialog", name="订阅消息").get_by_role("button", name=button).tap()
    phone.wait_for("result", result)


def test_dialogs_answer(phone: Phone) -> None:
    phone.open(FORM)
    phone.tap("对话框")
    phone.tap("确定")
    phone.wait_for("result", "confirmed")
    phone.tap("打电话")
    phone.see("400-000-0000")
    phone.tap("挂断")
    phone.tap("看地图")
    phone.see("纬度 34.2，经度 108.9")
    phone.tap("关闭")
    phone.page.evaluate("void (window.answer = wx.showActionSheet({ itemList: ['甲方', '乙方'] }))")
    phone.page.get_by_role("button", name="乙方").tap()
    assert phone.page.evaluate("answer.then(({ tapIndex }) => tapIndex)") == 1


def test_the_card_of_a_page_is_shown_instead_of_being_sent(phone: Phone) -> None:
    phone.open(DETAIL)
    phone.page.evaluate(
        "void (__mp.page.onShareAppMessage = () => ({ title: '看看这个', path: '/pages/me/me' }))"
    )
    for card in ("看看这个", "这个页面不能转发"):
        phone.page.get_by_role("button", name="开发工具菜单").tap()
        phone.page.get_by_role("button", name="转发").tap()
        phone.page.get_by_role("dialog", name="转发给朋友").get_by_text(card).wait_for()
        phone.tap("知道了")
        phone.page.evaluate("void (__mp.page.onShareAppMessage = undefined)")


def test_a_badge_is_shown_on_its_tab(phone: Phone) -> None:
    phone.open(ME)
    phone.tap("记住")
    phone.page.locator(".mp-tabs b:visible").wait_for()
    assert phone.page.locator(".mp-tabs b:visible").inner_text() == "3"


FAILING: dict[str, str] = {
    "unhandled rejection": "void Promise.reject(new Error('on purpose'))",
    "uncaught error": "setTimeout(() => { throw new Error('on purpose') })",
    "life cycle": "__mp.page.onResize = () => { throw new Error('on purpose') }; dispatchEvent(new Event('resize'))",
    "callback": "wx.getSystemInfo({ success() { throw new Error('on purpose') } })",
}


@pytest.mark.parametrize("failing", FAILING.values(), ids=FAILING)
def test_an_error_of_the_page_is_noticed_even_when_another_page_is_opened_after_it(
    phone: Phone, errors: list[PageErrors], failing: str
) -> None:
    phone.open(DETAIL).page.evaluate(failing)
    phone.page.wait_for_function("__mp.errors.length === 1")
    assert "on purpose" in phone.page.evaluate("__mp.errors[0]")
    phone.open(FORM)
    assert phone.page.evaluate("__mp.errors") == []
    [text] = errors[0].texts
    assert "on purpose" in text
    errors[0].texts.clear()


def test_an_error_in_a_handler_is_noticed(phone: Phone, errors: list[PageErrors]) -> None:
    phone.open(FORM)
    phone.tap("出错")
    phone.page.wait_for_function("__mp.errors.length === 1")
    phone.open(FORM)
    [text] = errors[0].texts
    assert "rejected on purpose" in text
    errors[0].texts.clear()


def test_a_function_nobody_wrote_fails_instead_of_breaking(phone: Phone) -> None:
    phone.open()
    answer = phone.page.evaluate("new Promise(fail => wx.startBluetoothDevicesDiscovery({ fail }))")
    assert answer["errMsg"].startswith("startBluetoothDevicesDiscovery:fail")
    assert "wx.startBluetoothDevicesDiscovery" in phone.page.evaluate("__mp.warnings.join()")


def test_nodes_can_be_measured(phone: Phone) -> None:
    phone.open()
    phone.see("第二个")
    rect = phone.page.evaluate("""() => new Promise(done =>
        wx.createSelectorQuery().select('#banner').boundingClientRect(done).exec())""")
    assert (rect["id"], rect["width"], rect["height"]) == ("banner", 375, 120)


def test_a_second_visit_loads_almost_nothing(phone: Phone) -> None:
    phone.open()
    phone.see("第二个")
    session = phone.page.context.new_cdp_session(phone.page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    phone.open()
    phone.see("第二个")
    phone.page.wait_for_load_state("networkidle")
    assert received
    assert sum(received) < 10_000


def test_the_rest_of_the_program_comes_when_it_is_wanted(phone: Phone) -> None:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1].split(".")[0]))
    phone.open()
    phone.see("第二个")
    assert "rest" not in asked
    phone.page.get_by_text("第二个").tap()
    phone.see("编号 2")
    assert asked.count("rest") == 1
