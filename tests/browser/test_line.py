"""The line between phone and server: slow, cut, refused; the session that ends in the middle; WeChat's login down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.browser.clients import ApiUser
from tests.browser.phone import Phone
from tests.browser.server import serving_with_client
from tests.served import Served

WARRANT = "wx.getStorageSync('warrant')"


def test_on_a_slow_line_progress_is_shown_and_nothing_is_sent_twice(phone: Phone, person: ApiUser) -> None:
    phone.open("pages/escort-apply/escort-apply")
    phone.write("姓名", "王秀英")
    phone.write("电话", "13911112222")
    with phone.gate("user/apply2be1caregiver/") as gate:
        gate.hold()
        phone.tap_hastily("提交申请")
        phone.see("请稍候")
        gate.open()
        phone.see("已提交", "我们会打电话给您")
        assert gate.seen == 1
    assert person.get("user/getCaregiver/")["caregiver"]["name"] == "王秀英"


def test_on_the_clients_own_slow_line_a_skeleton_bridges_the_wait(phone: Phone) -> None:
    phone.open("pages/orders/orders").see("还没有订单")  # and is logged in: else that would wait as well
    phone.page.evaluate("sessionStorage.setItem('sandbox:network', '\"slow\"')")
    phone.go("/pages/patients/patients")
    phone.until_state("loading")
    phone.screen.locator("[role=progressbar]").wait_for()
    phone.see("还没有就诊人")
    phone.page.evaluate("sessionStorage.removeItem('sandbox:network')")


def test_a_cut_line_while_sending_is_said_and_what_was_typed_stays(phone: Phone) -> None:
    phone.open("pages/escort-apply/escort-apply")
    phone.write("姓名", "王秀英")
    phone.write("电话", "13911112222")
    with phone.gate("user/apply2be1caregiver/") as gate:
        gate.cut()
        phone.tap("提交申请")
        phone.see("网络连接不上，请检查手机网络后再试")
    assert phone.field("姓名").input_value() == "王秀英"


def test_the_server_goes_down_and_comes_back(
    phones: Callable[..., Phone], product: Served, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    with serving_with_client(folder, client=product.folder / "client") as served:
        phone = phones(root=served.root)
        phone.open("pages/patients/patients").see("还没有就诊人")
        warrant = phone.page.evaluate(WARRANT)
        port = int(served.root.rsplit(":", 1)[1].strip("/"))
        phone.page.wait_for_load_state("networkidle")
    # The drawing that belongs to a failure is part of the package on a real phone; here it comes from the server.
    phone.forgive("assets/failed")
    phone.page.evaluate("__mp.page.reload()")
    phone.see("没有加载出来", "网络连接不上，请检查手机网络后再试")
    tried = len(phone.requests("user/getFriends/"))
    phone.tap("重试")
    phone.page.wait_for_function("tried => __mp.requests.length > tried && __mp.pending === 0", arg=tried)
    phone.see("没有加载出来")
    with serving_with_client(folder, port=port):
        phone.tap("重试")
        phone.see("还没有就诊人")
        assert phone.page.evaluate(WARRANT) == warrant, "the session outlives a restart"


def test_a_session_that_ended_is_renewed_once_and_silently(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open("pages/more/more")
    phone.go("/pages/patients/patients")
    phone.see("李建国")
    old = phone.page.evaluate(WARRANT)
    person.logout(old)
    phone.go("/pages/orders/orders")
    phone.see("还没有订单")
    assert phone.page.evaluate(WARRANT) not in ("", old)
    assert [one["status"] for one in phone.requests("user/getOrders/")] == [401, 200]
    assert len(phone.requests("login/")) == 2
    assert not phone.page.locator(".mp-toast, .mp-modal").count()


def test_ten_requests_that_are_refused_at_once_log_in_once(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open("pages/patients/patients").see("李建国")
    person.logout(phone.page.evaluate(WARRANT))
    phone.page.evaluate("Promise.all(Array.from({ length: 10 }, () => __mp.page.reload()))")
    phone.see("李建国")
    sent = [one["status"] for one in phone.requests("user/getFriends/")]
    assert sent.count(401) == 10
    assert sent.count(200) == 11
    assert len(phone.requests("login/")) == 2


def test_a_second_refusal_is_for_the_person_to_see(phone: Phone) -> None:
    with phone.gate("user/getFriends/") as gate:
        gate.fail(401, "unauthorized", "请先登录")
        phone.open("pages/patients/patients").see("没有加载出来", "登录已失效，请稍后再试")
        assert gate.seen == 2
        assert len(phone.requests("login/")) <= 2
        gate.open()
        phone.tap("重试")
        phone.see("还没有就诊人")


def test_wechats_login_is_down(phone: Phone, person: ApiUser) -> None:
    """Said clearly, with a number to call; pages that need no login go on working."""
    fault = {"fault": "login_busy", "scope": person.name, "times": None}
    assert person.http.post("sandbox/faults/", json=fault).status_code == 200
    phone.open("pages/orders/orders").see(
        "没有加载出来", "微信登录暂时不可用，请稍后再试，或直接打电话联系我们"
    )
    phone.tap(phone.screen.get_by_label("打电话给客服"))
    phone.page.wait_for_function("__mp.calls.some((call) => call.api === 'makePhoneCall')")
    phone.tap("挂断")
    phone.go("/pages/hospital/hospital?id=1")
    phone.see("预约这家医院的陪诊")
    phone.back()
    removed = person.http.delete("sandbox/faults/", params={"scope": person.name})
    assert removed.status_code == 200
    phone.tap("重试")
    phone.see("还没有订单")
