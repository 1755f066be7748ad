"""The office's pages of complaints at WeChat: opened by an audited act, answered, refunded and ended from there."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from accounts.administrators import create_administrator
from payment.complaints.following import UNREAD_AFTER
from storage.models import Role
from storage.models.wechat_complaints import ComplaintActState
from tests.admin.clients import form_of
from tests.http.client import Client
from tests.http.conftest import StartProduct, identity_folder, product, quick, start_product
from tests.http.product import Product, until
from tests.http.uploading import picture

PASSWORD = "a long Passphrase 7"

__all__ = ["identity_folder", "product", "quick", "start_product"]
HOSTILE = "<script>alert(1)</script> 等了一个小时"
pytestmark = pytest.mark.promise(43)


async def clerk(product: Product, name: str = "clerk") -> Client:
    await create_administrator(product.storage, name, PASSWORD, Role.CLERK, product.clock())
    client = await product.client()
    await client.send("GET", "admin/login/")
    await post(client, "admin/login/", username=name, password=PASSWORD)
    return client


async def post(client: Client, path: str, files: Any = None, **fields: Any) -> httpx.Response:
    form = {**fields, "_xsrf": client.http.cookies["_xsrf"]}
    return await client.send("POST", path, data=form, files=files)


async def page(client: Client, path: str) -> str:
    answer = await client.send("GET", path)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


async def complained(product: Product, **wish: Any) -> tuple[int, int, str]:
    """A paid order whose payer has complained: its id, the complaint's id and its number."""
    order_id = await product.paid_order(await product.login("li"))
    async with product.storage.reading() as reader:
        attempt = (await reader.attempts.of_order(order_id))[-1]
    number = await in_sandbox(product, {"out_trade_no": attempt.out_trade_no, "detail": HOSTILE, **wish})
    await poll(product)
    async with product.storage.reading() as reader:
        row = await reader.wechat_complaints.find(number)
    assert row is not None
    assert row.complaint_id is not None
    return order_id, row.complaint_id, number


async def in_sandbox(product: Product, wish: dict[str, Any], path: str = "complaints/") -> str:
    client = await product.client()
    answer = await client.http.post(f"{product.root}sandbox/{path}", json=wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json().get("complaint_id", ""))


async def poll(product: Product) -> None:
    product.clock.move(4 * 60_000)
    await product.services.complaints.run_once("test")


async def opened(client: Client, complaint_id: int) -> str:
    answer = await post(client, f"admin/complaints/{complaint_id}/wechat/reveal/")
    assert answer.status_code == 200
    return answer.text


async def test_it_is_listed_opened_and_answered_with_a_picture(product: Product) -> None:
    _, complaint_id, number = await complained(product, images=2)
    client = await clerk(product)
    listed = await page(client, "admin/complaints/")
    assert "微信投诉</span>" in listed
    assert "投诉待答复" in await page(client, "admin/")
    assert f"complaints/{complaint_id}/" in await page(client, "admin/complaints/?source=wechat")
    assert f'complaints/{complaint_id}/"' not in await page(client, "admin/complaints/?source=own")
    closed = await page(client, f"admin/complaints/{complaint_id}/")
    assert "13800138000" not in closed
    assert "等了一个小时" not in closed
    shown = await opened(client, complaint_id)
    assert HOSTILE not in shown
    assert html.escape(HOSTILE) in shown
    assert "13800138000" in shown
    assert shown.count("data:image/jpeg;base64,") == 2
    assert number in shown
    form = form_of(shown, f"complaints/{complaint_id}/wechat/answer/")
    files = [("pictures", ("a.jpg", picture(kind="JPEG"), "image/jpeg"))]
    path = f"admin/complaints/{complaint_id}/wechat/answer/"
    for _ in range(2):  # a double click
        answer = await post(client, path, files, **form, text="马上退给您")
        assert answer.status_code == 302, answer.text
        assert "complaint-wechat-answered" in answer.headers["Location"]
    shown = await opened(client, complaint_id)
    assert shown.count("马上退给您") == 1
    assert shown.count("data:image/jpeg;base64,") == 3
    assert "微信已收到" in shown
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT act FROM audit_log ORDER BY id")
    acts = [str(row[0]) for row in rows if str(row[0]).startswith("complaint.")]
    assert acts == ["complaint.reveal", "complaint.wechat_answer", "complaint.reveal"]
    assert "13800138000" not in product.logs.text


