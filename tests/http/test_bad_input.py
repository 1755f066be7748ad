"""Bad input on every endpoint that takes any: refused by name, nothing stored, no traceback, nothing quoted."""

from __future__ import annotations

from typing import Any

from tests.http.client import PATIENT, Client, id_number, order_fields
from tests.http.conftest import StartProduct
from tests.http.product import Product

NO_LIMITS = {"write_per_minute": 0, "order_per_minute": 0}
TOO_BIG = 2**63
JUNK: list[Any] = [None, True, [], {}, ["a"], {"a": 1}, 1.5, 1e300, -1, TOO_BIG, "x\x00y"]
"""What no field takes, as JSON; numbers are junk where text is wanted and the other way round."""

PLACES: dict[str, dict[str, tuple[Any, ...]]] = {
    "user/setAvatarAndNickname/": {
        "avatarURL": (None, 1, "a" * 512, "a\x00b"),
        "nickname": (None, 1, "字" * 64, "😀" * 64),
    },
    "user/add1friend/": {
        "if18": (None, "", "x", "Y", True, 1),
        "name": (
            *(None, "", "李", "李" * 65, " 李 ", "李\u200b", 12, ["李建国"], "李\x00国"),
            *("··", "--", "。。", "——", "\u2800\u2800", "\ufffc\ufffc", "\u0300\u0301", "李\u2800"),
        ),
        "sex": (None, "", "f", "男"),
        "phone": (
            None,
            "",
            "12345",
            "123456",
            "1389123456",
            "------",
            "85321234",
            "1" * 33,
            "13800001111a",
            "138😀00001111",
            13800001111,
        ),
        "idcard": (None, "", "1234567", "1" * 33, "61010219500101123证", 610102195001011234),
        "idcardKind": (None, "", "驾驶证", 1, "护照 "),
        "idcardLater": (None, "", "Y", True),
        "relation": (None, "", "父亲", "本人 父母"),
        "consentGiven": (None, "", "n", "Y", True),
        "guardianConsentGiven": (None, "", "Y", True),
    },
    "user/apply2be1caregiver/": {
        "name": (None, "", "王", "王" * 17, 5, "··", "\u2800\u2800"),
        "phone": (None, "", "12345", "123456", "1389123456", "------", "1" * 33, "abcdefg"),
    },
    "user/create1order/": {
        "hospitalId": (None, "", "x", -1, 10**6, "1.0", 1.0, True, [1], TOO_BIG, "9" * 40),
        "department": ("科" * 65, 5, None, []),
        "wantTime": (
            None,
            "",
            "2026-13-01",
            "2026-02-30",
            "1999-01-01",
            "20261224",
            "明天",
            20261224,
            "2026-1-2",
            "9999-12-31",
            "9999-99-99",
            "0000-00-00",
            "２０２７-０１-０２",
        ),
        "serviceId": (None, "", 0, -1, 10**6, "x", TOO_BIG),
        "friendid": (None, "", 0, -1, 10**6, "x", TOO_BIG),
        "more": ("长" * 10_241, 5, None, "a\x00b"),
        "unpaidId": ("", "x", 0, -1, 1.5, True, [], TOO_BIG),
        "shownPrice": (None, 198, "9" * 33, []),
    },
    "user/delete1friend/": {"id": (None, "", "x", 0, -1, 1.5, True, [], TOO_BIG)},
    "user/delete1order/": {"id": (None, "", "x", 0, -1, 1.5, True, [], TOO_BIG)},
    "user/pay1order/": {"id": (None, "", "x", 0, -1, TOO_BIG)},
    "user/refund1order/": {
        "id": (None, "x", 0),
        "reason": (None, "", " ", "长" * 81, 5),
        "amount": (None, "", 5, "￥" * 33),
        "kind": ("", "CANCEL", "refund", 5),
    },
    "user/withdraw1request/": {"id": (None, "", "x", 0, -1, 1.5, True, [], TOO_BIG)},
    "user/paySupplement/": {"id": (None, "", "x", 0, -1, 1.5, True, [], TOO_BIG)},
    "user/refundSupplement/": {
        "id": (None, "x", 0),
        "reason": (None, "", " ", "长" * 81, 5),
        "amount": (None, "", 5, "￥" * 33),
    },
    "user/withdrawSupplementRefund/": {"id": (None, "", "x", 0, -1, 1.5, True, [], TOO_BIG)},
    "user/rate1order/": {
        "id": (None, "x", 0),
        "stars": (None, 0, 6, "五", 1.5, True),
        "comment": ("长" * 501, 5),
    },
    "user/endDevice/": {"id": (None, "", "x", -1, 1.5, True, [], TOO_BIG)},
    "user/deleteMe/": {"confirm": (None, "", "delete", "删", True)},
}


