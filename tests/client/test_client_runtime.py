"""The runtime in a real browser, with the fixture mini-program: pages, elements, components."""

from __future__ import annotations

import re

import pytest

from tests.client.conftest import NewContext, Phone
from tests.client.server import ServerState

LIST, FORM, DETAIL = (f"pages/{name}/{name}" for name in ("list", "form", "detail"))


# ---------------------------------------------------------------- pages


def test_the_first_page_opens_and_shows_what_the_server_sent(phone: Phone, server_state: ServerState) -> None:
    phone.open()
    phone.see("第二个")
    phone.see("你好 a##b list")  # WXS: a regular expression, a constructor's name
    assert phone.path == LIST
    assert phone.page.title() == "列表"
    assert server_state.headers[0]["Authorization"] == "Bearer abc123"
    assert phone.page.evaluate("__mp.app.serverUrl") == phone.address.removesuffix("sandbox/client/")


def test_tabs_keep_their_pages_and_other_pages_are_closed(phone: Phone) -> None:
    phone.open()
    phone.see("第二个")
    phone.tap("我的")
    phone.page.wait_for_function("__mp.path === 'pages/me/me'")
    phone.tap("列表")
    phone.page.wait_for_function("__mp.path === 'pages/list/list'")
    assert phone.data("shown") == 2
    assert phone.depth == 1


def test_a_row_opens_another_page_and_back_returns(phone: Phone) -> None:
    phone.open()
    phone.page.get_by_text("第二个").tap()
    phone.see("编号 2 来自")
    assert phone.page.title() == "详情 2"
    assert phone.depth == 2
    assert phone.page.evaluate("location.hash") == "#pages/detail/detail?id=2"
    phone.page.get_by_role("button", name="返回", exact=True).tap()
    phone.page.wait_for_function("__mp.stack.length === 1")
    assert phone.path == LIST


def test_leaving_a_guarded_page_asks_first(phone: Phone) -> None:
    phone.open()
    phone.page.get_by_text("第一个").tap()
    phone.tap("先问我")
    phone.tap("返回上一页")
    phone.page.get_by_role("dialog").get_by_role("button", name="取消").tap()
    assert phone.depth == 2
    phone.tap("返回上一页")
    phone.page.get_by_role("dialog").get_by_role("button", name="确定").tap()
    phone.page.wait_for_function("__mp.stack.length === 1")


def test_an_address_opens_a_page_and_an_old_one_is_forwarded(phone: Phone) -> None:
    phone.open(f"{DETAIL}?id=7")
    phone.see("编号 7")
    assert phone.page.evaluate("__mp.app.launched.query") == {"id": "7"}
    phone.open("pages/old/old")
    phone.page.wait_for_function("__mp.data?.from === 'old'")
    assert phone.path == DETAIL


def test_moves_that_wechat_refuses_are_refused(phone: Phone) -> None:
    phone.open()
    refused = phone.page.evaluate("""async () => {
        const reasons = []
        const note = ({ errMsg }) => reasons.push(errMsg)
        await wx.navigateTo({ url: '/pages/form/form' }).catch(note)
        await wx.navigateTo({ url: '/pages/none/none' }).catch(note)
        await wx.switchTab({ url: '/pages/detail/detail' }).catch(note)
        await wx.navigateBack().catch(note)
        return reasons
    }""")
    assert refused == [
        "navigateTo:fail can not navigateTo a tabbar page",
        'navigateTo:fail page "pages/none/none" is not found',
        "switchTab:fail can not switch to no-tabBar page",
        "navigateBack:fail cannot navigate back at first page.",
    ]


def test_ten_pages_are_the_most(phone: Phone) -> None:
    phone.open()
    for _ in range(9):
        phone.page.evaluate("wx.navigateTo({ url: '/pages/detail/detail' })")
    assert phone.depth == 10
    refused = phone.page.evaluate(
        "wx.navigateTo({ url: '/pages/detail/detail' }).catch(({ errMsg }) => errMsg)"
    )
    assert refused == "navigateTo:fail webview count limit exceed"


def test_pulling_down_refreshes(phone: Phone) -> None:
    phone.open()
    phone.see("第二个")
    phone.page.evaluate("wx.startPullDownRefresh()")
    phone.wait_for("refreshed", 1)


def test_a_mouse_pulls_like_a_finger(browser_with_mouse: Phone) -> None:
    phone = browser_with_mouse.open()
    phone.see("第二个")
    mouse = phone.page.mouse
    mouse.move(180, 300)
    mouse.down()
    mouse.move(180, 400, steps=4)
    mouse.move(180, 500, steps=4)
    mouse.up()
    phone.wait_for("refreshed", 1)


@pytest.fixture
def browser_with_mouse(new_context: NewContext, address: str) -> Phone:
    return Phone(new_context(viewport={"width": 375, "height": 812}).new_page(), address)