async def test_a_colleague_who_saw_less_is_told_so_and_keeps_what_was_typed(product: Product) -> None:
    _, complaint_id, number = await complained(product)
    client = await clerk(product)
    form = form_of(await opened(client, complaint_id), f"complaints/{complaint_id}/wechat/answer/")
    await in_sandbox(product, {"complaint_id": number, "act": "reply", "text": "补充"})
    await poll(product)
    answer = await post(
        client, f"admin/complaints/{complaint_id}/wechat/answer/", **form, text="不合时宜的话"
    )
    assert answer.status_code == 409
    assert "不合时宜的话" in answer.text
    assert "刚刚有变化" in answer.text


@pytest.mark.parametrize(
    ("fields", "files", "sentence"),
    [
        ({"text": "长" * 201}, [], "回复"),
        ({"text": ""}, [], "回复"),
        ({"text": "好"}, [("pictures", ("a.jpg", b"no picture", "image/jpeg"))], "照片"),
        ({"text": "好"}, 5, "最多 4 张"),
    ],
)
async def test_what_wechat_would_not_take_is_refused_before_it_is_sent(
    product: Product, fields: dict[str, str], files: Any, sentence: str
) -> None:
    _, complaint_id, _ = await complained(product, images=0)
    client = await clerk(product)
    form = form_of(await opened(client, complaint_id), f"complaints/{complaint_id}/wechat/answer/")
    if files == 5:
        files = [("pictures", (f"{n}.jpg", picture(kind="JPEG"), "image/jpeg")) for n in range(5)]
    answer = await post(
        client, f"admin/complaints/{complaint_id}/wechat/answer/", files or None, **{**form, **fields}
    )
    assert answer.status_code == 400
    assert sentence in answer.text
    documents = product.services.folders.documents
    assert not documents.is_dir() or list(documents.iterdir()) == []
    async with product.storage.reading() as reader:
        assert await reader.wechat_complaints.acts(complaint_id) == []


async def test_what_wechat_refuses_stands_on_the_page_and_on_the_overview(product: Product) -> None:
    _, complaint_id, _ = await complained(product)
    client = await clerk(product)
    form = form_of(await opened(client, complaint_id), f"complaints/{complaint_id}/wechat/answer/")
    fault = {
        "fault": "error", "endpoint": "complaint_response", "status": 400, "code": "PARAM_ERROR",
        "message": "含有违规内容",
    }  # fmt: skip
    await in_sandbox(product, fault, "faults/")
    answer = await post(client, f"admin/complaints/{complaint_id}/wechat/answer/", **form, text="加我微信")
    assert answer.status_code == 409
    assert "含有违规内容" in answer.text
    assert "加我微信" in answer.text
    assert "微信没有接受" in await page(client, "admin/")
    trouble = await page(client, "admin/complaints/wechat/")
    assert "含有违规内容" in trouble
    assert "加我微信" in await opened(client, complaint_id)


async def test_a_refund_from_the_orders_page_ends_it_at_wechat(product: Product) -> None:
    order_id, complaint_id, _ = await complained(product)
    client = await clerk(product)
    assert f"orders/{order_id}/?complaint={complaint_id}#refunding" in await opened(client, complaint_id)
    order = await page(client, f"admin/orders/{order_id}/?complaint={complaint_id}")
    form = form_of(order, f"orders/{order_id}/refund/")
    answer = await post(
        client, f"admin/orders/{order_id}/refund/", **{**form, "amount": "198", "reason": "等太久"}
    )
    assert answer.status_code == 302, re.sub(r"<[^>]*>", " ", answer.text)[:2000]
    assert f"complaints/{complaint_id}/" in answer.headers["Location"]
    assert "等微信收下退款" in await page(client, f"admin/complaints/{complaint_id}/")
    sweeper = product.services.payments.sweeper("test")

    async def ended() -> bool:
        product.clock.move(20_000)
        await sweeper.run_once()
        await product.services.complaints.run_once("test")
        async with product.storage.reading() as reader:
            found = await reader.complaints.get(complaint_id)
        return found is not None and found.state == "closed"

    await until(ended, 20)
    async with product.storage.reading() as reader:
        (act,) = await reader.wechat_complaints.acts(complaint_id)
        refunds = await reader.refunds.of_order(order_id)
    assert (act.state, len(refunds), refunds[0].amount_fen) == (ComplaintActState.DONE, 1, 19_800)
    at_wechat = (await (await product.client()).http.get(f"{product.root}sandbox/complaints/")).json()
    assert [each["state"] for each in at_wechat["complaints"]] == ["PROCESSED"]
    assert "已解决" in await page(client, f"admin/complaints/{complaint_id}/")


