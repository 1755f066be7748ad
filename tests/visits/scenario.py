"""A visit that can begin: its owner with a paid order, and the escort to whom the office has given it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image

from accounts.consents import VISIT_RECORD_VERSION
from orders import serving
from storage.models import Actor, Cause, Order
from tests.escort.escorts import apply_as_escort, escort_of
from tests.http.client import Client
from tests.http.product import Product

OFFICE = Actor("admin", 1)
NOTE = "血压偏高，医生建议复查"
DOCTOR = "医生说是慢性胃炎，两周后复查"
QUESTION = "药要饭前吃还是饭后吃"
ANSWER = "饭后半小时吃，一天三次"
ADDITION = "补充：下次要空腹"
TROUBLE = "老人头晕，正在坐着休息"
WORDS = (NOTE, DOCTOR, QUESTION, ANSWER, ADDITION, TROUBLE)
"""What must be found in no file, in clear."""
REPORT = {
    "doctor": DOCTOR,
    "examinations": [{"name": "胃镜", "resultOn": "2026-12-05"}],
    "medicines": [{"name": "奥美拉唑", "use": "早饭前一粒"}],
    "nextVisit": {"day": "2026-12-15", "note": "带上病历"},
    "papers": ["病历本", "检查单"],
    "outlays": [{"what": "打印费", "amountFen": 1250}],
    "summary": "一切顺利",
}


@dataclass
class Visit:
    """``owner`` ordered, ``escort`` serves ``order_id``."""

    product: Product
    owner: Client
    escort: Client
    order_id: int
    escort_id: int
    _actions: list[str] = field(default_factory=list)

    def action(self) -> str:
        """A new action id, as a phone makes one."""
        self._actions.append(f"action-{self.order_id:04d}-{len(self._actions):08d}")
        return self._actions[-1]

    async def step(self, kind: str, status: int = 200, /, **more: Any) -> Any:
        given = {"id": self.order_id, "actionId": more.pop("actionId", None) or self.action(), "kind": kind}
        return await self.escort.post("escort/step/", status, **given, **more)

    async def called(self, **more: Any) -> Any:
        return await self.escort.post("escort/called/", id=self.order_id, actionId=self.action(), **more)

    async def trouble(self, kind: str, status: int = 200, /, **more: Any) -> Any:
        given = {"id": self.order_id, "actionId": more.pop("actionId", None) or self.action(), "kind": kind}
        return await self.escort.post("escort/trouble/", status, **given, **more)

    async def photo(self, content: bytes, step_action: str = "", **more: Any) -> httpx.Response:
        query = {
            "id": self.order_id,
            "stepActionId": step_action,
            "actionId": more.get("actionId") or self.action(),
        }
        files = {"file": ("photo.jpg", content, "image/jpeg")}
        return await self.escort.send("POST", "escort/photo/", params=query, files=files)

    async def save(self, version: int, status: int = 200, /, **changes: Any) -> Any:
        body = json.dumps({**REPORT, **changes})
        return await self.escort.post("escort/report/", status, id=self.order_id, version=version, body=body)

    async def send_report(self) -> None:
        saved = await self.save(0)
        await self.escort.post("escort/sendReport/", id=self.order_id, version=saved["version"])

    async def consent(self, agree: str = "y", **more: Any) -> None:
        await self.owner.post("user/giveVisitConsent/", version=VISIT_RECORD_VERSION, agree=agree, **more)

    async def read(self, reader: Client | None = None) -> dict[str, Any]:
        read: dict[str, Any] = await (reader or self.owner).get("user/getVisit/", id=self.order_id)
        return read

    async def order(self) -> Order:
        async with self.product.storage.reading() as reader:
            order = await reader.orders.get(self.order_id)
        assert order is not None
        return order

    async def unassign(self) -> None:
        at = self.product.clock()
        await self.product.storage.run(lambda tx: serving.unassign(tx, self.order_id, OFFICE, at))

    async def assign(self, escort_id: int) -> None:
        at = self.product.clock()
        await self.product.storage.run(
            lambda tx: serving.assign(tx, self.order_id, escort_id, "am", Cause(OFFICE, at))
        )


async def begin_visit(product: Product, *, consented: bool = True, name: str = "") -> Visit:
    """``name`` keeps several visits of one test apart."""
    owner = await product.login(f"li{name}")
    escort = await apply_as_escort(product, f"wang{name}")
    order_id = await product.paid_order(owner)
    visit = Visit(product, owner, escort, order_id, await escort_of(product, escort))
    await visit.assign(visit.escort_id)
    if consented:
        await visit.consent()
    return visit


async def record_everything(visit: Visit) -> str:
    """Every kind of thing that can be recorded; the address of the photo."""
    step = visit.action()
    await visit.step("met", actionId=step, note=NOTE, latitude="34.2658", longitude="108.9541")
    answer = await visit.photo(picture(), step)
    assert answer.status_code == 200, answer.text
    await visit.trouble("unwell", note=TROUBLE)
    await visit.send_report()
    await visit.owner.post("user/askReport/", id=visit.order_id, actionId=visit.action(), text=QUESTION)
    (asked,) = (await visit.read())["entries"]
    mine = {"id": visit.order_id}
    await visit.escort.post(
        "escort/answerQuestion/", **mine, questionId=asked["id"], actionId=visit.action(), text=ANSWER
    )
    await visit.escort.post("escort/addToReport/", **mine, actionId=visit.action(), text=ADDITION)
    return str(answer.json()["photo"])


def picture(size: tuple[int, int] = (640, 480), kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind, **options)
    return buffer.getvalue()