def test_scrolling_to_the_end_is_noticed(phone: Phone) -> None:
    phone.open()
    phone.see("第二个")
    phone.page.evaluate("wx.pageScrollTo({ scrollTop: 5000, duration: 0 })")
    phone.wait_for("bottom", 1)


# ---------------------------------------------------------------- elements and components


def test_a_components_styles_stay_inside_and_its_events_come_out(phone: Phone) -> None:
    phone.open()
    phone.see("第二个")
    card = phone.page.get_by_text("卡片 ×2 = 4")
    assert card.evaluate("node => getComputedStyle(node).color") == "rgb(10, 100, 90)"
    assert (
        phone.page.get_by_text("（内部）").evaluate("node => getComputedStyle(node).backgroundColor")
        == "rgba(0, 0, 0, 0)"
    )
    card.tap()
    phone.wait_for("picked", "卡片")


def test_one_rpx_is_a_750th_of_the_width(phone: Phone) -> None:
    phone.open()
    box = phone.page.locator("wx-image.dot").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (30, 30)


def test_pictures_of_the_program_are_found_by_their_path(phone: Phone) -> None:
    phone.open()
    picture = phone.page.locator("wx-image.dot img")
    assert re.search(r"^assets/dot-on\.[0-9a-f]{10}\.svg$", picture.get_attribute("src") or "")
    assert picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0


def test_a_swiper_goes_round(phone: Phone) -> None:
    phone.open()
    swiper = phone.page.locator("#banner")
    for expected in (1, 2, 0):
        swiper.evaluate("""node => {
            const send = (type, clientX) =>
                node.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX, clientY: 60 }))
            send('pointerdown', 300); send('pointermove', 200); send('pointerup', 100)
        }""")
        phone.wait_for("index", expected)
    assert swiper.locator("wx-swiper-item:not([aria-hidden])").inner_text() == "图 1"


def test_a_form_collects_its_named_fields(phone: Phone) -> None:
    phone.open(FORM)
    phone.page.get_by_placeholder("姓名").fill("王秀英")
    phone.page.get_by_placeholder("备注").fill("轮椅")
    phone.page.get_by_text("女").tap()
    phone.page.get_by_text("一", exact=True).tap()
    phone.page.get_by_text("二", exact=True).tap()
    phone.page.locator("wx-switch").tap()
    phone.tap("提交")
    expected = {"name": "王秀英", "note": "轮椅", "sex": "f", "days": ["1", "2"], "urgent": True, "fruit": 0}
    phone.page.wait_for_function("__mp.data.submitted")
    assert phone.data("submitted") == expected
    assert phone.data("name") == "王秀英"
    assert phone.data("note") == "轮椅"  # model:value


def test_a_disabled_button_does_nothing(phone: Phone) -> None:
    phone.open(FORM)
    phone.page.get_by_text("不能点").tap(force=True)
    assert phone.data("result") == ""


def test_a_picker_chooses_a_row(phone: Phone) -> None:
    phone.open(FORM)
    phone.page.locator(".fruit").tap()
    phone.page.get_by_role("option", name="桃").tap()
    phone.page.get_by_role("button", name="确定").tap()
    phone.wait_for("fruit", 2)


def test_a_date_picker_keeps_to_its_range(phone: Phone) -> None:
    phone.open(FORM)
    phone.page.locator(".day").tap()
    assert phone.page.get_by_role("option", name=re.compile("年$")).all_inner_texts() == ["2026年", "2027年"]
    phone.page.get_by_role("option", name="2027年").tap()
    phone.page.get_by_role("option", name="2月", exact=True).tap()
    days = phone.page.get_by_role("option", name=re.compile("日$")).all_inner_texts()
    assert (days[0], days[-1]) == ("1日", "10日")
    phone.page.get_by_role("option", name="9日", exact=True).tap()
    phone.page.get_by_role("button", name="确定").tap()
    phone.wait_for("day", "2027-02-09")


def test_tdesign_components_work(phone: Phone) -> None:
    phone.open()
    phone.page.get_by_text("乙", exact=True).tap()
    phone.see("乙的内容")
    phone.open(FORM)
    phone.page.get_by_text("同意").tap()
    phone.wait_for("agreed", True)
    phone.page.get_by_placeholder("请输入电话").fill("010")
    phone.wait_for("name", "010")
    phone.tap("弹层")
    phone.see("弹层内容")
    phone.open(FORM)
    phone.tap("轻提示")
    phone.see("已保存")
    phone.tap("时间")
    phone.page.get_by_text("确定", exact=True).tap()
    phone.wait_for("picked", "2026-12-01")


def test_icons_are_drawn_without_a_font_from_elsewhere(phone: Phone) -> None:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.open()
    phone.see("第二个")
    icon = phone.page.locator(".t-icon-call, [class*='t-icon-call']").first
    assert "data:image/svg" in icon.evaluate("node => getComputedStyle(node, '::before').webkitMaskImage")
    assert all(url.startswith((phone.address.split("/some")[0], "data:", "about:")) for url in asked)