async def test_while_wechat_does_not_take_the_refund_the_payer_is_answered(product: Product) -> None:
    order_id, complaint_id, _ = await complained(product)
    client = await clerk(product)
    low = {"fault": "error", "endpoint": "refund", "status": 403, "code": "NOT_ENOUGH", "times": None}
    await in_sandbox(product, low, "faults/")
    form = form_of(
        await page(client, f"admin/orders/{order_id}/?complaint={complaint_id}"), f"orders/{order_id}/refund/"
    )
    await post(client, f"admin/orders/{order_id}/refund/", **{**form, "amount": "198", "reason": "等太久"})
    await product.services.complaints.run_once("test")
    shown = await opened(client, complaint_id)
    assert "微信收下退款以前，可以先回复用户" in shown
    assert f'orders/{order_id}/#refunding"' in shown
    assert "wechat/complete/" not in shown
    form = form_of(shown, f"complaints/{complaint_id}/wechat/answer/")
    answer = await post(client, f"admin/complaints/{complaint_id}/wechat/answer/", **form, text="退款在处理")
    assert "complaint-wechat-answered" in answer.headers["Location"]


async def test_it_is_completed_after_an_answer_alone(product: Product) -> None:
    _, complaint_id, _ = await complained(product, problem_type="OTHERS")
    client = await clerk(product)
    shown = await opened(client, complaint_id)
    assert "先回复用户，才能反馈处理完成" in shown
    form = form_of(shown, f"complaints/{complaint_id}/wechat/answer/")
    await post(client, f"admin/complaints/{complaint_id}/wechat/answer/", **form, text="已说明")
    shown = await opened(client, complaint_id)
    form = form_of(shown, f"complaints/{complaint_id}/wechat/complete/")
    answer = await post(client, f"admin/complaints/{complaint_id}/wechat/complete/", **form, text="用户同意")
    assert answer.status_code == 302
    assert "complaint-wechat-completed" in answer.headers["Location"]
    assert "已解决" in await page(client, f"admin/complaints/{complaint_id}/")


async def test_a_phone_that_cannot_be_opened_and_a_picture_that_is_gone_hide_nothing(
    product: Product,
) -> None:
    await in_sandbox(product, {"fault": "complaint_garbled_phone"}, "faults/")
    _, complaint_id, _ = await complained(product, images=1)
    await in_sandbox(product, {"fault": "complaint_image_gone"}, "faults/")
    shown = await opened(await clerk(product), complaint_id)
    assert "打不开" in shown
    assert "图片打不开" in shown
    assert html.escape(HOSTILE) in shown


async def test_without_wechat_the_page_shows_what_was_read_before(product: Product) -> None:
    _, complaint_id, _ = await complained(product)
    await in_sandbox(
        product, {"fault": "system_error", "endpoint": "complaint_detail", "times": None}, "faults/"
    )
    shown = await opened(await clerk(product), complaint_id)
    assert html.escape(HOSTILE) in shown
    assert "微信没有给出最新内容" in shown


async def test_one_that_cannot_be_read_is_an_alarm(start_product: StartProduct) -> None:
    product = await start_product(server={"metrics_token": "t" * 24})
    client = await clerk(product)
    await in_sandbox(
        product, {"fault": "system_error", "endpoint": "complaint_detail", "times": None}, "faults/"
    )
    with pytest.raises(AssertionError):
        await complained(product)
    product.clock.move(UNREAD_AFTER)
    assert "读不到内容" in await page(client, "admin/")
    assert "读不到内容" in await page(client, "admin/complaints/")
    assert "20022" in await page(client, "admin/complaints/wechat/")
    metrics = await client.http.get(
        f"{product.root}metrics/", headers={"Authorization": f"Bearer {'t' * 24}"}
    )
    assert 'hospital_waiting{what="wechat_complaints_unread"} 1.0' in metrics.text


async def test_our_own_forms_do_not_answer_one_at_wechat_and_its_forms_not_our_own(product: Product) -> None:
    _, complaint_id, _ = await complained(product)
    client = await clerk(product)
    form = form_of(await opened(client, complaint_id), f"complaints/{complaint_id}/wechat/answer/")
    for act in ("answer", "close"):
        answer = await post(client, f"admin/complaints/{complaint_id}/{act}/", **form, text="走错了")
        assert answer.status_code == 409
    user = await product.login("li")
    assert (await user.get("user/getComplaints/"))["data"] == [], "its payer reads it in WeChat"
    answer = await user.send(
        "POST", "user/addToComplaint/", json={"id": complaint_id, "actionId": "x" * 20, "text": "补充"}
    )
    assert answer.status_code == 404