OPTIONAL = ("department", "more", "comment")


def good(product: Product, friend: int) -> dict[str, dict[str, Any]]:
    """A body for each place that would be fine but for ids that nobody has."""
    return {
        "user/setAvatarAndNickname/": {"avatarURL": "", "nickname": "a"},
        "user/add1friend/": PATIENT,
        "user/apply2be1caregiver/": {"name": "王芳", "phone": "13811112222"},
        "user/create1order/": order_fields(friend, product.day()),
        "user/delete1friend/": {"id": 1},
        "user/delete1order/": {"id": 1},
        "user/pay1order/": {"id": 1},
        "user/refund1order/": {"id": 1, "reason": "来不了", "amount": "￥198"},
        "user/withdraw1request/": {"id": 1},
        "user/paySupplement/": {"id": 1},
        "user/refundSupplement/": {"id": 1, "reason": "来不了", "amount": "￥1"},
        "user/withdrawSupplementRefund/": {"id": 1},
        "user/rate1order/": {"id": 1, "stars": 5, "comment": ""},
        "user/endDevice/": {"id": 999},
        "user/deleteMe/": {"confirm": "删除"},
    }


async def test_each_bad_value_is_refused_by_name_and_nothing_is_stored(start_product: StartProduct) -> None:
    product = await start_product(limits=NO_LIMITS)
    user = await product.login("li")
    bodies = good(product, await user.add_patient())
    before = await product.contents()
    for path, body in bodies.items():
        for name, values in PLACES[path].items():
            if name in body and name not in OPTIONAL:
                missing = {key: value for key, value in body.items() if key != name}
                refused = await user.post_json(path, 400, **missing)
                assert name in refused["fields"], (path, name, "missing")
            for value in values:
                refused = await user.post_json(path, 400, **{**body, name: value})
                assert name in refused["fields"], (path, name, value)
                assert refused["error"] == "invalid_input"
    assert await product.contents() == before


async def test_junk_of_every_type_is_refused_in_every_field(start_product: StartProduct) -> None:
    product = await start_product(limits=NO_LIMITS)
    user = await product.login("li")
    bodies = good(product, await user.add_patient())
    before = await product.contents()
    for path, body in bodies.items():
        for junk in JUNK:
            await user.post_json(path, 400, **dict.fromkeys(body, junk))
        refused = await user.post_json(path, 400, **dict.fromkeys(body, "\x00<script>"))
        assert set(refused["fields"]) == set(body), "all bad fields are named"
        assert "script" not in str(refused), "and nothing is quoted"
    assert await product.contents() == before


AT_THE_LIMIT: dict[str, list[dict[str, Any]]] = {
    "user/setAvatarAndNickname/": [
        {"avatarURL": "a" * 511, "nickname": "😀" * 63},
        {"avatarURL": "", "nickname": ""},
    ],
    "user/add1friend/": [
        {**PATIENT, "name": "李国", "phone": "029-85321234", "idcard": "12345678"},
        {**PATIENT, "name": "李" * 64, "phone": "+86" + "13800001111".rjust(29), "idcard": "X" * 32},
        {**PATIENT, "name": "😀" * 64, "phone": "１３８００００１１１１"},
        {**PATIENT, "name": "  李建国  "},
    ],
    "user/apply2be1caregiver/": [
        {"name": "王" * 16, "phone": "+86 138 0000 1111"},
        {"name": "王芳", "phone": "029-85321234转801"},
        {"name": "阿卜杜热合曼·阿卜杜克热木江·吐尔孙", "phone": "029-85321234"},
        {"name": "a" * 64, "phone": "13800001111"},
    ],
}


async def test_values_exactly_at_the_limit_are_taken(product: Product) -> None:
    user = await product.login("li")
    for path, bodies in AT_THE_LIMIT.items():
        for body in bodies:
            await user.post(path, **body)
            await user.post_json(path, **body)


