"""Every page in every state that a person may see, as scenes: for measuring them, and for taking their pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from tests.browser.cast import Cast, lengthened
from tests.browser.phone import Gate, Phone
from tests.browser.states import EMPTY, LOADING, Empty, Loading

Who = Literal["newcomer", "regular", "waiting"]
Act = Callable[[Phone], None]


@dataclass(frozen=True)
class Scene:
    """``gate``: a path of the server whose line is held by hand, and ``behind``: what the hand does."""

    name: str
    title: str
    path: str
    who: Who = "newcomer"
    acts: tuple[Act, ...] = ()
    gate: str = ""
    behind: Callable[[Gate, Cast], None] | None = None
    state: str = ""
    """What the page says of itself, when the scene is not its content."""

    @contextmanager
    def staged(self, phone: Phone, cast: Cast) -> Iterator[Phone]:
        """The scene on this phone, still, until the block ends. The phone must be that of ``who``."""
        if not self.gate:
            yield self._play(phone, cast)
            return
        with phone.gate(self.gate) as gate:
            assert self.behind
            self.behind(gate, cast)
            yield self._play(phone, cast)

    def _play(self, phone: Phone, cast: Cast) -> Phone:
        phone.open(f"pages/{self.path.format(**cast.orders)}")
        phone.until_state(self.state) if self.state else phone.until_loaded()
        for act in self.acts:
            act(phone)
        phone.until_still()
        return phone


def tap(text: str) -> Act:
    return lambda phone: phone.tap(text)


def press(selector: str) -> Act:
    """Touch what this selector finds on the page on top."""
    return lambda phone: phone.tap(phone.screen.locator(selector))


def write(label: str, text: str) -> Act:
    return lambda phone: phone.write(label, text)


def see(*texts: str) -> Act:
    return lambda phone: phone.see(*texts)


def held(gate: Gate, cast: Cast) -> None:
    gate.hold()


def failing(gate: Gate, cast: Cast) -> None:
    gate.fail(503, "unavailable", "服务器忙，请稍后再试")


def answered(body: dict[str, Any]) -> Callable[[Gate, Cast], None]:
    return lambda gate, cast: gate.answer(body)


def lengthened_catalog(gate: Gate, cast: Cast) -> None:
    gate.answer(lengthened(cast.newcomer.get("catalog/")))


def lengthened_hospital(gate: Gate, cast: Cast) -> None:
    found = cast.newcomer.get("catalog/hospitals/1/")
    found["hospital"].update(
        name="西安国际医学中心医院（东院区）国际医疗中心",
        type="妇幼保健与儿童专科医院",
        phone="029-8888 8888 转 8001",
    )
    for expert in found["experts"]:
        expert.update(title="主任医师、教授、博士生导师", specialty=expert["specialty"] * 4)
    found["cases"] = [
        {
            "id": 1,
            "title": "陪李女士从外地来看心血管内科的专家门诊",
            "text": "全程陪同，取药后送上高铁。" * 6,
            "service": "全心全程VIP陪诊服务（含接送与取药）",
            "date": "2026-05-06",
        }
    ]
    gate.answer(found)


FORM = "order/order?serviceId=4&hospitalId=1"

FIRST_PAGES = (
    Scene("home", "首页", "home/home"),
    Scene("home-long", "首页 · 长名字", "home/home", gate="catalog/", behind=lengthened_catalog),
    Scene(
        "home-search", "首页 · 搜索", "home/home", acts=(write("搜医院、搜服务", "交通大学"), see("附属医院"))
    ),
    Scene(
        "home-search-none",
        "首页 · 没有找到",
        "home/home",
        acts=(write("搜医院、搜服务", "牙科"), see("没有找到")),
    ),
    Scene("services", "陪诊下单", "services/services"),
    Scene(
        "services-long", "陪诊下单 · 长名字", "services/services", gate="catalog/", behind=lengthened_catalog
    ),
    Scene("service", "服务介绍 · 两种价格", "service/service?id=4"),
    Scene("service-one", "服务介绍 · 一种价格", "service/service?id=1"),
    Scene("hospital", "医院", "hospital/hospital?id=1"),
    Scene(
        "hospital-long",
        "医院 · 长名字",
        "hospital/hospital?id=1",
        gate="catalog/hospitals/1/",
        behind=lengthened_hospital,
    ),
    Scene("hospital-intro", "医院介绍", "hospital-intro/hospital-intro?id=1"),
    Scene("experts", "专家", "experts/experts?hospitalId=1"),
    Scene("expert", "专家介绍", "expert/expert?id=1"),
    Scene("cases-choose", "陪诊案例 · 选医院", "cases/cases"),
    Scene(
        "cases",
        "陪诊案例",
        "cases/cases?hospitalId=1",
        gate="catalog/hospitals/1/",
        behind=lengthened_hospital,
    ),
)
ORDER_FORM = (
    Scene(
        "form",
        "下单",
        FORM,
        "regular",
        (press("#field-wantTime [role=radio] >> nth=1"), write("科室", "心内科")),
    ),
    Scene(
        "form-wrong",
        "下单 · 没有填完",
        "order/order?serviceId=4",
        acts=(tap("提交并付款"), see("请选择医院")),
    ),
    Scene(
        "form-service",
        "下单 · 选服务",
        FORM,
        "regular",
        (press("#field-serviceId .field-value"), see("选择服务")),
    ),
    Scene(
        "form-hospital",
        "下单 · 选医院",
        FORM,
        "regular",
        (press("#field-hospitalId .field-value"), see("选择医院")),
    ),
    Scene(
        "form-patient",
        "下单 · 选就诊人",
        FORM,
        "regular",
        (press("#field-friendid .field-value"), see("选择就诊人")),
    ),
    Scene("form-day", "下单 · 选日期", FORM, "regular", (tap("其他日期"),)),
    Scene("form-terms", "下单 · 服务协议", FORM, "regular", (press(".consent"), see("请先阅读"))),
    Scene("form-previous", "下单 · 有未付款的订单", FORM, "waiting", (see("继续之前的订单"),)),
    Scene(
        "form-continued",
        "下单 · 继续之前的订单",
        FORM,
        "waiting",
        (tap("继续之前的订单"), see("这笔订单已保存")),
    ),
    Scene(
        "cashier",
        "付款（模拟收银台）",
        "order/order?id={unpaid}",
        "waiting",
        (tap("付款"), lambda phone: phone.tap_sheet(".mp-subscribe button.ok"), see("模拟收银台")),
    ),
)
ORDERS = (
    Scene("orders", "我的订单", "orders/orders", "regular"),
    Scene("order-unpaid", "订单 · 待付款", "order/order?id={unpaid}", "waiting"),
    Scene("order-paid", "订单 · 已付款", "order/order?id={paid}", "regular"),
    Scene(
        "order-thanks", "订单 · 付款成功", "order/order?id={paid}&paid=paid", "regular", (see("付款成功"),)
    ),
    Scene(
        "order-unconfirmed",
        "订单 · 付款还在确认",
        "order/order?id={unpaid}&paid=unconfirmed",
        "waiting",
        (see("付款结果还在确认"),),
    ),
    Scene("order-serving", "订单 · 在服务", "order/order?id={serving}", "regular"),
    Scene("order-finished", "订单 · 已完成", "order/order?id={finished}", "regular"),
    Scene(
        "order-rate",
        "订单 · 评价",
        "order/order?id={finished}",
        "regular",
        (tap("评价服务"), see("提交评价")),
    ),
    Scene("order-rated", "订单 · 已评价", "order/order?id={rated}", "regular"),
    Scene(
        "order-refund",
        "订单 · 取消订单",
        "order/order?id={paid}",
        "regular",
        (tap("取消订单"), see("取消原因")),
    ),
    Scene(
        "order-money-back",
        "订单 · 仅退款",
        "order/order?id={paid}",
        "regular",
        (tap("仅退款"), see("退款原因")),
    ),
    Scene("order-refunding", "订单 · 退款中", "order/order?id={refunding}", "regular"),
    Scene("order-rejected", "订单 · 退款未通过", "order/order?id={rejected}", "regular"),
    Scene("order-partly", "订单 · 部分退款", "order/order?id={partly}", "regular"),
    Scene("order-cancelled", "订单 · 已取消", "order/order?id={cancelled}", "regular", (see("订单已取消"),)),
    Scene("order-refunded", "订单 · 已退款", "order/order?id={refunded}", "regular"),
    Scene("order-gone", "订单 · 没有找到", "order/order?id={paid}", state="empty"),
)
OWN_PAGES = (
    Scene("me", "我的", "me/me", "regular"),
    Scene("me-new", "我的 · 第一次来", "me/me"),
    Scene("profile", "头像和昵称", "profile/profile", "regular"),
    Scene("patients", "就诊人", "patients/patients", "regular"),
    Scene(
        "patient-edit", "添加就诊人", "patient-edit/patient-edit", acts=(write("姓名", "李建国"), tap("父母"))
    ),
    Scene(
        "patient-edit-minor",
        "添加就诊人 · 护照、未成年",
        "patient-edit/patient-edit",
        acts=(tap("护照"), tap("未满 18 岁"), tap("保存"), see("请填写姓名")),
    ),
    Scene(
        "patient-edit-wrong",
        "添加就诊人 · 号码不对",
        "patient-edit/patient-edit",
        acts=(
            write("姓名", "阿卜杜热合曼·阿卜杜克热木江·吐尔孙"),
            write("证件号码", "11010519491231002"),
            write("联系电话", "1389123456"),
            tap("保存"),
            see("少一位"),
            see("手机号应为 11 位"),
        ),
    ),
    Scene("escort-apply", "申请成为陪诊员", "escort-apply/escort-apply"),
    Scene("escort-applied", "申请成为陪诊员 · 已通过", "escort-apply/escort-apply", "regular"),
    Scene("my-data", "隐私与我的数据", "my-data/my-data"),
    Scene(
        "my-data-export", "我的数据", "my-data/my-data", "regular", (press(".t-button--base"), see("复制"))
    ),
    Scene(
        "my-data-devices", "登录中的设备", "my-data/my-data", "regular", (tap("查看设备"), see("最近使用"))
    ),
    Scene(
        "my-data-delete",
        "删除我的数据",
        "my-data/my-data",
        acts=(press(".delete"), see("删除后不能恢复。"), tap("确定删除"), see("请输入“删除”两个字")),
    ),
    Scene("more", "其他服务", "more/more"),
    Scene("escorts", "陪诊员介绍", "escorts/escorts"),
    Scene("terms", "陪诊服务协议", "terms/terms"),
    Scene("privacy", "隐私政策", "privacy/privacy"),
    Scene("contact", "联系我们", "contact/contact"),
)


def scene_of(
    page: Loading | Empty, kind: str, words: str, behind: Callable[[Gate, Cast], None], state: str = ""
) -> Scene:
    name, title = f"{page.name}-{kind}", f"{page.title} · {words}"
    return Scene(name, title, page.path, "regular", gate=page.asks, behind=behind, state=state)


CONTENT = (*FIRST_PAGES, *ORDER_FORM, *ORDERS, *OWN_PAGES)
WAITING = tuple(scene_of(page, "loading", "加载中", held, "loading") for page in LOADING)
BROKEN = tuple(scene_of(page, "failed", "没有加载出来", failing, "failed") for page in LOADING)
BARE = tuple(scene_of(page, "empty", page.text, answered(page.answer)) for page in EMPTY)
SCENES = (*CONTENT, *WAITING, *BROKEN, *BARE)
