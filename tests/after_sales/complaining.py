"""What users and the office say in a complaint."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

from orders.complaints import handling
from storage.models import Actor, Complaint
from tests.http.client import Client
from tests.http.product import Product
from tests.visits.scenario import picture

TEXT = "陪诊员迟到了四十分钟，老人一个人在大厅等"
MORE = "今天还没有人给我回电话"
ANSWER = "非常抱歉，我们已经和陪诊员核实，会退还一半费用"
NOTE = "已电话核实，陪诊员承认堵车迟到"
WORDS = (TEXT, MORE, ANSWER, NOTE)
"""What must be found in no file, in clear."""
OFFICE = Actor("admin", 1)
_numbers = itertools.count()


def action() -> str:
    """A new action id, as a phone makes one."""
    return f"complaint-action-{next(_numbers):06d}"


async def complain(user: Client, order_id: int = 0, status: int = 200, /, **changes: Any) -> Any:
    fields = {"id": order_id, "kind": "escort", "actionId": action(), "text": TEXT} | changes
    return await user.post("user/complain/", status, **fields)


async def upload(user: Client, action_id: str = "", content: bytes | None = None) -> httpx.Response:
    files = {"file": ("photo.jpg", picture() if content is None else content, "image/jpeg")}
    query = {"actionId": action_id or action()}
    return await user.send("POST", "user/complaintPhoto/", params=query, files=files)


async def complaints(user: Client, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await user.get("user/getComplaints/", **query))["data"]
    return rows


async def stored(product: Product, complaint_id: int) -> Complaint:
    async with product.storage.reading() as reader:
        complaint = await reader.complaints.get(complaint_id)
    assert complaint is not None
    return complaint


async def answer(product: Product, complaint_id: int, text: str = ANSWER) -> None:
    said = (action(), text, handling.mark(await stored(product, complaint_id)))
    vault, at = product.services.vault, product.clock()
    await product.storage.run(lambda tx: handling.answer(tx, vault, complaint_id, said, OFFICE, at))


async def close(product: Product, complaint_id: int, note: str = NOTE) -> None:
    said = (action(), note, handling.mark(await stored(product, complaint_id)))
    vault, at = product.services.vault, product.clock()
    await product.storage.run(lambda tx: handling.close(tx, vault, complaint_id, said, OFFICE, at))


async def messages(product: Product, kind: str) -> list[str]:
    """The outcomes that messages of a kind tell, oldest first."""
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT payload FROM outbox WHERE kind = :kind ORDER BY id", {"kind": kind}
        )
    return [str(row[0]).partition('"outcome": "')[2].partition('"')[0] for row in rows]