async def test_an_order_at_every_limit_is_taken_and_comes_back_whole(product: Product) -> None:
    user = await product.login("li")
    friend = await user.add_patient()
    wishes = "🦽轮椅" + "长" * (10_240 - 3)
    fields = order_fields(
        friend, product.day(0), hospitalId=0, hospitalCustom="😀" * 64, department="科" * 64, more=wishes
    )
    await user.post("user/create1order/", **fields)
    row = (await user.get("user/getOrderStatus/"))["data"][0]
    assert (row["hospital"], row["department"], row["more"]) == ("😀" * 64, "科" * 64, wishes)
    for name in ("hospitalCustom", "department"):
        refused = await user.post("user/create1order/", 400, **{**fields, name: fields[name] + "x"})
        assert list(refused["fields"]) == [name]


async def test_today_in_shanghai_can_be_ordered_and_yesterday_cannot(product: Product) -> None:
    user = await product.login("li")
    friend = await user.add_patient()
    for hours in (0, 6, 12, 18):  # whatever the hour in London, the day is Shanghai's
        product.clock.offset = hours * 3_600_000
        await user.order(friend, product.day(0))
        refused = await user.order(friend, product.day(-1), 400)
        assert refused["fields"] == {"wantTime": ["不能早于今天"]}


async def test_the_last_day_of_the_horizon_can_be_ordered_and_the_refusal_after_it_names_that_day(
    product: Product,
) -> None:
    user = await product.login("li")
    friend = await user.add_patient()
    horizon = (await user.get("catalog/"))["bookingDays"]
    assert horizon == product.settings.orders.horizon_days == 180
    for hours in (0, 6, 12, 18):  # the day is Shanghai's
        product.clock.offset = hours * 3_600_000
        last = product.day(horizon)
        await user.order(friend, last)
        year, month, day = (int(part) for part in last.split("-"))
        for too_late in (product.day(horizon + 1), product.day(366), "9999-12-31"):
            before = await product.contents()
            refused = await user.order(friend, too_late, 400)
            assert refused["fields"].keys() == {"wantTime"}
            assert f"最晚可以选 {year}年{month}月{day}日" in refused["msg"]
            after = await product.contents()
            assert after["orders"] == before["orders"]


async def test_the_refund_rule_is_told_for_bookable_days_alone(product: Product) -> None:
    client = await product.client()
    for days in (0, 1, 180):
        assert (await client.get("catalog/refundRule/", wantTime=product.day(days)))["rule"]["deadlines"]
    for day in (product.day(-1), product.day(181), "0001-01-01", "9999-12-31", "2026-13-01", "", "明天"):
        refused = await client.get("catalog/refundRule/", 400, wantTime=day)
        assert list(refused["fields"]) == ["wantTime"]


async def test_a_login_without_a_usable_code_is_refused(product: Product) -> None:
    client = await product.client()
    for query in ({}, *({"code": code} for code in ("", " ", "x" * 129, "a\x00b"))):
        refused = await client.get("login/", 400, **query)
        assert list(refused["fields"]) == ["code"]
    assert await product.count("users") == 0


async def test_a_code_that_wechat_refuses_lets_nobody_in(product: Product) -> None:
    client = await product.client()
    await client.get("login/", code="as:li:once")
    again = await client.send("GET", "login/", params={"code": "as:li:once"})
    assert 400 <= again.status_code < 500
    product.secrets.add("as:li:once")
    assert await product.count("users") == 1


async def test_a_bad_warrant_is_401_on_every_endpoint_of_users(product: Product) -> None:
    client = await product.client()
    for warrant in ("", "x", "x" * 43, "é" * 43, "' OR 1=1 --", "a" * 5000):
        for path in PLACES:
            await client.post(path, 401, warrant=warrant)
        for path in ("me", "getFriends", "getOrderStatus", "getCaregiver", "export", "getOrder"):
            await client.get(f"user/{path}/", 401, warrant=warrant, id=1)


async def test_the_fiftieth_patient_is_the_last(product: Product) -> None:
    user: Client = await product.login("li")
    for number in range(50):
        await user.add_patient(idcard=id_number(number))
    refused = await user.post("user/add1friend/", 409, **PATIENT)
    assert refused["error"] == "too_many_patients"
