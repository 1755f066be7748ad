"""When something breaks inside: a request id, and nothing else; the database away is 503, not 500."""

from __future__ import annotations

from typing import Any

import pytest

from startup import background
from storage import Contention, StorageUnavailable
from tests.http.client import PATIENT, Client, order_fields
from tests.http.conftest import StartProduct
from tests.http.product import Product, until
from wechat.outbox import Outbox

SECRET = "the inner message with 610102195001011234"
GETS = (
    "user/me/",
    "user/getFriends/",
    "user/getOrderStatus/",
    "user/getCaregiver/",
    "user/export/",
    "healthz/",
)


def break_storage(product: Product, patch: pytest.MonkeyPatch, error: Exception) -> None:
    """Every use of the database raises; logins are remembered, so that the callers stay known."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    for name in ("reading", "transaction"):
        patch.setattr(product.storage, name, fail)


async def everything(user: Client, day: str) -> list[tuple[str, Any]]:
    """An answer of every kind of endpoint."""
    posts = {
        "user/add1friend/": PATIENT,
        "user/create1order/": order_fields(1, day),
        "user/setAvatarAndNickname/": {"avatarURL": "", "nickname": "a"},
        "user/logout/": {},
        "user/deleteMe/": {"confirm": "删除"},
    }
    answers = [(path, await user.send("GET", path)) for path in (*GETS, "catalog/")]
    answers.append(("login/", await user.send("GET", "login/", params={"code": "as:x:1"})))
    return answers + [(path, await user.send("POST", path, data=body)) for path, body in posts.items()]


@pytest.mark.promise(26)
@pytest.mark.parametrize(
    "error", [ValueError(SECRET), KeyError(SECRET), RuntimeError(SECRET), MemoryError(SECRET)]
)
async def test_a_500_shows_a_request_id_and_nothing_else(
    product: Product, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    user = await product.login("li")
    break_storage(product, monkeypatch, error)
    for path, answer in await everything(user, product.day()):
        assert answer.status_code == 500, path
        body = answer.json()
        assert body == {
            "code": 500,
            "error": "internal_error",
            "msg": "服务器出错了，请稍后再试",
            "request_id": answer.headers["x-request-id"],
        }
        assert type(error).__name__ not in answer.text
        assert body["request_id"] in product.logs.text, "an operator finds the request in the log"
    assert SECRET not in product.logs.text, "an exception's words may quote data"
    assert "failed: " + type(error).__name__ in product.logs.text
    monkeypatch.undo()


@pytest.mark.parametrize("error", [StorageUnavailable("host 10.0.0.1"), Contention("deadlock")])
async def test_a_database_that_cannot_be_reached_or_is_busy_is_503_with_a_time_to_come_back(
    product: Product, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    user = await product.login("li")
    break_storage(product, monkeypatch, error)
    for path, answer in await everything(user, product.day()):
        assert answer.status_code == 503, path
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["error"] == "unavailable"
        assert "10.0.0.1" not in answer.text
    monkeypatch.undo()


async def test_a_failure_in_a_notification_is_5xx_so_that_wechat_comes_again(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await product.client()

    async def fail(*_: Any) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(product.services.payments, "notify", fail)
    answer = await client.send("POST", "wechatpay/notify/", content=b"{}")
    assert answer.status_code == 500
    assert answer.json() == {"code": "FAIL", "message": "internal_error"}


async def test_a_request_id_that_the_client_gives_is_kept_unless_it_is_strange(product: Product) -> None:
    client = await product.client()
    kept = await client.send("GET", "healthz/", headers={"X-Request-Id": "abc-DEF_12345"})
    assert kept.headers["x-request-id"] == "abc-DEF_12345"
    for strange in ("x", "a" * 65, "a b c d e f g", "<script>alert(1)</script>", "a;b,c\td=e"):
        answer = await client.send("GET", "healthz/", headers={"X-Request-Id": strange})
        assert answer.headers["x-request-id"] != strange


async def test_a_stand_in_that_cannot_be_reached_is_a_5xx_with_a_reason_and_the_order_can_be_paid_later(
    product: Product,
) -> None:
    user = await product.login("li")
    friend = await user.add_patient()
    for fault in ("drop_before_commit", "system_error", "garbage", "bad_signature"):
        body = {"fault": fault, "endpoint": "create", "times": 20}
        assert (await user.http.post("sandbox/faults/", json=body)).status_code == 200
        answer = await user.send("POST", "user/create1order/", data=order_fields(friend, product.day()))
        assert answer.status_code in (502, 503, 504), fault
        await user.http.delete("sandbox/faults/")
    order = (await user.get("user/getOrderStatus/"))["data"][0]
    paid = await user.post("user/pay1order/", id=order["id"])
    await user.pay(paid)
    await product.until_progress(user, order["id"], "已付款")
    assert await product.count("orders") == 1


@pytest.mark.parametrize(
    ("fault", "status"), [("login_busy", 503), ("login_rate_limited", 429), ("login_blocked", 403)]
)
async def test_each_refusal_of_a_login_by_wechat_has_its_status(
    product: Product, fault: str, status: int
) -> None:
    client = await product.client()
    await client.http.post("sandbox/faults/", json={"fault": fault, "times": 9})
    await client.get("login/", status, code="as:li:1")
    assert await product.count("users") == 0


async def test_messages_go_on_being_sent_after_a_round_that_broke(
    start_product: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[Outbox] = []

    async def breaks_at_first(outbox: Outbox) -> int:
        rounds.append(outbox)
        if len(rounds) == 1:
            raise KeyError(SECRET)
        return 0

    monkeypatch.setattr(Outbox, "run_once", breaks_at_first)
    monkeypatch.setattr(background, "SEND_EVERY_SECONDS", 0.01)
    product = await start_product(background=True)

    async def gone_on() -> bool:
        return len(rounds) > 2

    await until(gone_on)
    assert "outbox failed: KeyError" in product.logs.text
    assert SECRET not in product.logs.text
