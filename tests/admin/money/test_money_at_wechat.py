"""What an administrator does about money that went wrong, with WeChat's stand-in at the other end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.admin.clients import form_of
from tests.admin.placing_orders import place_order
from tests.served import Served, serving


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("money")) as served:
        yield served


class Desk:
    """The administrator's pages over HTTP."""

    def __init__(self, product: Served) -> None:
        self.root = product.root
        self.client = httpx.Client(base_url=product.root, trust_env=False, timeout=20, follow_redirects=True)
        self.client.get("admin/login/")
        self.post("login/", username="admin", password=product.password)

    def page(self, path: str) -> str:
        answer = self.client.get(f"admin/{path}")
        assert answer.status_code == 200, path
        return answer.text

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.client.post(f"admin/{path}", data={**fields, "_xsrf": self.client.cookies["_xsrf"]})

    def submit(self, path: str, **fields: str) -> httpx.Response:
        """Open the page of what an act is about, and send its form."""
        form = form_of(self.page("/".join(path.split("/")[:2]) + "/"), path)
        return self.post(path, **{**form, **fields})

    def fault(self, name: str, **more: object) -> None:
        answer = self.client.post("sandbox/faults/", json={"fault": name, "times": 1, **more})
        assert answer.status_code == 200, answer.text

    def until(self, path: str, seen: Callable[[str], object], seconds: float = 25) -> str:
        """The page, once it shows what is waited for."""
        end = time.monotonic() + seconds
        while not seen(page := self.page(path)):
            assert time.monotonic() < end, page
            time.sleep(0.3)
        return page

    def assert_logged(self, *acts: str) -> None:
        page = self.page("audit/")
        for act in acts:
            assert f'data-label="操作">{act}' in page, act

    def refund_of(self, order: int) -> str:
        found = re.search(r'href="[^"]*refunds/(\d+)/"', self.page(f"orders/{order}/"))
        assert found
        return found[1]


@pytest.fixture(scope="module")
def desk(product: Served) -> Iterator[Desk]:
    opened = Desk(product)
    yield opened
    opened.client.close()


def test_a_refund_by_an_administrator_arrives(desk: Desk):
    order = place_order(desk.root, "refunded", "王秀英")
    assert desk.submit(f"orders/{order}/refund/", amount="1", sure="1", reason="服务缩短").status_code == 200
    refund = desk.refund_of(order)
    page = desk.until(f"refunds/{refund}/", lambda page: "已退款" in page)
    assert "服务缩短" in page
    assert "已退 ￥1" in desk.page(f"refunds/{refund}/")
    money = desk.client.get("sandbox/money/").json()
    assert money["refunded_fen"] == 100
    assert desk.post(f"refunds/{refund}/retry/").status_code == 200, "there is nothing left to do"
    assert desk.client.get("sandbox/money/").json() == money
    desk.assert_logged("登录", "发起退款")


def test_a_closed_refund_is_a_case_and_is_refunded_again_under_a_new_number(desk: Desk):
    order = place_order(desk.root, "closed", "李建国")
    desk.fault("refund_closed")
    desk.submit(f"orders/{order}/refund/", amount="2", sure="2", reason="改期")
    refund = desk.refund_of(order)
    page = desk.until(f"refunds/{refund}/", lambda page: "重新退款" in page)
    assert "用新单号「重新退款」" in page
    cases = desk.page("cases/")
    assert "微信关闭了退款" in cases
    assert "1</span>" in desk.page("")
    renewed = desk.post(f"refunds/{refund}/renew/")
    assert renewed.status_code == 200
    page = desk.page(f"refunds/{refund}/")
    assert "已经用新单号重新退款" in page
    assert "用新单号「重新退款」" not in page, "what has been done is not advised again"
    again = desk.refund_of(order)
    assert again != refund
    assert "退款中" in desk.page(f"refunds/{again}/"), (
        "WeChat wants a minute between two refunds of one payment"
    )
    case = re.search(r"cases/(\d+)/", cases)
    assert case
    assert desk.submit(f"cases/{case[1]}/close/", note="已用新单号退回").status_code == 200
    assert "已用新单号退回" in desk.page("cases/?state=closed")
    desk.assert_logged("重新退款", "关闭异常")


def test_money_that_does_not_agree_waits_for_a_human_who_reviews_it(desk: Desk):
    desk.fault("wrong_amount", total=1)
    order = place_order(desk.root, "mismatch", "张桂兰", wait=False)
    page = desk.until(f"orders/{order}/", lambda page: "收款与订单不符" in page)
    assert "待付款" in page
    case = re.search(r"cases/(\d+)/", page)
    assert case
    text = desk.page(f"cases/{case[1]}/")
    assert "微信报告 0.01 元" in text
    assert "重新向微信查询" in text
    answer = desk.post(f"cases/{case[1]}/review/")
    assert answer.status_code == 200
    assert "已按微信支付的最新答复处理" in answer.text, "asked again, WeChat names the right amount"
    assert "已付款" in desk.page(f"orders/{order}/")
    desk.assert_logged("重新核对收款")


def test_a_mismatch_that_stays_one_frees_the_order_after_it_was_handled_elsewhere(desk: Desk):
    desk.fault("wrong_amount", total=1, target="both")
    desk.fault("wrong_amount", total=1, target="query", times=5)
    order = place_order(desk.root, "released", "赵志强", wait=False)
    page = desk.until(f"orders/{order}/", lambda page: "收款与订单不符" in page)
    case = re.search(r"cases/(\d+)/", page)
    assert case
    assert "仍与订单不符" in desk.post(f"cases/{case[1]}/review/").text
    assert desk.submit(f"cases/{case[1]}/release/").status_code == 200
    assert "放开订单" not in desk.page(f"cases/{case[1]}/").replace("然后「放开订单」", "")
    desk.client.delete("sandbox/faults/")
    desk.assert_logged("放开订单")
