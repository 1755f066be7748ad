"""With ``make run`` the stand-in tells the server of complaints, and the server sends its answers, by themselves."""

from __future__ import annotations

import pytest

from orders.complaints.handling import mark
from payment.complaints.acts import PlannedAct
from storage.models import Complaint
from storage.models.wechat_complaints import ComplaintActKind
from tests.http.conftest import StartProduct, identity_folder, quick, start_product
from tests.http.product import until

__all__ = ["identity_folder", "quick", "start_product"]
ANSWER = "马上处理"


@pytest.mark.promise(43)
async def test_news_and_answers_travel_without_anybody_polling(start_product: StartProduct) -> None:
    product = await start_product(background=True)
    order_id = await product.paid_order(await product.login("li"))
    async with product.storage.reading() as reader:
        number = (await reader.attempts.of_order(order_id))[-1].out_trade_no
    client = await product.client()
    await until(lambda: registered(client, product.root), 20)
    filed = await client.http.post(f"{product.root}sandbox/complaints/", json={"out_trade_no": number})
    assert filed.status_code == 200, filed.text

    async def arrived() -> Complaint | None:
        async with product.storage.reading() as reader:
            found = await reader.complaints.of_order(order_id)
        return found[0] if found else None

    complaint = await until(arrived, 20)
    wanted = PlannedAct(ComplaintActKind.ANSWER, "a" * 20, ANSWER, mark(complaint))
    at = product.clock()
    await product.storage.run(lambda tx: product.services.complaints.plan(tx, complaint.id, wanted, 1, at))

    async def answered() -> bool:
        said = (await client.http.get(f"{product.root}sandbox/complaints/")).json()["complaints"][0]
        return [each["details"] for each in said["history"] if each["operator"] == "商户"] == [ANSWER]

    await until(answered, 20)
    product.check_logs()


async def registered(client: object, root: str) -> bool:
    answer = await client.http.get(f"{root}sandbox/complaints/")  # type: ignore[attr-defined]
    return bool(answer.json()["url"])
